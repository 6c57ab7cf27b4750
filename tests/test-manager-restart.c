/* A keeper that ends, and the next one: it goes on where the kernel and the ledger stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gate-fake.h"
#include "machine.h"
#include "manager.h"

static void test_reload_and_restart_go_on_where_they_were(void **state)
{
	struct machine *m = machine(state, BOTH);
	int64_t sec = 0;

	for (int i = 0; i < 6; i++) {
		scroll_for(m, ANNA_UID, ALPHA, 7);
		sec += 7;
		assert_int_equal(used(m, "anna", "alpha"), sec);
		if (i % 2)
			restart(m);
		else
			reload(m, BOTH);
		assert_int_equal(used(m, "anna", "alpha"), sec);
		assert_int_equal(used(m, "anna", "both"), sec);
		assert_int_equal(used(m, "ben", "alpha"), 0);
	}
	/* bytes that moved while nobody looked: counted once, as one moment */
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	pass(m, 3 * SEC);
	scroll(m, ANNA_UID, ALPHA);
	start(m);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(used(m, "anna", "alpha"), sec + 4);
}

static void test_a_kill_costs_ten_seconds_at_most(void **state)
{
	struct machine *m = machine(state, "");
	struct machine copy;
	int64_t before;
	char command[256];

	scroll_for(m, ANNA_UID, ALPHA, 35);
	before = used(m, "anna", "alpha");
	/* what is on the disk now is all that a killed process leaves */
	copy = *m;
	strcpy(copy.dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(copy.dir));
	snprintf(command, sizeof(command), "sleep 0.2; cp %s/ledger.sqlite* %s/", m->dir, copy.dir);
	assert_int_equal(system(command), 0);
	copy.options.state_dir = copy.dir;
	copy.manager = NULL;
	start(&copy);
	assert_true(used(&copy, "anna", "alpha") >= before - 10);
	scroll_for(&copy, ANNA_UID, ALPHA, 5);
	/* the counters are read where the ledger left them: nothing twice */
	assert_int_equal(used(&copy, "anna", "alpha"), before + 5);
	manager_free(copy.manager);
	snprintf(command, sizeof(command), "rm -r %s", copy.dir);
	assert_int_equal(system(command), 0);
}

static void test_a_reboot_begins_new_counters(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 1h per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 20);
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	m->kernel = (struct gate_fake){ 0 };
	gate_fake_init(&m->kernel);
	m->options.boot_id = "boot-2";
	m->now.boot_usec = 30 * SEC;
	m->now.wall_usec += 120 * SEC;
	start(m);
	assert_int_equal(used(m, "anna", "alpha"), 20);
	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_int_equal(used(m, "anna", "alpha"), 30);
}

/* Bytes of the last seconds before a kill, found only after the day has ended. */
static void test_what_moved_before_a_kill_is_not_tomorrow_s(void **state)
{
	struct machine *m = *state;

	m->now.wall_usec = wall(11, 26, 3, 59);
	machine(state, "");
	scroll_for(m, ANNA_UID, ALPHA, 30);
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	scroll(m, ANNA_UID, ALPHA);
	pass(m, 45 * SEC);
	start(m);
	tick(m);
	assert_int_equal(used(m, "anna", "alpha"), 0);
	assert_int_equal(entry(m, "anna", "alpha").used_week_sec, 30 + 1 + 2);
	rest(m, 120 * SEC);
	assert_int_equal(used(m, "anna", "alpha"), 0);
	assert_int_equal(entry(m, "anna", "alpha").used_week_sec, 30 + 1 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_reload_and_restart_go_on_where_they_were),
		IN_A_MACHINE(test_a_kill_costs_ten_seconds_at_most),
		IN_A_MACHINE(test_a_reboot_begins_new_counters),
		IN_A_MACHINE(test_what_moved_before_a_kill_is_not_tomorrow_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
