/* Signals: to whom subscribed, about themselves, and to nobody else. A real bus on a private
 * socket, and accounts by the socket's credentials: as root. */
#include <unistd.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "bus.h"
#include "machine.h"
#include "names.h"

struct ear {
	sd_bus *bus;
	unsigned changed, warned;
	char person[64], site[64], target[64], state[64], reason[64];
	int64_t number;
};

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct ear *e = userdata;
	const char *person, *site, *target, *state = "", *reason;

	if (sd_bus_message_is_signal(m, FOCUSD_BUS_INTERFACE, "Warned")) {
		e->warned++;
		assert_true(sd_bus_message_read(m, FOCUSD_WARNED_SIGNATURE, &person, &site, &target,
				    &reason, &e->number) > 0);
	} else if (sd_bus_message_is_signal(m, FOCUSD_BUS_INTERFACE, "Changed")) {
		e->changed++;
		assert_true(sd_bus_message_read(m, FOCUSD_CHANGED_SIGNATURE, &person, &site,
				    &target, &state, &reason, &e->number) > 0);
	} else {
		return 0;
	}
	snprintf(e->person, sizeof(e->person), "%s", person);
	snprintf(e->site, sizeof(e->site), "%s", site);
	snprintf(e->target, sizeof(e->target), "%s", target);
	snprintf(e->state, sizeof(e->state), "%s", state);
	snprintf(e->reason, sizeof(e->reason), "%s", reason);
	return 0;
}

struct hall {
	struct machine *machine;
	sd_event *event;
	struct bus *bus;
};

static void turn(const struct hall *h, struct ear *ears, size_t n)
{
	for (int i = 0; i < 40; i++) {
		assert_true(sd_event_run(h->event, 1000) >= 0);
		for (size_t e = 0; e < n; e++)
			while (ears[e].bus && sd_bus_process(ears[e].bus, NULL) > 0)
				;
	}
}

/* The account is known by who connects. */
static void connect_as(const struct hall *h, struct ear *ear, uid_t uid)
{
	char address[128];

	snprintf(address, sizeof(address), "unix:path=%s/" FOCUSD_BUS_SOCKET, h->machine->dir);
	assert_int_equal(chmod(h->machine->dir, 0755), 0);
	assert_int_equal(sd_bus_new(&ear->bus), 0);
	assert_true(sd_bus_set_address(ear->bus, address) >= 0);
	assert_int_equal(seteuid(uid), 0);
	assert_true(sd_bus_start(ear->bus) >= 0);
	assert_int_equal(seteuid(0), 0);
	assert_true(sd_bus_add_filter(ear->bus, NULL, on_signal, ear) >= 0);
}

struct answer {
	bool came;
	bool refused;
};

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct answer *a = userdata;

	a->came = true;
	a->refused = sd_bus_message_is_method_error(m, NULL);
	return 1;
}

static bool subscribe(const struct hall *h, struct ear *ear, const char *person)
{
	struct answer a = { 0 };

	assert_true(sd_bus_call_method_async(ear->bus, NULL, NULL, FOCUSD_BUS_PATH,
			    FOCUSD_BUS_INTERFACE, "Subscribe", on_answer, &a, "s", person) >= 0);
	for (int i = 0; i < 1000 && !a.came; i++)
		turn(h, ear, 1);
	assert_true(a.came);
	return !a.refused;
}

static struct hall hall(void **state, const char *config)
{
	struct hall h = { .machine = machine(state, config) };

	assert_true(sd_event_new(&h.event) >= 0);
	assert_true(bus_new(h.event, h.machine->manager, h.machine->dir, &h.bus) >= 0);
	return h;
}

static void leave(struct hall *h, struct ear *ears, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sd_bus_close_unref(ears[i].bus);
	bus_free(h->bus);
	sd_event_unref(h->event);
}

