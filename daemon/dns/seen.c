/* Pairs hang in two lists: by address, for the look-up, and by time, the newest last. */
#include "dns/seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define BUCKETS 4096

struct pair {
	struct pair *next; /* in its bucket */
	TAILQ_ENTRY(pair) by_time;
	struct address address;
	usec_t noted_usec;
	char name[];
};

TAILQ_HEAD(pairs, pair);

struct seen {
	struct pair *buckets[BUCKETS];
	struct pairs by_time;
	size_t n;
	usec_t since_usec;
};

int seen_new(usec_t now_usec, struct seen **ret)
{
	struct seen *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	TAILQ_INIT(&s->by_time);
	s->since_usec = now_usec;
	*ret = s;
	return 0;
}

/* Whoever chooses addresses to fall into one bucket makes 8192 comparisons: 20 µs. */
static size_t bucket_of(const struct address *a)
{
	uint32_t h = UINT32_C(2166136261);

	for (size_t i = 0; i < address_size(a->family); i++)
		h = (h ^ a->bytes[i]) * UINT32_C(16777619);
	return (h ^ h >> 16) % BUCKETS;
}

static void drop(struct seen *s, struct pair *p)
{
	struct pair **at = &s->buckets[bucket_of(&p->address)];

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	TAILQ_REMOVE(&s->by_time, p, by_time);
	s->n--;
	free(p);
}

struct seen *seen_free(struct seen *s)
{
	if (!s)
		return NULL;
	while (!TAILQ_EMPTY(&s->by_time))
		drop(s, TAILQ_FIRST(&s->by_time));
	free(s);
	return NULL;
}

static void add(struct seen *s, const char *name, const struct address *a, usec_t now_usec)
{
	struct pair **bucket = &s->buckets[bucket_of(a)];
	struct pair *p;

	if (s->n >= SEEN_MAX) {
		p = TAILQ_FIRST(&s->by_time);
		s->since_usec = p->noted_usec;
		drop(s, p);
	}
	p = malloc(sizeof(*p) + strlen(name) + 1);
	if (!p) {
		s->since_usec = now_usec;
		return;
	}
	p->address = *a;
	p->noted_usec = now_usec;
	strcpy(p->name, name);
	p->next = *bucket;
	*bucket = p;
	TAILQ_INSERT_TAIL(&s->by_time, p, by_time);
	s->n++;
}

void seen_note(struct seen *s, const char *name, const struct address *a, usec_t now_usec)
{
	struct pair *found = NULL, *last = NULL;
	size_t n = 0;

	for (struct pair *p = s->buckets[bucket_of(a)]; p && !found; p = p->next) {
		if (!address_equal(&p->address, a))
			continue;
		n++;
		last = p;
		if (strcmp(p->name, name) == 0)
			found = p;
	}
	/* a further name of an address that has so many says nothing new */
	if (!found && n >= SEEN_NAMES_MAX)
		found = last;
	if (!found) {
		add(s, name, a, now_usec);
		return;
	}
	found->noted_usec = now_usec;
	TAILQ_REMOVE(&s->by_time, found, by_time);
	TAILQ_INSERT_TAIL(&s->by_time, found, by_time);
}

bool seen_with_others(const struct seen *s, const struct address *a, const struct hook_table *table)
{
	size_t n = 0;

	for (const struct pair *p = s->buckets[bucket_of(a)]; p; p = p->next) {
		if (!address_equal(&p->address, a))
			continue;
		if (++n >= SEEN_NAMES_MAX || !hook_table_metered(table, p->name, strlen(p->name)))
			return true;
	}
	return false;
}

usec_t seen_since_usec(const struct seen *s)
{
	return s->since_usec;
}

size_t seen_n(const struct seen *s)
{
	return s->n;
}

void seen_visit_metered(const struct seen *s, const struct hook_table *table,
	void (*visit)(const char *name, int family, void *userdata), void *userdata)
{
	const struct pair *p;

	TAILQ_FOREACH(p, &s->by_time, by_time)
	if (hook_table_metered(table, p->name, strlen(p->name)))
		visit(p->name, p->address.family, userdata);
}
