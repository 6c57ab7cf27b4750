#pragma once
/* What the devices of a household say of when somebody looked, and what that comes to: the union.
 * Two screens in the same minute are one minute, whoever tells of it first, twice, late or again.
 * Nothing that was said is ever taken back. Names, not indices: it outlives a reload. Pure.
 *
 * Everybody tells the time of their own clock. Where a device's is known to be ahead, all that it
 * said is moved back by so much when the union is made; what was said stays as it was said, so that
 * a better guess of the clock neither loses nor doubles anything of that device. */
#include "core/intervals.h"

#define HOUSEHOLD_DEVICES_MAX     64     /* others; a family has ten */
#define HOUSEHOLD_SITES_MAX       64     /* of one device, person and day */
#define HOUSEHOLD_STRETCHES_MAX   1440   /* of one of their sites: one a minute, day and night */
#define HOUSEHOLD_TOTAL_MAX       100000 /* stretches of everybody else: 1.6 MB */
#define HOUSEHOLD_DEVICE_NAME_MAX 32
#define HOUSEHOLD_PERSON_NAME_MAX 32 /* as in the configuration */
#define HOUSEHOLD_SITE_NAME_MAX   40
#define HOUSEHOLD_OWN             "" /* this device */

/* Clocks that are set by the network differ by less: nothing is moved for that, nor for a guess
 * that is off by no more than the last one. */
#define HOUSEHOLD_CLOCK_SLACK_USEC (30 * USEC_PER_SEC)
/* A clock further off than a century is none: a number gone wrong. */
#define HOUSEHOLD_AHEAD_USEC_MAX (INT64_C(36525) * 24 * 3600 * (int64_t)USEC_PER_SEC)
/* What is said of times later than this has not happened. */
#define HOUSEHOLD_FUTURE_USEC (5 * 60 * USEC_PER_SEC)
/* Another zone, another start of the day: so far beyond a day's own hours its stretches may lie. */
#define HOUSEHOLD_DAY_SLACK_USEC (14 * 3600 * USEC_PER_SEC)

struct household;

int household_new(struct household **ret);
struct household *household_free(struct household *h);

struct household_key {
	const char *device; /* HOUSEHOLD_OWN: this one */
	const char *person, *site;
	int32_t day; /* the device's own quota day */
};

/* Adds what a device says. Returns 1 when something of it is new, 0 when nothing is; -E2BIG where
 * one of the limits is reached: that part is left out. */
int household_add(struct household *h, const struct household_key *key,
	const struct interval *items, size_t n);

/* How far ahead a device's clock seems to be: 0 or what was believed before where this is about the
 * same. Returns 1 when it changed. A device that was never heard of: 0. */
int household_set_ahead(struct household *h, const char *device, int64_t ahead_usec);
int64_t household_ahead(const struct household *h, const char *device);
int64_t household_believe(int64_t believed_usec, int64_t guessed_usec);
bool household_is_ahead(int64_t ahead_usec); /* could a clock be so far ahead? */

/* Drops days before this one. */
void household_forget(struct household *h, int32_t first_day);

/* What the others' time at any of these sites adds to this device's own at them, in *ret. */
struct household_question {
	const char *person;
	const char *const *sites;
	size_t n_sites;
	int32_t day;
};
int household_beyond(
	const struct household *h, const struct household_question *q, struct intervals *ret);
/* Does anybody else say anything of that person and day? */
bool household_has_others(const struct household *h, const char *person, int32_t day);

/* Everything that is known, key by key; a negative return ends it. */
struct household_entry {
	struct household_key key;
	struct intervals set;
	bool dirty; /* since household_clean() */
};
int household_each(const struct household *h,
	int (*visit)(const struct household_entry *e, void *userdata), void *userdata);
void household_clean(struct household *h);

/* May this be believed at all? NULL, or what is wrong and what was expected of it. items are in the
 * device's own time, ahead_usec as believed now; day_start and day_end are of the day they are said
 * to be of, here. */
struct household_claim {
	struct household_key key;
	const struct interval *items;
	size_t n;
	int64_t ahead_usec;
};
struct household_now {
	usec_t wall_usec;
	int32_t day;                         /* today */
	usec_t day_start_usec, day_end_usec; /* of the claim's day */
};
const char *household_doubt(const struct household_claim *c, const struct household_now *now);
/* Of one word, with no sign that can't be seen. */
bool household_is_name(const char *text, size_t most);
