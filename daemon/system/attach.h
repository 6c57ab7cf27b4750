#pragma once
/* How people's look-ups reach the hook: a redirect of their port 53, in a table that the kernel
 * removes when this process's descriptor closes (flags owner). */
#include "base/address.h"

struct attach;

struct attach_plan {
	const uid_t *observed; /* their queries to `resolvers` are redirected */
	size_t n_observed;
	const uid_t *limited; /* their queries to any server are redirected */
	size_t n_limited;
	const struct address *resolvers; /* the system's resolvers */
	size_t n_resolvers;
	uint16_t port4,
		port6; /* where the hook listens on 127.0.0.1 and ::1; 0: not in that family */
	const struct attach_devices *devices; /* on a gateway; NULL: this machine's people only */
};

/* What one account may ask by UDP; the rest is dropped, or the hook would be busy with it alone. A
 * browser that opens all its tabs stays far below, and the hook can do twenty times as much. */
#define ATTACH_QUESTIONS_PER_SEC 5000
#define ATTACH_QUESTIONS_BURST   1000

/* Opens the descriptor; the table holds one redirect rule for a uid that never occurs, so that
 * translation outlives a foreign flush. table: a name that no predecessor may still hold.
 * *ret_error as in gate.h. */
int attach_new(const char *table, struct attach **ret, char **ret_error);
/* The redirect is gone with it, unless somebody else keeps a copy of its descriptor. */
struct attach *attach_free(struct attach *a);
int attach_fd(const struct attach *a); /* a negative errno where it can't be had */
/* Replaces the whole redirect in one transaction; NULL lifts it. People's port-53 conntrack entries
 * are deleted after a change, because they keep their old path for 30 s, and answers under way with
 * them. Idempotent. */
int attach_apply(struct attach *a, const struct attach_plan *plan);
/* Renews the redirect's timeout (ATTACH_TIMEOUT_SEC): a keeper that hangs must not keep people's
 * look-ups. */
#define ATTACH_TIMEOUT_SEC 90
int attach_renew(struct attach *a);
/* Is the redirect of the last apply in the kernel? 1, 0 or a negative errno. */
int attach_check(struct attach *a);
/* Removes whatever a dead keeper could have left. Idempotent. */
int attach_release(char **ret_error);
