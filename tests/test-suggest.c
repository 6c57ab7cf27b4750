/* The rule, by examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "suggest.h"

#define MIN 60U

static const struct {
	const char *what;
	struct suggest_habit habit;
	enum suggest_answer answer;
	struct suggestion suggestion;
} rows[] = {
	{ "the median of two weeks, less a fifth, to five minutes",
		{ { 10 * MIN, 47 * MIN, 47 * MIN, 47 * MIN, 47 * MIN, 47 * MIN, 90 * MIN, 20 * MIN,
			  47 * MIN, 200 * MIN, 47 * MIN, 47 * MIN, 30 * MIN, 60 * MIN },
			14, -1 },
		SUGGEST_LIMIT, { 35 * MIN, 47 * MIN, 14 } },
	{ "days without don't count, nor do seconds",
		{ { [0] = 30 * MIN, [4] = 40 * MIN, [5] = 59, [9] = 1, [13] = 50 * MIN }, 14, -1 },
		SUGGEST_LIMIT, { 30 * MIN, 40 * MIN, 3 } },
	{ "between two in the middle",
		{ { [10] = 20 * MIN, [11] = 30 * MIN, [12] = 40 * MIN, [13] = 60 * MIN }, 7, -1 },
		SUGGEST_LIMIT, { 25 * MIN, 35 * MIN, 4 } },
	{ "quarters above an hour",
		{ { [7] = 100 * MIN, [8] = 100 * MIN, [9] = 100 * MIN }, 10, -1 }, SUGGEST_LIMIT,
		{ 75 * MIN, 100 * MIN, 3 } },
	{ "a looser limit is no reason to be silent",
		{ { [7] = 100 * MIN, [8] = 100 * MIN, [9] = 100 * MIN }, 10, 90 * MIN },
		SUGGEST_LIMIT, { 75 * MIN, 100 * MIN, 3 } },
	{ "one as strict is",
		{ { [7] = 100 * MIN, [8] = 100 * MIN, [9] = 100 * MIN }, 10, 75 * MIN },
		SUGGEST_HELD, { 75 * MIN, 100 * MIN, 3 } },
	{ "and none at all is the strictest",
		{ { [7] = 100 * MIN, [8] = 100 * MIN, [9] = 100 * MIN }, 10, 0 }, SUGGEST_HELD,
		{ 75 * MIN, 100 * MIN, 3 } },
	{ "two days are no habit", { { [7] = 100 * MIN, [8] = 100 * MIN }, 14, -1 }, SUGGEST_RARE,
		{ 0 } },
	{ "six minutes need no limit", { { [7] = 6 * MIN, [8] = 6 * MIN, [9] = 6 * MIN }, 14, -1 },
		SUGGEST_RARE, { 0 } },
	{ "the shortest", { { [7] = 7 * MIN, [8] = 7 * MIN, [9] = 7 * MIN }, 14, -1 },
		SUGGEST_LIMIT, { 5 * MIN, 7 * MIN, 3 } },
	{ "six days are too few", { { [8] = 100 * MIN, [9] = 100 * MIN, [10] = 100 * MIN }, 6, -1 },
		SUGGEST_TOO_EARLY, { 0 } },
	{ "what is not known does not count",
		{ { [0] = 100 * MIN, [1] = 100 * MIN, [13] = 100 * MIN }, 7, -1 }, SUGGEST_RARE,
		{ 0 } },
	{ "a keeper that says nonsense",
		{ { [0] = 20 * MIN, [1] = UINT32_MAX, [2] = UINT32_MAX }, 4000, -1 }, SUGGEST_LIMIT,
		{ UINT32_MAX / 5 * 4 / 900 * 900, UINT32_MAX, 3 } },
};

static void test_the_rule(void **state)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct suggestion s = { 0 };

		print_message("%s\n", rows[i].what);
		assert_int_equal(suggest_limit(&rows[i].habit, &s), rows[i].answer);
		assert_int_equal(s.limit_sec, rows[i].suggestion.limit_sec);
		assert_int_equal(s.habit_sec, rows[i].suggestion.habit_sec);
		assert_int_equal(s.used_days, rows[i].suggestion.used_days);
	}
}

/* Whatever the habit: less than it, never under the least, and set once it is nothing to say. */
static void test_a_limit_is_a_step_down(void **state)
{
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		struct suggest_habit h = { .known_days = 7 + (unsigned)random() % 8,
			.limit_sec = -1 };
		struct suggestion s;

		for (size_t i = 0; i < SUGGEST_DAYS; i++)
			h.used_sec[i] = random() % 3 ? (uint32_t)random() % 20000 : 0;
		if (suggest_limit(&h, &s) != SUGGEST_LIMIT)
			continue;
		assert_true(s.limit_sec >= SUGGEST_LIMIT_MIN);
		assert_true(s.limit_sec <= s.habit_sec * 4 / 5);
		assert_int_equal(s.limit_sec % 300, 0);
		h.limit_sec = s.limit_sec;
		assert_int_equal(suggest_limit(&h, &s), SUGGEST_HELD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_rule),
		cmocka_unit_test(test_a_limit_is_a_step_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
