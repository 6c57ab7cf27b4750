/* Whose devices are whose, as the kernel is told: with a reload, and with people who are not
 * metered here. */
#include "machine.h"

#define GATEWAY "[network]\ngateway = yes\ninside = lan0\n"

static void expect(const struct machine *m, const char *expected)
{
	char text[512] = "", device[DEVICE_TEXT_MAX];

	for (size_t i = 0; i < m->kernel.n_devices; i++) {
		const struct gate_device *d = &m->kernel.devices[i];
		const uint32_t anna = gate_fake_mark(&m->kernel, ANNA_UID);

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s=%s",
			i > 0 ? " " : "", device_format(&d->device, device),
			d->mark == anna ? "anna" : "other");
	}
	assert_string_equal(text, expected);
}

static void test_no_gateway(void **state)
{
	const struct machine *m = machine(state, "[person anna]\ndevice = 192.0.2.7\n");

	assert_false(m->kernel.gateway);
	expect(m, "");
}

static void test_devices_have_marks(void **state)
{
	struct machine *m = machine(state, GATEWAY "[person anna]\ndevice = 02:00:00:00:00:01\n"
						   "[person ben]\ndevice = 192.0.2.0/24\n");

	assert_true(m->kernel.gateway);
	expect(m, "02:00:00:00:00:01=anna 192.0.2.0/24=other");
	assert_int_equal(m->kernel.unknown_mark, GATE_MARK_FREE);
	reload(m, GATEWAY "[person anna]\ndevice = 192.0.2.0/24\n");
	expect(m, "192.0.2.0/24=anna");
	reload(m, "[person anna]\ndevice = 192.0.2.0/24\n");
	assert_false(m->kernel.gateway);
}

static void test_who_is_not_metered_has_none(void **state)
{
	struct machine *m = *state;

	write_for(m, "[focus]\npeople = anna\n[person anna]\nuser = root\n",
		GATEWAY "[person anna]\ndevice = 192.0.2.7\n"
			"[person ben]\ndevice = 192.0.2.8\n");
	start(m);

	expect(m, "192.0.2.7=anna");
}

static void test_unknown_ones(void **state)
{
	struct machine *m = machine(state, GATEWAY "unknown-devices = block-metered\n");

	assert_int_equal(m->kernel.unknown_mark, GATE_MARK_SHUT);
	reload(m, GATEWAY "unknown-devices = person anna\n");
	assert_int_equal(m->kernel.unknown_mark, gate_fake_mark(&m->kernel, ANNA_UID));
}

/* Whoever has a limit, and unknown ones for whom all is shut. */
static void test_whose_encrypted_look_ups(void **state)
{
	struct machine *m = machine(state, GATEWAY "[person anna]\ndevice = 192.0.2.7\n");

	assert_int_equal(m->kernel.n_sealed_marks, 0);
	assert_int_equal(m->kernel.n_sealed, 0);
	reload(m, GATEWAY "[person anna]\ndevice = 192.0.2.7\n[person anna site alpha]\n"
			  "limit = 1h per day\n");
	assert_int_equal(m->kernel.n_sealed_marks, 1);
	reload(m, GATEWAY "unknown-devices = block-metered\n[person anna]\ndevice = 192.0.2.7\n"
			  "[person anna site alpha]\nlimit = 1h per day\n");
	assert_int_equal(m->kernel.n_sealed_marks, 2);
	reload(m, GATEWAY "[dns]\nseal = no\n[person anna]\ndevice = 192.0.2.7\n"
			  "[person anna site alpha]\nlimit = 1h per day\n");
	assert_int_equal(m->kernel.n_sealed_marks, 0);
}

/* Without sockets and rules it is no gateway, and says so. */
static void test_it_takes_a_start(void **state)
{
	struct machine *m = machine(state, "");
	_cleanup_(strings_done) struct strings problems = { 0 };

	reload(m, GATEWAY);
	assert_false(m->kernel.gateway);
	assert_int_equal(manager_problems(m->manager, true, &problems), 0);
	assert_int_equal(problems.n, 1);
	assert_string_equal(
		problems.items[0], "[network] gateway = yes takes effect when focusd starts again");
	restart(m);
	assert_true(m->kernel.gateway);
}

static void test_a_person_without_an_account_counts(void **state)
{
	struct machine *m = *state;
	int zoe;

	write_for(m, "[focus]\npeople = zoe anna\n[person anna]\nuser = root\n",
		GATEWAY "[person zoe]\ndevice = 192.0.2.7\n");
	start(m);
	zoe = manager_find_person(m->manager, "zoe");

	assert_true(zoe >= 0);
	assert_int_equal(manager_person_uid(m->manager, (size_t)zoe), (uid_t)-1);
	expect(m, "192.0.2.7=other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_no_gateway),
		IN_A_MACHINE(test_devices_have_marks),
		IN_A_MACHINE(test_who_is_not_metered_has_none),
		IN_A_MACHINE(test_unknown_ones),
		IN_A_MACHINE(test_whose_encrypted_look_ups),
		IN_A_MACHINE(test_it_takes_a_start),
		IN_A_MACHINE(test_a_person_without_an_account_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
