#pragma once
/* What is held (core/commitment.h), on the disk: one row, and one with the moment up to which time
 * was counted. */
#include "system/ledger.h"

struct ledger_held {
	char *config;  /* in the configuration's language; "": nothing is held */
	char *pending; /* commitment_items_write() */
	char *boot_id;
	usec_t time_usec, boot_usec, wall_usec;
};

void ledger_held_done(struct ledger_held *h);
int ledger_put_held(struct ledger *l, const struct ledger_held *h);
/* The moment alone: time has passed. */
int ledger_put_moment(struct ledger *l, const struct ledger_held *h);
/* From DIR's ledger before anything else is done with it; no thread is begun. -ENOENT: there is no
 * such row, table or ledger. */
int ledger_read_held(const char *dir, struct ledger_held *ret);
