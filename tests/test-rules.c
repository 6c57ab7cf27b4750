/* Verdicts: every kind of limit, the strictest of several, when it changes; and a whole week of
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/calendar.h"
#include "core/rules.h"

#define SEC USEC_PER_SEC

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct usage *, usage_free);

enum { ALPHA, BETA };
enum { ANNA, BEN };
static const char *const names[] = { "anna", "ben" };

#define SITES                                    \
	"[site alpha]\ndomain = alpha.example\n" \
	"[site beta]\ndomain = beta.example\n"

static int set_zone(void **state)
{
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return 0;
}

static usec_t wall(int year, int month, int day, int hour, int min)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = min,
		.tm_isdst = -1 };

	return (usec_t)mktime(&tm) * SEC;
}

/* Wednesday noon, unless a test says otherwise. */
static struct rules_now noon(const struct config *c)
{
	const usec_t at = wall(2026, 11, 25, 12, 0);

	return rules_now_at(c, at, at, calendar_day(at, 240));
}

/* Boot time stands where the wall clock does. */
static void credit(struct usage *u, size_t person, size_t site, usec_t from_usec, usec_t to_usec)
{
	usage_credit(u, &(struct usage_stretch){ .person = person,
				.site = site,
				.day = usage_day(u),
				.from_usec = from_usec,
				.to_usec = to_usec,
				.wall_usec = from_usec });
}

static struct verdict decide(
	const struct config *c, const struct usage *u, size_t person, struct rules_now now)
{
	const struct rules_person p = { c, u, person, names[person] };

	return rules_decide(&p, ALPHA, NULL, now);
}

static struct usage *used_today(const struct config *c, int64_t alpha_sec, int64_t beta_sec)
{
	struct usage *u = NULL;

	assert_int_equal(usage_new(c, 2, &u), 0);
	usage_set_day(u, noon(c).day);
	credit(u, ANNA, ALPHA, 0, (usec_t)alpha_sec * SEC);
	credit(u, ANNA, BETA, (usec_t)alpha_sec * SEC, (usec_t)(alpha_sec + beta_sec) * SEC);
	return u;
}

struct row {
	const char *config;
	int64_t alpha_sec, beta_sec; /* used today by anna */
	const char *state, *reason;
	int64_t left_sec;
	unsigned until_day, until_hour; /* of November; 0: none */
};

static void check_row(const struct row *row)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(usage_freep) struct usage *u = NULL;
	struct verdict v;

	assert_true(asprintf(&text, SITES "%s", row->config) > 0);
	c = config_of_text(text);
	u = used_today(c, row->alpha_sec, row->beta_sec);
	v = decide(c, u, ANNA, noon(c));
	if (strcmp(gate_state_name(v.state), row->state) != 0 ||
		strcmp(rule_reason_name(v.reason), row->reason) != 0 || v.left_sec != row->left_sec)
		fail_msg("%s: %s, %s, %lld left", row->config, gate_state_name(v.state),
			rule_reason_name(v.reason), (long long)v.left_sec);
	assert_true(v.until_usec == (row->until_day == 0 ? 0
							 : wall(2026, 11, (int)row->until_day,
								   (int)row->until_hour, 0)));
}

#define ALPHA_(keys) "[site alpha]\n" keys
#define BOTH_(keys)  "[group both]\nsite = alpha\nsite = beta\n" keys

