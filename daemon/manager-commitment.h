#pragma once
/* Loosening waits: the configuration that is lived by is made of what the files say and of what was
 * held before (core/commitment.h), and what is held outlives the keeper in the ledger. */
#include "manager.h"

/* A loosening that waits, as it is told; its strings live until the next change. */
struct pending_view {
	const char *id;
	const char *person; /* NULL: it is everybody's */
	const char *target; /* a site or group; "": neither */
	const char *now, *then;
	usec_t due_wall_usec; /* 0: it was cancelled */
};
size_t manager_n_pending(const struct manager *m);
struct pending_view manager_pending(const struct manager *m, size_t i, struct instant now);
/* The rule stays, until something else is wanted. -ENOENT: no such id. */
int manager_keep(struct manager *m, const char *id, struct instant now);
