#pragma once
/* Which resolvers the machine uses: resolv.conf(5), read, never written. */
#include "core/hook-table.h"

/* Whom systemd-resolved asks, as it writes it. */
#define UPSTREAM_RESOLVED_LIST "/run/systemd/resolve/resolv.conf"

struct upstream {
	struct endpoint
		upstreams[HOOK_UPSTREAMS_MAX]; /* the system's resolvers, as programs ask them */
	size_t n_upstreams;
	struct endpoint
		uplinks[HOOK_UPSTREAMS_MAX]; /* where a local stub asks in turn; else the same */
	size_t n_uplinks;
	bool guessed; /* no resolver is named: 127.0.0.1, as for libc */
};

/* The nameserver lines of a resolv.conf text; at most HOOK_UPSTREAMS_MAX; lines that hold no
 * address are skipped, as libc does. Returns the number. */
size_t upstream_parse(const char *text, struct endpoint ret[HOOK_UPSTREAMS_MAX]);
/* Reads resolv.conf, and systemd-resolved's list of uplinks where its stub stands in it, or
 * nothing. own: our listeners, left out. A missing or empty file means 127.0.0.1, as for libc. No
 * uplinks: there is nobody but ourselves. */
int upstream_read(const char *path, const struct endpoints *own, struct upstream *ret);
/* The same with resolved's list in another place, for tests. */
int upstream_read_files(const char *path, const char *resolved_list, const struct endpoints *own,
	struct upstream *ret);

/* How many resolvers a resolv.conf names, or a negative errno. */
int upstream_count(const char *path);
