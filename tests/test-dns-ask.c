/* What is read of an answer: the code and the reason, and nothing of a broken one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dns-ask.h"

#define ID 0x1234

/* SERVFAIL to ". NS" with an OPT record that holds a cookie and EDE 23 with a text. */
static const uint8_t failure[] = { 0x12, 0x34, 0x81, 0x82, 0, 1, 0, 0, 0, 0, 0, 1, /* head */
	0, 0, 2, 0, 1,                                                             /* question */
	0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 22, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, /* OPT, cookie */
	0, 15, 0, 6, 0, 23, 'd', 'e', 'a', 'd' };
/* NOERROR with one A record, and no EDNS. */
static const uint8_t answer[] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, 'a', 0, 0, 1,
	0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1 };

static void test_code_and_reason(void **state)
{
	struct dns_reply reply;

	assert_int_equal(dns_reply_parse(failure, sizeof(failure), ID, &reply), 0);
	assert_int_equal(reply.rcode, DNS_SERVFAIL);
	assert_int_equal(reply.reason, DNS_REASON_NET);
	assert_int_equal(dns_reply_parse(answer, sizeof(answer), ID, &reply), 0);
	assert_int_equal(reply.rcode, 0);
	assert_int_equal(reply.reason, -1);
}

static void test_what_is_no_reply(void **state)
{
	uint8_t packet[sizeof(failure)];
	struct dns_reply reply;

	memcpy(packet, failure, sizeof(failure));
	assert_int_equal(dns_reply_parse(packet, sizeof(packet), ID + 1, &reply), -EBADMSG);
	packet[2] = 1; /* a question */
	assert_int_equal(dns_reply_parse(packet, sizeof(packet), ID, &reply), -EBADMSG);
	assert_int_equal(dns_reply_parse(packet, 11, ID, &reply), -EBADMSG);
}

/* However it is cut or spoilt, nothing behind its end is read (the sanitizers look). */
static void test_every_cut_and_any_noise(void **state)
{
	struct dns_reply reply;

	for (size_t n = 0; n < sizeof(failure); n++) {
		uint8_t *copy = malloc(n + 1);

		assert_non_null(copy);
		memcpy(copy, failure, n);
		if (dns_reply_parse(copy, n, ID, &reply) == 0)
			assert_int_equal(reply.reason, -1);
		free(copy);
	}
	srand(5);
	for (int i = 0; i < 100000; i++) {
		uint8_t packet[sizeof(failure)];

		memcpy(packet, failure, sizeof(failure));
		for (int k = 0; k < 3; k++)
			packet[4 + (size_t)rand() % (sizeof(packet) - 4)] = (uint8_t)rand();
		assert_int_equal(dns_reply_parse(packet, sizeof(packet), ID, &reply), 0);
	}
}

static void test_nobody_listens(void **state)
{
	struct endpoint nobody = { .port = 1 };
	struct dns_reply reply;

	assert_int_equal(address_parse("127.0.0.1", &nobody.address), 0);
	assert_int_equal(dns_ask(&nobody, ".", DNS_ASK_NS, 10000, &reply), -ECONNREFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_and_reason),
		cmocka_unit_test(test_what_is_no_reply),
		cmocka_unit_test(test_every_cut_and_any_noise),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
