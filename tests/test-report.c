/* What a report says, from rows as the daemon sends them. */
#include "report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define TODAY  20782 /* Wednesday, 2026-11-25 */
#define MONDAY 20780

enum { ANNA, BEN };
enum { X, Y };

static const int32_t days[] = { MONDAY - 14, MONDAY - 8, MONDAY - 1, MONDAY, MONDAY, MONDAY + 1,
	TODAY };
static const uint16_t people[] = { ANNA, ANNA, ANNA, ANNA, ANNA, BEN, ANNA };
static const uint16_t sites[] = { X, X, Y, X, Y, Y, X };
static const uint32_t used[] = { 7000, 7000, 3000, 600, 100, 1000, 300 };
static const uint32_t longest[] = { 7000, 7000, 3000, 300, 100, 900, 300 };
static const uint32_t opens[] = { 1, 1, 1, 2, 1, 3, 1 };
static const uint64_t down[] = { 10, 10, 10, 60, 10, 100, 30 };
static const uint64_t up[] = { 1, 1, 1, 6, 1, 10, 3 };
static const uint32_t hours[REPORT_WEEKDAYS * REPORT_HOURS] = {
	[20] = 600, [21] = 100, [24 + 20] = 1000, [48 + 23] = 300
};
static const int32_t weeks[] = { MONDAY - 14, MONDAY - 7, MONDAY, MONDAY };
static const uint16_t week_people[] = { ANNA, ANNA, ANNA, BEN };
static const uint32_t week_used[] = { 14000, 3000, 1000, 1000 };
static struct report_person persons[] = { { "anna", MONDAY - 14, 14000 },
	{ "ben", MONDAY + 1, 1000 } };
static char *site_names[] = { (char *)"x", (char *)"y", NULL };

static const struct report report = {
	.today = TODAY,
	.first_day = MONDAY - 28,
	.last_day = TODAY,
	.people = persons,
	.n_people = ELEMENTSOF(persons),
	.sites = site_names,
	.n_sites = 2,
	.days = { ELEMENTSOF(days), days, people, sites, used, longest, opens, down, up },
	.hours = hours,
	.weeks = { ELEMENTSOF(weeks), weeks, week_people, week_used },
};

static void test_sums(void **state)
{
	struct report_view v;

	assert_int_equal(report_look(&report, MONDAY, TODAY, &v), 0);
	assert_int_equal(v.all.used_sec, 2000);
	assert_int_equal(v.all.opens, 7);
	assert_int_equal(v.all.down_bytes, 200);
	assert_int_equal(v.all.up_bytes, 20);
	assert_int_equal(v.day_sec[0], 700);
	assert_int_equal(v.day_sec[1], 1000);
	assert_int_equal(v.day_sec[2], 300);
	assert_int_equal(v.n_sites, 2);
	assert_int_equal(v.sites[0].place, Y);
	assert_int_equal(v.sites[0].used_sec, 1100);
	assert_int_equal(v.sites[1].used_sec, 900);
	assert_int_equal(v.n_people, 2);
	assert_int_equal(v.people[0].place, ANNA);
	assert_int_equal(v.heat[0][20], 600);
	assert_int_equal(v.heat[0][21], 100);
	assert_int_equal(v.heat[1][20], 1000);
	assert_int_equal(v.heat[2][23], 300);
	assert_int_equal(v.heat[0][8], 0);
	assert_int_equal(v.longest.used_sec, 900);
	assert_int_equal(v.longest.person, BEN);
	assert_int_equal(v.longest.site, Y);
	assert_int_equal(v.longest.day, MONDAY + 1);
	report_view_done(&v);
}

static void test_what_was_not_used_is_not_listed(void **state)
{
	struct report_view v;

	assert_int_equal(report_look(&report, TODAY, TODAY, &v), 0);
	assert_int_equal(v.n_sites, 1);
	assert_int_equal(v.n_people, 1);
	report_view_done(&v);
	assert_int_equal(report_look(&report, MONDAY - 28, MONDAY - 28, &v), 0);
	assert_int_equal(v.n_sites + v.n_people, 0);
	assert_int_equal(v.longest.used_sec, 0);
	report_view_done(&v);
}

/* 17000 s in the 14 days that are known before: 3 days at that rate. */
static void test_the_time_before(void **state)
{
	struct report_view v;

	assert_int_equal(report_look(&report, MONDAY, TODAY, &v), 0);
	assert_int_equal(v.before_sec, 17000 * 3 / 14);
	report_view_done(&v);
	assert_int_equal(report_look(&report, MONDAY - 14, TODAY, &v), 0);
	assert_int_equal(v.before_sec, -1);
	report_view_done(&v);
	assert_int_equal(report_before_days(TODAY, TODAY), 28);
	assert_int_equal(report_before_days(TODAY - 99, TODAY), 100);
}

