#pragma once
/* The wall clock as far as it can be believed. Anybody may set a clock; time that really passed, by
 * CLOCK_BOOTTIME, cannot be set. Quota days, windows and what the ledger says of when follow this
 * one. Pure. */
#include <stdbool.h>

#include "base/clock.h"

#define DAY_CLOCK_STEP_USEC (120 * USEC_PER_SEC) /* more than the clocks differ by themselves */
/* So long after the boot the clock may be put right once: a machine without a battery wakes in the
 * past, and learns the time from the network. */
#define DAY_CLOCK_SETTLE_USEC (10 * 60 * USEC_PER_SEC)

struct day_clock {
	usec_t boot_usec, wall_usec; /* at this boot time it was that late */
	bool jumped;                 /* the wall clock says something else, and that was told */
	bool settled;                /* it was put right once in this boot */
	bool behind; /* at the boot it was earlier than when the machine went down */
};

/* last_wall_usec: when focusd last wrote, before this boot; 0: it never did. */
void day_clock_begin(struct day_clock *c, struct instant now, usec_t last_wall_usec);
/* In the same boot as before, when it stood so. */
void day_clock_continue(struct day_clock *c, usec_t boot_usec, usec_t wall_usec);
/* Goes on to now. Returns true when the wall clock was found set, once for each time. */
bool day_clock_step(struct day_clock *c, struct instant now, unsigned day_start_min);
/* How late it is at a boot time near the last step. */
usec_t day_clock_wall(const struct day_clock *c, usec_t boot_usec);
/* How far the wall clock is ahead of this one. */
int64_t day_clock_off(const struct day_clock *c, struct instant now);
