/* A hash table with chains, keyed by all but the bytes: libc's tsearch would do, but could not
 * forget a day while walking. */
#include "core/detail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define BUCKETS 512

struct item {
	struct item *next;
	bool changed;
	struct detail detail; /* its strings lie behind */
	char strings[];
};

struct details {
	struct item *buckets[BUCKETS];
	size_t n;
};

const char *detail_reason_name(enum detail_reason reason)
{
	static const char *const names[DETAIL_REASONS] = {
		[DETAIL_AWAY] = "away",
		[DETAIL_BRIEF] = "brief",
		[DETAIL_BACKGROUND] = "background",
	};

	return names[reason];
}

int details_new(struct details **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

/* before_day: beyond every day there is, to drop all. */
static void drop(struct details *d, int64_t before_day)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct item **at = &d->buckets[i]; *at;) {
			struct item *item = *at;

			if (item->detail.day >= before_day) {
				at = &item->next;
				continue;
			}
			*at = item->next;
			free(item);
			d->n--;
		}
}

struct details *details_free(struct details *d)
{
	if (d)
		drop(d, INT64_MAX);
	free(d);
	return NULL;
}

/* FNV-1a; who could make names collide can only make their own explanation slow. */
static unsigned hash_text(unsigned hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return hash * 16777619U;
}

static struct item **bucket_of(struct details *d, const struct detail *key)
{
	unsigned hash = 2166136261U ^ (unsigned)key->day ^ (unsigned)key->kind;

	hash = hash_text(hash, key->person);
	hash = hash_text(hash, key->site);
	hash = hash_text(hash, key->name);
	return &d->buckets[hash % BUCKETS];
}

static bool same_key(const struct detail *a, const struct detail *b)
{
	return a->day == b->day && a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->site, b->site) == 0 && strcmp(a->person, b->person) == 0;
}

static const char *lay(char **at, const char *text)
{
	char *copy = *at;

	*at = stpcpy(copy, text) + 1;
	return copy;
}

static struct item *item_new(const struct detail *key)
{
	struct item *item = calloc(
		1, sizeof(*item) + strlen(key->person) + strlen(key->site) + strlen(key->name) + 3);
	char *at;

	if (!item)
		return NULL;
	at = item->strings;
	item->detail = *key;
	item->detail.person = lay(&at, key->person);
	item->detail.site = lay(&at, key->site);
	item->detail.name = lay(&at, key->name);
	return item;
}

int details_add(struct details *d, const struct detail *add)
{
	struct item **bucket = bucket_of(d, add), *item = *bucket;

	while (item && !same_key(&item->detail, add))
		item = item->next;
	if (item) {
		item->detail.bytes += add->bytes;
		item->changed = true;
		return 0;
	}
	if (d->n >= DETAILS_MAX)
		return 0;
	item = item_new(add);
	if (!item)
		return -ENOMEM;
	item->changed = true;
	item->next = *bucket;
	*bucket = item;
	d->n++;
	return 0;
}

static void forget_changes(struct details *d)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct item *item = d->buckets[i]; item; item = item->next)
			item->changed = false;
}

int details_tell(struct details *d, bool all, int (*visit)(const struct detail *d, void *userdata),
	void *userdata)
{
	int r = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct item *item = d->buckets[i]; item && r >= 0; item = item->next)
			if (all || item->changed)
				r = visit(&item->detail, userdata);
	if (r >= 0 && !all)
		forget_changes(d);
	return r;
}

void details_forget(struct details *d, int32_t before_day)
{
	drop(d, before_day);
}
