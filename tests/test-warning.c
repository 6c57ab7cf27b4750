/* Warnings: each once, the tightest that holds, and again when time was given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/warning.h"

#define SEC USEC_PER_SEC
#define DAY 20000

static const struct rules_end day_limit = {
	.reason = REASON_LIMIT_DAY, .group = RULES_OWN, .n_warn = 2, .warn_sec = { 300, 60 }
};
static const struct rules_end window = {
	.reason = REASON_WINDOW, .group = RULES_OWN, .n_warn = 2, .warn_sec = { 300, 60 }
};

static bool due(struct warning *w, int64_t left_sec, int32_t day)
{
	int64_t next_sec;

	return warning_due(w, (struct warning_end){ left_sec, &day_limit }, day, &next_sec);
}

static void test_each_comes_once(void **state)
{
	struct warning w = { 0 };
	unsigned n = 0;

	for (int64_t left = 1000; left >= 0; left--) {
		const bool now = due(&w, left, DAY);

		assert_int_equal(now, left == 300 || left == 60);
		n += now;
	}
	assert_int_equal(n, 2);
}

static void test_a_jump_over_two_is_one(void **state)
{
	struct warning w = { 0 };

	assert_false(due(&w, 1000, DAY));
	assert_true(due(&w, 40, DAY));
	assert_false(due(&w, 30, DAY));
}

static void test_what_is_new_is_told_again(void **state)
{
	struct warning w = { 0 };
	int64_t next_sec;

	assert_true(due(&w, 200, DAY));
	assert_false(due(&w, 190, DAY));
	assert_false(due(&w, 220, DAY)); /* a gap that was not credited */
	assert_true(due(&w, 290, DAY));  /* more than a minute was given back */
	assert_true(due(&w, 290, DAY + 1));
	assert_true(warning_due(&w, (struct warning_end){ 290, &window }, DAY + 1, &next_sec));
}

static void test_when_the_next_is_due(void **state)
{
	struct warning w = { 0 };
	int64_t next_sec;

	warning_due(&w, (struct warning_end){ 1000, &day_limit }, DAY, &next_sec);
	assert_int_equal(next_sec, 300);
	warning_due(&w, (struct warning_end){ 300, &day_limit }, DAY, &next_sec);
	assert_int_equal(next_sec, 60);
	warning_due(&w, (struct warning_end){ 60, &day_limit }, DAY, &next_sec);
	assert_int_equal(next_sec, 0);
	assert_false(warning_due(&w, (struct warning_end){ LIMIT_NONE, NULL }, DAY, &next_sec));
	assert_int_equal(next_sec, 0);
}

static void test_what_ends_first(void **state)
{
	struct verdict v = { .left_sec = LIMIT_NONE, .shuts_usec = USEC_INFINITY };
	struct warning_end end;

	assert_null(warning_end_of(&v, 0, 1000 * SEC).by);
	v.left_sec = 100;
	v.left_by = day_limit;
	end = warning_end_of(&v, 30 * SEC, 1000 * SEC);
	assert_int_equal(end.left_sec, 70); /* the open gap counts */
	assert_int_equal(end.by->reason, REASON_LIMIT_DAY);
	assert_int_equal(warning_end_of(&v, 200 * SEC, 1000 * SEC).left_sec, 0);
	v.shuts_usec = 1050 * SEC;
	v.shuts_by = window;
	end = warning_end_of(&v, 30 * SEC, 1000 * SEC);
	assert_int_equal(end.left_sec, 50);
	assert_int_equal(end.by->reason, REASON_WINDOW);
	/* a limit that is spent (when-spent = notify) is not warned of any more */
	v.left_sec = 0;
	v.shuts_usec = USEC_INFINITY;
	assert_null(warning_end_of(&v, 0, 1000 * SEC).by);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_comes_once),
		cmocka_unit_test(test_a_jump_over_two_is_one),
		cmocka_unit_test(test_what_is_new_is_told_again),
		cmocka_unit_test(test_when_the_next_is_due),
		cmocka_unit_test(test_what_ends_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
