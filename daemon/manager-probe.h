#pragma once
/* What the client needs to follow one look-up from the resolver to the kernel's counter. */
#include "core/config.h"

struct manager;

#define PROBE_HOSTS_MAX 32

struct probe_host {
	const char *name; /* a feed host of a site; the configuration's own */
	bool open;        /* its site is not shut for this person */
};

struct probe {
	const char *person;                       /* "" for nobody */
	uid_t uid;                                /* the first of theirs */
	struct probe_host hosts[PROBE_HOSTS_MAX]; /* open ones first, of these those with limits */
	size_t n_hosts;
	struct endpoint hooks[2]; /* where focusd-dns listens */
	size_t n_hooks;
	struct endpoint resolvers[8]; /* of the system */
	size_t n_resolvers;
	uint64_t moved_bytes; /* by this person through all leases since the table was made */
};

/* person: an index, or negative for somebody who is not metered. What the gate's reading returns.
 */
int manager_probe(struct manager *m, int person, struct probe *ret);
