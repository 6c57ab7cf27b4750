#pragma once
/* The metered names that the hook has met: their leases, and who waits for them. A value store; it
 * asks nobody. */
#include "core/lease.h"
#include "dns/listener.h"

#define WAITING_MAX 256 /* questions for one name that wait for its first lease */
/* All that can have a lease, and then those that are asked for and get none: they are passed on
 * unmetered, as the keeper says, which takes a place meanwhile. */
#define KNOWN_MAX (LEASE_NAMES_MAX + 2048)

struct known_name {
	struct known_name *next; /* in its bucket */
	int family;
	size_t n_leases;
	struct address leases[LEASE_SLOTS_MAX];
	usec_t refresh_usec; /* boot time: the real addresses are asked for again after it */
	bool own;            /* the real addresses stand under a metered name */
	bool resolving;      /* upstream is being asked */
	bool stale;          /* the network has changed since it was asked */
	bool asking;         /* the keeper is */
	usec_t ask_end_usec; /* how long it may take */
	size_t n_real;
	struct address real[LEASE_SLOTS_MAX];
	struct request *waiting;
	size_t n_waiting;
	char name[];
};

struct known;
int known_new(struct known **ret);
struct known *known_free(struct known *k); /* drops what waits */
/* NULL: not known. */
struct known_name *known_find(const struct known *k, const char *name, int family);
/* Finds or makes; NULL: KNOWN_MAX, or no memory. */
struct known_name *known_get(struct known *k, const char *name, int family);
/* Removes a name that led to nothing: no leases, nobody waits, nobody is asked. */
void known_settle(struct known *k, struct known_name *n);
/* Calls visit for each; one that returns false is removed (nothing waits there any more). */
void known_visit(
	struct known *k, bool (*visit)(struct known_name *n, void *userdata), void *userdata);
/* Puts a request on the list; false: the list is full. */
bool known_wait(struct known_name *n, struct request *request);
