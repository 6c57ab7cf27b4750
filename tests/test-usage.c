/* Budgets' totals: once per person and site, once per group, never falling, and right over days and
 * weeks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

static void credit(
	struct usage *u, size_t person, size_t site, int32_t day, usec_t from_usec, usec_t to_usec)
{
	usage_credit(u, &(struct usage_stretch){ .person = person,
				.site = site,
				.day = day,
				.from_usec = from_usec,
				.to_usec = to_usec });
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

	credit(u, ANNA, ALPHA, DAY, 100 * SEC, 110 * SEC);
	assert_int_equal(group_sec(u, ANNA, 0), 10);
	credit(u, ANNA, BETA, DAY, 105 * SEC, 120 * SEC);
	assert_int_equal(group_sec(u, ANNA, 0), 20);
	assert_int_equal(group_sec(u, ANNA, 1), 20);
	credit(u, ANNA, GAMMA, DAY, 90 * SEC, 130 * SEC);
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
		credit(u, ANNA, ALPHA, DAY, rows[i].from * SEC, rows[i].to * SEC);
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
		credit(u, ANNA, site, DAY, from * SEC, to * SEC);
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
		credit(u, ANNA, ALPHA, monday + d, (usec_t)(1000 + d * 100) * SEC,
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
	credit(u, ANNA, ALPHA, monday + 6, 100 * SEC, 110 * SEC);
	usage_set_day(u, monday + 7);
	assert_int_equal(usage_get_before(u, ANNA, false, ALPHA) / SEC, 10);
	credit(u, ANNA, ALPHA, monday + 6, 110 * SEC, 130 * SEC);
	credit(u, ANNA, ALPHA, monday + 7, 130 * SEC, 135 * SEC);
	credit(u, ANNA, ALPHA, monday + 3, 140 * SEC, 150 * SEC); /* long gone */
	credit(u, ANNA, ALPHA, monday + 8, 140 * SEC, 150 * SEC); /* not yet */
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

static void load(struct usage *u, size_t site, int64_t from_sec, int64_t to_sec, bool opens)
{
	const int64_t now_sec = 1000;

	usage_load_span(u,
		&(struct usage_stretch){ .person = ANNA,
			.site = site,
			.day = DAY,
			.to_usec = (usec_t)(to_sec - from_sec) * SEC,
			.opens = opens },
		(usec_t)(now_sec - from_sec) * SEC, (usec_t)now_sec * SEC);
}

/* After a restart a bridge of one site reaches back over what another one had credited before. */
static void test_loaded_spans_count_once_in_a_group(void **state)
{
	_cleanup_(config_freep) struct config *c = two_groups();
	_cleanup_(usage_freep) struct usage *u = usage_of(c, DAY);

	load(u, ALPHA, 500, 540, true);
	load(u, BETA, 520, 550, true);
	assert_int_equal(site_sec(u, ANNA, ALPHA), 0); /* that comes by usage_load() */
	assert_int_equal(group_sec(u, ANNA, 0), 50);
	credit(u, ANNA, BETA, DAY, 490 * SEC, 560 * SEC);
	assert_int_equal(site_sec(u, ANNA, BETA), 70);
	assert_int_equal(group_sec(u, ANNA, 0), 70);
	credit(u, ANNA, ALPHA, DAY, 540 * SEC, 561 * SEC);
	assert_int_equal(group_sec(u, ANNA, 0), 71);
}

static void open_at(struct usage *u, size_t site, int64_t from_sec, int64_t to_sec)
{
	usage_credit(u, &(struct usage_stretch){ .person = ANNA,
				.site = site,
				.day = usage_day(u),
				.from_usec = (usec_t)from_sec * SEC,
				.to_usec = (usec_t)to_sec * SEC,
				.opens = true });
}

/* Credited as it happens, or read back after a restart: the same. */
static void test_openings_and_sittings(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text("[site alpha]\ndomain = alpha.example\nbreak = 5min\n"
			       "[site beta]\ndomain = beta.example\n"
			       "[group both]\nsite = alpha\nsite = beta\nbreak = 5min\n");

	for (int loaded = 0; loaded < 2; loaded++) {
		_cleanup_(usage_freep) struct usage *u = usage_of(c, DAY);
		const struct {
			size_t site;
			int64_t from_sec, to_sec;
		} spans[] = { { ALPHA, 100, 200 }, { BETA, 150, 210 }, { BETA, 240, 250 },
			{ ALPHA, 400, 410 }, { ALPHA, 720, 730 } };
		struct usage_counted site, group;

		for (size_t i = 0; i < ELEMENTSOF(spans); i++)
			if (loaded)
				load(u, spans[i].site, spans[i].from_sec, spans[i].to_sec, true);
			else
				open_at(u, spans[i].site, spans[i].from_sec, spans[i].to_sec);
		site = usage_counted(u, ANNA, false, ALPHA);
		group = usage_counted(u, ANNA, true, 0);
		assert_int_equal(site.opens, 3);
		assert_int_equal(site.sitting_usec / SEC, 10); /* 310 s of pause end one */
		assert_int_equal(site.sitting_end_usec / (int64_t)SEC, 730);
		/* beta came while alpha was in use, and again within its bridge */
		assert_int_equal(group.opens, 3);
		assert_int_equal(group.day_usec / SEC, 140);
		usage_set_day(u, DAY + 1);
		assert_int_equal(usage_counted(u, ANNA, true, 0).opens, 0);
		assert_int_equal(usage_counted(u, ANNA, true, 0).sitting_usec / SEC, 10);
	}
}

