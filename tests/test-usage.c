/* Budgets' totals: once per person and site, once per group, never falling, and right over days and
 * weeks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/calendar.h"
#include "core/usage.h"

#define SEC USEC_PER_SEC
#define DAY 20000

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct usage *, usage_free);

enum { ALPHA, BETA, GAMMA };
enum { ANNA, BEN };

static struct config *two_groups(void)
{
	return config_of_text("[site alpha]\ndomain = alpha.example\n"
			      "[site beta]\ndomain = beta.example\n"
			      "[site gamma]\ndomain = gamma.example\n"
			      "[group both]\nsite = alpha\nsite = beta\n"
			      "[group all]\nsite = alpha\nsite = beta\nsite = gamma\n");
}

static struct usage *usage_of(const struct config *c, int32_t day)
{
	struct usage *u = NULL;

	assert_int_equal(usage_new(c, 2, &u), 0);
	usage_set_day(u, day);
	return u;
}

static uint64_t site_sec(const struct usage *u, size_t person, size_t site)
{
	return usage_get(u, person, false, site, LIMIT_DAY) / SEC;
}

static uint64_t group_sec(const struct usage *u, size_t person, size_t group)
{
	return usage_get(u, person, true, group, LIMIT_DAY) / SEC;
}

static void test_a_second_counts_once_per_group(void **state)
{
	_cleanup_(config_freep) struct config *c = two_groups();
	_cleanup_(usage_freep) struct usage *u = usage_of(c, DAY);

	usage_credit(u, ANNA, ALPHA, DAY, 100 * SEC, 110 * SEC);
	assert_int_equal(group_sec(u, ANNA, 0), 10);
	usage_credit(u, ANNA, BETA, DAY, 105 * SEC, 120 * SEC);
	assert_int_equal(group_sec(u, ANNA, 0), 20);
	assert_int_equal(group_sec(u, ANNA, 1), 20);
	usage_credit(u, ANNA, GAMMA, DAY, 90 * SEC, 130 * SEC);
	assert_int_equal(site_sec(u, ANNA, ALPHA), 10);
	assert_int_equal(site_sec(u, ANNA, BETA), 15);
	assert_int_equal(site_sec(u, ANNA, GAMMA), 40);
	assert_int_equal(group_sec(u, ANNA, 0), 20);
	assert_int_equal(group_sec(u, ANNA, 1), 40);
	assert_int_equal(group_sec(u, BEN, 1), 0);
}

static void test_overlap_of_one_site_counts_once(void **state)
{
	static const struct {
		unsigned from, to, total;
	} rows[] = {
		{ 100, 110, 10 }, { 100, 110, 10 }, /* again */
		{ 102, 108, 10 },                   /* inside */
		{ 95, 101, 15 },                    /* over the beginning */
		{ 109, 120, 25 },                   /* over the end */
		{ 130, 140, 35 },                   /* apart */
		{ 115, 135, 45 },                   /* between */
		{ 90, 150, 60 },                    /* over all */
		{ 150, 150, 60 },                   /* nothing */
		{ 160, 155, 60 },                   /* backwards */
	};
	_cleanup_(config_freep) struct config *c = two_groups();
	_cleanup_(usage_freep) struct usage *u = usage_of(c, DAY);

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		usage_credit(u, ANNA, ALPHA, DAY, rows[i].from * SEC, rows[i].to * SEC);
		assert_int_equal(site_sec(u, ANNA, ALPHA), rows[i].total);
	}
}

/* Against a clock that marks every second: many short stretches of many sites, late and
 * overlapping. */
static void test_many_stretches_are_a_union(void **state)
{
	static bool seen[3][700], any[700];
	_cleanup_(config_freep) struct config *c = two_groups();
	_cleanup_(usage_freep) struct usage *u = usage_of(c, DAY);
	uint32_t random = 12345;
	uint64_t totals[3] = { 0 }, total = 0;

	for (int i = 0; i < 400; i++) {
		size_t site;
		unsigned from, to;

		random = random * 1664525 + 1013904223;
		site = (random >> 8) % 3;
		from = (unsigned)i + (random >> 16) % 60;
		to = from + (random >> 24) % 5;
		usage_credit(u, ANNA, site, DAY, from * SEC, to * SEC);
		for (unsigned s = from; s < to; s++) {
			totals[site] += !seen[site][s];
			total += !any[s];
			seen[site][s] = any[s] = true;
		}
	}
	for (size_t s = 0; s < 3; s++)
		assert_int_equal(site_sec(u, ANNA, s), totals[s]);
	assert_int_equal(group_sec(u, ANNA, 1), total);
}

