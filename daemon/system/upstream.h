#pragma once
/* Which resolvers the machine uses: resolv.conf(5), read, never written. */
#include "core/hook-table.h"

struct upstream {
	struct endpoint
		upstreams[HOOK_UPSTREAMS_MAX]; /* the system's resolvers, as programs ask them */
	size_t n_upstreams;
	struct endpoint
		uplinks[HOOK_UPSTREAMS_MAX]; /* where a local stub asks in turn; else the same */
	size_t n_uplinks;
};

/* The nameserver lines of a resolv.conf text; at most HOOK_UPSTREAMS_MAX; lines that hold no
 * address are skipped, as libc does. Returns the number. */
size_t upstream_parse(const char *text, struct endpoint ret[HOOK_UPSTREAMS_MAX]);
/* Reads resolv.conf, and systemd-resolved's list of uplinks where 127.0.0.53 stands in it. own: our
 * listeners, left out. A missing or empty file means 127.0.0.1, as for libc. */
int upstream_read(const char *path, const struct endpoints *own, struct upstream *ret);

/* How many resolvers a resolv.conf names, or a negative errno. */
int upstream_count(const char *path);
