/* Where the steps of time meet a kernel that has a past, or that fails. */
#include <errno.h>

#include "machine.h"

/* What a predecessor shut stays shut while its successor has not judged yet. */
static void test_a_restart_opens_nothing(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 11);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	m->kernel.opened = 0;
	restart(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(m->kernel.opened, 0);
	reload(m, "[site alpha]\nlimit = 10s per day\n");
	assert_int_equal(m->kernel.opened, 0);
}

/* Nor when the successor can't read how much was used meanwhile: it looks again. */
static void test_a_kernel_that_fails_at_the_start(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 11);
	m->kernel.opened = 0;
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	m->kernel.read_error = -ENOBUFS;
	start(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(m->kernel.opened, 0);
	m->kernel.read_error = 0;
	write_config(m, "");
	pass(m, SEC);
	tick(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(m->kernel.opened, 0);
	/* and what is to be open, is opened, whoever shut it */
	reload(m, "");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_restart_opens_nothing),
		IN_A_MACHINE(test_a_kernel_that_fails_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
