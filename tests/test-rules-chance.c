/* The rules by chance: thousands of configurations, and a person who scrolls whenever they are let.
 * What was used is tallied here, apart from core/usage, and held against what the keys say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/calendar.h"
#include "core/rules.h"
#include "random-config.h"

#define SEC       USEC_PER_SEC
#define MINUTE    (60 * SEC)
#define ROUNDS    100 /* of each; FOCUSD_ROUNDS in the environment says otherwise */
#define STEPS     60
#define DAYS      40
#define DAY_START 240
#define BRIDGE    (60 * SEC)

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

enum { ALPHA, BETA, SITES, TARGETS = SITES + 2 };

/* What really was used of one target: a site or a group. */
struct tally {
	usec_t day_usec[DAYS], week_usec[DAYS], run_usec, run_end_usec, end_usec;
	unsigned opens[DAYS];
};

struct life {
	uint64_t seed;
	char *text;
	struct config *config;
	struct usage *usage;
	usec_t now_usec;
	int32_t first_day;
	size_t last_site;
	usec_t last_usec; /* end of the last use */
	struct tally tallies[TARGETS];
};

static uint64_t rounds(void)
{
	const char *text = getenv("FOCUSD_ROUNDS");

	return text ? strtoull(text, NULL, 10) : ROUNDS;
}

static int set_zone(void **state)
{
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return 0;
}

/* Two sites, each in one or two groups, and anna, who has exceptions. */
static char *random_text(uint64_t *seed)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (char name = 'a'; name <= 'b'; name++) {
		fprintf(f, "[site %c]\ndomain = %c.example\n", name, name);
		if (random_below(seed, 2))
			random_rules(f, seed);
	}
	for (char name = 'x'; name <= 'y'; name++) {
		fprintf(f, "[group %c]\nsite = a\n", name);
		if (random_below(seed, 2))
			fputs("site = b\n", f);
		if (random_below(seed, 2))
			random_rules(f, seed);
	}
	fputs("[person anna]\n", f);
	if (random_below(seed, 3) == 0) {
		fprintf(f, "[person anna %s]\n", PICK(seed, "site a", "site b", "group x"));
		random_rules(f, seed);
	}
	fclose(f);
	return text;
}

static struct usage *new_usage(const struct config *c, int32_t day)
{
	struct usage *u = NULL;

	assert_int_equal(usage_new(c, 1, &u), 0);
	usage_set_name(u, 0, "anna");
	usage_set_day(u, day);
	return u;
}

static void life_begin(struct life *l)
{
	/* from a week before one of the DST days, or in between */
	const usec_t starts[] = { 1774000000 * SEC, 1792100000 * SEC, 1795000000 * SEC };

	l->text = random_text(&l->seed);
	l->config = config_of_text(l->text);
	l->now_usec =
		starts[random_below(&l->seed, 3)] + random_below(&l->seed, 7 * SEC_PER_DAY) * SEC;
	l->first_day = calendar_day(l->now_usec, DAY_START);
	l->usage = new_usage(l->config, l->first_day);
	l->last_site = SITES;
}

static void life_end(struct life *l)
{
	usage_free(l->usage);
	config_free(l->config);
	free(l->text);
}

static bool is_of_target(const struct config *c, size_t target, size_t site)
{
	if (target < SITES)
		return target == site;
	for (size_t i = 0; i < c->groups[target - SITES].n_sites; i++)
		if (c->groups[target - SITES].sites[i] == site)
			return true;
	return false;
}

static struct rule_keys keys_of(const struct config *c, size_t target)
{
	return config_rules(c, "anna", target >= SITES, target >= SITES ? target - SITES : target);
}

static bool is_uncounted(const struct rule_keys *keys, usec_t wall_usec, usec_t *ret_change_usec)
{
	*ret_change_usec = USEC_INFINITY;
	return keys->uncounted.n > 0 && calendar_windows_open(keys->uncounted.items,
						keys->uncounted.n, wall_usec, ret_change_usec);
}

