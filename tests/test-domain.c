/* Host names as text: RFC 1035's lengths, labels compared whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/domain.h"

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_names_are_normalised(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "example.com", "example.com" }, { "Example.COM.", "example.com" },
		{ "com", "com" }, { "_dmarc.x-1.example", "_dmarc.x-1.example" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "rr3---sn-4g5e6n7k.googlevideo.com", "rr3---sn-4g5e6n7k.googlevideo.com" },
		{ L63 ".example", L63 ".example" },
		{ L63 "." L63 "." L63 "." L61 ".", L63 "." L63 "." L63 "." L61 }, /* 253 */
	};
	static const char *const bad[] = { "", ".", "..", ".example", "example..com",
		"example.com..", "a b.example", "*.example", "b\xc3\xbc.example",
		"https://example.com", "a/b", "a:b", L63 "a.example",
		L63 "." L63 "." L63 "." L61 "a", "\n" };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char name[DOMAIN_TEXT_MAX + 1];

		assert_int_equal(domain_normalize(rows[i].text, name), 0);
		assert_string_equal(name, rows[i].expected);
	}
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		char name[DOMAIN_TEXT_MAX + 1] = "untouched";

		if (domain_normalize(bad[i], name) != -EINVAL)
			fail_msg("%s is taken", bad[i]);
		assert_string_equal(name, "untouched");
	}
}

static void test_labels_are_compared_whole(void **state)
{
	assert_true(domain_is_under("example.com", "example.com"));
	assert_true(domain_is_under("a.b.example.com", "example.com"));
	assert_false(domain_is_under("badexample.com", "example.com"));
	assert_false(domain_is_under("example.com", "a.example.com"));
	assert_false(domain_is_under("example.com.net", "example.com"));
}

static void test_parents(void **state)
{
	assert_string_equal(domain_parent("a.b.example"), "b.example");
	assert_string_equal(domain_parent("b.example"), "example");
	assert_null(domain_parent("example"));
	assert_null(domain_parent(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_normalised),
		cmocka_unit_test(test_labels_are_compared_whole),
		cmocka_unit_test(test_parents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
