/* One block of bytes: a head with the setup, an open-addressing hash of names, the names' text, and
 * the sorted hashes of lists. The keeper writes it, the hook checks it once and then looks up
 * without copying. Both ends are of one build on one machine, so numbers lie in the machine's own
 * order. */
#include "core/hook-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define TABLE_MAGIC    UINT32_C(0x32746466) /* "fdt2" */
#define TABLE_SLOTS    16                   /* the least; a power of two */
#define TABLE_SIZE_MAX (UINT32_C(256) << 20)

struct table_head {
	uint32_t magic;
	uint32_t n_slots; /* a power of two; at least one is empty */
	uint32_t text_bytes;
	struct hook_setup setup;
	uint32_t
		n_listed; /* hashes; their table begins at the next multiple of 8 behind the text */
	struct name_key listed_key;
};

struct table_slot {
	uint32_t text;  /* where in the text the name begins */
	uint8_t length; /* 0: empty */
	uint8_t metered, exact;
	uint8_t unused;
};

struct hook_table {
	const struct table_head *head;
	const struct table_slot *slots;
	const char *text;
	const uint64_t *listed;
};

static uint32_t hash_name(const char *name, size_t n)
{
	uint32_t h = UINT32_C(2166136261); /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)name[i]) * UINT32_C(16777619);
	return h;
}

static int insert_name(
	struct table_head *head, struct table_slot *slots, char *text, const struct hook_name *name)
{
	char normal[DOMAIN_TEXT_MAX + 1];
	size_t n;
	uint32_t i;

	if (domain_normalize(name->name, normal) < 0)
		return -EINVAL;
	n = strlen(normal);
	for (i = hash_name(normal, n); slots[i & (head->n_slots - 1)].length; i++) {
		struct table_slot *slot = &slots[i & (head->n_slots - 1)];

		if (slot->length == n && memcmp(text + slot->text, normal, n) == 0) {
			slot->metered = name->metered;
			slot->exact = name->exact;
			return 0;
		}
	}
	slots[i & (head->n_slots - 1)] = (struct table_slot){ .text = head->text_bytes,
		.length = (uint8_t)n,
		.metered = name->metered,
		.exact = name->exact };
	memcpy(text + head->text_bytes, normal, n);
	head->text_bytes += (uint32_t)n;
	return 0;
}

int hook_table_build(const struct hook_setup *setup, const struct hook_name *names, size_t n_names,
	uint8_t **ret, size_t *ret_size)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	uint32_t n_slots = TABLE_SLOTS;
	size_t text_bytes = 0, fixed;
	struct table_head *head;

	while (n_slots < n_names * 2 + 1)
		n_slots *= 2;
	for (size_t i = 0; i < n_names; i++)
		text_bytes += strlen(names[i].name);
	fixed = sizeof(*head) + n_slots * sizeof(struct table_slot);
	if (text_bytes > TABLE_SIZE_MAX || fixed + text_bytes > TABLE_SIZE_MAX)
		return -E2BIG;
	bytes = calloc(1, fixed + text_bytes);
	if (!bytes)
		return -ENOMEM;
	head = (struct table_head *)bytes;
	head->magic = TABLE_MAGIC;
	head->n_slots = n_slots;
	head->setup = *setup;
	for (size_t i = 0; i < n_names; i++) {
		const int r = insert_name(head, (struct table_slot *)(bytes + sizeof(*head)),
			(char *)bytes + fixed, &names[i]);

		if (r < 0)
			return r;
	}
	*ret_size = fixed + head->text_bytes;
	*ret = TAKE_PTR(bytes);
	return 0;
}

