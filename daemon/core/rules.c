/* Judges one person and one site at one moment. It keeps nothing: the same question always gets the
 * same answer. */
#include "core/rules.h"

#include <string.h>

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

struct rules_now rules_now_at(
	const struct config *c, usec_t wall_usec, usec_t boot_usec, int32_t day)
{
	const int32_t next_week = calendar_week_start(day) + 7;

	return (struct rules_now){
		.wall_usec = wall_usec,
		.boot_usec = boot_usec,
		.day = day,
		.day_end_usec = calendar_day_start(day + 1, c->day_start_min),
		.week_end_usec = calendar_day_start(next_week, c->day_start_min),
		.enforces = config_enforces(c),
	};
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

static bool is_unrestricted(const struct verdict *v)
{
	return v->reason == REASON_WITHIN_LIMIT || v->reason == REASON_OBSERVING;
}

/* One target's rules while they are applied. */
struct judging {
	const struct rules_person *person;
	const struct rule_keys *keys;
	struct rules_now now;
	size_t target;
	int group; /* RULES_OWN where the target is judged for itself */
	bool is_group;
	usec_t open_until_usec; /* closed windows are lifted so long */
	struct verdict *verdict;
};

static struct rules_end end_of(const struct judging *j, enum rule_reason reason)
{
	struct rules_end e = { .reason = reason, .group = j->group, .n_warn = j->keys->n_warn };

	memcpy(e.warn_sec, j->keys->warn_sec, sizeof(e.warn_sec));
	return e;
}

/* The stricter of two findings wins: by state, then a spent limit before none, then the later end;
 * of equals the first, and a site's own rules come before its groups', in the file's order. */
static void find(
	const struct judging *j, enum gate_state state, enum rule_reason reason, usec_t until_usec)
{
	struct verdict *v = j->verdict;

	if (state < v->state ||
		(state == v->state && !is_unrestricted(v) && until_usec <= v->until_usec))
		return;
	v->state = state;
	v->reason = reason;
	v->group = j->group;
	v->until_usec = until_usec;
}

/* What is left of a limit; the tightest shows. */
static void note_left(const struct judging *j, enum rule_reason reason, int64_t left_sec)
{
	struct verdict *v = j->verdict;

	if (v->left_sec != LIMIT_NONE && left_sec >= v->left_sec)
		return;
	v->left_sec = left_sec;
	v->left_by = end_of(j, reason);
}

/* Something is spent until then. */
static void spend(const struct judging *j, enum rule_reason reason, usec_t until_usec)
{
	const struct rule_keys *keys = j->keys;
	struct verdict *v = j->verdict;

	if (keys->when_spent == WHEN_SPENT_SLOW &&
		(v->slow_rate_bytes == 0 || keys->slow_rate_bytes < v->slow_rate_bytes))
		v->slow_rate_bytes = keys->slow_rate_bytes;
	find(j, spent_state(keys->when_spent), reason, until_usec);
}

static void note_change(const struct judging *j, usec_t change_usec)
{
	if (change_usec < j->verdict->change_usec)
		j->verdict->change_usec = change_usec;
}

/* Returns whether it is spent. */
static bool judge_left(
	const struct judging *j, enum rule_reason reason, uint64_t used_usec, uint64_t limit_usec)
{
	const int64_t left_sec =
		used_usec < limit_usec ? (int64_t)((limit_usec - used_usec) / USEC_PER_SEC) : 0;

	if (used_usec >= limit_usec) {
		note_left(j, reason, 0);
		return true;
	}
	note_left(j, reason, left_sec > 0 ? left_sec : 1); /* 0 says spent */
	return false;
}

static uint64_t limit_usec_of(const struct judging *j, enum limit_period period)
{
	return (uint64_t)j->keys->limit_sec[period] * USEC_PER_SEC;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What the day before left unused of its own limit, which is the same one: what had been carried to
 * it is not carried on. */
static uint64_t rollover_usec(const struct judging *j, const struct usage_counted *used)
{
	const uint64_t limit_usec = limit_usec_of(j, LIMIT_DAY);
	const uint64_t unused_usec =
		used->before_usec < limit_usec ? limit_usec - used->before_usec : 0;

	return smaller(unused_usec, (uint64_t)j->keys->rollover_sec * USEC_PER_SEC);
}

static void judge_day(const struct judging *j, const struct usage_counted *used)
{
	if (j->keys->limit_sec[LIMIT_DAY] == LIMIT_NONE)
		return;
	if (judge_left(j, REASON_LIMIT_DAY, used->day_usec,
		    limit_usec_of(j, LIMIT_DAY) + rollover_usec(j, used)))
		spend(j, REASON_LIMIT_DAY, j->now.day_end_usec);
}

static void judge_week(const struct judging *j, const struct usage_counted *used)
{
	if (j->keys->limit_sec[LIMIT_WEEK] == LIMIT_NONE)
		return;
	if (judge_left(j, REASON_LIMIT_WEEK, used->week_usec, limit_usec_of(j, LIMIT_WEEK)))
		spend(j, REASON_LIMIT_WEEK, j->now.week_end_usec);
}

/* How much of the break is still to come; 0: it is over, and the sitting with it. */
static usec_t break_left(const struct judging *j, const struct usage_counted *used)
{
	const int64_t break_usec = j->keys->break_sec * (int64_t)USEC_PER_SEC;
	const int64_t now = (int64_t)j->now.boot_usec;

	if (used->sitting_end_usec == INT64_MIN || now - used->sitting_end_usec >= break_usec)
		return 0;
	return (usec_t)(used->sitting_end_usec + break_usec - now);
}

/* Who is shut out has a break; where it goes on, slowly or not, the sitting does. */
static void judge_sitting(const struct judging *j, const struct usage_counted *used)
{
	const usec_t left = break_left(j, used);
	const bool shuts = j->keys->when_spent == WHEN_SPENT_BLOCK;

	if (j->keys->limit_sec[LIMIT_SITTING] == LIMIT_NONE)
		return;
	if (!judge_left(j, REASON_LIMIT_SITTING, left > 0 ? used->sitting_usec : 0,
		    limit_usec_of(j, LIMIT_SITTING)))
		return;
	if (left == 0) { /* sittings of no time at all: never */
		spend(j, REASON_LIMIT_SITTING, 0);
		return;
	}
	spend(j, shuts ? REASON_BREAK : REASON_LIMIT_SITTING, j->now.wall_usec + left);
	note_change(j, j->now.wall_usec + left);
}

/* The last sitting of a day may go on. */
static void judge_opens(const struct judging *j, const struct usage_counted *used)
{
	const struct rules_person *p = j->person;
	const usec_t live = usage_live_until(p->usage, p->person, j->is_group, j->target);

	if (j->keys->opens == LIMIT_NONE || used->opens < (uint64_t)j->keys->opens)
		return;
	if (live >= j->now.boot_usec) {
		note_change(j, j->now.wall_usec + (live - j->now.boot_usec) + 1);
		return;
	}
	spend(j, REASON_LIMIT_OPENS, j->now.day_end_usec);
}

/* In uncounted hours no limit holds. */
static void judge_limits(const struct judging *j)
{
	const struct rules_person *p = j->person;
	const struct rule_keys *keys = j->keys;
	const struct usage_counted used =
		usage_counted(p->usage, p->person, j->is_group, j->target);
	usec_t change;

	if (keys->uncounted.n > 0) {
		const bool uncounted = calendar_windows_open(
			keys->uncounted.items, keys->uncounted.n, j->now.wall_usec, &change);

		note_change(j, change);
		if (uncounted)
			return;
	}
	judge_day(j, &used);
	judge_week(j, &used);
	judge_sitting(j, &used);
	judge_opens(j, &used);
}

static void judge_windows(const struct judging *j)
{
	const struct rule_keys *keys = j->keys;
	struct verdict *v = j->verdict;
	usec_t change;
	bool open;

	open = calendar_windows_open(keys->open.items, keys->open.n, j->now.wall_usec, &change);
	if (!open && j->open_until_usec > j->now.wall_usec) {
		if (change > j->open_until_usec)
			change = j->open_until_usec;
		open = true;
	}
	if (!open) {
		find(j, GATE_SHUT, REASON_WINDOW, change == USEC_INFINITY ? 0 : change);
	} else if (change < v->shuts_usec) {
		v->shuts_usec = change;
		v->shuts_by = end_of(j, REASON_WINDOW);
	}
	note_change(j, change);
}

static void judge_target(const struct judging *j)
{
	judge_limits(j);
	judge_windows(j);
}

static struct verdict verdict_begin(struct rules_now now)
{
	struct verdict v = {
		.state = GATE_OPEN,
		.reason = now.enforces ? REASON_WITHIN_LIMIT : REASON_OBSERVING,
		.group = RULES_OWN,
		.left_sec = LIMIT_NONE,
		.shuts_usec = USEC_INFINITY,
		.change_usec = now.day_end_usec,
	};

	return v;
}

/* Lifts what holds until the pass ends. One that has nothing to lift does not show, but its end is
 * a change all the same: a limit may be spent by then. */
static void lay_pass(struct verdict *v, const struct rule_keys *keys, usec_t until_usec)
{
	const bool lifts = !is_unrestricted(v);

	if (lifts) {
		v->state = GATE_OPEN;
		v->reason = REASON_PASS;
		v->group = RULES_OWN;
		v->until_usec = until_usec;
		v->slow_rate_bytes = 0;
	}
	if (lifts || v->shuts_usec < until_usec) {
		v->shuts_usec = until_usec;
		v->shuts_by =
			end_of(&(struct judging){ .keys = keys, .group = RULES_OWN }, REASON_PASS);
	}
	if (until_usec < v->change_usec)
		v->change_usec = until_usec;
}

static void lay_focus(struct verdict *v, usec_t until_usec)
{
	/* what is shut for longer stays shut for its own reason */
	if (v->state != GATE_SHUT || (v->until_usec != 0 && v->until_usec < until_usec)) {
		v->state = GATE_SHUT;
		v->reason = REASON_FOCUS;
		v->group = RULES_OWN;
		v->slow_rate_bytes = 0;
		v->until_usec = until_usec;
	}
	if (until_usec < v->change_usec)
		v->change_usec = until_usec;
}

/* A declared opening that let somebody in: it shows as a pass that ends then. */
static void lay_opening(struct verdict *v, usec_t until_usec)
{
	if (!is_unrestricted(v) || v->shuts_usec != until_usec)
		return;
	v->reason = v->shuts_by.reason = REASON_PASS;
	v->until_usec = until_usec;
}

/* A focus that is to come ends what is open. */
static void lay_coming(struct verdict *v, const struct rule_keys *keys, usec_t from_usec)
{
	if (v->state == GATE_OPEN && from_usec < v->shuts_usec) {
		v->shuts_usec = from_usec;
		v->shuts_by =
			end_of(&(struct judging){ .keys = keys, .group = RULES_OWN }, REASON_FOCUS);
	}
	if (from_usec < v->change_usec)
		v->change_usec = from_usec;
}

/* What is declared for now, on top of what the rules say: a pass lifts, and a focus shuts also what
 * a pass has lifted. */
static void lay(struct verdict *v, const struct rule_keys *keys,
	const struct rules_overlay *overlay, struct rules_now now)
{
	if (!overlay)
		return;
	if (overlay->open_until_usec > now.wall_usec)
		lay_opening(v, overlay->open_until_usec);
	if (overlay->pass_until_usec > now.wall_usec)
		lay_pass(v, keys, overlay->pass_until_usec);
	if (overlay->focus_from_usec > now.wall_usec)
		lay_coming(v, keys, overlay->focus_from_usec);
	if (overlay->focus_until_usec > now.wall_usec)
		lay_focus(v, overlay->focus_until_usec);
}

struct verdict rules_decide(const struct rules_person *p, size_t site,
	const struct rules_overlay *overlay, struct rules_now now)
{
	const struct config *c = p->config;
	const struct rule_keys own = config_rules(c, p->name, false, site);
	const usec_t opened = overlay ? overlay->open_until_usec : 0;
	struct verdict v = verdict_begin(now);

	judge_target(&(struct judging){ p, &own, now, site, RULES_OWN, false, opened, &v });
	for (size_t g = 0; g < c->n_groups; g++) {
		struct rule_keys keys;

		if (!config_group_has(&c->groups[g], site))
			continue;
		keys = config_rules(c, p->name, true, g);
		judge_target(&(struct judging){ p, &keys, now, g, (int)g, true, opened, &v });
	}
	lay(&v, &own, overlay, now);
	return v;
}

struct verdict rules_decide_group(const struct rules_person *p, size_t group,
	const struct rules_overlay *overlay, struct rules_now now)
{
	const struct rule_keys keys = config_rules(p->config, p->name, true, group);
	const usec_t opened = overlay ? overlay->open_until_usec : 0;
	struct verdict v = verdict_begin(now);

	judge_target(&(struct judging){ p, &keys, now, group, RULES_OWN, true, opened, &v });
	lay(&v, &keys, overlay, now);
	return v;
}

int64_t rules_limit_today(const struct rules_person *p, bool is_group, size_t target)
{
	const struct rule_keys keys = config_rules(p->config, p->name, is_group, target);
	const struct judging j = { .keys = &keys };
	const struct usage_counted used = usage_counted(p->usage, p->person, is_group, target);

	if (keys.limit_sec[LIMIT_DAY] == LIMIT_NONE)
		return LIMIT_NONE;
	return keys.limit_sec[LIMIT_DAY] + (int64_t)(rollover_usec(&j, &used) / USEC_PER_SEC);
}