/* Anna's first week had 2000 s a day; Ben's is not over. */
static void test_hours_won_back(void **state)
{
	struct report_view v;

	assert_int_equal(report_look(&report, MONDAY, TODAY, &v), 0);
	assert_int_equal(v.first_week_sec, 14000);
	assert_int_equal(v.first_week_day, MONDAY - 14);
	assert_int_equal(v.won_sec, 3 * 2000 - 1000);
	assert_int_equal(v.all_won_sec, 10 * 2000 - 4000);
	report_view_done(&v);
	/* the first week itself wins nothing */
	assert_int_equal(report_look(&report, MONDAY - 14, MONDAY - 8, &v), 0);
	assert_int_equal(v.won_sec, 0);
	report_view_done(&v);
}

static void test_bars_of_days_weeks_and_months(void **state)
{
	struct report_bar *bars;
	struct report_view v;
	size_t n;

	assert_int_equal(report_look(&report, MONDAY - 8, TODAY, &v), 0);
	assert_int_equal(report_bars(&v, 31, &bars, &n), REPORT_STEP_DAY);
	assert_int_equal(n, 11);
	assert_int_equal(bars[0].used_sec, 7000);
	free(bars);
	/* Sunday; a week; the days of this one */
	assert_int_equal(report_bars(&v, 10, &bars, &n), REPORT_STEP_WEEK);
	assert_int_equal(n, 3);
	assert_int_equal(bars[0].first_day, MONDAY - 8);
	assert_int_equal(bars[0].last_day, MONDAY - 8);
	assert_int_equal(bars[1].used_sec, 3000);
	assert_int_equal(bars[2].used_sec, 2000);
	assert_int_equal(bars[2].last_day, TODAY);
	free(bars);
	assert_int_equal(report_bars(&v, 2, &bars, &n), REPORT_STEP_MONTH);
	assert_int_equal(n, 1);
	assert_int_equal(bars[0].used_sec, 12000);
	free(bars);
	report_view_done(&v);
}

static void test_the_trend(void **state)
{
	struct report_bar *bars;
	size_t n;

	assert_int_equal(report_trend(&report, 52, &bars, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(bars[0].first_day, MONDAY - 14);
	assert_int_equal(bars[0].used_sec, 14000);
	assert_int_equal(bars[2].used_sec, 2000);
	free(bars);
	assert_int_equal(report_trend(&report, 2, &bars, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(bars[0].first_day, MONDAY - 7);
	assert_int_equal(bars[0].used_sec, 3000);
	free(bars);
}

static void test_nothing_is_known(void **state)
{
	const struct report empty = { .today = TODAY, .first_day = TODAY, .last_day = TODAY };
	struct report_bar *bars;
	struct report_view v;
	size_t n;

	assert_int_equal(report_look(&empty, TODAY - 6, TODAY, &v), 0);
	assert_int_equal(v.all.used_sec, 0);
	assert_int_equal(v.before_sec, -1);
	assert_int_equal(v.first_week_sec, -1);
	report_view_done(&v);
	assert_int_equal(report_trend(&empty, 52, &bars, &n), 0);
	assert_int_equal(n, 1);
	free(bars);
}

static void test_days(void **state)
{
	char text[REPORT_DAY_TEXT_MAX];
	int32_t day;

	assert_string_equal(report_day_text(TODAY, text), "2026-11-25");
	assert_int_equal(report_parse_day("2026-11-25", &day), 0);
	assert_int_equal(day, TODAY);
	assert_int_equal(report_weekday(MONDAY), 0);
	assert_int_equal(report_weekday(-3), 0);
	assert_true(report_parse_day("soon", &day) < 0);
	assert_int_equal(report_date_of(TODAY).month, 11);
}

static void test_scales(void **state)
{
	assert_int_equal(report_scale(1), 600);
	assert_int_equal(report_scale(600), 600);
	assert_int_equal(report_scale(601), 1200);
	assert_int_equal(report_scale(4 * 3600 + 40 * 60), 6 * 3600);
	assert_int_equal(report_scale(9 * 3600), 10 * 3600);
	assert_int_equal(report_scale(81 * 3600), 100 * 3600);
	assert_int_equal(report_scale(7999 * 3600), 8000 * 3600);
	assert_int_equal(report_scale(9001 * 3600), 9001 * 3600); /* nobody has so much */
	for (int64_t sec = 1; sec < 8000 * 3600; sec += sec / 7 + 1) {
		assert_true(report_scale(sec) >= sec);
		assert_true(report_scale(sec) < 3 * sec || sec < 600);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_what_was_not_used_is_not_listed),
		cmocka_unit_test(test_the_time_before),
		cmocka_unit_test(test_hours_won_back),
		cmocka_unit_test(test_scales),
		cmocka_unit_test(test_bars_of_days_weeks_and_months),
		cmocka_unit_test(test_the_trend),
		cmocka_unit_test(test_nothing_is_known),
		cmocka_unit_test(test_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
