/* What is told, and what was told already. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "notice-board.h"

#define SEC  ((int64_t)USEC_PER_SEC)
#define NOON (INT64_C(1795608000) * SEC)

DEFINE_CLEANUP(struct notice_board *, notice_board_free);

static void changed(struct notice_board *b, const char *site, const char *target, const char *state,
	const char *reason)
{
	const struct notice_signal s = {
		.site = site, .target = target, .state = state, .reason = reason
	};

	assert_int_equal(notice_board_hear(b, &s), 0);
}

static void warned(struct notice_board *b, const char *target, int64_t left_sec)
{
	const struct notice_signal s = { .warned = true,
		.site = target,
		.target = target,
		.reason = "limit-day",
		.left_sec = left_sec };

	assert_int_equal(notice_board_hear(b, &s), 0);
}

static void assert_next(struct notice_board *b, int64_t now, const char *subject, const char *text)
{
	struct notice n;

	assert_true(notice_board_next(b, now, &n));
	assert_string_equal(n.subject, subject);
	assert_string_equal(n.summary, text);
}

static void assert_nothing(struct notice_board *b, int64_t now)
{
	struct notice n;

	assert_false(notice_board_next(b, now, &n));
}

static void test_in_one_place_from_warning_to_opening(void **state)
{
	_cleanup_(notice_board_freep) struct notice_board *b = notice_board_new();

	warned(b, "alpha", 300);
	assert_next(b, NOON, "alpha", "5 min left today on alpha");
	warned(b, "alpha", 60);
	changed(b, "alpha", "alpha", "blocked", "limit-day");
	assert_next(b, NOON, "alpha", "1 min left today on alpha");
	assert_next(b, NOON, "alpha", "alpha: that was today's time");
	changed(b, "alpha", "alpha", "open", "pass");
	assert_next(b, NOON, "alpha", "A pass for alpha");
	changed(b, "alpha", "alpha", "blocked", "limit-day");
	assert_next(b, NOON, "alpha", "The pass for alpha is over");
	changed(b, "alpha", "alpha", "open", "within-limit");
	assert_next(b, NOON, "alpha", "alpha is open again");
	assert_nothing(b, NOON);
}

static void test_the_same_is_not_said_twice(void **state)
{
	_cleanup_(notice_board_freep) struct notice_board *b = notice_board_new();

	warned(b, "alpha", 300);
	warned(b, "alpha", 299);
	assert_next(b, NOON, "alpha", "5 min left today on alpha");
	assert_nothing(b, NOON);
	warned(b, "alpha", 290); /* a keeper that was started anew */
	assert_nothing(b, NOON + 20 * SEC);
	changed(b, "alpha", "alpha", "blocked", "limit-day");
	changed(b, "alpha", "alpha", "blocked", "limit-week");
	assert_next(b, NOON, "alpha", "alpha: that was today's time");
	assert_nothing(b, NOON);
	changed(b, "alpha", "alpha", "open", "limit-week"); /* when-spent was changed */
	changed(b, "alpha", "alpha", "slow", "limit-week");
	assert_next(b, NOON, "alpha", "alpha: that was this week's time");
	assert_next(b, NOON, "alpha", "alpha: that was this week's time");
	warned(b, "beta", 60);
	assert_next(b, NOON, "beta", "1 min left today on beta");
	warned(b, "beta", 60); /* the next day */
	assert_next(b, NOON + SEC_PER_DAY * SEC, "beta", "1 min left today on beta");
}

static void test_a_group_is_one_matter(void **state)
{
	_cleanup_(notice_board_freep) struct notice_board *b = notice_board_new();

	changed(b, "alpha", "social", "blocked", "limit-day");
	changed(b, "gamma", "gamma", "slow", "limit-week");
	changed(b, "beta", "social", "blocked", "limit-day");
	assert_next(b, NOON, "social", "social: that was today's time");
	assert_next(b, NOON, "gamma", "gamma: that was this week's time");
	assert_nothing(b, NOON);
	/* what opens has no rule to name any more: it is told where its end was */
	changed(b, "alpha", "alpha", "open", "within-limit");
	changed(b, "beta", "beta", "open", "within-limit");
	assert_next(b, NOON, "social", "social is open again");
	assert_nothing(b, NOON);
	/* a part of it later on */
	changed(b, "beta", "beta", "blocked", "window");
	assert_next(b, NOON, "beta", "beta: closed at this hour");
}

static void test_a_focus_is_one_matter(void **state)
{
	_cleanup_(notice_board_freep) struct notice_board *b = notice_board_new();
	struct notice n;

	for (char site[] = "site-a"; site[5] <= 'z'; site[5]++)
		changed(b, site, site, "blocked", "focus");
	assert_true(notice_board_next(b, NOON, &n));
	assert_string_equal(n.subject, NOTICE_FOCUS);
	assert_string_equal(n.body, "Shut meanwhile: site-a, site-b, site-c, site-d and 22 more");
	assert_nothing(b, NOON);
	for (char site[] = "site-a"; site[5] <= 'z'; site[5]++)
		changed(b, site, site, "open", "within-limit");
	assert_next(b, NOON, NOTICE_FOCUS, "The focus is over");
	assert_nothing(b, NOON);
}

static void test_learning(void **state)
{
	_cleanup_(notice_board_freep) struct notice_board *b = notice_board_new();
	struct status_entry entries[] = {
		{ .name = "alpha", .state = "blocked", .reason = "limit-day" },
		{ .name = "beta", .state = "open", .reason = "within-limit" },
		{ .name = "social", .is_group = 1, .state = "blocked", .reason = "limit-day" },
	};
	const struct status_person p = { .name = "anna", .entries = entries, .n = 3 };

	assert_int_equal(notice_board_learn(b, &p), 0);
	assert_nothing(b, NOON); /* how it is at the start is no news */
	assert_int_equal(notice_board_learn(b, &p), 0);
	assert_nothing(b, NOON);
	entries[0].state = "open";
	entries[0].reason = "within-limit";
	entries[1].state = "blocked";
	entries[1].reason = "window";
	assert_int_equal(notice_board_learn(b, &p), 0);
	assert_next(b, NOON, "alpha", "alpha is open again");
	assert_next(b, NOON, "beta", "beta: closed at this hour");
	assert_nothing(b, NOON);
	changed(b, "beta", "beta", "blocked", "window"); /* known by now */
	assert_nothing(b, NOON);
}

static void test_limits(void **state)
{
	_cleanup_(notice_board_freep) struct notice_board *b = notice_board_new();
	char site[32];
	struct notice_signal s = {
		.site = site, .target = site, .state = "blocked", .reason = "limit-day"
	};
	struct notice n;
	int r = 0;

	for (int i = 0; i < 5000 && r >= 0; i++) {
		snprintf(site, sizeof(site), "site-%d", i);
		r = notice_board_hear(b, &s);
		assert_true(r < 0 || notice_board_next(b, NOON, &n));
	}
	assert_int_equal(r, -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_one_place_from_warning_to_opening),
		cmocka_unit_test(test_the_same_is_not_said_twice),
		cmocka_unit_test(test_a_group_is_one_matter),
		cmocka_unit_test(test_a_focus_is_one_matter),
		cmocka_unit_test(test_learning),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
