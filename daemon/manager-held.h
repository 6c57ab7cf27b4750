#pragma once
/* What is held against loosening, as the manager itself asks for it: manager-commitment.c. */
#include "base/clock.h"

struct config;
struct manager;

/* manager.c: makes what is wanted (taken over on success) and what is held the rules from now on;
 * on failure nothing has changed. */
int manager_live_by(
	struct manager *m, struct config **wanted, struct instant now, char **ret_error);

void manager_commitment_free(struct manager *m);
/* What was held before this process: 0, or -ENOENT. */
int manager_commitment_read(struct manager *m);
/* The configuration that was held, for who has no other. -ENOENT. */
int manager_commitment_held(struct manager *m, struct config **ret);
/* At a start: takes over what is wanted, also on failure, and puts what is to be lived by in its
 * place. The clock is not known yet: nothing is due. */
int manager_commitment_first(struct manager *m, struct config **config, char **ret_error);
/* Puts what is to be lived by in the place of what is wanted, which stays the caller's. It may come
 * to nothing: until manager_commitment_accept() what pends is what did before. */
int manager_commitment_merge(
	struct manager *m, struct config **config, struct instant now, char **ret_error);
/* The last merge is lived by. wanted: what went into it, or what came out of it; taken over unless
 * it is the manager's configuration. */
void manager_commitment_accept(struct manager *m, struct config *wanted);
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
