/* Sittings, openings, breaks and the clock, through the keeper: what a restart, a reload, another
 * boot and a clock that was set meanwhile make of them. */
#include "machine.h"

#define MINUTE (60 * SEC)

static const char *reason(const struct machine *m, const char *name)
{
	return rule_reason_name(entry(m, "anna", name).verdict.reason);
}

/* The machine goes down and comes up; its counters and meters are gone. */
static void reboot(struct machine *m, usec_t off_usec)
{
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	m->kernel = (struct gate_fake){ 0 };
	gate_fake_init(&m->kernel);
	m->options.boot_id = "boot-2";
	m->now.wall_usec += off_usec;
	m->now.boot_usec = 20 * SEC;
	start(m);
}

static void test_a_break_ends_by_itself(void **state)
{
	struct machine *m =
		machine(state, "[site alpha]\nlimit = 10s per sitting\nbreak = 5min\n" BOTH);

	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_string_equal(reason(m, "alpha"), "break");
	assert_int_equal(gate(m, BEN_UID, ALPHA), GATE_OPEN);
	rest(m, 5 * MINUTE - SEC); /* its tail of two seconds counted */
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 4 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

static void test_a_break_outlives_restarts(void **state)
{
	const char *config = BOTH "limit = 20s per sitting\nbreak = 10min\n";
	struct machine *m = machine(state, config);

	scroll_for(m, ANNA_UID, ALPHA, 10);
	scroll_for(m, ANNA_UID, BETA, 9);
	restart(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	scroll_for(m, ANNA_UID, BETA, 1);
	assert_string_equal(reason(m, "both"), "break");
	restart(m);
	assert_string_equal(reason(m, "alpha"), "break");
	reload(m, config);
	assert_string_equal(reason(m, "alpha"), "break");
	reboot(m, 5 * MINUTE);
	assert_string_equal(reason(m, "alpha"), "break");
	rest(m, 4 * MINUTE);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, MINUTE + 5 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
}

/* A group that is new, or has another break, knows what was before it. */
static void test_a_new_rule_knows_the_past(void **state)
{
	struct machine *m = machine(state, "");

	scroll_for(m, ANNA_UID, ALPHA, 10);
	rest(m, 6 * MINUTE);
	scroll_for(m, ANNA_UID, BETA, 10);
	reload(m, BOTH "limit = 15s per sitting\nbreak = 5min\n");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	reload(m, BOTH "limit = 15s per sitting\nbreak = 10min\n");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	reload(m, BOTH "opens = 2 per day\n");
	rest(m, 2 * MINUTE);
	assert_string_equal(reason(m, "both"), "limit-opens");
}

static void test_openings_outlive_restarts(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nopens = 2 per day\n");

	assert_int_equal(entry(m, "anna", "alpha").opens_left, 2);
	assert_int_equal(entry(m, "anna", "beta").opens_left, LIMIT_NONE);
	scroll_for(m, ANNA_UID, ALPHA, 5);
	rest(m, 2 * MINUTE);
	restart(m);
	assert_int_equal(entry(m, "anna", "alpha").opens_left, 1);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	scroll_for(m, ANNA_UID, ALPHA, 5);
	restart(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN); /* the second goes on */
	rest(m, 2 * MINUTE);                                   /* and ends by itself */
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	restart(m);
	assert_string_equal(reason(m, "alpha"), "limit-opens");
	assert_int_equal(entry(m, "anna", "alpha").opens_left, 0);
	reboot(m, MINUTE);
	assert_string_equal(reason(m, "alpha"), "limit-opens");
	rest(m, 24 * 60 * MINUTE);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
}

/* Set while no keeper ran: the next one sees what really passed. */
static void test_a_clock_set_between_two_keepers(void **state)
{
	static const int64_t jumps_sec[] = { 86400, 7 * 86400, -86400, 1800 };
	struct machine *m = machine(state,
		"[site alpha]\nlimit = 10s per day\n"
		"[site beta]\nlimit = 10s per sitting\nbreak = 20min\nopen = daily 11:00-12:10\n");

	scroll_for(m, ANNA_UID, ALPHA, 10);
	scroll_for(m, ANNA_UID, BETA, 10);
	for (size_t i = 0; i < ELEMENTSOF(jumps_sec); i++) {
		const usec_t jump = (usec_t)(jumps_sec[i] * (int64_t)SEC);

		m->now.wall_usec += jump;
		restart(m);
		pass(m, SEC);
		tick(m);
		assert_string_equal(reason(m, "alpha"), "limit-day");
		assert_string_equal(reason(m, "beta"), "break");
		m->now.wall_usec -= jump;
		tick(m);
	}
	/* nor does it open a window that is shut */
	rest(m, 30 * MINUTE);
	assert_string_equal(reason(m, "beta"), "window");
	m->now.wall_usec -= 60 * MINUTE;
	tick(m);
	assert_string_equal(reason(m, "beta"), "window");
}

static void test_what_is_carried_over(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 20s per day\nrollover = 10s\n");

	scroll_for(m, ANNA_UID, ALPHA, 10); /* and a tail */
	rest(m, 24 * 60 * MINUTE);
	assert_int_equal(entry(m, "anna", "alpha").limit_today_sec, 28);
	restart(m);
	assert_int_equal(entry(m, "anna", "alpha").limit_today_sec, 28);
	scroll_for(m, ANNA_UID, ALPHA, 27);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_break_ends_by_itself),
		IN_A_MACHINE(test_a_break_outlives_restarts),
		IN_A_MACHINE(test_a_new_rule_knows_the_past),
		IN_A_MACHINE(test_openings_outlive_restarts),
		IN_A_MACHINE(test_a_clock_set_between_two_keepers),
		IN_A_MACHINE(test_what_is_carried_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
