/* Judges one person and one site at one moment. It keeps nothing: the same question always gets the
 * same answer. */
#include "core/rules.h"

#include "core/calendar.h"

const char *gate_state_name(enum gate_state s)
{
	switch (s) {
	case GATE_OPEN:
		return "open";
	case GATE_SLOW:
		return "slow";
	case GATE_SHUT:
		return "blocked";
	}
	return "open";
}

const char *rule_reason_name(enum rule_reason r)
{
	static const char *const names[REASONS] = {
		[REASON_OBSERVING] = "observing",
		[REASON_WITHIN_LIMIT] = "within-limit",
		[REASON_LIMIT_DAY] = "limit-day",
		[REASON_LIMIT_WEEK] = "limit-week",
		[REASON_LIMIT_SITTING] = "limit-sitting",
		[REASON_BREAK] = "break",
		[REASON_LIMIT_OPENS] = "limit-opens",
		[REASON_WINDOW] = "window",
		[REASON_FOCUS] = "focus",
		[REASON_PASS] = "pass",
	};

	return names[r];
}

static usec_t period_end(const struct config *c, struct rules_now now, enum limit_period period)
{
	const int32_t day = period == LIMIT_DAY ? now.day + 1 : calendar_week_start(now.day) + 7;

	return calendar_day_start(day, c->day_start_min);
}

static enum gate_state spent_state(enum when_spent when)
{
	switch (when) {
	case WHEN_SPENT_BLOCK:
		return GATE_SHUT;
	case WHEN_SPENT_SLOW:
		return GATE_SLOW;
	case WHEN_SPENT_NOTIFY:
		return GATE_OPEN;
	}
	return GATE_SHUT;
}

/* The stricter of two findings wins: by state, then a spent limit before none, then the later end.
 */
static void find(
	struct verdict *v, enum gate_state state, enum rule_reason reason, usec_t until_usec)
{
	const bool nothing_yet = v->reason == REASON_WITHIN_LIMIT || v->reason == REASON_OBSERVING;

	if (state < v->state || (state == v->state && !nothing_yet && until_usec <= v->until_usec))
		return;
	v->state = state;
	v->reason = reason;
	v->until_usec = until_usec;
}

static void judge_limit(const struct config *c, const struct rule_keys *keys, uint64_t used_usec,
	enum limit_period period, struct rules_now now, struct verdict *v)
{
	const int64_t limit_sec = keys->limit_sec[period];
	const uint64_t limit_usec = (uint64_t)limit_sec * USEC_PER_SEC;
	int64_t left_sec = 0;

	if (limit_sec == LIMIT_NONE)
		return;
	if (used_usec < limit_usec) {
		left_sec = (int64_t)((limit_usec - used_usec) / USEC_PER_SEC);
		if (left_sec == 0)
			left_sec = 1; /* 0 says spent */
	}
	if (v->left_sec == LIMIT_NONE || left_sec < v->left_sec) {
		v->left_sec = left_sec;
		v->n_warn = keys->n_warn;
		for (size_t i = 0; i < keys->n_warn; i++)
			v->warn_sec[i] = keys->warn_sec[i];
	}
	if (used_usec < limit_usec)
		return;
	if (keys->when_spent == WHEN_SPENT_SLOW &&
		(v->slow_rate_bytes == 0 || keys->slow_rate_bytes < v->slow_rate_bytes))
		v->slow_rate_bytes = keys->slow_rate_bytes;
	find(v, spent_state(keys->when_spent),
		period == LIMIT_DAY ? REASON_LIMIT_DAY : REASON_LIMIT_WEEK,
		period_end(c, now, period));
}

static void judge_target(const struct config *c, const struct usage *u, size_t person,
	const struct rule_keys *keys, bool is_group, size_t target, struct rules_now now,
	struct verdict *v)
{
	usec_t change;

	for (int period = 0; period < LIMIT_PERIODS; period++)
		judge_limit(c, keys,
			usage_get(u, person, is_group, target, (enum limit_period)period),
			(enum limit_period)period, now, v);
	if (!calendar_windows_open(keys->windows, keys->n_windows, now.wall_usec, &change))
		find(v, GATE_SHUT, REASON_WINDOW, change == USEC_INFINITY ? 0 : change);
	if (change < v->change_usec)
		v->change_usec = change;
}

static struct verdict verdict_begin(const struct config *c, struct rules_now now)
{
	struct verdict v = {
		.state = GATE_OPEN,
		.reason = config_enforces(c) ? REASON_WITHIN_LIMIT : REASON_OBSERVING,
		.left_sec = LIMIT_NONE,
		.change_usec = period_end(c, now, LIMIT_DAY),
	};

	return v;
}

static bool group_has(const struct config_group *g, size_t site)
{
	for (size_t i = 0; i < g->n_sites; i++)
		if (g->sites[i] == site)
			return true;
	return false;
}

struct verdict rules_decide(const struct config *c, const struct usage *u, size_t person,
	const char *person_name, size_t site, struct rules_now now)
{
	struct verdict v = verdict_begin(c, now);
	struct rule_keys keys = config_rules(c, person_name, false, site);

	judge_target(c, u, person, &keys, false, site, now, &v);
	for (size_t g = 0; g < c->n_groups; g++) {
		if (!group_has(&c->groups[g], site))
			continue;
		keys = config_rules(c, person_name, true, g);
		judge_target(c, u, person, &keys, true, g, now, &v);
	}
	return v;
}

struct verdict rules_decide_group(const struct config *c, const struct usage *u, size_t person,
	const char *person_name, size_t group, struct rules_now now)
{
	struct verdict v = verdict_begin(c, now);
	const struct rule_keys keys = config_rules(c, person_name, true, group);

	judge_target(c, u, person, &keys, true, group, now, &v);
	return v;
}