static void tally_stretch(
	struct life *l, struct tally *t, const struct rule_keys *keys, usec_t from, usec_t to)
{
	const int32_t today = calendar_day(from, DAY_START);
	const size_t day = (size_t)(today - l->first_day);
	const size_t week =
		(size_t)(calendar_week_start(today) - calendar_week_start(l->first_day)) / 7;
	usec_t next, change;

	for (usec_t at = from; at < to; at = next) {
		const bool uncounted = is_uncounted(keys, at, &change);

		next = change < to ? change : to;
		if (uncounted)
			continue;
		if (at - t->run_end_usec >= (usec_t)keys->break_sec * SEC)
			t->run_usec = 0;
		t->run_usec += next - at;
		t->run_end_usec = next;
		t->day_usec[day] += next - at;
		t->week_usec[week] += next - at;
	}
}

static void tally_use(struct life *l, size_t site, usec_t from, usec_t to, bool opens)
{
	for (size_t i = 0; i < TARGETS; i++) {
		struct tally *t = &l->tallies[i];
		const struct rule_keys keys = keys_of(l->config, i);
		const size_t day = (size_t)(calendar_day(from, DAY_START) - l->first_day);
		usec_t change;

		if (!is_of_target(l->config, i, site))
			continue;
		if (opens && !is_uncounted(&keys, from, &change) &&
			(i < SITES || t->end_usec == 0 || from > t->end_usec + BRIDGE))
			t->opens[day]++;
		tally_stretch(l, t, &keys, from, to);
		t->end_usec = to;
	}
}

static usec_t rollover_of(const struct tally *t, const struct rule_keys *keys, size_t day)
{
	const usec_t limit = (usec_t)keys->limit_sec[LIMIT_DAY] * SEC;
	const usec_t cap = (usec_t)keys->rollover_sec * SEC;
	const usec_t before = day > 0 ? t->day_usec[day - 1] : 0;
	const usec_t unused = before < limit ? limit - before : 0;

	return unused < cap ? unused : cap;
}

/* Never more than a limit, one bridge, and a second. */
static void check_tally(const struct life *l, size_t target)
{
	const struct tally *t = &l->tallies[target];
	const struct rule_keys keys = keys_of(l->config, target);
	const int32_t today = usage_day(l->usage);
	const size_t day = (size_t)(today - l->first_day);
	const size_t week =
		(size_t)(calendar_week_start(today) - calendar_week_start(l->first_day)) / 7;
	const usec_t more = BRIDGE + SEC;
	bool good = true;

	if (keys.when_spent != WHEN_SPENT_BLOCK)
		return;
	if (keys.limit_sec[LIMIT_DAY] != LIMIT_NONE)
		good &= t->day_usec[day] <=
			(usec_t)keys.limit_sec[LIMIT_DAY] * SEC + rollover_of(t, &keys, day) + more;
	if (keys.limit_sec[LIMIT_WEEK] != LIMIT_NONE)
		good &= t->week_usec[week] <= (usec_t)keys.limit_sec[LIMIT_WEEK] * SEC + more;
	if (keys.limit_sec[LIMIT_SITTING] != LIMIT_NONE)
		good &= t->run_usec <= (usec_t)keys.limit_sec[LIMIT_SITTING] * SEC + more;
	if (keys.opens != LIMIT_NONE)
		good &= t->opens[day] <= (unsigned)keys.opens;
	if (!good)
		fail_msg("target %zu has used too much (day %" PRIu64 " s, week %" PRIu64
			 " s, at a stretch %" PRIu64 " s, opened %u times) under\n%s",
			target, t->day_usec[day] / SEC, t->week_usec[week] / SEC, t->run_usec / SEC,
			t->opens[day], l->text);
}

static struct verdict decide(const struct life *l, size_t site, usec_t at)
{
	const struct rules_person p = { l->config, l->usage, 0, "anna" };

	return rules_decide(&p, site, NULL, rules_now_at(l->config, at, at, usage_day(l->usage)));
}

