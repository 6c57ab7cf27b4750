/* Lists of servers for encrypted look-ups: what is read, and that what we ship is fit to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/seal-list.h"
#include "file-text.h"

#define SHIPPED "conf/encrypted-dns.conf"

static void add(struct seal_list *l, const char *text)
{
	char *error = NULL;

	if (seal_list_add(l, "list", text, &error) < 0)
		fail_msg("%s", error ? error : "?");
}

static const char *name_at(const struct seal_list *l, const char *endpoint)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(endpoint, SEAL_PORT, &e), 0);
	return seal_list_name(l, &e);
}

static void test_reads_names_and_addresses(void **state)
{
	_cleanup_(seal_list_done) struct seal_list l = { 0 };

	add(&l, "# a comment\n\n"
		"dns.example 192.0.2.1 [2001:db8::1]:8443\t192.0.2.1:8443 ; behind it\r\n"
		"DNS.Example. 2001:db8::2\n"
		"name.only.example");
	assert_int_equal(l.n, 4);
	assert_int_equal(l.names.n, 2);
	assert_string_equal(name_at(&l, "192.0.2.1"), "dns.example");
	assert_string_equal(name_at(&l, "192.0.2.1:8443"), "dns.example");
	assert_string_equal(name_at(&l, "[2001:db8::1]:8443"), "dns.example");
	assert_string_equal(name_at(&l, "[2001:db8::2]:443"), "dns.example");
	assert_null(name_at(&l, "2001:db8::1"));
	assert_null(name_at(&l, "192.0.2.2"));
	assert_true(seal_list_contains(&l, "name.only.example"));
	assert_true(seal_list_contains(&l, "dns.example"));
	assert_false(seal_list_contains(&l, "www.dns.example"));
	assert_false(seal_list_contains(&l, "example"));
}

static void test_a_later_list_has_the_last_word(void **state)
{
	_cleanup_(seal_list_done) struct seal_list l = { 0 };

	add(&l, "a.example 192.0.2.1 192.0.2.2\nb.example 192.0.2.3\nc.example");
	add(&l, "-192.0.2.1\n-b.example\n-C.example\n-192.0.2.99\n-unknown.example\n"
		"mine.example 192.0.2.2");
	assert_null(name_at(&l, "192.0.2.1"));
	assert_string_equal(name_at(&l, "192.0.2.2"), "mine.example");
	assert_null(name_at(&l, "192.0.2.3"));
	assert_true(seal_list_contains(&l, "a.example"));
	assert_false(seal_list_contains(&l, "b.example"));
	assert_false(seal_list_contains(&l, "c.example"));
	assert_int_equal(l.n, 1);
	add(&l, "b.example 192.0.2.3\n");
	assert_string_equal(name_at(&l, "192.0.2.3"), "b.example");
}

static void test_says_what_is_wrong_and_where(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "a.example 192.0.2.300", "list:1: 192.0.2.300: expected an address" },
		{ "\n\na.example 192.0.2.1:0x", "list:3: 192.0.2.1:0x: expected an address" },
		{ "192.0.2.1 a.example", "list:1: 192.0.2.1: expected a host name" },
		{ "two_words,here", "list:1: two_words,here: expected a host name" },
		{ "a.example 127.0.0.1", "list:1: 127.0.0.1: expected another machine's" },
		{ "a.example ::1", "list:1: ::1: expected another machine's" },
		{ "-", "list:1: -: expected - and a host name or an address" },
		{ "-a.example 192.0.2.1", "list:1: 192.0.2.1: expected nothing behind -a.example" },
		{ "a.example\x01", "list:1: expected UTF-8 text" },
		{ "a.example\nb.example \xff", "list:2: expected UTF-8 text" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(seal_list_done) struct seal_list l = { 0 };
		_cleanup_free_ char *error = NULL;

		assert_int_equal(seal_list_add(&l, "list", rows[i].text, &error), -EINVAL);
		assert_non_null(error);
		if (!strstr(error, rows[i].expected))
			fail_msg("\"%s\", expected \"%s\"", error, rows[i].expected);
	}
}

static void test_keeps_its_limits(void **state)
{
	_cleanup_(seal_list_done) struct seal_list l = { 0 };
	_cleanup_free_ char *error = NULL, *late = NULL;
	char line[2000];

	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = 0;
	assert_int_equal(seal_list_add(&l, "list", line, &error), -EINVAL);
	assert_non_null(strstr(error, "list:1: 1999 bytes: expected a line of at most"));
	for (unsigned i = 0; i < SEAL_ENDPOINTS_MAX; i++) {
		snprintf(line, sizeof(line), "a.example 198.51.%u.%u\n", i / 256, i % 256);
		add(&l, line);
	}
	assert_int_equal(l.n, SEAL_ENDPOINTS_MAX);
	assert_int_equal(seal_list_add(&l, "list", "b.example 192.0.2.1", &late), -E2BIG);
	assert_non_null(strstr(late, "list:1: b.example: too long a list"));
}

static void test_the_shipped_list_is_good(void **state)
{
	_cleanup_(seal_list_done) struct seal_list l = { 0 };
	_cleanup_free_ char *text = file_text(SHIPPED);
	char *error = NULL;

	assert_non_null(text);
	if (seal_list_add(&l, SHIPPED, text, &error) < 0)
		fail_msg("%s", error ? error : "?");
	assert_string_equal(name_at(&l, "8.8.8.8"), "dns.google");
	assert_string_equal(name_at(&l, "[2606:4700:4700::1111]:443"), "one.one.one.one");
	assert_non_null(name_at(&l, "9.9.9.9"));
	assert_true(seal_list_contains(&l, "mozilla.cloudflare-dns.com"));
	assert_true(l.n > 300 && l.n < SEAL_ENDPOINTS_MAX / 2);
	assert_true(l.names.n > 300 && l.names.n < SEAL_NAMES_MAX / 2);
}

/* An address that many sites share would take them along. */
static void test_no_shared_addresses_are_shipped(void **state)
{
	static const char *const shared[] = { "104.16.0.0/12", "172.64.0.0/13", "151.101.0.0/16",
		"2606:4700::/33", "2a04:4e42::/32", "2600:9000::/28", "2001:2:0:f000::/52",
		"198.18.0.0/15", "10.0.0.0/8", "192.168.0.0/16", "fc00::/7" };
	_cleanup_(seal_list_done) struct seal_list l = { 0 };
	_cleanup_free_ char *text = file_text(SHIPPED);
	struct prefix own;

	assert_non_null(text);
	add(&l, text);
	assert_int_equal(prefix_parse("2606:4700:4700::/48", &own), 0);
	for (size_t s = 0; s < ELEMENTSOF(shared); s++) {
		struct prefix p;

		assert_int_equal(prefix_parse(shared[s], &p), 0);
		for (size_t i = 0; i < l.n; i++)
			if (prefix_contains(&p, &l.endpoints[i].endpoint.address) &&
				!prefix_contains(&own, &l.endpoints[i].endpoint.address))
				fail_msg("%s lies in %s", l.endpoints[i].name, shared[s]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_names_and_addresses),
		cmocka_unit_test(test_a_later_list_has_the_last_word),
		cmocka_unit_test(test_says_what_is_wrong_and_where),
		cmocka_unit_test(test_keeps_its_limits),
		cmocka_unit_test(test_the_shipped_list_is_good),
		cmocka_unit_test(test_no_shared_addresses_are_shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
