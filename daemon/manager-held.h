#pragma once
/* What is held against loosening, as the manager itself asks for it: manager-commitment.c. */
#include "base/clock.h"

struct config;
struct manager;

/* manager.c: makes what is wanted (taken over, also on failure) and what is held the rules from now
 * on. */
int manager_live_by(struct manager *m, struct config *wanted, struct instant now, char **ret_error);

void manager_commitment_free(struct manager *m);
/* What was held before this process: 0, or -ENOENT. */
int manager_commitment_read(struct manager *m);
/* The configuration that was held, for who has no other. -ENOENT. */
int manager_commitment_held(struct manager *m, struct config **ret);
/* Takes over what is wanted and puts what is to be lived by in its place. At start the clock is not
 * known yet (now: NULL): nothing is due then. */
int manager_commitment_merge(
	struct manager *m, struct config **config, const struct instant *now, char **ret_error);
/* The clock is known: what has become due meanwhile? 1: *ret is to be lived by; 0: nothing new. */
int manager_commitment_begin(
	struct manager *m, struct instant now, struct config **ret, char **ret_error);
/* What is lived by is in force: keep it, tell what changed, wait for the next. */
void manager_commitment_keep(struct manager *m, struct instant now);
/* Time has passed: where things are written anyway. */
void manager_commitment_note(struct manager *m, struct instant now);
/* Somebody asks again for what was cancelled. */
void manager_commitment_ask(struct manager *m, const char *target, const char *person);
/* Lives by what is due. Called by a timer; a test without an event loop calls it itself. */
void manager_commitment_due(struct manager *m, struct instant now);