static size_t round_up(size_t n)
{
	return (n + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
}

/* The hashes of all sites in order, each once; the caller's. NULL: no memory. */
static uint64_t *unite_listed(const struct listed *listed, size_t *ret_n)
{
	uint64_t *hashes = calloc(listed->n_names, sizeof(*hashes));
	size_t n = 0;

	if (!hashes)
		return NULL;
	for (size_t i = 0; i < listed->n_sites; i++) {
		if (listed->sites[i].n > 0)
			memcpy(hashes + n, listed->sites[i].hashes,
				listed->sites[i].n * sizeof(*hashes));
		n += listed->sites[i].n;
	}
	*ret_n = name_hashes_sort(hashes, n);
	return hashes;
}

int hook_table_add_listed(uint8_t **bytes, size_t *size, const struct listed *listed)
{
	_cleanup_free_ uint64_t *hashes = NULL;
	const size_t at = round_up(*size);
	struct table_head *head;
	size_t n = 0, all;
	uint8_t *more;

	if (listed->n_names == 0)
		return 0;
	hashes = unite_listed(listed, &n);
	if (!hashes)
		return -ENOMEM;
	all = at + name_hashes_room(n) * sizeof(*hashes);
	if (all > TABLE_SIZE_MAX)
		return -E2BIG;
	more = realloc(*bytes, all);
	if (!more)
		return -ENOMEM;
	*bytes = more;
	memset(more + *size, 0, all - *size);
	if (!name_hashes_spread(hashes, n, (uint64_t *)(more + at)))
		return -E2BIG;
	head = (struct table_head *)more;
	head->n_listed = (uint32_t)n;
	head->listed_key = listed->key;
	*size = all;
	return 0;
}

int hook_table_names(const struct config *c, struct hook_name **ret, size_t *ret_n)
{
	struct hook_name *names;
	size_t n = 0;

	for (size_t s = 0; s < c->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			n += c->sites[s].hosts[k].n;
	names = calloc(n + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	n = 0;
	for (size_t s = 0; s < c->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			for (size_t i = 0; i < c->sites[s].hosts[k].n; i++)
				names[n++] = (struct hook_name){
					.name = c->sites[s].hosts[k].items[i],
					.metered = k != HOST_FREE,
				};
	*ret = names;
	*ret_n = n;
	return 0;
}

static bool family_known(const struct address *a)
{
	return a->family == AF_INET || a->family == AF_INET6;
}

/* Any other byte as a bool is undefined behaviour wherever it is read. */
static bool is_bool(const bool *b)
{
	uint8_t byte;

	memcpy(&byte, b, sizeof(byte));
	return byte <= 1;
}

static bool setup_is_sound(const struct hook_setup *s)
{
	if (s->n_upstreams > HOOK_UPSTREAMS_MAX || s->n_uplinks > HOOK_UPSTREAMS_MAX)
		return false;
	for (size_t i = 0; i < s->n_upstreams; i++)
		if (!family_known(&s->upstreams[i].address) || s->upstreams[i].port == 0)
			return false;
	for (size_t i = 0; i < s->n_uplinks; i++)
		if (!family_known(&s->uplinks[i].address) || s->uplinks[i].port == 0)
			return false;
	return is_bool(&s->canary) && is_bool(&s->resolved) &&
	       s->lease4.address.family == AF_INET && s->lease4.bits <= 32 &&
	       s->lease6.address.family == AF_INET6 && s->lease6.bits <= 128;
}

/* Their numbers may be any. */
static bool listed_is_sound(const struct table_head *head, size_t text_end, size_t size)
{
	if (head->n_listed == 0)
		return size == text_end;
	return head->n_listed <= LISTED_NAMES_MAX &&
	       size == round_up(text_end) + name_hashes_room(head->n_listed) * sizeof(uint64_t);
}

int hook_table_open(const void *bytes, size_t size, struct hook_table **ret)
{
	const struct table_head *head = bytes;
	const struct table_slot *slots;
	struct hook_table *t;
	size_t fixed;
	bool room = false;

	if (size < sizeof(*head) || size > TABLE_SIZE_MAX || head->magic != TABLE_MAGIC)
		return -EBADMSG;
	if (head->n_slots < TABLE_SLOTS || (head->n_slots & (head->n_slots - 1)) != 0 ||
		head->n_slots > (size - sizeof(*head)) / sizeof(*slots))
		return -EBADMSG;
	fixed = sizeof(*head) + head->n_slots * sizeof(*slots);
	if (head->text_bytes > size - fixed || !setup_is_sound(&head->setup) ||
		!listed_is_sound(head, fixed + head->text_bytes, size))
		return -EBADMSG;
	slots = (const struct table_slot *)(head + 1);
	for (uint32_t i = 0; i < head->n_slots; i++) {
		room |= slots[i].length == 0;
		if (slots[i].length > head->text_bytes ||
			slots[i].text > head->text_bytes - slots[i].length)
			return -EBADMSG;
	}
	if (!room)
		return -EBADMSG;
	t = malloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	*t = (struct hook_table){ head, slots, (const char *)bytes + fixed,
		(const uint64_t *)((const uint8_t *)bytes + round_up(fixed + head->text_bytes)) };
	*ret = t;
	return 0;
}

struct hook_table *hook_table_close(struct hook_table *t)
{
	free(t);
	return NULL;
}

const struct hook_setup *hook_table_setup(const struct hook_table *t)
{
	return &t->head->setup;
}

static const struct table_slot *find_name(const struct hook_table *t, const char *name, size_t n)
{
	for (uint32_t i = hash_name(name, n);; i++) {
		const struct table_slot *slot = &t->slots[i & (t->head->n_slots - 1)];

		if (slot->length == 0)
			return NULL;
		if (slot->length == n && memcmp(t->text + slot->text, name, n) == 0)
			return slot;
	}
}

void hook_table_visit(const struct hook_table *t,
	void (*visit)(const char *name, size_t n, bool metered, void *userdata), void *userdata)
{
	for (uint32_t i = 0; i < t->head->n_slots; i++)
		if (t->slots[i].length > 0)
			visit(t->text + t->slots[i].text, t->slots[i].length, t->slots[i].metered,
				userdata);
}

static bool shorten(const char **name, size_t *n)
{
	const char *dot = memchr(*name, '.', *n);

	if (!dot)
		return false;
	*n -= (size_t)(dot + 1 - *name);
	*name = dot + 1;
	return true;
}

/* An exact name is found by its whole self only. */
static const struct table_slot *find_slot(
	const struct hook_table *t, const char *name, size_t n, const char *whole)
{
	const struct table_slot *slot = find_name(t, name, n);

	return slot && slot->exact && name != whole ? NULL : slot;
}

bool hook_table_has_listed(const struct hook_table *t)
{
	return t->head->n_listed > 0;
}

/* A list has no name of one label. */
static bool is_listed(const struct hook_table *t, const char *name, size_t n)
{
	return t->head->n_listed > 0 && memchr(name, '.', n) &&
	       name_hashes_find(
		       t->listed, t->head->n_listed, name_hash(&t->head->listed_key, name, n));
}

bool hook_table_metered(const struct hook_table *t, const char *name, size_t n)
{
	const struct table_slot *slot;
	const char *const whole = name;

	if (n == 0)
		return false;
	do {
		slot = find_slot(t, name, n, whole);
		if (!slot && is_listed(t, name, n))
			return true;
	} while (!slot && shorten(&name, &n));
	return slot && slot->metered;
}

bool hook_table_routed(const struct hook_table *t, const char *name, size_t n)
{
	const struct table_slot *slot;

	if (n == 0)
		return false;
	do {
		slot = find_name(t, name, n); /* a suffix is never exact */
		if (is_listed(t, name, n))
			return true;
	} while (!(slot && slot->metered) && shorten(&name, &n));
	return slot && slot->metered;
}
