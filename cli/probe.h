#pragma once
/* Probe and ListSites as values: what it takes to follow a look-up, and which names are metered. */
#include "base/address.h"
#include "client.h"

#define PROBE_LIST_MAX 64

struct probe {
	sd_bus_message *reply; /* holds the texts */
	const char *person;    /* "" for nobody */
	uint32_t uid;
	struct prefix ranges[2];
	struct {
		const char *name;
		int open;
	} hosts[PROBE_LIST_MAX];
	size_t n_hosts;
	struct endpoint hooks[PROBE_LIST_MAX], resolvers[PROBE_LIST_MAX];
	size_t n_hooks, n_resolvers;
	uint64_t moved_bytes;
};

/* -EBADMSG for a reply that is none; *ret_error is filled then, too. */
int probe_get(
	struct client *c, const char *person, struct probe *ret, struct client_error *ret_error);
void probe_done(struct probe *p);
bool probe_is_lease(const struct probe *p, const struct address *a);

/* The host names that are metered, and those below them that are free. */
struct metered {
	sd_bus_message *reply;
	const char **names;
	bool *free;
	size_t n;
};
int metered_get(struct client *c, struct metered *ret, struct client_error *ret_error);
void metered_done(struct metered *m);
/* By labels, the longest name decides; case does not. */
bool metered_has(const struct metered *m, const char *host);
