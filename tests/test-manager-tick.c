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

static void put_name(const struct machine *m)
{
	struct lease_name name = {
		.name = (char *)"www.alpha.example", .family = AF_INET, .n_slots = 1
	};
	struct ledger *l = NULL;
	char *error = NULL;

	assert_true(address_parse("198.19.128.1", &name.slots[0].lease) >= 0);
	assert_true(address_parse("192.0.2.80", &name.slots[0].real) >= 0);
	assert_int_equal(ledger_open(m->dir, NULL, NULL, NULL, &l, &error), 0);
	assert_int_equal(ledger_put_name(l, &name), 0);
	assert_int_equal(ledger_sync(l), 0);
	ledger_close(l);
}

/* After a boot, or a flush while no keeper ran: no lease leads anywhere before its gate is shut. */
static void test_an_empty_kernel_is_shut_before_it_is_mapped(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 11);
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	put_name(m);
	gate_fake_flush(&m->kernel);
	start(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(m->kernel.mapped_open, 0);
}

/* Somebody is not metered any more, and the kernel refuses to open what was shut for him: it is
 * asked again, without another reload. */
static void test_what_is_nobodys_is_opened_once_it_can_be(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");
	const uint32_t mark = gate_fake_mark(&m->kernel, BEN_UID);

	scroll_for(m, BEN_UID, ALPHA, 11);
	assert_int_equal(gate_fake_state(&m->kernel, &m->feed[ALPHA], mark), GATE_SHUT);
	m->kernel.error = -EBUSY;
	reload_for(m, "[focus]\npeople = anna\n[person anna]\nuser = root\n",
		"[site alpha]\nlimit = 10s per day\n");
	assert_int_equal(gate_fake_state(&m->kernel, &m->feed[ALPHA], mark), GATE_SHUT);
	m->kernel.error = 0;
	rest(m, SEC);
	assert_int_equal(gate_fake_state(&m->kernel, &m->feed[ALPHA], mark), GATE_OPEN);
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_restart_opens_nothing),
		IN_A_MACHINE(test_a_kernel_that_fails_at_the_start),
		IN_A_MACHINE(test_an_empty_kernel_is_shut_before_it_is_mapped),
		IN_A_MACHINE(test_what_is_nobodys_is_opened_once_it_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
