/* The packets between keeper and hook: there and back, and nothing else gets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/hook-message.h"

static struct hook_message ask(void)
{
	struct hook_message m = { .type = HOOK_ASK,
		.family = AF_INET,
		.n_addresses = 2,
		.own = 2,
		.since_usec = UINT64_C(0x0102030405060708),
		.n_passed = 0xfffefdfc };

	strcpy(m.name, "www.example.com");
	assert_int_equal(address_parse("192.0.2.1", &m.addresses[0]), 0);
	assert_int_equal(address_parse("192.0.2.2", &m.addresses[1]), 0);
	return m;
}

static void assert_round(const struct hook_message *m)
{
	uint8_t packet[HOOK_MESSAGE_MAX];
	struct hook_message back;
	const int n = hook_message_encode(m, packet);

	assert_in_range(n, 2, HOOK_MESSAGE_MAX);
	assert_int_equal(hook_message_decode(packet, (size_t)n, &back), 0);
	assert_int_equal(back.type, m->type);
	assert_string_equal(back.name, m->name);
	assert_int_equal(back.family, m->family);
	assert_int_equal(back.verdict, m->verdict);
	assert_int_equal(back.port4, m->port4);
	assert_int_equal(back.port6, m->port6);
	assert_string_equal(back.build, m->build);
	assert_int_equal(back.resolved, m->resolved);
	assert_int_equal(back.own, m->own);
	assert_true(back.since_usec == m->since_usec && back.n_passed == m->n_passed);
	assert_int_equal(back.n_addresses, m->n_addresses);
	for (size_t i = 0; i < m->n_addresses; i++)
		assert_true(address_equal(&back.addresses[i], &m->addresses[i]));
}

static void test_there_and_back(void **state)
{
	struct hook_message m = ask();

	assert_round(&m);
	m = (struct hook_message){ .type = HOOK_LEASES, .verdict = HOOK_FAILED, .family = AF_INET };
	strcpy(m.name, "www.example.com");
	assert_round(&m);
	m.family = AF_INET6;
	m.n_addresses = 4;
	for (int i = 0; i < 4; i++)
		assert_int_equal(address_parse("2001:db8::7", &m.addresses[i]), 0);
	memset(m.name, 'a', DOMAIN_TEXT_MAX);
	for (int i = 60; i < DOMAIN_TEXT_MAX; i += 60)
		m.name[i] = '.';
	assert_round(&m);
	m.type = HOOK_RESOLVE;
	m.verdict = HOOK_LEASED;
	m.n_addresses = 0;
	assert_round(&m);
	m = (struct hook_message){ .type = HOOK_HELLO, .port4 = 5399, .port6 = 65535 };
	assert_round(&m);
	m.resolved = true;
	assert_round(&m);
	strcpy(m.build, "1.2.3~rc1+b2-1");
	assert_round(&m);
	memset(m.build, '9', HOOK_BUILD_MAX);
	assert_round(&m);
	m = (struct hook_message){ .type = HOOK_SETUP };
	assert_round(&m);
	m = (struct hook_message){ .type = HOOK_REFRESH };
	assert_round(&m);
	m = (struct hook_message){ .type = HOOK_QUIT };
	assert_round(&m);
}

static void test_what_does_not_fit_is_not_written(void **state)
{
	uint8_t packet[HOOK_MESSAGE_MAX];
	struct hook_message m = ask();

	m.family = AF_INET6; /* the addresses are not */
	assert_int_equal(hook_message_encode(&m, packet), -EINVAL);
	m = ask();
	m.name[0] = 0;
	assert_int_equal(hook_message_encode(&m, packet), -EINVAL);
	m = ask();
	m.type = HOOK_RESOLVE; /* it asks for addresses, it has none */
	assert_int_equal(hook_message_encode(&m, packet), -EINVAL);
	m = ask();
	m.own = 4; /* there are two addresses */
	assert_int_equal(hook_message_encode(&m, packet), -EINVAL);
	m = ask();
	m.n_addresses = LEASE_SLOTS_MAX + 1;
	assert_int_equal(hook_message_encode(&m, packet), -EINVAL);
}

static void test_every_cut_and_every_tail_is_refused(void **state)
{
	uint8_t packet[HOOK_MESSAGE_MAX + 1] = { 0 };
	const struct hook_message m = ask();
	const size_t n = (size_t)hook_message_encode(&m, packet), fixed = n - strlen(m.name);
	struct hook_message back;

	for (size_t cut = 0; cut <= fixed; cut++)
		assert_int_equal(hook_message_decode(packet, cut, &back), -EBADMSG);
	assert_int_equal(hook_message_decode(packet, n + 1, &back), -EBADMSG); /* a NUL */
	assert_int_equal(hook_message_decode(packet, HOOK_MESSAGE_MAX + 1, &back), -EBADMSG);
}

