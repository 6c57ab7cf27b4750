/* Days as people type them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dates.h"

#define USEC INT64_C(1000000)
/* Thu 26 Mar 2026, 00:30 in Berlin */
#define NOW (INT64_C(1774481400) * USEC)

static int64_t day(const char *text)
{
	int64_t at = -1;

	assert_int_equal(dates_parse(text, NOW, &at), 0);
	return at / USEC;
}

static void test_days(void **state)
{
	assert_int_equal(day("today"), 1774479600);
	assert_int_equal(day("yesterday"), 1774479600 - 86400);
	assert_int_equal(day("2026-03-26"), 1774479600);
	/* the clocks go forward on the 29th: that day has 23 hours */
	assert_int_equal(day("2026-03-30") - day("2026-03-29"), 23 * 3600);
	assert_int_equal(day("2024-02-29"), 1709161200);
}

static void test_what_is_no_day(void **state)
{
	static const char *const texts[] = { "", "tomorrow", "2026-3-1", "2026-02-29", "2026-13-01",
		"2026-00-10", "2026-01-32", "2026-01-01x", "2026-01-01 ", " 2026-01-01", "20260101",
		"-026-01-01", "2026-01--1", "99999-01-01" };
	int64_t at = 7;

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		if (dates_parse(texts[i], NOW, &at) != -EINVAL)
			fail_msg("%s was taken for a day", texts[i]);
		assert_int_equal(at, 7);
	}
}

static void test_quota_days(void **state)
{
	char day[DATES_DAY_MAX] = "?";

	assert_int_equal(dates_day("today", "2026-03-26", day), 0);
	assert_string_equal(day, "2026-03-26");
	assert_int_equal(dates_day("yesterday", "2026-03-01", day), 0);
	assert_string_equal(day, "2026-02-28");
	assert_int_equal(dates_day("yesterday", "2026-03-30", day), 0); /* over the short night */
	assert_string_equal(day, "2026-03-29");
	assert_int_equal(dates_day("2025-12-31", "2026-03-30", day), 0);
	assert_string_equal(day, "2025-12-31");
	assert_int_equal(dates_day("2025-02-30", "2026-03-30", day), -EINVAL);
	assert_string_equal(day, "2025-12-31");
}

static void test_the_next_time_of_day(void **state)
{
	static const char *const wrong[] = { "", "17", "17:0", "7:00", "24:00", "17:60", "17:00x",
		" 17:00", "-1:00", "17:-1", "late" };
	int64_t at = 7, again;

	/* noon of NOW's day, and the same a day later */
	assert_int_equal(dates_next_time("12:00", NOW, &at), 0);
	assert_true(at > NOW && at <= NOW + 25 * 3600 * INT64_C(1000000));
	assert_int_equal(dates_next_time("12:00", at - 1, &again), 0);
	assert_int_equal(again, at);
	assert_int_equal(dates_next_time("12:00", at, &again), 0);
	assert_true(again > at + 22 * 3600 * INT64_C(1000000));
	/* 02:30 of 29 March 2026 is skipped in Berlin: it is 30 March then */
	assert_int_equal(dates_parse("2026-03-29", NOW, &at), 0);
	assert_int_equal(dates_next_time("02:30", at, &again), 0);
	assert_int_equal(again - at, (INT64_C(24) + 2) * 3600 * 1000000 - INT64_C(1800) * 1000000);
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
		assert_int_equal(dates_next_time(wrong[i], NOW, &at), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_what_is_no_day),
		cmocka_unit_test(test_quota_days),
		cmocka_unit_test(test_the_next_time_of_day),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
