#pragma once
/* What other devices of the household said, on the disk. */
#include "core/household.h"
#include "core/told-passes.h"
#include "system/ledger.h"

struct ledger_household {
	struct household_key key; /* read: its strings are the statement's */
	int64_t ahead_usec;       /* how far that device's clock is believed to be */
	const struct interval *items;
	size_t n;
};
/* All that is known under each key: it replaces what was there. One transaction. */
int ledger_put_household(struct ledger *l, const struct ledger_household *rows, size_t n);
int ledger_read_household(struct ledger *l, int32_t since_day,
	int (*visit)(const struct ledger_household *row, void *userdata), void *userdata);

/* Of their passes, those that are dirty: each replaces what was there of it. One transaction. */
int ledger_put_told_passes(struct ledger *l, const struct told_passes *passes);
int ledger_read_told_passes(struct ledger *l, int32_t since_day,
	int (*visit)(const struct told_pass *pass, void *userdata), void *userdata);