static void test_bad_fields_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = { { 0, 0 }, { 0, HOOK_VERSION + 1 }, { 1, 0 }, { 1, HOOK_REFRESH + 1 }, { 2, 4 },
		{ 3, 5 }, { 4, LEASE_SLOTS_MAX + 1 }, { 25, 'A' }, { 26, ' ' } };
	struct hook_message back;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		uint8_t packet[HOOK_MESSAGE_MAX];
		const struct hook_message m = ask();
		const int n = hook_message_encode(&m, packet);

		packet[rows[i].at] = rows[i].value;
		assert_int_equal(hook_message_decode(packet, (size_t)n, &back), -EBADMSG);
	}
}

static void test_a_build_is_a_short_word(void **state)
{
	struct hook_message back, m = { .type = HOOK_HELLO, .build = "1 2" };
	uint8_t packet[HOOK_MESSAGE_MAX];
	int n;

	assert_int_equal(hook_message_encode(&m, packet), -EINVAL);
	memset(m.build, '9', HOOK_BUILD_MAX);
	n = hook_message_encode(&m, packet);
	packet[n] = '9';
	assert_int_equal(hook_message_decode(packet, (size_t)n + 1, &back), -EBADMSG);
	packet[n - 1] = '\n';
	assert_int_equal(hook_message_decode(packet, (size_t)n, &back), -EBADMSG);
	assert_int_equal(hook_message_decode(packet, 5, &back), -EBADMSG);
}

static void test_ports_for_devices(void **state)
{
	struct hook_message back, m = { .type = HOOK_GATEWAY, .port4 = 5398, .port6 = 0x1234 };
	uint8_t packet[HOOK_MESSAGE_MAX];
	const int n = hook_message_encode(&m, packet);

	assert_int_equal(n, 6);
	assert_int_equal(hook_message_decode(packet, 6, &back), 0);
	assert_int_equal(back.type, HOOK_GATEWAY);
	assert_int_equal(back.port4, 5398);
	assert_int_equal(back.port6, 0x1234);
	assert_int_equal(hook_message_decode(packet, 5, &back), -EBADMSG);
	assert_int_equal(hook_message_decode(packet, 7, &back), -EBADMSG);
}

static void test_who_is_silent(void **state)
{
	struct hook_message back, m = { .type = HOOK_UPSTREAM };
	uint8_t packet[HOOK_MESSAGE_MAX];

	for (m.silent = 0; m.silent <= 3; m.silent++) {
		assert_int_equal(hook_message_encode(&m, packet), 3);
		assert_int_equal(hook_message_decode(packet, 3, &back), 0);
		assert_int_equal(back.type, HOOK_UPSTREAM);
		assert_int_equal(back.silent, m.silent);
	}
	assert_int_equal(hook_message_encode(&m, packet), -EINVAL);
	packet[2] = m.silent;
	assert_int_equal(hook_message_decode(packet, 3, &back), -EBADMSG);
	packet[2] = 0;
	assert_int_equal(hook_message_decode(packet, 2, &back), -EBADMSG);
	assert_int_equal(hook_message_decode(packet, 4, &back), -EBADMSG);
}

static void test_noise_never_gets_far(void **state)
{
	uint8_t packet[HOOK_MESSAGE_MAX];
	struct hook_message back;

	srand(3);
	for (int i = 0; i < 200000; i++) {
		const size_t n = (size_t)rand() % 64;

		for (size_t k = 0; k < n; k++)
			packet[k] = (uint8_t)rand();
		if (n > 1 && i % 2)
			packet[0] = HOOK_VERSION, packet[1] = (uint8_t)(1 + rand() % 9);
		if (hook_message_decode(packet, n, &back) == 0)
			assert_true(back.n_addresses <= LEASE_SLOTS_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_what_does_not_fit_is_not_written),
		cmocka_unit_test(test_every_cut_and_every_tail_is_refused),
		cmocka_unit_test(test_bad_fields_are_refused),
		cmocka_unit_test(test_a_build_is_a_short_word),
		cmocka_unit_test(test_ports_for_devices),
		cmocka_unit_test(test_who_is_silent),
		cmocka_unit_test(test_noise_never_gets_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
