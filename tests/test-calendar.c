/* Quota days, weeks and windows across both DST days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/calendar.h"

#define FOUR_OCLOCK 240
#define ALL_DAYS    0x7f

static void zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

/* A civil time of the zone in force as an instant; isdst picks one of a doubled hour. */
static usec_t at(int year, int month, int mday, int hour, int min, int isdst)
{
	struct tm t = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = mday,
		.tm_hour = hour,
		.tm_min = min,
		.tm_isdst = isdst };

	return (usec_t)mktime(&t) * USEC_PER_SEC;
}

static int32_t day_of(const char *text)
{
	int32_t day;

	assert_int_equal(calendar_parse_day(text, &day), 0);
	return day;
}

/* Berlin, spelled out so that no zone database is needed. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

static void test_day_begins_at_day_start(void **state)
{
	zone(BERLIN);
	assert_int_equal(
		calendar_day(at(2026, 11, 24, 3, 59, 0), FOUR_OCLOCK), day_of("2026-11-23"));
	assert_int_equal(
		calendar_day(at(2026, 11, 24, 4, 0, 0), FOUR_OCLOCK), day_of("2026-11-24"));
	assert_int_equal(calendar_day(at(2026, 11, 24, 0, 0, 0), 0), day_of("2026-11-24"));
}

static void test_days_follow_one_another(void **state)
{
	static const char *const zones[] = { "UTC", BERLIN, "EST5EDT,M3.2.0,M11.1.0",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "<-03>3" };

	for (size_t z = 0; z < ELEMENTSOF(zones); z++) {
		zone(zones[z]);
		for (unsigned start = 0; start < 1440; start += 90)
			for (int32_t day = day_of("2026-03-01"); day < day_of("2027-04-01");
				day++) {
				const usec_t from = calendar_day_start(day, start);
				const usec_t to = calendar_day_start(day + 1, start);

				assert_true(to > from);
				assert_true(to - from >= 22 * 3600 * USEC_PER_SEC);
				assert_true(to - from <= 26 * 3600 * USEC_PER_SEC);
				assert_int_equal(calendar_day(from, start), day);
				assert_int_equal(calendar_day(to - 1, start), day);
			}
	}
}

static void test_spring_day_has_23_hours(void **state)
{
	int32_t day;

	zone(BERLIN);
	day = day_of("2026-03-28");
	assert_int_equal(
		calendar_day_start(day + 1, FOUR_OCLOCK) - calendar_day_start(day, FOUR_OCLOCK),
		23 * 3600 * USEC_PER_SEC);
	/* 02:30 does not exist on the 29th: the day begins behind the gap, at 03:00 summer time. */
	assert_int_equal(calendar_day_start(day + 1, 150), at(2026, 3, 29, 3, 0, 1));
}

static void test_autumn_day_has_25_hours(void **state)
{
	int32_t day;

	zone(BERLIN);
	day = day_of("2026-10-24");
	assert_int_equal(
		calendar_day_start(day + 1, FOUR_OCLOCK) - calendar_day_start(day, FOUR_OCLOCK),
		25 * 3600 * USEC_PER_SEC);
	/* 02:30 comes twice on the 25th: the day begins at the first, and only once. */
	assert_int_equal(calendar_day_start(day + 1, 150), at(2026, 10, 25, 2, 30, 1));
	assert_int_equal(calendar_day(at(2026, 10, 25, 2, 15, 0), 150), day + 1);
}

/* A machine that lost its clock, and what a damaged ledger says. */
static void test_the_ends_of_time(void **state)
{
	zone(BERLIN);
	assert_int_equal(calendar_day(0, 240), -1);
	assert_int_equal(calendar_day(SEC_PER_HOUR * USEC_PER_SEC, 240), -1);
	assert_int_equal(calendar_day(4 * SEC_PER_HOUR * USEC_PER_SEC, 240), 0);
	assert_int_equal(calendar_day_start(-1, 240), 0);
	assert_int_equal(calendar_day_start(INT32_MIN, 240), 0);
	assert_int_equal(calendar_week_start(INT32_MIN), INT32_MIN);
	assert_in_range(INT32_MAX - calendar_week_start(INT32_MAX), 0, 6);
}

static void test_week_begins_on_monday(void **state)
{
	const int32_t monday = day_of("2026-11-23");

	for (int i = 0; i < 7; i++)
		assert_int_equal(calendar_week_start(monday + i), monday);
	assert_int_equal(calendar_week_start(monday - 1), monday - 7);
	assert_int_equal(calendar_week_start(-1), -3); /* before 1970 too */
}

