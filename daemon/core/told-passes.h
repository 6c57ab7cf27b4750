#pragma once
/* What the devices of a household tell each other of passes and openings: which began when, and
 * when they end or ended. What is told under one device's name only ever ends earlier: it does not
 * matter in which order messages come, whether one is missing, or comes again. Pure.
 *
 * Nobody can give themselves more by it than the rules of this machine allow: all of a day count
 * together, one that is beyond the number or the time of a day opens nothing, and each opens once,
 * however its device sets its clock or calls it over afterwards. */
#include "core/config.h"
#include "core/household.h"
#include "core/passes.h"

#define TOLD_PASSES_DEVICE_MAX 200  /* of one device: its people, on two days */
#define TOLD_PASSES_MAX        4096 /* of all */
#define TOLD_PASS_DAY_MAX      PASS_A_DAY_MAX
#define TOLD_PASS_WAIT_USEC    (SEC_PER_HOUR * USEC_PER_SEC) /* pass-wait is no longer */

/* Its name is its device, person, kind, target and start. */
struct told_pass {
	char *device, *person, *target; /* device: HOUSEHOLD_OWN for this one */
	enum pass_kind kind;            /* PASS_PASS or PASS_OPEN */
	int32_t day;                    /* the device's own quota day */
	usec_t start_usec, end_usec;    /* by the device's clock; both the same: taken back */
	int64_t ahead_usec;             /* how far that clock is believed to be ahead */
	usec_t here_usec;  /* by our clock: when it began to open here; 0: it did not yet */
	usec_t had_usec;   /* up to when it was open here before its end was told; 0: no longer */
	int32_t here_day;  /* told_passes_judge(): the quota day of ours that it counts on … */
	usec_t until_usec; /* … and up to when (our clock) it may open here; 0: not at all */
	bool dirty;        /* since told_passes_clean() */
};

struct told_passes {
	struct told_pass *items;
	size_t n;
};

void told_passes_done(struct told_passes *t);
/* Takes a copy, or the earlier end of the two. Returns 1 when it was news, 0 when it was known;
 * -E2BIG, -ENOMEM. wall_usec: now, by our clock. */
int told_passes_add(struct told_passes *t, const struct told_pass *pass, usec_t wall_usec);
/* Drops days before this one. */
void told_passes_forget(struct told_passes *t, int32_t first_day);
/* How far ahead a device's clock seems to be. Returns 1 when that moves anything. */
int told_passes_set_ahead(struct told_passes *t, const char *device, int64_t ahead_usec);
/* As it is believed after that guess, also of a device that was never heard of. */
int64_t told_passes_ahead(const struct told_passes *t, const char *device, int64_t guess_usec);
void told_passes_clean(struct told_passes *t);

/* Which count when, and up to when each may open here by the rules of its person. own: what was
 * declared on this device; a pass that is there, too, is this one's. To be done anew after any
 * change of either, of the configuration, and before a question is asked. */
void told_passes_judge(
	struct told_passes *t, const struct passes *own, const struct config *config);
/* What others have had of a kind on a day of ours. */
struct told_question {
	const struct passes *own;
	const char *person;
	enum pass_kind kind;
	int32_t day;
};
struct pass_use told_passes_used(const struct told_passes *t, const struct told_question *q);

/* The next one that begins to open now, which is noted in it; NULL: no more. */
struct told_pass *told_passes_step(struct told_passes *t, usec_t wall_usec);
/* When the next one begins or ends (our clock); USEC_INFINITY: never. */
usec_t told_passes_next(const struct told_passes *t, usec_t wall_usec);
/* The one of these kinds (bits of 1 << kind) that opens that target longest; NULL: none does. */
const struct told_pass *told_passes_open(
	const struct told_passes *t, const char *person, const char *target, unsigned kinds);
bool told_pass_is_open(const struct told_pass *pass, usec_t wall_usec);

/* May this be believed at all? NULL, or what is wrong and what was expected of it. now is as
 * household_doubt() has it, of the claim's day. */
const char *told_pass_doubt(const struct told_pass *claim, const struct household_now *now);
