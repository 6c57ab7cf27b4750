#pragma once
/* How soon to do again what somebody keeps undoing: at once at first, and ever later while they go
 * on. Pure. */
#include <stdbool.h>

#include "base/clock.h"

#define PATIENCE_FREE     3 /* times in a row that are no quarrel yet */
#define PATIENCE_MAX_USEC (600 * USEC_PER_SEC)
#define PATIENCE_CALM     (60 * USEC_PER_SEC) /* without a word it is forgotten, at the earliest */

struct patience {
	unsigned n; /* times in a row */
	usec_t last_usec;
};

/* It was undone again, now (boot time): how long to wait before it is done again. */
usec_t patience_wait(struct patience *p, usec_t now_usec);
/* Is it a quarrel? */
bool patience_is_lost(const struct patience *p, usec_t now_usec);
