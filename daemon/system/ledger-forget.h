#pragma once
/* Taking the past away: what a person wants forgotten, and what is older than is kept. The writer
 * does it, and gives the room back to the disk when nothing else waits. */
#include "system/ledger.h"

/* A person's days [first_day, last_day] on a site (NULL: on all), which began and ended then. */
struct ledger_forget {
	const char *person, *site;
	int32_t first_day, last_day;
	usec_t since_usec, until_usec; /* of the wall clock: for events */
};

/* Where the days that are not to be touched begin: those that still count, and those to keep (0:
 * all are kept). */
struct ledger_bounds {
	int32_t counts_day, keep_day;
	usec_t counts_usec, keep_usec;
};

/* Notes a wish (NULL: there is no new one), and does what can be done of all there are: days that
 * still count wait for a later call. Queued as one transaction. */
int ledger_tidy(
	struct ledger *l, const struct ledger_forget *wish, const struct ledger_bounds *bounds);
/* The last day before this one on which anything was used; -ENOENT. */
int ledger_last_day(struct ledger *l, int32_t before_day, int32_t *ret);
/* Is there anything about this person (of this site, if it is not NULL)? 1, 0 or a negative errno.
 */
int ledger_knows(struct ledger *l, const char *person, const char *site);
