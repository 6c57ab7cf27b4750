/* Who may carry what a household shares, and what they get: a real bus on a private socket, and
 * accounts by the socket's credentials: as root. */
#include <errno.h>
#include <unistd.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "bus.h"
#include "machine.h"
#include "manager-passes.h"
#include "names.h"

struct hall {
	struct machine *machine;
	sd_event *event;
	struct bus *bus;
	sd_bus *client;
	unsigned signals;
	sd_bus_message *answer;
};

static void turn(struct hall *h)
{
	assert_true(sd_event_run(h->event, 1000) >= 0);
	while (sd_bus_process(h->client, NULL) > 0)
		;
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct hall *h = userdata;

	h->signals += sd_bus_message_is_signal(m, FOCUSD_BUS_INTERFACE, "Shared") > 0;
	return 0;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	((struct hall *)userdata)->answer = sd_bus_message_ref(m);
	return 1;
}

static struct hall *hall(void **state, const char *config, uid_t uid)
{
	struct hall *h = calloc(1, sizeof(*h));
	char address[128];

	h->machine = machine(state, config);
	assert_true(sd_event_new(&h->event) >= 0);
	assert_true(bus_new(h->event, h->machine->manager, h->machine->dir, &h->bus) >= 0);
	snprintf(address, sizeof(address), "unix:path=%s/" FOCUSD_BUS_SOCKET, h->machine->dir);
	assert_int_equal(chmod(h->machine->dir, 0755), 0);
	assert_int_equal(sd_bus_new(&h->client), 0);
	assert_true(sd_bus_set_address(h->client, address) >= 0);
	assert_int_equal(seteuid(uid), 0);
	assert_true(sd_bus_start(h->client) >= 0);
	assert_int_equal(seteuid(0), 0);
	assert_true(sd_bus_add_filter(h->client, NULL, on_signal, h) >= 0);
	return h;
}

static void leave(struct hall *h)
{
	sd_bus_message_unref(h->answer);
	sd_bus_close_unref(h->client);
	bus_free(h->bus);
	sd_event_unref(h->event);
	free(h);
}

static sd_bus_message *new_call(const struct hall *h, const char *method)
{
	sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_method_call(h->client, &m, NULL, FOCUSD_BUS_PATH,
			    FOCUSD_BUS_INTERFACE, method) >= 0);
	return m;
}

/* The errno of the answer; the message is let go. */
static int call(struct hall *h, sd_bus_message *m)
{
	h->answer = sd_bus_message_unref(h->answer);
	assert_true(sd_bus_call_async(h->client, NULL, m, on_answer, h, 0) >= 0);
	sd_bus_message_unref(m);
	for (int i = 0; i < 5000 && !h->answer; i++)
		turn(h);
	assert_non_null(h->answer);
	return sd_bus_message_get_errno(h->answer);
}

static int own(struct hall *h)
{
	sd_bus_message *m = new_call(h, "ShareOwn");

	assert_true(sd_bus_message_append(m, "as", 1, "a problem") >= 0);
	return call(h, m);
}

/* A stretch of phone's, in seconds from now, on a day. */
static int others(struct hall *h, const char *day, int from_sec, int to_sec)
{
	const int64_t now = (int64_t)clock_now().wall_usec;
	sd_bus_message *m = new_call(h, "ShareOthers");

	assert_true(sd_bus_message_append(m, FOCUSD_SHARE_OTHERS_SIGNATURE, "phone", "anna", day,
			    INT64_C(0), 1, "alpha", 1, now + from_sec * INT64_C(1000000),
			    now + to_sec * INT64_C(1000000)) >= 0);
	return call(h, m);
}

