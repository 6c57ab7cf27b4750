#pragma once
/* What people declare themselves: passes, openings, requests and focus. */
#include "core/passes.h"
#include "manager.h"

struct pass_request {
	size_t person;
	enum pass_kind kind;        /* PASS_GRANT: it is asked for */
	const char *const *targets; /* sites or groups; one, but for focus: none is everything */
	size_t n_targets;
	int64_t span_sec;
	const char *reason; /* "" where none is needed */
	bool admin;         /* may shorten a focus */
	struct instant now;
};

/* As it is told: its strings live until the next change; times are wall time, 0: not yet known. */
struct pass_view {
	int64_t id;
	enum pass_kind kind;
	enum pass_state state;
	const char *person, *target, *reason;
	int64_t span_sec;
	usec_t start_usec, end_usec;
};

/* -EINVAL: it makes no sense; -EPERM: it is not allowed; each with a sentence in *ret_error (owned
 * by the caller). Targets must exist. A focus that holds is made longer. */
int manager_declare(
	struct manager *m, const struct pass_request *q, struct pass_view *ret, char **ret_error);
/* What is left of a day's passes; *ret_sec in all. */
void manager_passes_left(const struct manager *m, size_t person, unsigned *ret_n, int64_t *ret_sec);

/* Starts what was asked for: id, or with id 0 that of a person for a target. -ENOENT. */
struct grant_request {
	int64_t id;
	const char *person, *target;
	struct instant now;
};
int manager_grant(struct manager *m, const struct grant_request *q, struct pass_view *ret);

/* what: "" for all that waits, an id, a site or group, or "focus", which takes an administrator
 * (-EPERM). Each is shown as it was before. -ENOENT: nothing is meant by it. */
struct cancel_request {
	size_t person;
	const char *what;
	bool admin;
	struct instant now;
};
int manager_cancel(struct manager *m, const struct cancel_request *q,
	int (*visit)(const struct pass_view *view, void *userdata), void *userdata);

/* All that is asked, waits or runs; person: a name, or NULL for everybody. */
int manager_list_passes(const struct manager *m, const char *person, struct instant now,
	int (*visit)(const struct pass_view *view, void *userdata), void *userdata);

/* For the manager itself. */
/* What was declared before; the day must be known. */
int manager_load_passes(struct manager *m, struct instant now);
/* Writes what lives, for whoever starts next. */
void manager_store_passes(struct manager *m, struct instant now);
/* Begins and ends what is due; returns the boot time of the next such moment. */
usec_t manager_step_passes(struct manager *m, struct instant now);
/* What is declared for a target now, its groups and everything included. */
struct rules_overlay manager_overlay(
	const struct manager *m, size_t person, bool is_group, size_t target, struct instant now);