static void test_rows(void **state)
{
	static const struct row rows[] = {
		{ "", 9999, 0, "open", "observing", LIMIT_NONE, 0, 0 },
		{ "[site beta]\nlimit = 1min per day\n", 9999, 0, "open", "within-limit",
			LIMIT_NONE, 0, 0 },
		{ ALPHA_("limit = 10min per day\n"), 0, 0, "open", "within-limit", 600, 0, 0 },
		{ ALPHA_("limit = 10min per day\n"), 599, 0, "open", "within-limit", 1, 0, 0 },
		{ ALPHA_("limit = 10min per day\n"), 600, 0, "blocked", "limit-day", 0, 26, 4 },
		{ ALPHA_("limit = 10min per day\n"), 9999, 0, "blocked", "limit-day", 0, 26, 4 },
		{ ALPHA_("limit = 0s per day\n"), 0, 0, "blocked", "limit-day", 0, 26, 4 },
		{ ALPHA_("limit = 10min per week\n"), 600, 0, "blocked", "limit-week", 0, 30, 4 },
		/* both spent: the later end holds */
		{ ALPHA_("limit = 10min per day\nlimit = 10min per week\n"), 600, 0, "blocked",
			"limit-week", 0, 30, 4 },
		{ ALPHA_("limit = 10min per day\nlimit = 1h per week\n"), 500, 0, "open",
			"within-limit", 100, 0, 0 },
		/* the other site's time is not mine, but it is the group's */
		{ ALPHA_("limit = 10min per day\n"), 0, 9999, "open", "within-limit", 600, 0, 0 },
		{ BOTH_("limit = 10min per day\n"), 0, 600, "blocked", "limit-day", 0, 26, 4 },
		{ BOTH_("limit = 10min per day\n"), 200, 300, "open", "within-limit", 100, 0, 0 },
		{ ALPHA_("limit = 2min per day\n") BOTH_("limit = 10min per week\n"), 100, 490,
			"open", "within-limit", 10, 0, 0 },
		/* what happens when it is spent; the stricter wins */
		{ ALPHA_("limit = 1min per day\nwhen-spent = slow\n"), 60, 0, "slow", "limit-day",
			0, 26, 4 },
		{ ALPHA_("limit = 1min per day\nwhen-spent = notify\n"), 60, 0, "open", "limit-day",
			0, 26, 4 },
		{ ALPHA_("limit = 1min per week\nwhen-spent = slow\n")
				BOTH_("limit = 1min per day\n"),
			60, 0, "blocked", "limit-day", 0, 26, 4 },
		{ ALPHA_("limit = 1min per day\nwhen-spent = notify\n")
				BOTH_("limit = 1min per day\nwhen-spent = slow\n"),
			60, 0, "slow", "limit-day", 0, 26, 4 },
		/* windows: outside them it is shut, inside the limits hold */
		{ ALPHA_("open = daily 13:00-14:00\n"), 0, 0, "blocked", "window", LIMIT_NONE, 25,
			13 },
		{ ALPHA_("open = daily 11:00-14:00\n"), 0, 0, "open", "within-limit", LIMIT_NONE, 0,
			0 },
		{ ALPHA_("open = daily 11:00-14:00\nlimit = 1min per day\n"), 60, 0, "blocked",
			"limit-day", 0, 26, 4 },
		{ ALPHA_("open = sat 13:00-14:00\nlimit = 1min per day\n"), 60, 0, "blocked",
			"window", 0, 28, 13 },
		{ ALPHA_("open = sat 13:00-14:00\n") BOTH_("open = daily 00:00-24:00\n"), 0, 0,
			"blocked", "window", LIMIT_NONE, 28, 13 },
		/* an exception replaces key by key, for this person alone */
		{ ALPHA_("limit = 1h per day\n") "[person anna site alpha]\nlimit = 1min per day\n",
			60, 0, "blocked", "limit-day", 0, 26, 4 },
		{ ALPHA_("limit = 1min per day\n") "[person anna site alpha]\nlimit = none per "
						   "day\n",
			60, 0, "open", "within-limit", LIMIT_NONE, 0, 0 },
		{ ALPHA_("limit = 1min per day\n") "[person ben site alpha]\nlimit = none per "
						   "day\n",
			60, 0, "blocked", "limit-day", 0, 26, 4 },
		{ BOTH_("limit = 1h per day\n") "[person anna group both]\nlimit = 1min per day\n",
			0, 60, "blocked", "limit-day", 0, 26, 4 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		check_row(&rows[i]);
}

static void test_the_other_person_has_their_own(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text(SITES "[site alpha]\nlimit = 1min per day\n");
	_cleanup_(usage_freep) struct usage *u = used_today(c, 60, 0);

	assert_int_equal(decide(c, u, ANNA, noon(c)).state, GATE_SHUT);
	assert_int_equal(decide(c, u, BEN, noon(c)).state, GATE_OPEN);
	assert_int_equal(
		rules_decide(&(struct rules_person){ c, u, ANNA, "anna" }, BETA, NULL, noon(c))
			.state,
		GATE_OPEN);
}

static void test_a_group_by_itself(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text(
		SITES "[site alpha]\nlimit = 1min per day\n"
		      "[group both]\nsite = alpha\nsite = beta\nlimit = 10min per day\n");
	_cleanup_(usage_freep) struct usage *u = used_today(c, 60, 30);
	const struct verdict v =
		rules_decide_group(&(struct rules_person){ c, u, ANNA, "anna" }, 0, NULL, noon(c));

	assert_int_equal(v.state, GATE_OPEN);
	assert_int_equal(v.left_sec, 510);
}

static void test_warnings_come_from_the_tightest(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text(
		SITES "[site alpha]\nlimit = 10min per day\nwarn = 2min 1min\n"
		      "[group both]\nsite = alpha\nlimit = 5min per day\nwarn = 45s\n");
	_cleanup_(usage_freep) struct usage *u = used_today(c, 0, 0);
	const struct verdict v = decide(c, u, ANNA, noon(c));

	assert_int_equal(v.left_sec, 300);
	assert_int_equal(v.left_by.n_warn, 1);
	assert_int_equal(v.left_by.warn_sec[0], 45);
}

static void test_the_lowest_rate_of_two_slow_lanes(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text(
		SITES "[site alpha]\nlimit = 1s per day\nwhen-spent = slow\nslow-rate = 64kB/s\n"
		      "[group both]\nsite = alpha\nlimit = 1s per day\nwhen-spent = slow\n"
		      "slow-rate = 32kB/s\n");
	_cleanup_(usage_freep) struct usage *u = used_today(c, 1, 0);
	const struct verdict v = decide(c, u, ANNA, noon(c));

	assert_int_equal(v.state, GATE_SLOW);
	assert_int_equal(v.slow_rate_bytes, 32000);
}

/* Over DST: the quota day is longer or shorter, and ends when the clock on the wall says 04:00. */
static void test_the_day_ends_by_the_clock_on_the_wall(void **state)
{
	static const struct {
		int month, day;
	} nights[] = { { 3, 29 }, { 10, 25 }, { 7, 1 } };
	_cleanup_(config_freep) struct config *c =
		config_of_text(SITES "[site alpha]\nlimit = 1s per day\n");

	for (size_t i = 0; i < ELEMENTSOF(nights); i++) {
		_cleanup_(usage_freep) struct usage *u = NULL;
		const usec_t at = wall(2026, nights[i].month, nights[i].day, 1, 30);
		const struct rules_now now = rules_now_at(c, at, at, calendar_day(at, 240));
		struct verdict v;

		assert_int_equal(usage_new(c, 1, &u), 0);
		usage_set_day(u, now.day);
		credit(u, ANNA, ALPHA, 0, 5 * SEC);
		v = decide(c, u, ANNA, now);
		assert_true(v.until_usec == wall(2026, nights[i].month, nights[i].day, 4, 0));
		assert_true(v.change_usec == v.until_usec);
	}
}

/* One second of the simulated week: what the keeper does, without the keeper. */
static void one_second(const struct config *c, struct usage *u, usec_t at, uint64_t open[2])
{
	const struct rules_now now = rules_now_at(c, at, at, calendar_day(at, c->day_start_min));

	usage_set_day(u, now.day);
	for (size_t person = 0; person < 2; person++) {
		const struct verdict v = decide(c, u, person, now);

		if (v.state != GATE_OPEN)
			continue;
		open[person]++;
		credit(u, person, ALPHA, at - SEC, at);
	}
}

/* Both scroll whenever they are let, from Monday 04:00 to the next: anna has 10 min a day and 45
 * min a week, ben the lunch hour only. Every verdict between two changes holds, so most seconds are
 * skipped. */
static void test_a_whole_week(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text(
		SITES "[person anna]\n[person ben]\n"
		      "[person anna site alpha]\nlimit = 10min per day\nlimit = 45min per week\n"
		      "[person ben site alpha]\nopen = mon-fri 12:00-13:00\n");
	_cleanup_(usage_freep) struct usage *u = NULL;
	const usec_t begin = wall(2026, 11, 23, 4, 0), end = wall(2026, 11, 30, 4, 0);
	uint64_t open[2] = { 0 };
	unsigned steps = 0;
	usec_t at = begin;

	assert_int_equal(usage_new(c, 2, &u), 0);
	while (at < end) {
		usec_t next = USEC_INFINITY;
		bool moving = false;

		one_second(c, u, at, open);
		for (size_t person = 0; person < 2; person++) {
			const struct verdict v =
				decide(c, u, person, rules_now_at(c, at, at, usage_day(u)));

			moving |= v.state == GATE_OPEN;
			if (v.change_usec < next)
				next = v.change_usec;
		}
		assert_true(next > at);
		at = moving ? at + SEC : next;
		steps++;
	}
	assert_true(at == end); /* the week's start is itself a change */
	assert_int_equal(open[ANNA], 45 * 60);
	assert_int_equal(open[BEN], 5 * 3600);
	assert_true(steps < 6 * 3600);
	one_second(c, u, end, open);
	assert_int_equal(open[ANNA], 45 * 60 + 1); /* and a new week has begun */
	assert_int_equal(usage_get(u, ANNA, false, ALPHA, LIMIT_WEEK) / SEC, 1);
}

static struct usage *usage_at(const struct config *c, usec_t at)
{
	struct usage *u = NULL;

	assert_int_equal(usage_new(c, 2, &u), 0);
	usage_set_day(u, calendar_day(at, c->day_start_min));
	return u;
}

static struct verdict at_time(const struct config *c, const struct usage *u, usec_t at)
{
	return decide(c, u, ANNA, rules_now_at(c, at, at, usage_day(u)));
}

/* Five minutes, then a break of ten; a shorter pause saves nothing, one as long gives all back. */
static void test_a_sitting_and_its_break(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text(SITES "[site alpha]\nlimit = 5min per sitting\nbreak = 10min\n");
	const usec_t t = noon(c).wall_usec, MIN = 60 * SEC;
	_cleanup_(usage_freep) struct usage *u = usage_at(c, t);
	struct verdict v;

	credit(u, ANNA, ALPHA, t, t + 3 * MIN);
	v = at_time(c, u, t + 12 * MIN);
	assert_int_equal(v.state, GATE_OPEN);
	assert_int_equal(v.left_sec, 120);
	assert_int_equal(v.left_by.reason, REASON_LIMIT_SITTING);
	credit(u, ANNA, ALPHA, t + 12 * MIN, t + 14 * MIN); /* a pause of nine minutes */
	v = at_time(c, u, t + 14 * MIN);
	assert_int_equal(v.state, GATE_SHUT);
	assert_int_equal(v.reason, REASON_BREAK);
	assert_true(v.until_usec == t + 24 * MIN);
	assert_true(v.change_usec == t + 24 * MIN);
	assert_int_equal(at_time(c, u, t + 24 * MIN - 1).state, GATE_SHUT);
	v = at_time(c, u, t + 24 * MIN);
	assert_int_equal(v.state, GATE_OPEN);
	assert_int_equal(v.left_sec, 300);
	credit(u, ANNA, ALPHA, t + 30 * MIN, t + 34 * MIN);
	assert_int_equal(at_time(c, u, t + 34 * MIN).left_sec, 60);
	assert_int_equal(at_time(c, u, t + 44 * MIN).left_sec, 300); /* by one's own will */
}

static void test_a_sitting_that_is_slowed_goes_on(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text(SITES "[site alpha]\nlimit = 5min per sitting\nwhen-spent = slow\n");
	const usec_t t = noon(c).wall_usec, MIN = 60 * SEC;
	_cleanup_(usage_freep) struct usage *u = usage_at(c, t);
	struct verdict v;

	credit(u, ANNA, ALPHA, t, t + 5 * MIN);
	credit(u, ANNA, ALPHA, t + 6 * MIN, t + 7 * MIN);
	v = at_time(c, u, t + 7 * MIN);
	assert_int_equal(v.state, GATE_SLOW);
	assert_int_equal(v.reason, REASON_LIMIT_SITTING);
	assert_true(v.until_usec == t + 17 * MIN);
}

/* A group's sitting is that of its sites together; it goes on over the day's start. */
static void test_a_groups_sitting(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text(
		SITES "[group both]\nsite = alpha\nsite = beta\nlimit = 5min per sitting\n");
	const usec_t t = wall(2026, 11, 26, 3, 57), MIN = 60 * SEC;
	_cleanup_(usage_freep) struct usage *u = usage_at(c, t);
	struct verdict v;

	credit(u, ANNA, BETA, t, t + 3 * MIN);
	usage_set_day(u, usage_day(u) + 1);
	credit(u, ANNA, ALPHA, t + 3 * MIN, t + 5 * MIN);
	v = at_time(c, u, t + 5 * MIN);
	assert_int_equal(v.reason, REASON_BREAK);
	assert_int_equal(v.group, 0);
	assert_true(v.until_usec == t + 15 * MIN);
}

static void open_once(struct usage *u, size_t site, usec_t from_usec, usec_t to_usec)
{
	usage_credit(u, &(struct usage_stretch){ .person = ANNA,
				.site = site,
				.day = usage_day(u),
				.from_usec = from_usec,
				.to_usec = to_usec,
				.wall_usec = from_usec,
				.opens = true });
	usage_set_live(u, ANNA, site, to_usec + 60 * SEC);
}

static void test_openings(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text(SITES "[site alpha]\nopens = 2 per day\n"
				     "[group both]\nsite = alpha\nsite = beta\n");
	const usec_t t = noon(c).wall_usec, MIN = 60 * SEC;
	_cleanup_(usage_freep) struct usage *u = usage_at(c, t);
	struct verdict v;

	open_once(u, ALPHA, t, t + MIN);
	assert_int_equal(at_time(c, u, t + 5 * MIN).state, GATE_OPEN);
	open_once(u, ALPHA, t + 5 * MIN, t + 6 * MIN);
	v = at_time(c, u, t + 6 * MIN);
	assert_int_equal(v.state, GATE_OPEN); /* the last one goes on … */
	assert_true(v.change_usec == t + 7 * MIN + 1);
	assert_int_equal(at_time(c, u, t + 7 * MIN).state, GATE_OPEN);
	v = at_time(c, u, v.change_usec); /* … and ends */
	assert_int_equal(v.state, GATE_SHUT);
	assert_int_equal(v.reason, REASON_LIMIT_OPENS);
	assert_true(v.until_usec == wall(2026, 11, 26, 4, 0));
	usage_set_day(u, usage_day(u) + 1);
	assert_int_equal(at_time(c, u, v.until_usec).state, GATE_OPEN);
}

/* At most half an hour, and only of the day before. */
static void test_rollover(void **state)
{
	static const struct {
		int64_t before_sec, used_sec, left_sec;
	} rows[] = { { 0, 0, 5400 }, { 3600, 0, 3600 }, { 3000, 0, 4200 }, { 1800, 5399, 1 },
		{ 0, 5400, 0 }, { 9999, 3600, 0 } };
	_cleanup_(config_freep) struct config *c =
		config_of_text(SITES "[site alpha]\nlimit = 1h per day\nrollover = 30min\n");
	const usec_t t = noon(c).wall_usec;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(usage_freep) struct usage *u = usage_at(c, t - SEC_PER_DAY * SEC);
		const usec_t before = t - 12 * SEC_PER_HOUR * SEC;

		credit(u, ANNA, ALPHA, before - (usec_t)rows[i].before_sec * SEC, before);
		usage_set_day(u, noon(c).day);
		credit(u, ANNA, ALPHA, t - (usec_t)rows[i].used_sec * SEC, t);
		assert_int_equal(at_time(c, u, t).left_sec, rows[i].left_sec);
	}
}

static void test_uncounted_hours(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text(SITES "[site alpha]\nlimit = 10min per day\nopens = 0 per day\n"
				     "uncounted = daily 12:00-13:00\n"
				     "[group both]\nsite = alpha\nlimit = 2h per day\n");
	const usec_t t = noon(c).wall_usec, HOUR = SEC_PER_HOUR * SEC;
	_cleanup_(usage_freep) struct usage *u = usage_at(c, t);
	struct verdict v;

	credit(u, ANNA, ALPHA, t - HOUR / 2, t);
	assert_int_equal(at_time(c, u, t - 1).state, GATE_SHUT);
	assert_true(at_time(c, u, t - 1).change_usec == t);
	v = at_time(c, u, t);
	assert_int_equal(v.state, GATE_OPEN);
	assert_true(v.change_usec == t + HOUR);
	assert_int_equal(v.left_sec, 5400); /* the group has no such hours */
	credit(u, ANNA, ALPHA, t, t + HOUR);
	v = at_time(c, u, t + HOUR);
	assert_int_equal(v.state, GATE_SHUT);
	assert_int_equal(usage_counted(u, ANNA, false, ALPHA).day_usec / SEC, 1800);
	credit(u, ANNA, ALPHA, t + HOUR, t + 2 * HOUR);
	assert_int_equal(at_time(c, u, t + SEC_PER_DAY * SEC).group, 0);
}

/* What is declared lifts or shuts, on top of whatever the rules say. */
static void test_overlays(void **state)
{
	const usec_t now = wall(2026, 11, 25, 12, 0), soon = now + 600 * SEC,
		     later = now + 1200 * SEC;
	const usec_t night = wall(2026, 11, 26, 4, 0), open = wall(2026, 11, 25, 12, 5);
	const struct {
		const char *keys;
		struct rules_overlay overlay;
		enum gate_state state;
		enum rule_reason reason;
		usec_t until_usec, change_usec;
	} rows[] = {
		{ "limit = 1min per day\n", { .pass_until_usec = soon }, GATE_OPEN, REASON_PASS,
			soon, soon },
		{ "limit = 1min per day\nwhen-spent = slow\n", { .pass_until_usec = soon },
			GATE_OPEN, REASON_PASS, soon, soon },
		{ "open = sat 12:00-13:00\n", { .pass_until_usec = soon }, GATE_OPEN, REASON_PASS,
			soon, soon },
		{ "limit = 1h per day\n", { .pass_until_usec = soon }, GATE_OPEN,
			REASON_WITHIN_LIMIT, 0, soon },
		/* a pass that has ended */
		{ "limit = 1min per day\n", { .pass_until_usec = now }, GATE_SHUT, REASON_LIMIT_DAY,
			night, night },
		{ "", { .focus_until_usec = soon }, GATE_SHUT, REASON_FOCUS, soon, soon },
		{ "limit = 1min per day\nwhen-spent = slow\n", { .focus_until_usec = soon },
			GATE_SHUT, REASON_FOCUS, soon, soon },
		/* what is shut for longer keeps its own reason */
		{ "limit = 1min per day\n", { .focus_until_usec = soon }, GATE_SHUT,
			REASON_LIMIT_DAY, night, soon },
		{ "open = daily 12:05-13:00\n", { .focus_until_usec = soon }, GATE_SHUT,
			REASON_FOCUS, soon, open },
		/* focus goes before a pass, whichever is longer */
		{ "limit = 1min per day\n", { .pass_until_usec = soon, .focus_until_usec = later },
			GATE_SHUT, REASON_FOCUS, later, soon },
		{ "limit = 1min per day\n", { .pass_until_usec = later, .focus_until_usec = soon },
			GATE_SHUT, REASON_FOCUS, soon, soon },
		{ "limit = 1min per day\n", { .pass_until_usec = later, .focus_until_usec = now },
			GATE_OPEN, REASON_PASS, later, later },
		/* an opening lifts hours, and nothing else */
		{ "open = sat 12:00-13:00\n", { .open_until_usec = soon }, GATE_OPEN, REASON_PASS,
			soon, soon },
		{ "open = sat 12:00-13:00\nlimit = 1min per day\n", { .open_until_usec = soon },
			GATE_SHUT, REASON_LIMIT_DAY, night, soon },
		{ "open = sat 12:00-13:00\n", { .open_until_usec = now }, GATE_SHUT, REASON_WINDOW,
			wall(2026, 11, 28, 12, 0), night },
		{ "open = daily 12:05-13:00\n", { .open_until_usec = later }, GATE_OPEN,
			REASON_WITHIN_LIMIT, 0, open },
		{ "open = sat 12:00-13:00\n",
			{ .focus_until_usec = later, .open_until_usec = soon }, GATE_SHUT,
			REASON_FOCUS, later, soon },
		/* one that is to come is a change */
		{ "", { .focus_from_usec = soon }, GATE_OPEN, REASON_OBSERVING, 0, soon },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *text = NULL;
		_cleanup_(config_freep) struct config *c = NULL;
		_cleanup_(usage_freep) struct usage *u = NULL;
		struct verdict v;

		assert_true(asprintf(&text, SITES "[site alpha]\n%s", rows[i].keys) > 0);
		c = config_of_text(text);
		u = used_today(c, 60, 0);
		v = rules_decide(&(struct rules_person){ c, u, ANNA, "anna" }, ALPHA,
			&rows[i].overlay, noon(c));
		if (v.state != rows[i].state || v.reason != rows[i].reason ||
			v.until_usec != rows[i].until_usec || v.change_usec != rows[i].change_usec)
			fail_msg("row %zu: %s, %s", i, gate_state_name(v.state),
				rule_reason_name(v.reason));
		assert_int_equal(v.slow_rate_bytes != 0, v.state == GATE_SLOW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_the_other_person_has_their_own),
		cmocka_unit_test(test_a_group_by_itself),
		cmocka_unit_test(test_warnings_come_from_the_tightest),
		cmocka_unit_test(test_the_lowest_rate_of_two_slow_lanes),
		cmocka_unit_test(test_the_day_ends_by_the_clock_on_the_wall),
		cmocka_unit_test(test_a_sitting_and_its_break),
		cmocka_unit_test(test_a_sitting_that_is_slowed_goes_on),
		cmocka_unit_test(test_a_groups_sitting),
		cmocka_unit_test(test_openings),
		cmocka_unit_test(test_rollover),
		cmocka_unit_test(test_uncounted_hours),
		cmocka_unit_test(test_overlays),
		cmocka_unit_test(test_a_whole_week),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
