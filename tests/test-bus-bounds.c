/* What one account may take up of the keeper, by a real private socket; accounts by the socket's
 * credentials: as root. */
#include <unistd.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "bus.h"
#include "core/budget.h"
#include "machine.h"
#include "names.h"

#define CROWD      20 /* connections */
#define UNREAD     20000
#define LIMITS     "[site alpha]\nlimit = 6min per day\n"
#define NO_SERVICE "unix:path=/nonexistent"

struct hall {
	struct machine *machine;
	sd_event *event;
	struct bus *bus;
};

static struct hall enter(void **state)
{
	struct hall h = { .machine = machine(state, LIMITS) };

	/* never the bus of the machine that this runs on */
	setenv("DBUS_SYSTEM_BUS_ADDRESS", NO_SERVICE, 1);
	assert_int_equal(chmod(h.machine->dir, 0755), 0);
	assert_true(sd_event_new(&h.event) >= 0);
	assert_true(bus_new(h.event, h.machine->manager, h.machine->dir, &h.bus) >= 0);
	return h;
}

static void leave(struct hall *h)
{
	bus_free(h->bus);
	sd_event_unref(h->event);
}

static void turn(const struct hall *h)
{
	while (sd_event_run(h->event, 0) > 0)
		;
}

static sd_bus *connect_as(const struct hall *h, uid_t uid)
{
	char address[128];
	sd_bus *bus = NULL;

	snprintf(address, sizeof(address), "unix:path=%s/" FOCUSD_BUS_SOCKET, h->machine->dir);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_address(bus, address) >= 0);
	assert_int_equal(seteuid(uid), 0);
	assert_true(sd_bus_start(bus) >= 0);
	assert_int_equal(seteuid(0), 0);
	return bus;
}

struct answer {
	bool came;
	char error[128]; /* "": none */
};

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct answer *a = userdata;
	const sd_bus_error *e = sd_bus_message_get_error(m);

	a->came = true;
	snprintf(a->error, sizeof(a->error), "%s", e ? e->name : "");
	return 1;
}

/* The error's name, "" for none; NULL: the connection was ended. */
static const char *wait_for(const struct hall *h, sd_bus *bus, const struct answer *a)
{
	while (!a->came) {
		turn(h);
		if (sd_bus_process(bus, NULL) < 0)
			return NULL;
	}
	return a->error;
}

static const char *find_host(const struct hall *h, sd_bus *bus, const char *host, struct answer *a)
{
	*a = (struct answer){ 0 };
	assert_true(sd_bus_call_method_async(bus, NULL, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE,
			    "FindHost", on_answer, a, "s", host) >= 0);
	return wait_for(h, bus, a);
}

static const char *set_limit(const struct hall *h, sd_bus *bus, struct answer *a)
{
	*a = (struct answer){ 0 };
	assert_true(
		sd_bus_call_method_async(bus, NULL, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE,
			"SetLimit", on_answer, a, "ssxs", "alpha", "day", INT64_C(60), "ben") >= 0);
	return wait_for(h, bus, a);
}

static const char *focus(const struct hall *h, sd_bus *bus, int more_sec, struct answer *a)
{
	*a = (struct answer){ 0 };
	assert_true(sd_bus_call_method_async(bus, NULL, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE,
			    "Focus", on_answer, a, "sxs", "alpha", INT64_C(3600) + more_sec,
			    "ben") >= 0);
	return wait_for(h, bus, a);
}

static bool is_served(const struct hall *h, sd_bus *bus)
{
	struct answer a;
	const char *error = find_host(h, bus, "www.alpha.example", &a);

	return error && !*error;
}

static void test_a_crowd_of_one_account(void **state)
{
	struct hall h = enter(state);
	sd_bus *crowd[CROWD], *root;
	unsigned served = 0;

	for (size_t i = 0; i < CROWD; i++)
		crowd[i] = connect_as(&h, BEN_UID);
	for (size_t i = 0; i < CROWD; i++)
		served += is_served(&h, crowd[i]);
	assert_int_equal(served, 8);
	root = connect_as(&h, 0);
	assert_true(is_served(&h, root));
	/* who goes makes room */
	for (size_t i = 0; i < CROWD; i++)
		sd_bus_close_unref(crowd[i]);
	turn(&h);
	crowd[0] = connect_as(&h, BEN_UID);
	assert_true(is_served(&h, crowd[0]));
	sd_bus_close_unref(crowd[0]);
	sd_bus_close_unref(root);
	leave(&h);
}

static void test_a_text_has_an_end(void **state)
{
	struct hall h = enter(state);
	sd_bus *ben = connect_as(&h, BEN_UID);
	char text[FOCUSD_TEXT_MAX + 2];
	struct answer a;

	memset(text, 'x', sizeof(text));
	text[FOCUSD_TEXT_MAX + 1] = 0;
	assert_string_equal(find_host(&h, ben, text, &a), SD_BUS_ERROR_LIMITS_EXCEEDED);
	text[FOCUSD_TEXT_MAX] = 0;
	assert_string_equal(find_host(&h, ben, text, &a), FOCUSD_ERROR_BAD_VALUE);
	assert_true(is_served(&h, ben));
	sd_bus_close_unref(ben);
	leave(&h);
}

/* Whoever asks and never reads is let go, long before the answers fill the memory. */
static void test_who_does_not_read(void **state)
{
	struct hall h = enter(state);
	sd_bus *ben = connect_as(&h, BEN_UID), *root = connect_as(&h, 0);
	struct answer a;
	int n, r = 0;

	assert_true(is_served(&h, ben));
	for (n = 0; n < UNREAD && r >= 0; n++) {
		r = sd_bus_call_method_async(ben, NULL, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE,
			"ListSites", on_answer, &a, "");
		turn(&h);
	}
	assert_true(r < 0);
	print_message("let go after %d calls\n", n);
	assert_true(is_served(&h, root));
	sd_bus_close_unref(ben);
	sd_bus_close_unref(root);
	leave(&h);
}

static void test_changes_of_a_day(void **state)
{
	struct hall h = enter(state);
	sd_bus *ben = connect_as(&h, BEN_UID), *root = connect_as(&h, 0);
	struct answer a;

	for (int i = 0; i < BUDGET_A_DAY; i++)
		assert_string_equal(set_limit(&h, ben, &a), "");
	assert_string_equal(set_limit(&h, ben, &a), SD_BUS_ERROR_LIMITS_EXCEEDED);
	assert_string_equal(set_limit(&h, root, &a), "");
	sd_bus_close_unref(ben);
	sd_bus_close_unref(root);
	leave(&h);
}

/* The same focus, again and again: each time is an event. */
static void test_a_focus_that_is_made_longer(void **state)
{
	struct hall h = enter(state);
	sd_bus *ben = connect_as(&h, BEN_UID), *root = connect_as(&h, 0);
	struct answer a;

	for (int i = 0; i < BUDGET_A_DAY; i++)
		assert_string_equal(focus(&h, ben, i, &a), "");
	assert_string_equal(focus(&h, ben, BUDGET_A_DAY, &a), SD_BUS_ERROR_LIMITS_EXCEEDED);
	assert_string_equal(focus(&h, root, BUDGET_A_DAY, &a), "");
	sd_bus_close_unref(ben);
	sd_bus_close_unref(root);
	leave(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_crowd_of_one_account, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_text_has_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_who_does_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changes_of_a_day, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_focus_that_is_made_longer, set_up, tear_down),
	};

	if (geteuid() != 0) {
		print_message("[  SKIPPED ] needs root: accounts are told apart by credentials\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