/* A stretch that a window's edge lies in is cut there. */
static void test_uncounted_hours(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text(
		"[site alpha]\ndomain = alpha.example\nuncounted = daily 09:00-10:00\n"
		"[person ben]\n[person ben site alpha]\nuncounted =\n"
		"[group all]\nsite = alpha\n");
	_cleanup_(usage_freep) struct usage *u = NULL;
	/* 1970-01-02 08:59:00 */
	const usec_t wall = (SEC_PER_DAY + 9 * SEC_PER_HOUR - 60) * SEC;
	struct usage_stretch s = { .site = ALPHA,
		.day = 1,
		.from_usec = 1000 * SEC,
		.to_usec = (1000 + 2 * SEC_PER_HOUR) * SEC,
		.wall_usec = wall,
		.opens = true };

	setenv("TZ", "UTC", 1);
	tzset();
	u = usage_of(c, 1);
	usage_set_name(u, BEN, "ben");
	for (s.person = ANNA; s.person <= BEN; s.person++)
		usage_credit(u, &s);
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_DAY) / SEC, 7200);
	assert_int_equal(usage_counted(u, ANNA, false, ALPHA).day_usec / SEC, 3600);
	assert_int_equal(usage_counted(u, ANNA, false, ALPHA).week_usec / SEC, 3600);
	/* the hour was a pause: the sitting began after it */
	assert_int_equal(usage_counted(u, ANNA, false, ALPHA).sitting_usec / SEC, 3540);
	assert_int_equal(usage_counted(u, ANNA, false, ALPHA).opens, 1);
	assert_int_equal(usage_counted(u, BEN, false, ALPHA).day_usec / SEC, 7200);
	assert_int_equal(usage_counted(u, ANNA, true, 0).day_usec / SEC, 7200);
	usage_set_day(u, 2);
	assert_int_equal(usage_counted(u, ANNA, false, ALPHA).before_usec / SEC, 3600);
	assert_int_equal(usage_counted(u, ANNA, false, ALPHA).day_usec, 0);
}

/* A reload while the disk is full: what did not count then does not count now, or nobody knows. */
static void test_what_was_uncounted_stays_so(void **state)
{
	static const char *const texts[] = {
		"[site alpha]\ndomain = alpha.example\nuncounted = daily 09:00-10:00\n",
		"[site alpha]\ndomain = alpha.example\nuncounted = daily 10:00-11:00\n",
	};
	static const uint64_t expected_sec[] = { 0, 60 };
	_cleanup_(config_freep) struct config *c = config_of_text(texts[0]);
	_cleanup_(usage_freep) struct usage *before = NULL;
	const struct usage_stretch s = { .site = ALPHA,
		.day = 1,
		.from_usec = 1000 * SEC,
		.to_usec = 1060 * SEC,
		.wall_usec = (SEC_PER_DAY + 9 * SEC_PER_HOUR) * SEC };

	setenv("TZ", "UTC", 1);
	tzset();
	before = usage_of(c, 1);
	usage_credit(before, &s);
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		_cleanup_(config_freep) struct config *now = config_of_text(texts[i]);
		_cleanup_(usage_freep) struct usage *u = usage_of(now, 1);

		usage_raise(u, ANNA, false, ALPHA, before, ANNA, ALPHA);
		assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_DAY) / SEC, 60);
		assert_int_equal(
			usage_counted(u, ANNA, false, ALPHA).day_usec / SEC, expected_sec[i]);
	}
}

/* What others add is held against limits as well, is never taken back, and goes with its day. */
static void test_elsewhere(void **state)
{
	_cleanup_(config_freep) struct config *c = two_groups();
	const int32_t monday = calendar_week_start(DAY);
	_cleanup_(usage_freep) struct usage *u = usage_of(c, monday + 1);
	const struct usage_sums minute = { 60, 10, 70 }, less = { 50, 10, 60 }, none = { 0 },
				some = { 20, 0, 20 };

	credit(u, ANNA, ALPHA, monday + 1, 0, 100);
	usage_set_elsewhere(u, ANNA, false, ALPHA, &minute, &some);
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_DAY), 160);
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_WEEK), 170);
	assert_int_equal(usage_get_before(u, ANNA, false, ALPHA), 10);
	assert_int_equal(usage_counted(u, ANNA, false, ALPHA).day_usec, 140);
	assert_int_equal(usage_get(u, BEN, false, ALPHA, LIMIT_DAY), 0);
	/* ten of it were here, too: it is less elsewhere, and no less in all */
	credit(u, ANNA, ALPHA, monday + 1, 100, 110);
	usage_set_elsewhere(u, ANNA, false, ALPHA, &less, &some);
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_DAY), 160);
	assert_int_equal(usage_elsewhere(u, ANNA, false, ALPHA).day_usec, 50);
	usage_set_elsewhere(u, ANNA, false, ALPHA, &none, &none);
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_DAY), 160);
	usage_set_day(u, monday + 2);
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_DAY), 0);
	assert_int_equal(usage_get_before(u, ANNA, false, ALPHA), 160);
	usage_set_day(u, monday + 7);
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_WEEK), 0);
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
		cmocka_unit_test(test_loaded_spans_count_once_in_a_group),
		cmocka_unit_test(test_openings_and_sittings),
		cmocka_unit_test(test_uncounted_hours),
		cmocka_unit_test(test_what_was_uncounted_stays_so),
		cmocka_unit_test(test_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