/* A pass of phone's, in seconds from now. */
static int passes(struct hall *h, const char *day, const char *kind, int from_sec, int to_sec)
{
	const int64_t now = (int64_t)clock_now().wall_usec;
	sd_bus_message *m = new_call(h, "SharePasses");

	assert_true(sd_bus_message_append(m, FOCUSD_SHARE_PASSES_SIGNATURE, "phone", "anna", day,
			    INT64_C(0), 1, kind, "alpha", now + from_sec * INT64_C(1000000),
			    now + to_sec * INT64_C(1000000)) >= 0);
	return call(h, m);
}

static void test_nobody_else_may(void **state)
{
	struct hall *h = hall(state, "[share]\nbroker = mqtts://broker.example\n", BEN_UID);

	assert_int_equal(own(h), EACCES);
	assert_int_equal(others(h, "2026-11-25", -60, -30), EACCES);
	assert_int_equal(passes(h, "2026-11-25", "pass", -60, -30), EACCES);
	leave(h);
}

static void test_without_a_broker_there_is_nothing(void **state)
{
	struct hall *h = hall(state, "", 0);
	char today[MANAGER_DAY_TEXT_MAX];
	const char *day;
	int64_t now;

	scroll_for(h->machine, ANNA_UID, ALPHA, 5);
	assert_int_equal(own(h), 0);
	assert_true(sd_bus_message_read(h->answer, "xs", &now, &day) > 0);
	assert_true(sd_bus_message_enter_container(h->answer, 'a', "{ss}") >= 0);
	assert_int_equal(sd_bus_message_at_end(h->answer, false), 1);
	manager_day_text(h->machine->manager, today);
	assert_string_equal(day, today);
	assert_true(others(h, today, -60, -30) > 0);
	assert_true(passes(h, today, "pass", -60, -30) > 0);
	leave(h);
}

/* How many stretches of this device are told, and how long they are. */
static int64_t measure_own(sd_bus_message *m, unsigned *ret_n)
{
	const char *person, *day, *site;
	int64_t sum = 0, from, to;

	*ret_n = 0;
	assert_true(sd_bus_message_skip(m, "xsa{ss}") >= 0);
	assert_true(sd_bus_message_enter_container(m, 'a', "(ss" FOCUSD_SHARE_SITES ")") >= 0);
	while (sd_bus_message_enter_container(m, 'r', "ss" FOCUSD_SHARE_SITES) > 0) {
		assert_true(sd_bus_message_read(m, "ss", &person, &day) > 0);
		assert_true(sd_bus_message_enter_container(m, 'a', "(sa(xx))") >= 0);
		while (sd_bus_message_enter_container(m, 'r', "sa(xx)") > 0) {
			assert_true(sd_bus_message_read(m, "s", &site) > 0);
			assert_string_equal(person, "anna");
			assert_true(sd_bus_message_enter_container(m, 'a', "(xx)") >= 0);
			for (; sd_bus_message_read(m, "(xx)", &from, &to) > 0; ++*ret_n)
				sum += to - from;
			assert_true(sd_bus_message_exit_container(m) >= 0);
			assert_true(sd_bus_message_exit_container(m) >= 0);
		}
		assert_true(sd_bus_message_exit_container(m) >= 0);
		assert_true(sd_bus_message_exit_container(m) >= 0);
	}
	return sum;
}

/* Real time, which the bus looks at: the keeper's day is that of this moment. */
static void test_own_goes_out_and_others_come_in(void **state)
{
	struct machine *m = *state;
	struct hall *h;
	char day[MANAGER_DAY_TEXT_MAX];
	unsigned n;

	m->now = clock_now();
	h = hall(state, "[share]\nbroker = mqtts://broker.example\ndevice = desk\n", 0);
	manager_day_text(m->manager, day);
	assert_int_equal(own(h), 0);
	assert_int_equal(others(h, day, -60, -30), 0);
	assert_int_equal(used(m, "anna", "alpha"), 30);
	assert_int_equal(others(h, "soon", -60, -30), EINVAL);
	assert_int_equal(others(h, "2026-01-01", -60, -30), EINVAL);
	assert_non_null(strstr(sd_bus_message_get_error(h->answer)->message, "another day"));
	assert_int_equal(others(h, day, 3600, 3700), EINVAL);
	assert_int_equal(own(h), 0);
	assert_int_equal(measure_own(h->answer, &n), 0); /* others' is theirs to tell */
	h->signals = 0;
	scroll_for(m, ANNA_UID, ALPHA, 5);
	for (int i = 0; i < 5000 && h->signals == 0; i++)
		turn(h);
	assert_true(h->signals > 0);
	assert_int_equal(own(h), 0);
	assert_in_range(measure_own(h->answer, &n), 4 * SEC, 6 * SEC);
	assert_int_equal(n, 1);
	leave(h);
}