static void test_days_and_weeks_roll_over(void **state)
{
	_cleanup_(config_freep) struct config *c = two_groups();
	const int32_t monday = calendar_week_start(DAY);
	_cleanup_(usage_freep) struct usage *u = usage_of(c, monday);

	for (int32_t d = 0; d < 7; d++) {
		assert_int_equal(usage_set_day(u, monday + d), d > 0);
		assert_int_equal(site_sec(u, ANNA, ALPHA), 0);
		usage_credit(u, ANNA, ALPHA, monday + d, (usec_t)(1000 + d * 100) * SEC,
			(usec_t)(1060 + d * 100) * SEC);
		assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_WEEK) / SEC, 60 * (d + 1));
		assert_int_equal(usage_get(u, ANNA, true, 1, LIMIT_WEEK) / SEC, 60 * (d + 1));
	}
	assert_false(usage_set_day(u, monday + 2)); /* never backwards */
	assert_int_equal(usage_day(u), monday + 6);
	assert_int_equal(site_sec(u, ANNA, ALPHA), 60);
	assert_true(usage_set_day(u, monday + 7));
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_WEEK), 0);
	assert_int_equal(usage_get(u, ANNA, true, 0, LIMIT_WEEK), 0);
}

/* A gap that is read over the day's start adds to both days, and to the week that each is in. */
static void test_the_day_before_still_grows(void **state)
{
	_cleanup_(config_freep) struct config *c = two_groups();
	const int32_t monday = calendar_week_start(DAY);
	_cleanup_(usage_freep) struct usage *u = usage_of(c, monday + 6);

	usage_load(u, ANNA, false, ALPHA, monday + 5, 7 * SEC);
	assert_int_equal(usage_day_before(u), monday + 5);
	assert_int_equal(usage_get_before(u, ANNA, false, ALPHA) / SEC, 7);
	usage_credit(u, ANNA, ALPHA, monday + 6, 100 * SEC, 110 * SEC);
	usage_set_day(u, monday + 7);
	assert_int_equal(usage_get_before(u, ANNA, false, ALPHA) / SEC, 10);
	usage_credit(u, ANNA, ALPHA, monday + 6, 110 * SEC, 130 * SEC);
	usage_credit(u, ANNA, ALPHA, monday + 7, 130 * SEC, 135 * SEC);
	usage_credit(u, ANNA, ALPHA, monday + 3, 140 * SEC, 150 * SEC); /* long gone */
	usage_credit(u, ANNA, ALPHA, monday + 8, 140 * SEC, 150 * SEC); /* not yet */
	assert_int_equal(usage_get_before(u, ANNA, false, ALPHA) / SEC, 30);
	assert_int_equal(usage_get_before(u, ANNA, true, 0) / SEC, 30);
	assert_int_equal(site_sec(u, ANNA, ALPHA), 5);
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_WEEK) / SEC, 5);
	assert_int_equal(usage_get(u, ANNA, true, 0, LIMIT_WEEK) / SEC, 5);
}

static void test_what_the_ledger_knows(void **state)
{
	_cleanup_(config_freep) struct config *c = two_groups();
	const int32_t monday = calendar_week_start(DAY);
	_cleanup_(usage_freep) struct usage *u = usage_of(c, monday + 2);

	usage_load(u, BEN, false, BETA, monday + 2, 30 * SEC);
	usage_load(u, BEN, false, BETA, monday, 50 * SEC);
	usage_load(u, BEN, false, BETA, monday - 1, 70 * SEC); /* another week */
	usage_load(u, BEN, false, BETA, monday + 3, 90 * SEC); /* a day that is not yet */
	assert_int_equal(site_sec(u, BEN, BETA), 30);
	assert_int_equal(usage_get(u, BEN, false, BETA, LIMIT_WEEK) / SEC, 80);
	assert_int_equal(site_sec(u, ANNA, BETA), 0);
}

/* After a restart a bridge of one site reaches back over what another one had credited before. */
static void test_loaded_stretches_count_once_in_a_group(void **state)
{
	_cleanup_(config_freep) struct config *c = two_groups();
	_cleanup_(usage_freep) struct usage *u = usage_of(c, DAY);

	usage_load(u, ANNA, true, 0, DAY, 40 * SEC);
	usage_load_stretch(u, ANNA, true, 0, 100 * SEC, 140 * SEC);
	assert_int_equal(group_sec(u, ANNA, 0), 40);
	usage_credit(u, ANNA, BETA, DAY, 90 * SEC, 150 * SEC);
	assert_int_equal(site_sec(u, ANNA, BETA), 60);
	assert_int_equal(group_sec(u, ANNA, 0), 60);
	usage_load_stretch(u, ANNA, true, 0, 150 * SEC, 150 * SEC);
	usage_credit(u, ANNA, ALPHA, DAY, 140 * SEC, 151 * SEC);
	assert_int_equal(group_sec(u, ANNA, 0), 61);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_second_counts_once_per_group),
		cmocka_unit_test(test_overlap_of_one_site_counts_once),
		cmocka_unit_test(test_many_stretches_are_a_union),
		cmocka_unit_test(test_days_and_weeks_roll_over),
		cmocka_unit_test(test_the_day_before_still_grows),
		cmocka_unit_test(test_what_the_ledger_knows),
		cmocka_unit_test(test_loaded_stretches_count_once_in_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
