/* Addresses, networks and end points: forms in, forms out, and who lies where. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/cleanup.h"

static struct address address(const char *text)
{
	struct address a;

	if (address_parse(text, &a) < 0)
		fail_msg("%s is refused", text);
	return a;
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	if (prefix_parse(text, &p) < 0)
		fail_msg("%s is refused", text);
	return p;
}

static void test_addresses(void **state)
{
	static const char *const good[] = { "0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1",
		"2001:db8::a", "::ffff:192.0.2.1" };
	static const char *const bad[] = { "", "192.0.2", "192.0.2.256", "192.0.2.1 ", "192.0.2.01",
		"0x7f.1", "2001:db8::1::2", "[::1]", "::1%lo", "example.com", "192.0.2.1/24" };
	const struct address none = { .family = AF_UNSPEC };
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < ELEMENTSOF(good); i++) {
		const struct address a = address(good[i]);

		assert_string_equal(address_format(&a, text), good[i]);
		assert_int_equal(address_size(a.family), strchr(good[i], ':') ? 16 : 4);
	}
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		struct address a = none;

		if (address_parse(bad[i], &a) != -EINVAL)
			fail_msg("%s is taken", bad[i]);
		assert_int_equal(a.family, AF_UNSPEC);
	}
	assert_string_equal(address_format(&none, text), "-");
	assert_int_equal(address_size(AF_UNSPEC), 0);
}

static void test_equality(void **state)
{
	struct address a = address("192.0.2.1"), b = a;

	b.bytes[15] = 9; /* behind an IPv4 address nothing counts */
	assert_true(address_equal(&a, &b));
	b.bytes[3] = 2;
	assert_false(address_equal(&a, &b));
	b = address("c000:201::");
	assert_false(address_equal(&a, &b)); /* the same bytes, another family */
}

static void test_local_addresses(void **state)
{
	static const struct {
		const char *text;
		bool loopback, local, serves;
	} rows[] = {
		{ "127.0.0.1", true, true, false },
		{ "127.255.255.255", true, true, false },
		{ "::1", true, true, false },
		{ "::ffff:127.0.0.1", true, true, false },
		{ "0.0.0.0", false, true, false },
		{ "0.1.2.3", false, true, false },
		{ "::", false, true, false },
		{ "::ffff:0.0.0.0", false, true, false },
		{ "128.0.0.1", false, false, true },
		{ "192.0.2.1", false, false, true },
		{ "::2", false, false, true },
		{ "2001:db8::1", false, false, true },
		{ "::ffff:192.0.2.1", false, false, false },
		{ "169.253.255.255", false, false, true },
		{ "169.254.0.1", false, false, false },
		{ "169.255.0.0", false, false, true },
		{ "192.168.0.1", false, false, true },
		{ "223.255.255.255", false, false, true },
		{ "224.0.0.1", false, false, false },
		{ "240.0.0.1", false, false, false },
		{ "255.255.255.255", false, false, false },
		{ "fe7f::1", false, false, true },
		{ "fe80::1", false, false, false },
		{ "febf::1", false, false, false },
		{ "fec0::1", false, false, true },
		{ "fd00::1", false, false, true },
		{ "ff02::1", false, false, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct address a = address(rows[i].text);

		if (address_is_loopback(&a) != rows[i].loopback ||
			address_is_local(&a) != rows[i].local ||
			address_can_serve(&a) != rows[i].serves)
			fail_msg("%s", rows[i].text);
	}
}

static void test_masks(void **state)
{
	static const struct {
		const char *text;
		unsigned bits;
		const char *masked;
	} rows[] = {
		{ "192.0.2.255", 32, "192.0.2.255" },
		{ "192.0.2.255", 26, "192.0.2.192" },
		{ "192.0.2.255", 24, "192.0.2.0" },
		{ "192.0.2.255", 1, "128.0.0.0" },
		{ "192.0.2.255", 0, "0.0.0.0" },
		{ "2001:db8:ffff:ffff:ffff::1", 128, "2001:db8:ffff:ffff:ffff::1" },
		{ "2001:db8:ffff:ffff:ffff::1", 64, "2001:db8:ffff:ffff::" },
		{ "2001:db8:ffff:ffff:ffff::1", 52, "2001:db8:ffff:f000::" },
		{ "2001:db8:ffff:ffff:ffff::1", 0, "::" },
	};
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct address a = address(rows[i].text);
		const struct address masked = address_masked(&a, rows[i].bits);

		assert_string_equal(address_format(&masked, text), rows[i].masked);
	}
}

