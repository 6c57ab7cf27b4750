/* The suffixes that a routing resolver is told: all that is metered, nothing twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/route-domains.h"

static void assert_chosen(
	const struct hook_name *names, size_t n, const char *const *expected, size_t n_expected)
{
	_cleanup_free_ const char **chosen = NULL;
	size_t n_chosen;

	assert_int_equal(route_domains_choose(names, n, &chosen, &n_chosen), 0);
	assert_int_equal(n_chosen, n_expected);
	for (size_t i = 0; i < n_chosen; i++)
		assert_string_equal(chosen[i], expected[i]);
}

static void test_the_fewest_suffixes(void **state)
{
	static const struct hook_name names[] = { { "www.instagram.com", true, false },
		{ "instagram.com", true, false }, { "a.b.instagram.com", true, false },
		{ "x.com", true, false }, { "netflix.com", true, false },
		{ "cdn.example.net", true, false } };
	static const char *const expected[] = { "cdn.example.net", "instagram.com", "netflix.com",
		"x.com" };

	assert_chosen(names, ELEMENTSOF(names), expected, ELEMENTSOF(expected));
}

/* What is free is not asked for; what is metered below it is covered from above. */
static void test_free_names(void **state)
{
	static const struct hook_name names[] = { { "facebook.com", true, false },
		{ "business.facebook.com", false, false },
		{ "ads.business.facebook.com", true, false }, { "free.example", false, false },
		{ "not.free.example", true, false } };
	static const char *const expected[] = { "facebook.com", "not.free.example" };

	assert_chosen(names, ELEMENTSOF(names), expected, ELEMENTSOF(expected));
}

static void test_a_shared_name_counts_once(void **state)
{
	static const struct hook_name names[] = { { "fbcdn.net", true, false },
		{ "fbcdn.net", true, false } };
	static const char *const expected[] = { "fbcdn.net" };

	assert_chosen(names, ELEMENTSOF(names), expected, 1);
	assert_chosen(NULL, 0, NULL, 0);
}

/* As in the hook's table: what is not metered there must not be sent there. */
static void test_the_last_of_equal_names_counts(void **state)
{
	static const struct hook_name names[] = { { "a.example", true, true },
		{ "b.example", false, false }, { "a.example", false, false },
		{ "b.example", true, false }, { "x.a.example", true, false } };
	static const char *const expected[] = { "b.example", "x.a.example" };

	assert_chosen(names, ELEMENTSOF(names), expected, ELEMENTSOF(expected));
}

/* 50,000 names below one: quadratic work would be seen as a timeout. */
static void test_a_long_list(void **state)
{
	enum { N = 50000 };
	_cleanup_free_ struct hook_name *names = calloc(N, sizeof(*names));
	_cleanup_free_ char *text = calloc(N, 32);
	static const char *const expected[] = { "example.net" };

	for (int i = 0; i < N; i++) {
		snprintf(text + i * 32, 32, "h%d.example.net", i);
		names[i] = (struct hook_name){ text + i * 32, true, false };
	}
	names[N - 1].name = "example.net";
	assert_chosen(names, N, expected, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_fewest_suffixes),
		cmocka_unit_test(test_free_names),
		cmocka_unit_test(test_a_shared_name_counts_once),
		cmocka_unit_test(test_the_last_of_equal_names_counts),
		cmocka_unit_test(test_a_long_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
