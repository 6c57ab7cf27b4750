/* A short list of what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "share/problems.h"

static void test_a_matter_has_one_sentence(void **state)
{
	struct problems p = { 0 };
	char *list[PROBLEMS_MAX + 1];

	assert_true(problems_set(&p, "broker", true, 1, "it is gone"));
	assert_false(problems_set(&p, "broker", true, 2, "it is gone"));
	assert_true(problems_set(&p, "broker", true, 3, "it is %s", "slow"));
	problems_list(&p, list);
	assert_string_equal(list[0], "it is slow");
	assert_null(list[1]);
	assert_true(problems_clear(&p, "broker"));
	assert_false(problems_clear(&p, "broker"));
}

static void test_what_is_not_said_again_is_over(void **state)
{
	struct problems p = { 0 };

	problems_set(&p, "stays", true, 1, "a");
	problems_set(&p, "goes", false, 1, "b");
	problems_age(&p, PROBLEM_USEC);
	assert_int_equal(p.n, 2);
	problems_age(&p, PROBLEM_USEC + 2);
	assert_int_equal(p.n, 1);
	assert_string_equal(p.items[0].key, "stays");
}

static void test_of_too_many_the_oldest_goes(void **state)
{
	struct problems p = { 0 };
	char key[8];

	for (int i = 0; i <= PROBLEMS_MAX; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		problems_set(&p, key, true, (usec_t)i, "%d", i);
	}
	assert_int_equal(p.n, PROBLEMS_MAX);
	assert_string_equal(p.items[0].key, "k1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_matter_has_one_sentence),
		cmocka_unit_test(test_what_is_not_said_again_is_over),
		cmocka_unit_test(test_of_too_many_the_oldest_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