static bool same_verdict(const struct verdict *a, const struct verdict *b)
{
	return a->state == b->state && a->reason == b->reason && a->group == b->group &&
	       a->until_usec == b->until_usec && a->slow_rate_bytes == b->slow_rate_bytes;
}

/* Nothing changes before the time it says, and the same question has the same answer. */
static void check_rest(struct life *l, size_t site)
{
	const struct verdict v = decide(l, site, l->now_usec), again = decide(l, site, l->now_usec);
	const usec_t span = v.change_usec - l->now_usec;
	usec_t at = l->now_usec + ((uint64_t)random_below(&l->seed, 1000) * span) / 1000;

	assert_true(same_verdict(&v, &again) && v.left_sec == again.left_sec &&
		    v.change_usec == again.change_usec && v.shuts_usec == again.shuts_usec);
	assert_true(v.change_usec > l->now_usec); /* the day's end at the latest */
	for (int i = 0; i < 2; i++, at = v.change_usec - 1) {
		const struct verdict then = decide(l, site, at);

		if (!same_verdict(&v, &then))
			fail_msg("%s (%s) is %s (%s) before its time under\n%s",
				gate_state_name(v.state), rule_reason_name(v.reason),
				gate_state_name(then.state), rule_reason_name(then.reason),
				l->text);
	}
	/* what shuts it without use is no sooner than the change, which is told */
	assert_true(v.shuts_usec >= v.change_usec);
}

static void set_day(struct life *l)
{
	usage_set_day(l->usage, calendar_day(l->now_usec, DAY_START));
}

static void use(struct life *l, size_t site, usec_t from, usec_t to, bool opens)
{
	usage_credit(l->usage,
		&(struct usage_stretch){ 0, site, usage_day(l->usage), from, to, from, opens });
	usage_set_live(l->usage, 0, site, to + BRIDGE);
	tally_use(l, site, from, to, opens);
	l->last_site = site;
	l->last_usec = l->now_usec = to;
	set_day(l);
	for (size_t i = 0; i < TARGETS; i++)
		check_tally(l, i);
}

/* As far as nothing can change, and second by second near an end. */
static usec_t stride(const struct life *l, const struct verdict *v)
{
	usec_t step = 30 * MINUTE;

	if (v->left_sec != LIMIT_NONE && v->left_sec * (int64_t)SEC < (int64_t)step)
		step = v->left_sec > 1 ? (usec_t)(v->left_sec - 1) * SEC : SEC;
	if (v->change_usec - l->now_usec < step)
		step = v->change_usec - l->now_usec;
	return step < SEC ? SEC : step / SEC * SEC;
}

/* Comes back to the site within its bridge: the gap counts, if it is let in. */
static void read_on(struct life *l, size_t site)
{
	const usec_t gap = (1 + random_below(&l->seed, 60)) * SEC;
	const usec_t from = l->last_usec;

	if (l->last_site != site || l->now_usec != l->last_usec ||
		calendar_day(from + gap, DAY_START) != usage_day(l->usage))
		return;
	if (decide(l, site, from + gap).state == GATE_SHUT)
		l->now_usec = from + gap;
	else
		use(l, site, from, from + gap, false);
}

static void scroll(struct life *l, size_t site, usec_t usec)
{
	bool opens = l->last_site != site || l->now_usec > l->last_usec + BRIDGE;

	while (usec > 0) {
		const struct verdict v = decide(l, site, l->now_usec);
		usec_t step = stride(l, &v);

		if (v.state == GATE_SHUT)
			return;
		if (step > usec)
			step = usec;
		/* a stretch belongs to one day */
		if (calendar_day(l->now_usec + step - SEC, DAY_START) != usage_day(l->usage))
			step = SEC;
		use(l, site, l->now_usec, l->now_usec + step, opens);
		opens = false;
		usec -= step;
	}
}

static void pause_for(struct life *l, usec_t usec)
{
	l->now_usec += usec;
	set_day(l);
}

static bool is_over(const struct life *l)
{
	return usage_day(l->usage) >= l->first_day + DAYS - 2;
}

