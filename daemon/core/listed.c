#include "core/listed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define ROOM_MIN 1024

int listed_new(size_t n_sites, const struct name_key *key, struct listed **ret)
{
	struct listed *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*l = (struct listed){
		.key = *key, .sites = calloc(n_sites + 1, sizeof(*l->sites)), .n_sites = n_sites
	};
	if (!l->sites) {
		free(l);
		return -ENOMEM;
	}
	*ret = l;
	return 0;
}

struct listed *listed_free(struct listed *l)
{
	if (!l)
		return NULL;
	for (size_t i = 0; i < l->n_sites; i++)
		free(l->sites[i].hashes);
	free(l->sites);
	free(l);
	return NULL;
}

int listed_add(struct listed *l, size_t site, const char *name)
{
	struct listed_site *s = &l->sites[site];
	uint64_t *more;

	if (l->n_names >= LISTED_NAMES_MAX)
		return -E2BIG;
	if (s->n == s->room) {
		const size_t room = s->room < ROOM_MIN ? ROOM_MIN : s->room * 2;

		more = reallocarray(s->hashes, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		s->hashes = more;
		s->room = room;
	}
	s->hashes[s->n++] = name_hash(&l->key, name, strlen(name));
	l->n_names++;
	return 0;
}

void listed_seal(struct listed *l)
{
	l->n_names = 0;
	for (size_t i = 0; i < l->n_sites; i++) {
		struct listed_site *s = &l->sites[i];
		uint64_t *less;

		s->n = name_hashes_sort(s->hashes, s->n);
		less = s->n > 0 ? reallocarray(s->hashes, s->n, sizeof(*less)) : NULL;
		if (less) {
			s->hashes = less;
			s->room = s->n;
		}
		l->n_names += s->n;
	}
}

bool listed_find(const struct listed *l, const char *name, size_t *ret_site)
{
	uint64_t hash;

	if (l->n_names == 0)
		return false;
	hash = name_hash(&l->key, name, strlen(name));
	for (size_t i = 0; i < l->n_sites; i++)
		if (name_hashes_contain(l->sites[i].hashes, l->sites[i].n, hash)) {
			*ret_site = i;
			return true;
		}
	return false;
}