static void test_day_text(void **state)
{
	static const char *const bad[] = { "", "2026-13-01", "2026-02-29", "2026-2-01",
		"2026-02-01x", "x", "20260201" };
	char buffer[CALENDAR_DAY_TEXT_MAX];
	int32_t day = 77;

	for (int32_t d = -1000; d < 40000; d += 37) {
		assert_int_equal(calendar_parse_day(calendar_format_day(d, buffer), &day), 0);
		assert_int_equal(day, d);
	}
	day = 77;
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		assert_int_equal(calendar_parse_day(bad[i], &day), -EINVAL);
		assert_int_equal(day, 77);
	}
	assert_string_equal(calendar_format_day(day_of("2028-02-29"), buffer), "2028-02-29");
}

static void test_no_window_is_always_open(void **state)
{
	usec_t change = 0;

	assert_true(calendar_windows_open(NULL, 0, 1000, &change));
	assert_true(change == USEC_INFINITY);
}

static void test_window_of_workdays(void **state)
{
	const struct window lunch = { .days = 0x1f, .from_min = 720, .to_min = 780 };
	usec_t change;

	zone(BERLIN);
	assert_false(calendar_windows_open(&lunch, 1, at(2026, 11, 24, 11, 59, 0), &change));
	assert_int_equal(change, at(2026, 11, 24, 12, 0, 0));
	assert_true(calendar_windows_open(&lunch, 1, at(2026, 11, 24, 12, 0, 0), &change));
	assert_int_equal(change, at(2026, 11, 24, 13, 0, 0));
	/* Friday afternoon: Monday is next */
	assert_false(calendar_windows_open(&lunch, 1, at(2026, 11, 27, 13, 0, 0), &change));
	assert_int_equal(change, at(2026, 11, 30, 12, 0, 0));
}

static void test_window_crosses_midnight(void **state)
{
	const struct window night = {
		.days = 1 << 4, .from_min = 1320, .to_min = 60
	}; /* fri 22-01 */
	usec_t change;

	zone(BERLIN);
	assert_true(calendar_windows_open(&night, 1, at(2026, 11, 28, 0, 59, 0), &change));
	assert_int_equal(change, at(2026, 11, 28, 1, 0, 0));
	assert_false(calendar_windows_open(&night, 1, at(2026, 11, 28, 22, 30, 0), &change));
	assert_false(calendar_windows_open(&night, 1, at(2026, 11, 27, 0, 30, 0), &change));
}

static void test_overlapping_windows_are_one(void **state)
{
	const struct window two[] = { { .days = ALL_DAYS, .from_min = 600, .to_min = 700 },
		{ .days = ALL_DAYS, .from_min = 650, .to_min = 800 } };
	const struct window always[] = { { .days = ALL_DAYS, .from_min = 0, .to_min = 720 },
		{ .days = ALL_DAYS, .from_min = 720, .to_min = 1440 } };
	usec_t change;

	zone(BERLIN);
	assert_true(calendar_windows_open(two, 2, at(2026, 11, 24, 10, 0, 0), &change));
	assert_int_equal(change, at(2026, 11, 24, 13, 20, 0));
	assert_true(calendar_windows_open(always, 2, at(2026, 11, 24, 10, 0, 0), &change));
	assert_true(change == USEC_INFINITY);
}

static void test_window_over_the_gap(void **state)
{
	const struct window early = { .days = ALL_DAYS, .from_min = 150, .to_min = 240 };
	usec_t change;

	zone(BERLIN);
	/* 02:30 is skipped in spring: the window opens behind the gap, not a day later */
	assert_false(calendar_windows_open(&early, 1, at(2026, 3, 29, 1, 59, 0), &change));
	assert_int_equal(change, at(2026, 3, 29, 3, 0, 1));
	/* and in autumn the doubled half hour is open both times: 2 h 30 in all */
	assert_true(calendar_windows_open(&early, 1, at(2026, 10, 25, 2, 30, 1), &change));
	assert_int_equal(change - at(2026, 10, 25, 2, 30, 1), 150 * 60 * USEC_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_day_begins_at_day_start),
		cmocka_unit_test(test_days_follow_one_another),
		cmocka_unit_test(test_spring_day_has_23_hours),
		cmocka_unit_test(test_autumn_day_has_25_hours),
		cmocka_unit_test(test_the_ends_of_time),
		cmocka_unit_test(test_week_begins_on_monday),
		cmocka_unit_test(test_day_text),
		cmocka_unit_test(test_no_window_is_always_open),
		cmocka_unit_test(test_window_of_workdays),
		cmocka_unit_test(test_window_crosses_midnight),
		cmocka_unit_test(test_overlapping_windows_are_one),
		cmocka_unit_test(test_window_over_the_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
