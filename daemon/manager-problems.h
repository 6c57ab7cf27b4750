#pragma once
/* Between the manager and its memory of what went wrong. */
#define MANAGER_PROBLEMS 11 /* slots for a sentence */

struct manager;
struct manager_trouble;
struct manager_trouble *manager_trouble_free(struct manager_trouble *t);
/* The sentence of each slot, the worst first; NULL where all is well. The manager's. */
void manager_problem_slots(const struct manager *m, const char *ret[static MANAGER_PROBLEMS]);
/* At the start, before that is an event itself. */
void manager_tell_crash(struct manager *m);
/* Ends the event loop, for what leaves nothing to wait for: the next keeper begins anew. */
void manager_give_up(struct manager *m, int error, const char *what);
