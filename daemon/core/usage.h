#pragma once
/* How much of each budget is used: totals of today and of this week per (person, site) and per
 * (person, group), fed with attended stretches. A second counts once per person and site, and once
 * per group however many of its sites moved in it. `used` never falls within a day. */
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
/* Says that a stretch of boot time is among what usage_load() brought: a credit that overlaps it
 * adds only the rest. In the order of time. */
void usage_load_stretch(struct usage *u, size_t person, bool is_group, size_t target,
	usec_t from_usec, usec_t to_usec);
/* Credits a stretch of boot time of that day (today or the day before; others are ignored) to the
 * site and to the groups it belongs to. Overlap with what was credited before in the last
 * USAGE_MEMORY_USEC counts once. */
#define USAGE_MEMORY_USEC (10 * 60 * USEC_PER_SEC)
void usage_credit(
	struct usage *u, size_t person, size_t site, int32_t day, usec_t from_usec, usec_t to_usec);

uint64_t usage_get(const struct usage *u, size_t person, bool is_group, size_t target,
	enum limit_period period);
/* Of the day before. */
uint64_t usage_get_before(const struct usage *u, size_t person, bool is_group, size_t target);