static void live(struct life *l)
{
	for (int i = 0; i < STEPS && !is_over(l); i++) {
		const size_t site = random_below(&l->seed, SITES);

		switch (random_below(&l->seed, 6)) {
		case 0:
			pause_for(l, (1 + random_below(&l->seed, 100)) * SEC);
			break;
		case 1:
			pause_for(l, random_below(&l->seed, 90) * MINUTE);
			break;
		case 2:
			pause_for(l, random_below(&l->seed, 12) * 60 * MINUTE);
			break;
		case 3:
			read_on(l, site);
			break;
		default:
			scroll(l, site, (1 + random_below(&l->seed, 3600)) * SEC);
			break;
		}
		check_rest(l, site);
	}
}

static void test_never_more_and_never_sooner(void **state)
{
	for (uint64_t round = 1; round <= rounds(); round++) {
		struct life l = { .seed = round * 0x9e3779b97f4a7c15 };

		life_begin(&l);
		live(&l);
		life_end(&l);
	}
}

/* What makes some section stricter, whatever it says: another file's word goes before it. */
static struct config *tightened(struct life *l)
{
	static const char *const lines[] = { "limit = 5min per day\n", "limit = 1h per week\n",
		"limit = 3min per sitting\n", "break = 3h\n", "opens = 0 per day\n",
		"uncounted =\n", "rollover = none\n", "open =\nopen = never\n",
		"when-spent = block\n" };
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	struct config *c = NULL;
	char more[128], *error = NULL;

	snprintf(more, sizeof(more), "[%s]\n%s",
		PICK(&l->seed, "site a", "site b", "group x", "group y", "person anna site a",
			"person anna group x"),
		lines[random_below(&l->seed, ELEMENTSOF(lines))]);
	assert_int_equal(config_builder_new(&b), 0);
	if (config_builder_text(b, "loose.conf", l->text, &error) < 0 ||
		config_builder_text(b, "strict.conf", more, &error) < 0 ||
		config_builder_finish(b, &c, &error) < 0)
		fail_msg("%s", error);
	return c;
}

/* The same history under both; where an exception of anna's goes before the line nothing changes.
 */
static void compare(struct life *l, const struct config *strict)
{
	struct usage *u = new_usage(strict, l->first_day);
	const struct rules_person p = { strict, u, 0, "anna" };

	for (int i = 0; i < STEPS && !is_over(l); i++) {
		const size_t site = random_below(&l->seed, SITES);
		const usec_t from = l->now_usec,
			     to = from + (1 + random_below(&l->seed, 900)) * SEC;
		const struct usage_stretch s = { 0, site, usage_day(u), from, to, from,
			random_below(&l->seed, 3) == 0 };

		usage_credit(l->usage, &s);
		usage_credit(u, &s);
		usage_set_live(l->usage, 0, site, to + BRIDGE);
		usage_set_live(u, 0, site, to + BRIDGE);
		pause_for(l, to - from +
				     random_below(&l->seed, 5400) * SEC *
					     (random_below(&l->seed, 3) == 0));
		usage_set_day(u, usage_day(l->usage));
		for (size_t k = 0; k < SITES; k++) {
			const struct verdict loose = decide(l, k, l->now_usec);
			const struct verdict v = rules_decide(&p, k, NULL,
				rules_now_at(p.config, l->now_usec, l->now_usec, usage_day(u)));

			if (v.state < loose.state)
				fail_msg("%s (%s) became %s (%s) under\n%s",
					gate_state_name(loose.state),
					rule_reason_name(loose.reason), gate_state_name(v.state),
					rule_reason_name(v.reason), l->text);
		}
	}
	usage_free(u);
}

static void test_tightening_never_widens(void **state)
{
	for (uint64_t round = 1; round <= rounds(); round++) {
		struct life l = { .seed = round * 0xbf58476d1ce4e5b9 };
		_cleanup_(config_freep) struct config *strict = NULL;

		life_begin(&l);
		strict = tightened(&l);
		compare(&l, strict);
		life_end(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_more_and_never_sooner),
		cmocka_unit_test(test_tightening_never_widens),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
