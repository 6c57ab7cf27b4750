/* A hash table with chains; names come in normalised. */
#include "dns/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096 /* a household meets a few hundred names */

struct known {
	struct known_name *buckets[BUCKETS];
	size_t n;
};

int known_new(struct known **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void name_free(struct known_name *n)
{
	while (n->waiting) {
		struct request *q = n->waiting;

		n->waiting = q->next;
		request_drop(q);
	}
	free(n);
}

struct known *known_free(struct known *k)
{
	if (!k)
		return NULL;
	for (size_t i = 0; i < BUCKETS; i++)
		while (k->buckets[i]) {
			struct known_name *n = k->buckets[i];

			k->buckets[i] = n->next;
			name_free(n);
		}
	free(k);
	return NULL;
}

static size_t bucket_of(const char *name, int family)
{
	uint32_t h = UINT32_C(2166136261) ^ (uint32_t)family;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * UINT32_C(16777619);
	return h % BUCKETS;
}

struct known_name *known_find(const struct known *k, const char *name, int family)
{
	struct known_name *n = k->buckets[bucket_of(name, family)];

	while (n && (n->family != family || strcmp(n->name, name) != 0))
		n = n->next;
	return n;
}

struct known_name *known_get(struct known *k, const char *name, int family)
{
	struct known_name *n = known_find(k, name, family);
	struct known_name **bucket = &k->buckets[bucket_of(name, family)];

	if (n)
		return n;
	n = k->n < KNOWN_MAX ? calloc(1, sizeof(*n) + strlen(name) + 1) : NULL;
	if (!n)
		return NULL;
	n->family = family;
	strcpy(n->name, name);
	n->next = *bucket;
	*bucket = n;
	k->n++;
	return n;
}

void known_settle(struct known *k, struct known_name *n)
{
	struct known_name **at = &k->buckets[bucket_of(n->name, n->family)];

	if (n->n_leases > 0 || n->waiting || n->asking || n->resolving)
		return;
	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	name_free(n);
	k->n--;
}

void known_visit(
	struct known *k, bool (*visit)(struct known_name *n, void *userdata), void *userdata)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct known_name **at = &k->buckets[i]; *at;) {
			struct known_name *n = *at;

			if (visit(n, userdata)) {
				at = &n->next;
				continue;
			}
			*at = n->next;
			name_free(n);
			k->n--;
		}
}

bool known_wait(struct known_name *n, struct request *request)
{
	if (n->n_waiting >= WAITING_MAX)
		return false;
	request->next = n->waiting;
	n->waiting = request;
	n->n_waiting++;
	return true;
}