static void test_networks(void **state)
{
	static const char *const bad[] = { "", "192.0.2.0", "192.0.2.0/", "192.0.2.0/33",
		"192.0.2.1/24", "192.0.2.0/-1", "192.0.2.0/24x", "/24", "2001:db8::/129",
		"2001:db8::1/64", "example.com/24",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8" };
	const struct prefix four = prefix("198.19.128.0/17"), six = prefix("2001:2:0:f000::/52");
	const struct prefix all = prefix("0.0.0.0/0"), one = prefix("198.19.200.1/32");
	const struct address first = address("198.19.128.0"), last = address("198.19.255.255"),
			     before = address("198.19.127.255"), after = address("198.20.0.0"),
			     in_six = address("2001:2:0:ffff::1"), foreign = address("2001:2:1::");
	struct prefix p = { .bits = 77 };

	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		if (prefix_parse(bad[i], &p) != -EINVAL)
			fail_msg("%s is taken", bad[i]);
	assert_int_equal(p.bits, 77);
	assert_true(prefix_contains(&four, &first) && prefix_contains(&four, &last));
	assert_false(prefix_contains(&four, &before) || prefix_contains(&four, &after));
	assert_true(prefix_contains(&six, &in_six));
	assert_false(prefix_contains(&six, &foreign) || prefix_contains(&four, &in_six));
	assert_false(prefix_contains(&all, &in_six));
	assert_true(prefix_overlaps(&four, &all) && prefix_overlaps(&all, &four));
	assert_true(prefix_overlaps(&four, &one) && prefix_overlaps(&one, &four));
	assert_false(prefix_overlaps(&four, &six));
	p = prefix("198.19.0.0/17");
	assert_false(prefix_overlaps(&four, &p));
}

static void test_end_points(void **state)
{
	static const struct {
		const char *text, *expected;
	} good[] = {
		{ "192.0.2.1", "192.0.2.1:53" },
		{ "192.0.2.1:5353", "192.0.2.1:5353" },
		{ "2001:db8::1", "[2001:db8::1]:53" },
		{ "[2001:db8::1]", "[2001:db8::1]:53" },
		{ "[2001:db8::1]:65535", "[2001:db8::1]:65535" },
	};
	static const char *const bad[] = { "", ":53", "192.0.2.1:", "192.0.2.1:0",
		"192.0.2.1:65536", "192.0.2.1:5x", "[2001:db8::1", "[2001:db8::1]53", "[]:53",
		"[2001:db8::1]:", "[192.0.2.1:53", "example.com:53", "192.0.2.1:53:54" };
	struct endpoint e, f;
	char text[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < ELEMENTSOF(good); i++) {
		assert_int_equal(endpoint_parse(good[i].text, 53, &e), 0);
		assert_string_equal(endpoint_format(&e, text), good[i].expected);
		assert_int_equal(endpoint_parse(text, 1, &f), 0);
		assert_true(endpoint_equal(&e, &f));
	}
	f = e;
	f.port--;
	assert_false(endpoint_equal(&e, &f));
	assert_true(endpoint_lists_equal(&e, 1, &e, 1) && endpoint_lists_equal(NULL, 0, NULL, 0));
	assert_false(endpoint_lists_equal(&e, 1, &f, 1) || endpoint_lists_equal(&e, 1, &e, 0));
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		if (endpoint_parse(bad[i], 53, &f) != -EINVAL)
			fail_msg("%s is taken", bad[i]);
	assert_int_equal(f.port, 65534);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_equality),
		cmocka_unit_test(test_local_addresses),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_end_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
