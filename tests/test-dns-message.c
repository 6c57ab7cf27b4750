/* DNS messages: what is read, what is built, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/dns-message.h"

/* A query for www.Example.com A, id 0x1234, RD; edns adds an OPT with DO. */
static size_t query(uint8_t *ret, bool edns)
{
	static const uint8_t plain[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
				       "\x03www\x07"
				       "Example\x03"
				       "com\x00\x00\x01\x00\x01";
	static const uint8_t opt[] = "\x00\x00\x29\x10\x00\x00\x00\x80\x00\x00\x00";

	memcpy(ret, plain, sizeof(plain) - 1);
	if (!edns)
		return sizeof(plain) - 1;
	memcpy(ret + sizeof(plain) - 1, opt, sizeof(opt) - 1);
	ret[11] = 1;
	return sizeof(plain) - 1 + sizeof(opt) - 1;
}

static void test_a_query_is_read(void **state)
{
	uint8_t packet[DNS_SMALL_ANSWER];
	struct dns_query q;

	assert_int_equal(dns_query_parse(packet, query(packet, true), &q), 0);
	assert_string_equal(q.name, "www.example.com");
	assert_int_equal(q.id, 0x1234);
	assert_int_equal(q.type, DNS_A);
	assert_int_equal(q.klass, 1);
	assert_true(q.edns);
	assert_int_equal(dns_query_parse(packet, query(packet, false), &q), 0);
	assert_false(q.edns);
}

static void test_a_record(void **state)
{
	static const uint8_t expected[] =
		"\x01"
		"a\x03"
		"com\x00\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07";
	uint8_t record[DNS_RECORD_MAX];
	char longest[DOMAIN_TEXT_MAX + 1];
	struct address a;

	assert_int_equal(address_parse("192.0.2.7", &a), 0);
	assert_int_equal(dns_record_build("a.com", &a, record), sizeof(expected) - 1);
	assert_memory_equal(record, expected, sizeof(expected) - 1);
	assert_int_equal(dns_record_build("", &a, record), -EINVAL);
	assert_int_equal(dns_record_build("a..com", &a, record), -EINVAL);
	memset(longest, 'x', DOMAIN_TEXT_MAX);
	longest[DOMAIN_TEXT_MAX] = 0;
	for (int i = 63; i < DOMAIN_TEXT_MAX; i += 64)
		longest[i] = '.';
	assert_int_equal(address_parse("2001:db8::7", &a), 0);
	assert_int_equal(dns_record_build(longest, &a, record), DNS_RECORD_MAX);
	a.family = AF_UNSPEC;
	assert_int_equal(dns_record_build("a.com", &a, record), -EINVAL);
}

static void test_the_end_of_an_odd_name(void **state)
{
	uint8_t packet[DNS_SMALL_ANSWER];
	char suffix[DOMAIN_TEXT_MAX + 1];
	const size_t n = query(packet, false);
	struct dns_query q;

	packet[13] = ' ';
	assert_int_equal(dns_query_parse(packet, n, &q), 0);
	assert_string_equal(q.name, "");
	dns_query_suffix(packet, n, suffix);
	assert_string_equal(suffix, "example.com");
	packet[17] = ' ';
	dns_query_suffix(packet, n, suffix);
	assert_string_equal(suffix, "com");
	packet[25] = ' ';
	dns_query_suffix(packet, n, suffix);
	assert_string_equal(suffix, "");
	packet[12] = 0; /* the root */
	dns_query_suffix(packet, n, suffix);
	assert_string_equal(suffix, "");
}

/* One row a check. */
static void test_what_is_no_query_is_refused(void **state)
{
	uint8_t packet[DNS_SMALL_ANSWER];
	struct dns_query q;
	size_t n;

	for (size_t cut = 0; cut < DNS_HEADER_BYTES; cut++) {
		query(packet, false);
		assert_int_equal(dns_query_parse(packet, cut, &q), -EBADMSG);
	}
	n = query(packet, false);
	for (size_t cut = DNS_HEADER_BYTES; cut < n; cut++)
		assert_int_equal(dns_query_parse(packet, cut, &q), -EPROTO);
	packet[2] |= 0x80; /* a response */
	assert_int_equal(dns_query_parse(packet, n, &q), -EBADMSG);
	n = query(packet, false);
	packet[2] |= 0x28; /* an update */
	assert_int_equal(dns_query_parse(packet, n, &q), -EOPNOTSUPP);
	n = query(packet, false);
	packet[5] = 2; /* two questions */
	assert_int_equal(dns_query_parse(packet, n, &q), -EPROTO);
	packet[5] = 0;
	assert_int_equal(dns_query_parse(packet, n, &q), -EPROTO);
	n = query(packet, false);
	packet[12] = 0xc0; /* a name that points at itself */
	packet[13] = 12;
	assert_int_equal(dns_query_parse(packet, n, &q), -EPROTO);
	n = query(packet, true);
	packet[11] = 2; /* an OPT too few */
	assert_int_equal(dns_query_parse(packet, n, &q), -EPROTO);
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Two kilobytes of padding, and answered. */
static void test_a_large_query(void **state)
{
	const struct dns_answer answer = { .rcode = DNS_NXDOMAIN, .ede = 15, .ede_text = "spent" };
	uint8_t packet[DNS_QUERY_MAX + 1] = { 0 }, reply[DNS_SMALL_ANSWER];
	const size_t n = query(packet, true), padding = 2048;
	struct dns_query q;

	put16(packet + n - 2, padding + 4);
	put16(packet + n, 12); /* RFC 7830 */
	put16(packet + n + 2, padding);
	assert_int_equal(dns_query_parse(packet, n + 4 + padding, &q), 0);
	assert_true(q.edns);
	assert_true(dns_answer_build(packet, n + 4 + padding, &answer, reply) > 0);
	assert_int_equal(dns_query_parse(packet, sizeof(packet), &q), -EBADMSG);
}

/* A record without a name, of a type that nobody knows; returns its end. */
static size_t put_record(uint8_t *packet, size_t at, size_t n)
{
	memcpy(packet + at, "\x00\xff\x00\x00\x01\x00\x00\x00\x00", 9);
	put16(packet + at + 9, n);
	memset(packet + at + 11, 0, n);
	return at + 11 + n;
}

/* A question with so many records that libknot has no room left when it comes to the options, at
 * every length at which that may be so: it would write to NULL. */
static void test_a_query_of_many_records(void **state)
{
	static const uint8_t cookie[] =
		"\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x08\x00\x0a\x00\x04home";
	uint8_t packet[DNS_QUERY_MAX];
	struct dns_query q;

	for (size_t records = 0; records <= 280; records++)
		for (size_t rest = 0; rest < 600; rest += 16) {
			size_t n = query(packet, false);

			for (size_t i = 0; i < records; i++)
				n = put_record(packet, n, 1);
			n = put_record(packet, n, rest);
			memcpy(packet + n, cookie, sizeof(cookie) - 1);
			n += sizeof(cookie) - 1;
			put16(packet + 10, records + 2);
			assert_int_equal(dns_query_parse(packet, n, &q), records < 7 ? 0 : -EPROTO);
		}
}

/* What grows most when it is read: names that lead to the longest there is. */
static void test_a_query_of_long_names(void **state)
{
	static const uint8_t soa[] =
		"\xc0\x0c\x00\x06\x00\x01\x00\x00\x00\x00\x00\x18\xc0\x0c\xc0\x0c";
	const struct dns_answer answer = { .rcode = DNS_NXDOMAIN, .ede = 15, .ede_text = "spent" };
	uint8_t packet[DNS_QUERY_MAX] = { 0 }, reply[DNS_SMALL_ANSWER];
	size_t n = query(packet, false), room;
	struct dns_query q;

	n = 12;
	for (size_t label = 0; label < 4; label++) {
		packet[n] = label < 3 ? 63 : 61;
		memset(packet + n + 1, 'x', packet[n]);
		n += packet[n] + 1U;
	}
	memcpy(packet + n, "\x00\x00\x01\x00\x01", 5);
	n += 5;
	for (size_t i = 0; i < 7; i++, n += 20)
		memcpy(packet + n, soa, sizeof(soa) - 1), n += sizeof(soa) - 1;
	room = sizeof(packet) - n - 15;
	memcpy(packet + n, "\x00\x00\x29\x10\x00\x00\x00\x00\x00", 9);
	put16(packet + n + 9, room + 4);
	put16(packet + n + 11, 12);
	put16(packet + n + 13, room);
	put16(packet + 8, 7);
	put16(packet + 10, 1);
	assert_int_equal(dns_query_parse(packet, sizeof(packet), &q), 0);
	assert_true(q.edns);
	assert_true(dns_answer_build(packet, sizeof(packet), &answer, reply) > 0);
}

static void test_a_lease_is_answered(void **state)
{
	struct address leases[2];
	const struct dns_answer answer = { .addresses = leases, .n_addresses = 2, .ede = -1 };
	uint8_t packet[DNS_SMALL_ANSWER], reply[DNS_SMALL_ANSWER];
	const size_t n = query(packet, true);
	struct address found[4];
	size_t n_found;
	uint32_t ttl;
	int size;

	assert_int_equal(address_parse("198.19.128.1", &leases[0]), 0);
	assert_int_equal(address_parse("198.19.128.2", &leases[1]), 0);
	size = dns_answer_build(packet, n, &answer, reply);
	assert_true(size > 0);
	assert_true(dns_answer_matches(reply, (size_t)size, packet, n));
	assert_memory_equal(reply + 12, packet + 12, 21); /* the question in the asker's case */
	assert_int_equal(dns_answer_rcode(reply), DNS_NOERROR);
	assert_int_equal(dns_answer_addresses(reply, (size_t)size, found, 4, &n_found, &ttl), 0);
	assert_int_equal(n_found, 2);
	assert_int_equal(ttl, DNS_ANSWER_TTL_SEC);
	assert_true(address_equal(&found[0], &leases[0]));
	assert_int_equal(reply[3] & 0x80, 0x80); /* recursion available */
	assert_int_equal(reply[11], 1);          /* an OPT, because there was one */
}

static void test_no_data_has_a_soa(void **state)
{
	const struct dns_answer answer = { .ede = -1 };
	uint8_t packet[DNS_SMALL_ANSWER], reply[DNS_SMALL_ANSWER];
	const size_t n = query(packet, false);

	assert_true(dns_answer_build(packet, n, &answer, reply) > 0);
	assert_int_equal(reply[7], 0);  /* no answer */
	assert_int_equal(reply[9], 1);  /* a SOA */
	assert_int_equal(reply[11], 0); /* no OPT: none came */
}

static void test_failure_says_why(void **state)
{
	const struct dns_answer answer = {
		.rcode = DNS_SERVFAIL, .ede = 22, .ede_text = "no resolver answers"
	};
	uint8_t packet[DNS_SMALL_ANSWER], reply[DNS_SMALL_ANSWER];
	const size_t n = query(packet, true);
	const int size = dns_answer_build(packet, n, &answer, reply);

	assert_true(size > 0);
	assert_int_equal(dns_answer_rcode(reply), DNS_SERVFAIL);
	assert_non_null(memmem(reply, (size_t)size, "\x00\x16no resolver answers", 21));
}

static void test_our_own_query(void **state)
{
	uint8_t packet[DNS_SMALL_ANSWER];
	struct dns_query q;
	const int n = dns_query_build("www.example.com", DNS_AAAA, packet);

	assert_true(n > 0);
	assert_int_equal(dns_query_parse(packet, (size_t)n, &q), 0);
	assert_string_equal(q.name, "www.example.com");
	assert_int_equal(q.type, DNS_AAAA);
	assert_true(q.edns);
}

static void test_another_question_is_no_answer(void **state)
{
	uint8_t packet[DNS_SMALL_ANSWER], reply[DNS_SMALL_ANSWER];
	const size_t n = query(packet, false);

	memcpy(reply, packet, n);
	reply[2] |= 0x80;
	assert_true(dns_answer_matches(reply, n, packet, n));
	reply[13] = 'W'; /* the case does not matter */
	assert_true(dns_answer_matches(reply, n, packet, n));
	reply[13] = 'x';
	assert_false(dns_answer_matches(reply, n, packet, n));
	reply[13] = 'w';
	reply[0] ^= 1;
	assert_false(dns_answer_matches(reply, n, packet, n));
	reply[0] ^= 1;
	reply[n - 3] = 28; /* the type */
	assert_false(dns_answer_matches(reply, n, packet, n));
	reply[n - 3] = 1;
	reply[2] &= 0x7f; /* a query */
	assert_false(dns_answer_matches(reply, n, packet, n));
	reply[2] |= 0x80;
	for (size_t cut = 0; cut < n; cut++)
		assert_false(dns_answer_matches(reply, cut, packet, n));
}

static void test_addresses_along_cnames(void **state)
{
	/* www.Example.com CNAME cdn.Example.com (ttl 30), cdn A 192.0.2.1 (ttl 300), other A .2 */
	static const uint8_t records[] =
		"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x1e\x00\x06\x03"
		"cdn\xc0\x10"
		"\xc0\x2d\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x01"
		"\xc0\x10\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\xc0\x00\x02\x02";
	uint8_t packet[DNS_SMALL_ANSWER];
	size_t n = query(packet, false), n_found;
	struct address found[4];
	char text[ADDRESS_TEXT_MAX];
	char owner[DOMAIN_TEXT_MAX + 1];
	uint32_t ttl;

	packet[2] |= 0x80;
	packet[7] = 3;
	memcpy(packet + n, records, sizeof(records) - 1);
	n += sizeof(records) - 1;
	assert_int_equal(dns_answer_addresses(packet, n, found, 4, &n_found, &ttl), 0);
	assert_int_equal(n_found, 1);
	assert_string_equal(address_format(&found[0], text), "192.0.2.1");
	assert_int_equal(ttl, 30);
	assert_int_equal(dns_answer_owner(packet, n, owner), 0);
	assert_string_equal(owner, "cdn.example.com");
	/* whosever they are */
	assert_int_equal(dns_answer_skim(packet, n, found, 4), 2);
	assert_string_equal(address_format(&found[1], text), "192.0.2.2");
	assert_int_equal(dns_answer_skim(packet, n, found, 1), 1);
	for (size_t cut = 0; cut < n; cut++) {
		_cleanup_free_ uint8_t *part = malloc(cut + 1);

		memcpy(part, packet, cut);
		assert_int_equal(
			dns_answer_addresses(part, cut, found, 4, &n_found, &ttl), -EBADMSG);
		assert_int_equal(dns_answer_owner(part, cut, owner), -EBADMSG);
		assert_true(dns_answer_skim(part, cut, found, 4) < 2);
	}
	packet[7] = 0;
	assert_int_equal(dns_answer_skim(packet, n, found, 4), 0);
	packet[5] = 0;
	assert_int_equal(dns_answer_skim(packet, n, found, 4), 0);
}

static void test_an_error_without_a_question(void **state)
{
	uint8_t packet[DNS_SMALL_ANSWER], reply[DNS_SMALL_ANSWER];
	const size_t n = query(packet, false);

	assert_int_equal(dns_error_build(packet, n, DNS_FORMERR, reply), DNS_HEADER_BYTES);
	assert_int_equal(reply[0] << 8 | reply[1], 0x1234);
	assert_int_equal(dns_answer_rcode(reply), DNS_FORMERR);
	assert_int_equal(reply[2] & 0x81, 0x81);
}

/* Damaged packets of every kind: no crash, no read out of bounds (see the sanitizers). */
static void test_noise(void **state)
{
	srand(5);
	for (int round = 0; round < 60000; round++) {
		_cleanup_free_ uint8_t *packet = malloc(DNS_SMALL_ANSWER);
		const struct dns_answer answer = { .rcode = DNS_SERVFAIL, .ede = 0 };
		uint8_t reply[DNS_SMALL_ANSWER];
		struct address found[4];
		struct dns_query q;
		uint32_t ttl;
		size_t n = query(packet, round % 2), n_found;

		for (int k = rand() % 6; k >= 0; k--)
			packet[(size_t)rand() % n] = (uint8_t)rand();
		if (round % 3 == 0)
			n = (size_t)rand() % (n + 1);
		packet = realloc(packet, n + 1);
		if (dns_query_parse(packet, n, &q) == 0)
			assert_true(dns_answer_build(packet, n, &answer, reply) > 0);
		dns_answer_addresses(packet, n, found, 4, &n_found, &ttl);
		dns_answer_owner(packet, n, q.name);
		if (n > 7)
			packet[7] = (uint8_t)round;
		dns_answer_skim(packet, n, found, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_query_is_read),
		cmocka_unit_test(test_a_record),
		cmocka_unit_test(test_the_end_of_an_odd_name),
		cmocka_unit_test(test_what_is_no_query_is_refused),
		cmocka_unit_test(test_a_large_query),
		cmocka_unit_test(test_a_query_of_many_records),
		cmocka_unit_test(test_a_query_of_long_names),
		cmocka_unit_test(test_a_lease_is_answered),
		cmocka_unit_test(test_no_data_has_a_soa),
		cmocka_unit_test(test_failure_says_why),
		cmocka_unit_test(test_our_own_query),
		cmocka_unit_test(test_another_question_is_no_answer),
		cmocka_unit_test(test_addresses_along_cnames),
		cmocka_unit_test(test_an_error_without_a_question),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
