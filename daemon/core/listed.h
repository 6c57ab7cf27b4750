#pragma once
/* The names of the sites' lists (domains-file): which site a name is listed for, however many there
 * are. They are feed hosts, and what lies below them is meant too. It opens no file. */
#include "core/name-hashes.h"

#define LISTED_NAMES_MAX 4000000 /* of all lists; 32 MB */

struct listed_site {
	uint64_t *hashes;
	size_t n, room;
};

struct listed {
	struct name_key key;
	struct listed_site *sites; /* by index of the configuration */
	size_t n_sites, n_names;
};

/* key: random bytes. -ENOMEM. */
int listed_new(size_t n_sites, const struct name_key *key, struct listed **ret);
struct listed *listed_free(struct listed *l);
/* A normalised name. -ENOMEM, -E2BIG. Then, when all have come, look-ups may begin. */
int listed_add(struct listed *l, size_t site, const char *name);
void listed_seal(struct listed *l);
/* The first site that lists this very name. */
bool listed_find(const struct listed *l, const char *name, size_t *ret_site);