static void test_everybody_hears_their_own(void **state)
{
	struct hall h = hall(state, "[site alpha]\nlimit = 6min per day\n");
	enum { ROOT, BEN_EAR, DEAF, EARS };
	struct ear ears[EARS] = { 0 };

	connect_as(&h, &ears[ROOT], 0);
	connect_as(&h, &ears[BEN_EAR], BEN_UID);
	connect_as(&h, &ears[DEAF], BEN_UID);
	assert_true(subscribe(&h, &ears[ROOT], ""));
	assert_true(subscribe(&h, &ears[BEN_EAR], ""));
	assert_false(subscribe(&h, &ears[DEAF], "anna")); /* another person's */

	scroll_for(h.machine, ANNA_UID, ALPHA, 100);
	turn(&h, ears, EARS);
	assert_int_equal(ears[ROOT].warned, 1);
	assert_string_equal(ears[ROOT].person, "anna");
	assert_string_equal(ears[ROOT].reason, "limit-day");
	assert_int_equal(ears[ROOT].number, 300);
	scroll_for(h.machine, ANNA_UID, ALPHA, 270);
	turn(&h, ears, EARS);
	assert_int_equal(ears[ROOT].warned, 2);
	assert_int_equal(ears[ROOT].changed, 1);
	assert_string_equal(ears[ROOT].state, "blocked");
	assert_int_equal(ears[BEN_EAR].warned + ears[BEN_EAR].changed, 0);

	scroll_for(h.machine, BEN_UID, ALPHA, 370);
	turn(&h, ears, EARS);
	assert_int_equal(ears[BEN_EAR].warned, 2);
	assert_int_equal(ears[BEN_EAR].changed, 1);
	assert_string_equal(ears[BEN_EAR].person, "ben");
	assert_string_equal(ears[BEN_EAR].target, "alpha");
	assert_int_equal(ears[ROOT].warned, 4);
	assert_int_equal(ears[DEAF].warned + ears[DEAF].changed, 0);
	leave(&h, ears, EARS);
}

static void test_a_groups_warning_comes_once(void **state)
{
	struct hall h = hall(state, BOTH "limit = 70s per day\nwhen-spent = notify\n");
	struct ear ear = { 0 };

	connect_as(&h, &ear, 0);
	assert_true(subscribe(&h, &ear, "anna"));
	for (int i = 0; i < 15; i++) {
		pass(h.machine, SEC);
		scroll(h.machine, ANNA_UID, ALPHA);
		scroll(h.machine, ANNA_UID, BETA);
		tick(h.machine);
	}
	turn(&h, &ear, 1);
	assert_int_equal(ear.warned, 2); /* five minutes, at once; and one */
	assert_string_equal(ear.target, "both");
	scroll_for(h.machine, ANNA_UID, ALPHA, 70);
	turn(&h, &ear, 1);
	assert_int_equal(ear.changed, 2); /* each site */
	assert_string_equal(ear.state, "open");
	assert_string_equal(ear.reason, "limit-day");
	assert_string_equal(ear.target, "both");
	scroll_for(h.machine, ANNA_UID, ALPHA, 70);
	turn(&h, &ear, 1);
	assert_int_equal(ear.changed, 2);
	leave(&h, &ear, 1);
}

/* Nothing moves while somebody reads; the warning does not wait for the next click. */
static void test_a_warning_comes_in_a_pause(void **state)
{
	struct hall h = hall(state, "[site alpha]\nlimit = 90s per day\nwarn = 1min\n");
	struct ear ear = { 0 };

	connect_as(&h, &ear, 0);
	assert_true(subscribe(&h, &ear, ""));
	scroll_for(h.machine, ANNA_UID, ALPHA, 20);
	rest(h.machine, 9 * SEC);
	turn(&h, &ear, 1);
	assert_int_equal(ear.warned, 0);
	rest(h.machine, 3 * SEC);
	turn(&h, &ear, 1);
	assert_int_equal(ear.warned, 1);
	leave(&h, &ear, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_everybody_hears_their_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_groups_warning_comes_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_warning_comes_in_a_pause, set_up, tear_down),
	};

	if (geteuid() != 0) {
		print_message("[  SKIPPED ] needs root: accounts are told apart by credentials\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