static void test_passes_come_in_and_go_out(void **state)
{
	struct machine *m = *state;
	const struct pass_request q = { .person = 1, /* Ben */
		.kind = PASS_PASS,
		.targets = (const char *const[]){ "alpha" },
		.n_targets = 1,
		.span_sec = 60,
		.reason = "answer Anna",
		.now = clock_now() };
	const char *person, *kind, *target;
	char day[MANAGER_DAY_TEXT_MAX];
	int64_t from, to, left_sec;
	struct pass_view view;
	char *error = NULL;
	struct hall *h;
	unsigned left;

	m->now = clock_now();
	h = hall(state,
		"[share]\nbroker = mqtts://broker.example\n[site alpha]\nlimit = 0s per day\n", 0);
	manager_day_text(m->manager, day);
	assert_int_equal(own(h), 0);
	assert_int_equal(passes(h, day, "pass", 0, 60), 0);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	manager_passes_left(m->manager, 0, &left, &left_sec);
	assert_int_equal(left, 2);
	assert_int_equal(passes(h, day, "grant", -60, 60), EINVAL);
	assert_int_equal(passes(h, "soon", "pass", -60, 60), EINVAL);
	assert_int_equal(passes(h, day, "pass", 7200, 7260), EINVAL);
	assert_int_equal(passes(h, day, "pass", -60, -70), EINVAL);
	assert_int_equal(manager_declare(m->manager, &q, &view, &error), 0);
	assert_int_equal(own(h), 0);
	assert_true(sd_bus_message_skip(h->answer,
			    "xsa{ss}a(ss" FOCUSD_SHARE_SITES ")" FOCUSD_SHARE_FIGURES) >= 0);
	assert_true(
		sd_bus_message_enter_container(h->answer, 'a', "(ss" FOCUSD_SHARE_PASSES ")") >= 0);
	for (int i = 0; i < 3; i++) /* two days of Anna's, and Ben's of yesterday */
		assert_true(sd_bus_message_skip(h->answer, "(ss" FOCUSD_SHARE_PASSES ")") >= 0);
	assert_true(sd_bus_message_enter_container(h->answer, 'r', "ss" FOCUSD_SHARE_PASSES) > 0);
	assert_true(sd_bus_message_read(h->answer, "ss", &person, NULL) > 0);
	assert_string_equal(person, "ben");
	assert_true(sd_bus_message_enter_container(h->answer, 'a', "(ssxx)") > 0);
	assert_true(sd_bus_message_read(h->answer, "(ssxx)", &kind, &target, &from, &to) > 0);
	assert_string_equal(kind, "pass");
	assert_string_equal(target, "alpha");
	assert_int_equal(to - from, 60 * SEC);
	assert_int_equal(sd_bus_message_read(h->answer, "(ssxx)", &kind, &target, &from, &to), 0);
	leave(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_nobody_else_may),
		IN_A_MACHINE(test_without_a_broker_there_is_nothing),
		IN_A_MACHINE(test_own_goes_out_and_others_come_in),
		IN_A_MACHINE(test_passes_come_in_and_go_out),
	};

	if (geteuid() != 0) {
		print_message("[  SKIPPED ] needs root: accounts are told apart by credentials\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
