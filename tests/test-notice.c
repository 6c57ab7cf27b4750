/* The words of notices, one row a thing that can happen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "notice.h"

/* 2026-11-25 20:00 UTC; 04:00 is 8 h away. */
#define NOW   (INT64_C(1795636800) * (int64_t)USEC_PER_SEC)
#define UNTIL (NOW + 8 * SEC_PER_HOUR * (int64_t)USEC_PER_SEC)

static const struct {
	struct notice_news news;
	const char *summary, *body;
	bool ended, may_pass;
} rows[] = {
	{ { .warned = true, .reason = "limit-day", .left_sec = 300 }, "5 min left today on alpha",
		"A good moment to come to an end.", false, false },
	{ { .warned = true, .reason = "limit-day", .left_sec = 298 }, "5 min left today on alpha",
		"A good moment to come to an end.", false, false },
	{ { .warned = true, .reason = "limit-week", .left_sec = 60 },
		"1 min left this week on alpha", "A good moment to come to an end.", false, false },
	{ { .warned = true, .reason = "limit-sitting", .left_sec = 45 },
		"45 s left of this sitting on alpha", "A good moment to come to an end.", false,
		false },
	{ { .warned = true, .reason = "window", .left_sec = 5400 }, "1 h 30 min until alpha closes",
		"A good moment to come to an end.", false, false },
	{ { .warned = true, .reason = "pass", .left_sec = 60 }, "1 min left of the pass for alpha",
		"A good moment to come to an end.", false, false },
	{ { .warned = true, .reason = "focus", .left_sec = 60 },
		"1 min until the focus shuts alpha", "A good moment to come to an end.", false,
		false },
	{ { .warned = true, .reason = "something", .left_sec = 60 }, "1 min left on alpha",
		"A good moment to come to an end.", false, false },
	{ { .after = CONDITION_SHUT, .reason = "limit-day", .until_usec = UNTIL },
		"alpha: that was today's time", "Open again at 04:00.", true, true },
	{ { .after = CONDITION_SHUT, .reason = "limit-week" }, "alpha: that was this week's time",
		"", true, true },
	{ { .after = CONDITION_SHUT, .reason = "limit-sitting" }, "alpha: that was a sitting", "",
		true, true },
	{ { .after = CONDITION_SHUT, .reason = "break" }, "alpha: time for a break", "", true,
		true },
	{ { .after = CONDITION_SHUT, .reason = "limit-opens" }, "alpha: opened often enough today",
		"", true, true },
	{ { .after = CONDITION_SHUT, .reason = "window" }, "alpha: closed at this hour", "", true,
		true },
	{ { .after = CONDITION_SHUT, .reason = "else" }, "alpha: shut for now", "", true, false },
	{ { .before = CONDITION_PASS,
		  .after = CONDITION_SHUT,
		  .reason = "limit-day",
		  .until_usec = UNTIL },
		"The pass for alpha is over", "Open again at 04:00.", true, true },
	{ { .after = CONDITION_SLOW, .reason = "limit-day", .until_usec = UNTIL },
		"alpha: that was today's time", "It is slow from now on, until 04:00.", true,
		true },
	{ { .after = CONDITION_SLOW, .reason = "limit-day" }, "alpha: that was today's time",
		"It is slow from now on.", true, true },
	{ { .after = CONDITION_NOTED, .reason = "limit-day", .until_usec = UNTIL },
		"alpha: that was today's time", "It stays open; the rest is up to you.", true,
		false },
	{ { .after = CONDITION_PASS, .reason = "pass", .until_usec = UNTIL },
		"A pass for alpha until 04:00", "", false, false },
	{ { .after = CONDITION_PASS, .reason = "pass" }, "A pass for alpha", "", false, false },
	{ { .after = CONDITION_FOCUS, .reason = "focus", .until_usec = UNTIL }, "Focus until 04:00",
		"Shut meanwhile: alpha, beta", false, false },
	{ { .after = CONDITION_FOCUS, .reason = "focus" }, "Focus", "Shut meanwhile: alpha, beta",
		false, false },
	{ { .before = CONDITION_FOCUS, .after = CONDITION_OPEN, .reason = "within-limit" },
		"The focus is over", "Open again: alpha, beta", false, false },
	{ { .before = CONDITION_SHUT, .after = CONDITION_OPEN, .reason = "within-limit" },
		"alpha is open again", "", false, false },
};

static void test_the_words(void **state)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct notice_news news = rows[i].news;
		struct notice n;

		news.subject = "alpha";
		news.sites = "alpha, beta";
		news.now_usec = NOW;
		notice_write(&news, &n);
		assert_string_equal(n.subject, "alpha");
		assert_string_equal(n.summary, rows[i].summary);
		assert_string_equal(n.body, rows[i].body);
		assert_int_equal(n.ended, rows[i].ended);
		assert_int_equal(n.may_pass, rows[i].may_pass);
		assert_int_equal(n.expires_usec != 0, news.warned);
	}
}

static void test_instead_comes_last(void **state)
{
	struct notice n = { .body = "Open again at 04:00." }, bare = { 0 };

	notice_add_instead(&n, "call Anna");
	assert_string_equal(n.body, "Open again at 04:00.\nInstead: call Anna");
	notice_add_instead(&bare, "a walk");
	assert_string_equal(bare.body, "Instead: a walk");
}

static void test_conditions(void **state)
{
	assert_int_equal(notice_condition_of("open", "within-limit"), CONDITION_OPEN);
	assert_int_equal(notice_condition_of("open", "observing"), CONDITION_OPEN);
	assert_int_equal(notice_condition_of("open", "limit-week"), CONDITION_NOTED);
	assert_int_equal(notice_condition_of("open", "pass"), CONDITION_PASS);
	assert_int_equal(notice_condition_of("slow", "limit-day"), CONDITION_SLOW);
	assert_int_equal(notice_condition_of("blocked", "limit-day"), CONDITION_SHUT);
	assert_int_equal(notice_condition_of("blocked", "focus"), CONDITION_FOCUS);
}

/* However long its parts are. */
static void test_nothing_overflows(void **state)
{
	char sites[4000];
	struct notice_news news = {
		.after = CONDITION_FOCUS, .subject = "focus", .reason = "focus", .sites = sites
	};
	struct notice n;

	memset(sites, 'x', sizeof(sites) - 1);
	sites[sizeof(sites) - 1] = 0;
	notice_write(&news, &n);
	assert_int_equal(strlen(n.body), NOTICE_TEXT_MAX - 1);
	notice_add_instead(&n, "a walk");
	assert_int_equal(strlen(n.body), NOTICE_TEXT_MAX - 1);
}

static void test_no_letter_is_cut_in_two(void **state)
{
	static const char *const letters[] = { "e", "\u00e9", "\u20ac", "\U0001f600" };
	struct notice n = { 0 };

	for (size_t i = 0; i < ELEMENTSOF(letters); i++)
		for (size_t size = 1; size < 16; size++) {
			const size_t whole = strlen(letters[i]);

			*n.body = 0;
			while (strlen(n.body) < size)
				strcat(n.body, letters[i]);
			n.body[size] = 0; /* as snprintf() does */
			strcpy(n.summary, n.body);
			notice_trim(&n);
			assert_int_equal(strlen(n.body), size / whole * whole);
			assert_string_equal(n.body, n.summary);
		}
	*n.body = 0;
	notice_trim(&n);
	assert_string_equal(n.body, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_words),
		cmocka_unit_test(test_instead_comes_last),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_nothing_overflows),
		cmocka_unit_test(test_no_letter_is_cut_in_two),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
