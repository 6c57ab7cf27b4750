#pragma once
/* Between the manager and its memory of what went wrong. */
#include <stdbool.h>

#define MANAGER_PROBLEMS 12 /* slots for a sentence */

/* What comes back by itself and is an event, no problem for status to show. */
enum manager_loss {
	LOSS_NETWORK, /* no route leads to the leases' servers */
	LOSS_BUS,     /* the system bus */
	LOSS_LOGIND,
	MANAGER_LOSSES
};

struct manager;
struct manager_trouble;
struct manager_trouble *manager_trouble_free(struct manager_trouble *t);
/* The sentence of each slot, the worst first; NULL where all is well. The manager's. all: with what
 * stands in files, and of whom; else as everybody may read it, and the log may keep it. */
void manager_problem_slots(
	const struct manager *m, bool all, const char *ret[static MANAGER_PROBLEMS]);
/* Told when it is lost and when it is back; once each, however often it is said. */
void manager_note_loss(struct manager *m, enum manager_loss loss, bool lost);
/* At the start, before that is an event itself. */
void manager_tell_crash(struct manager *m);
/* Ends the event loop, for what leaves nothing to wait for: the next keeper begins anew. */
void manager_give_up(struct manager *m, int error, const char *what);
