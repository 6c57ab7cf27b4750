#pragma once
/* What people declared, on the disk: a row each, rewritten while it lives. */
#include "core/passes.h"
#include "system/ledger.h"

/* Its times are boot time of boot_id; `at` is now, so that another boot can tell what has passed.
 */
int ledger_put_pass(
	struct ledger *l, const struct pass *pass, const char *boot_id, struct instant at);

struct ledger_pass {
	struct pass pass; /* its strings are the statement's */
	const char *boot_id;
	struct instant at;
};
/* In the order of their ids: those of since_day and later, those that live, and the last one. */
int ledger_read_passes(struct ledger *l, int32_t since_day,
	int (*visit)(const struct ledger_pass *row, void *userdata), void *userdata);
