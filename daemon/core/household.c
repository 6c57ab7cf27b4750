/* Keeps what was said, and makes the union of it when it is asked for. */
#include "core/household.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define ENTRIES_MAX 16384 /* of all devices, people, sites and days */

struct device {
	char *name;
	int64_t ahead_usec;
};

struct household {
	struct device *devices; /* this one is the first */
	size_t n_devices;
	struct household_entry *entries;
	size_t n_entries, room;
	size_t n_stretches; /* of others */
};

static void entry_done(struct household_entry *e)
{
	free((char *)e->key.person);
	free((char *)e->key.site);
	intervals_done(&e->set);
}

struct household *household_free(struct household *h)
{
	if (!h)
		return NULL;
	for (size_t i = 0; i < h->n_entries; i++)
		entry_done(&h->entries[i]);
	for (size_t i = 0; i < h->n_devices; i++)
		free(h->devices[i].name);
	free(h->entries);
	free(h->devices);
	free(h);
	return NULL;
}

static int find_device(const struct household *h, const char *name)
{
	for (size_t i = 0; i < h->n_devices; i++)
		if (strcmp(h->devices[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

static int add_device(struct household *h, const char *name)
{
	struct device *devices;

	if (h->n_devices > HOUSEHOLD_DEVICES_MAX)
		return -E2BIG;
	devices = reallocarray(h->devices, h->n_devices + 1, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	h->devices = devices;
	devices[h->n_devices] = (struct device){ .name = strdup(name) };
	if (!devices[h->n_devices].name)
		return -ENOMEM;
	return (int)h->n_devices++;
}

int household_new(struct household **ret)
{
	struct household *h = calloc(1, sizeof(*h));
	int r = h ? add_device(h, HOUSEHOLD_OWN) : -ENOMEM;

	if (r < 0) {
		household_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

static bool same_key(const struct household_key *a, const struct household_key *b)
{
	return a->day == b->day && strcmp(a->site, b->site) == 0 &&
	       strcmp(a->person, b->person) == 0 && strcmp(a->device, b->device) == 0;
}

static struct household_entry *find_entry(
	const struct household *h, const struct household_key *key)
{
	for (size_t i = 0; i < h->n_entries; i++)
		if (same_key(&h->entries[i].key, key))
			return &h->entries[i];
	return NULL;
}

static size_t count_sites(const struct household *h, const struct household_key *key)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_entries; i++) {
		const struct household_key *k = &h->entries[i].key;

		n += k->day == key->day && strcmp(k->person, key->person) == 0 &&
		     strcmp(k->device, key->device) == 0;
	}
	return n;
}

static bool is_own(const struct household_key *key)
{
	return !*key->device;
}

static int make_room(struct household *h)
{
	const size_t room = h->room > 0 ? 2 * h->room : 16;
	struct household_entry *entries;

	if (h->n_entries < h->room)
		return 0;
	entries = reallocarray(h->entries, room, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	h->entries = entries;
	h->room = room;
	return 0;
}

static int add_entry(
	struct household *h, const struct household_key *key, struct household_entry **ret)
{
	int device = find_device(h, key->device);
	struct household_entry e = { 0 };

	if (h->n_entries == ENTRIES_MAX ||
		(!is_own(key) && count_sites(h, key) == HOUSEHOLD_SITES_MAX))
		return -E2BIG;
	if (device < 0)
		device = add_device(h, key->device);
	if (device < 0)
		return device;
	if (make_room(h) < 0)
		return -ENOMEM;
	e.key = (struct household_key){ h->devices[device].name, strdup(key->person),
		strdup(key->site), key->day };
	if (!e.key.person || !e.key.site) {
		entry_done(&e);
		return -ENOMEM;
	}
	h->entries[h->n_entries] = e;
	*ret = &h->entries[h->n_entries++];
	return 0;
}

/* One more would be one too many, unless it joins what is there. */
static bool is_full(const struct household *h, const struct household_entry *e)
{
	return !is_own(&e->key) &&
	       (e->set.n >= HOUSEHOLD_STRETCHES_MAX || h->n_stretches >= HOUSEHOLD_TOTAL_MAX);
}

/* Does it touch something that is there? Then the set does not grow by it. */
static bool joins(const struct intervals *s, struct interval i)
{
	for (size_t k = s->n; k > 0 && s->items[k - 1].to_usec >= i.from_usec; k--)
		if (s->items[k - 1].from_usec <= i.to_usec)
			return true;
	return false;
}

static int add_stretch(struct household *h, struct household_entry *e, struct interval i)
{
	const size_t before = e->set.n;
	int r;

	if (intervals_hold(&e->set, i))
		return 0;
	if (is_full(h, e) && !joins(&e->set, i))
		return -E2BIG;
	r = intervals_add(&e->set, i);
	if (r < 0)
		return r;
	if (!is_own(&e->key))
		h->n_stretches += e->set.n - before;
	e->dirty = true;
	return 1;
}

int household_add(struct household *h, const struct household_key *key,
	const struct interval *items, size_t n)
{
	struct household_entry *e = find_entry(h, key);
	int result = 0, r = 0;

	if (!e && n > 0)
		r = add_entry(h, key, &e);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = add_stretch(h, e, items[i]);
		result |= r > 0;
	}
	return r < 0 ? r : result;
}

bool household_is_ahead(int64_t ahead_usec)
{
	return ahead_usec >= -HOUSEHOLD_AHEAD_USEC_MAX && ahead_usec <= HOUSEHOLD_AHEAD_USEC_MAX;
}

int64_t household_believe(int64_t believed_usec, int64_t guessed_usec)
{
	const int64_t slack = (int64_t)HOUSEHOLD_CLOCK_SLACK_USEC;

	if (!household_is_ahead(guessed_usec))
		return believed_usec;
	if (guessed_usec >= believed_usec - slack && guessed_usec <= believed_usec + slack)
		return believed_usec;
	return guessed_usec >= -slack && guessed_usec <= slack ? 0 : guessed_usec;
}

int household_set_ahead(struct household *h, const char *device, int64_t ahead_usec)
{
	const int found = find_device(h, device);
	int64_t believed;

	if (found <= 0)
		return 0;
	believed = household_believe(h->devices[found].ahead_usec, ahead_usec);
	if (believed == h->devices[found].ahead_usec)
		return 0;
	h->devices[found].ahead_usec = believed;
	for (size_t i = 0; i < h->n_entries; i++)
		if (h->entries[i].key.device == h->devices[found].name)
			h->entries[i].dirty = true;
	return 1;
}

int64_t household_ahead(const struct household *h, const char *device)
{
	const int found = find_device(h, device);

	return found > 0 ? h->devices[found].ahead_usec : 0;
}

/* Does any entry name it? The first one stays. */
static bool is_named(const struct household *h, const struct device *d)
{
	for (size_t i = 0; i < h->n_entries; i++)
		if (h->entries[i].key.device == d->name)
			return true;
	return d == h->devices;
}

void household_forget(struct household *h, int32_t first_day)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n_entries; i++) {
		struct household_entry *e = &h->entries[i];

		if (e->key.day >= first_day) {
			h->entries[kept++] = *e;
			continue;
		}
		if (!is_own(&e->key))
			h->n_stretches -= e->set.n;
		entry_done(e);
	}
	h->n_entries = kept;
	kept = 0;
	for (size_t i = 0; i < h->n_devices; i++) {
		if (is_named(h, &h->devices[i]))
			h->devices[kept++] = h->devices[i];
		else
			free(h->devices[i].name);
	}
	h->n_devices = kept;
}

static bool is_asked(const struct household_question *q, const struct household_entry *e)
{
	if (e->key.day != q->day || strcmp(e->key.person, q->person) != 0)
		return false;
	for (size_t i = 0; i < q->n_sites; i++)
		if (strcmp(q->sites[i], e->key.site) == 0)
			return true;
	return false;
}

int household_beyond(
	const struct household *h, const struct household_question *q, struct intervals *ret)
{
	_cleanup_(intervals_done) struct intervals own = { 0 }, others = { 0 };
	struct intervals beyond = { 0 };
	int r = 0;

	for (size_t i = 0; i < h->n_entries && r >= 0; i++) {
		const struct household_entry *e = &h->entries[i];

		if (is_asked(q, e))
			r = intervals_add_all(is_own(&e->key) ? &own : &others, &e->set,
				household_ahead(h, e->key.device));
	}
	if (r >= 0)
		r = intervals_without(&others, &own, &beyond);
	if (r < 0) {
		intervals_done(&beyond);
		return r;
	}
	*ret = beyond;
	return 0;
}

bool household_has_others(const struct household *h, const char *person, int32_t day)
{
	for (size_t i = 0; i < h->n_entries; i++)
		if (h->entries[i].key.day == day && !is_own(&h->entries[i].key) &&
			strcmp(h->entries[i].key.person, person) == 0)
			return true;
	return false;
}

int household_each(const struct household *h,
	int (*visit)(const struct household_entry *e, void *userdata), void *userdata)
{
	int r = 0;

	for (size_t i = 0; i < h->n_entries && r >= 0; i++)
		r = visit(&h->entries[i], userdata);
	return r;
}

void household_clean(struct household *h)
{
	for (size_t i = 0; i < h->n_entries; i++)
		h->entries[i].dirty = false;
}

bool household_is_name(const char *text, size_t most)
{
	size_t n = 0;

	for (; text[n]; n++)
		if ((unsigned char)text[n] <= ' ' || text[n] == 0x7f)
			return false;
	return n > 0 && n <= most;
}

const char *household_doubt(const struct household_claim *c, const struct household_now *now)
{
	if (!household_is_name(c->key.device, HOUSEHOLD_DEVICE_NAME_MAX) ||
		!household_is_name(c->key.person, HOUSEHOLD_PERSON_NAME_MAX) ||
		!household_is_name(c->key.site, HOUSEHOLD_SITE_NAME_MAX))
		return "a name that is none; expected one as in the configuration";
	if (c->key.day < now->day - 1 || c->key.day > now->day + 1)
		return "another day; expected today or a day beside it";
	if (c->n > HOUSEHOLD_STRETCHES_MAX)
		return "too many sittings; expected at most 1440 of a day and site";
	for (size_t i = 0; i < c->n; i++) {
		int64_t from, to;

		if (c->items[i].to_usec <= c->items[i].from_usec ||
			c->items[i].to_usec > INT64_MAX / 4)
			return "a sitting that ends before it begins";
		from = (int64_t)c->items[i].from_usec - c->ahead_usec;
		to = (int64_t)c->items[i].to_usec - c->ahead_usec;
		if (to > (int64_t)(now->wall_usec + HOUSEHOLD_FUTURE_USEC))
			return "a sitting that is still to come";
		if (from < (int64_t)now->day_start_usec - (int64_t)HOUSEHOLD_DAY_SLACK_USEC ||
			to > (int64_t)(now->day_end_usec + HOUSEHOLD_DAY_SLACK_USEC))
			return "a sitting of another day than it says";
	}
	return NULL;
}
