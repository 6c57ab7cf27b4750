#pragma once
/* How much of each budget is used: totals of today and of this week per (person, site) and per
 * (person, group), the sitting that goes on, and how often one began; fed with attended stretches.
 * A second counts once per person and site, and once per group however many of its sites moved in
 * it. `used` never falls within a day. What passes in a target's uncounted hours is in `used`, and
 * in nothing that a limit is held against. */
#include "core/config.h"

struct usage;

/* n_persons × (sites and groups of config). config must outlive the value. -ENOMEM. */
int usage_new(const struct config *config, size_t n_persons, struct usage **ret);
struct usage *usage_free(struct usage *u);

/* Sets today; a later day clears the day's totals (and the week's, in another week); an earlier one
 * is ignored: the day never goes backwards. Returns true when the day changed. */
bool usage_set_day(struct usage *u, int32_t day);
int32_t usage_day(const struct usage *u);
/* The day that was today before: a gap that is read over the day's start still adds to it. */
int32_t usage_day_before(const struct usage *u);

/* Adds what the ledger knows from before: seconds in µs of one day for a site or a group. Days
 * outside this week are ignored. Used at start and after a reload, before any credit. */
void usage_load(struct usage *u, size_t person, bool is_group, size_t target, int32_t day,
	uint64_t used_usec);
/* Whose exceptions hold for that person, by name, which must outlive u; without it nobody's do. */
void usage_set_name(struct usage *u, size_t person, const char *name);

/* Attended time of one person on one site. */
struct usage_stretch {
	size_t person, site;
	int32_t day;               /* today or the day before; others are ignored */
	usec_t from_usec, to_usec; /* boot time */
	usec_t wall_usec;          /* at from_usec: in whose uncounted hours does it lie? */
	bool opens;                /* a sitting begins */
};
/* Credits it to the site and to the groups it belongs to. Overlap with what was credited before in
 * the last USAGE_MEMORY_USEC counts once. */
#define USAGE_MEMORY_USEC (10 * 60 * USEC_PER_SEC)
void usage_credit(struct usage *u, const struct usage_stretch *s);
/* The same from the ledger, in the order of time and before any credit; the site's own total comes
 * by usage_load(). s->from_usec is not looked at: the stretch began ago_usec before now_boot_usec,
 * perhaps before this boot. */
void usage_load_span(
	struct usage *u, const struct usage_stretch *s, usec_t ago_usec, usec_t now_boot_usec);

/* Until when (boot time) the sitting on a site goes on without another sign of somebody looking; 0:
 * there is none. A group's is that of its sites. */
void usage_set_live(struct usage *u, size_t person, size_t site, usec_t until_usec);
usec_t usage_live_until(const struct usage *u, size_t person, bool is_group, size_t target);

/* µs of today, the day before and this week. */
struct usage_sums {
	uint64_t day_usec, before_usec, week_usec;
};
/* What other devices of the household add to a target, beyond what was used here; and how much of
 * that passed in its uncounted hours. It takes the place of what was set before, but for one thing:
 * what was used in all does not fall by it. */
void usage_set_elsewhere(struct usage *u, size_t person, bool is_group, size_t target,
	const struct usage_sums *used, const struct usage_sums *uncounted);
struct usage_sums usage_elsewhere(
	const struct usage *u, size_t person, bool is_group, size_t target);

/* All that was used in a day or a week, here and elsewhere, or in the last sitting here. */
uint64_t usage_get(const struct usage *u, size_t person, bool is_group, size_t target,
	enum limit_period period);
/* Of the day before. */
uint64_t usage_get_before(const struct usage *u, size_t person, bool is_group, size_t target);

/* What limits are held against. */
struct usage_counted {
	uint64_t day_usec, before_usec, week_usec; /* before: of the day before */
	unsigned opens;                            /* today */
	uint64_t sitting_usec;    /* since the last pause that was as long as a break */
	int64_t sitting_end_usec; /* boot time at which that was last used; below 0 before the boot,
				     INT64_MIN: never */
};
struct usage_counted usage_counted(
	const struct usage *u, size_t person, bool is_group, size_t target);

/* What another value knew of a target, of the same day and perhaps more than this one: nothing of
 * it is forgotten. */
void usage_raise(struct usage *u, size_t person, bool is_group, size_t target,
	const struct usage *other, size_t other_person, size_t other_target);
