/* Two growing arrays, blocks and names, and the arithmetic of addresses between them. It gives out
 * and remembers; it maps nothing in the kernel and writes nothing to disk. */
#include "core/lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define HASH_START  64 /* slots of the index when the first name comes; a power of two */
#define LEASE_FIRST 1  /* the block's first address stays free: it looks like a network's own */
#define HOST_BITS4  (32 - LEASE_BLOCK_BITS4)
#define LEASES6_MAX 4096 /* leases of one /64: more than any site has hosts, and a bound */
#define NO_NAME     SIZE_MAX

struct book_block {
	struct lease_block block;
	uint32_t n_taken; /* addresses given out so far, in order; none ever comes back */
	size_t n_names;   /* that have their leases here now */
};

struct lease_book {
	struct prefix range[2]; /* IPv4, IPv6 */
	struct book_block *blocks;
	size_t n_blocks, blocks_room;
	size_t n_of_family[2]; /* blocks taken: the next one's number */
	struct lease_name *names;
	size_t n_names, names_room;
	size_t *index; /* open addressing over (name, family); NO_NAME is empty */
	size_t index_size;
	struct lease_block new_block; /* lent to the caller of take() */
};

bool lease_may_lead_to(
	const struct prefix *range4, const struct prefix *range6, const struct address *real)
{
	return address_can_serve(real) && !prefix_contains(range4, real) &&
	       !prefix_contains(range6, real);
}

bool lease_book_may_lead_to(const struct lease_book *b, const struct address *real)
{
	return lease_may_lead_to(&b->range[0], &b->range[1], real);
}

static int family_index(int family)
{
	return family == AF_INET6;
}

static unsigned block_bits(int family)
{
	return family == AF_INET6 ? LEASE_BLOCK_BITS6 : LEASE_BLOCK_BITS4;
}

static uint32_t block_room(int family)
{
	return family == AF_INET6 ? LEASES6_MAX : (1U << HOST_BITS4) - 2 * LEASE_FIRST;
}

struct lease_book *lease_book_free(struct lease_book *b)
{
	if (!b)
		return NULL;
	for (size_t i = 0; i < b->n_blocks; i++)
		free(b->blocks[i].block.site);
	for (size_t i = 0; i < b->n_names; i++)
		free(b->names[i].name);
	free(b->blocks);
	free(b->names);
	free(b->index);
	free(b);
	return NULL;
}

int lease_book_new(
	const struct prefix *range4, const struct prefix *range6, struct lease_book **ret)
{
	struct lease_book *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->range[0] = *range4;
	b->range[1] = *range6;
	*ret = b;
	return 0;
}

/* Grows an array to hold one more. */
static int reserve(void **items, size_t *room, size_t n, size_t size)
{
	const size_t wanted = *room ? *room * 2 : 16;
	void *grown;

	if (n < *room)
		return 0;
	grown = reallocarray(*items, wanted, size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*room = wanted;
	return 0;
}

/* FNV-1a: short keys, no adversary gains from a collision among names that we list ourselves. */
static size_t hash_name(const char *name, int family)
{
	uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)family;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * UINT64_C(1099511628211);
	return (size_t)(h ^ (h >> 32));
}

/* The slot that holds the name, or the empty one where it would go. */
static size_t *index_slot(const struct lease_book *b, const char *name, int family)
{
	size_t i = hash_name(name, family) & (b->index_size - 1);

	for (;; i = (i + 1) & (b->index_size - 1)) {
		const size_t at = b->index[i];

		if (at == NO_NAME ||
			(b->names[at].family == family && strcmp(b->names[at].name, name) == 0))
			return &b->index[i];
	}
}

static int index_grow(struct lease_book *b)
{
	const size_t size = b->index_size ? b->index_size * 2 : HASH_START;
	size_t *index;

	if (b->n_names * 2 < b->index_size)
		return 0;
	index = malloc(size * sizeof(*index));
	if (!index)
		return -ENOMEM;
	for (size_t i = 0; i < size; i++)
		index[i] = NO_NAME;
	free(b->index);
	b->index = index;
	b->index_size = size;
	for (size_t i = 0; i < b->n_names; i++)
		*index_slot(b, b->names[i].name, b->names[i].family) = i;
	return 0;
}

static ssize_t find_name(const struct lease_book *b, const char *name, int family)
{
	const size_t *slot = b->index_size ? index_slot(b, name, family) : NULL;

	return slot && *slot != NO_NAME ? (ssize_t)*slot : -1;
}

const struct lease_name *lease_book_find(const struct lease_book *b, const char *name, int family)
{
	const ssize_t i = find_name(b, name, family);

	return i < 0 ? NULL : &b->names[i];
}

static ssize_t find_block(const struct lease_book *b, const struct address *a)
{
	const struct address base = address_masked(a, block_bits(a->family));

	for (size_t i = 0; i < b->n_blocks; i++)
		if (address_equal(&b->blocks[i].block.base, &base))
			return (ssize_t)i;
	return -1;
}

const struct lease_block *lease_book_block_of(const struct lease_book *b, const struct address *a)
{
	const ssize_t i = find_block(b, a);

	return i < 0 ? NULL : &b->blocks[i].block;
}

const struct lease_name *lease_book_name_of(const struct lease_book *b, const struct address *lease)
{
	const ssize_t block = find_block(b, lease);

	for (size_t i = 0; block >= 0 && i < b->n_names; i++) {
		const struct lease_name *name = &b->names[i];

		for (size_t k = 0; name->block == (size_t)block && k < name->n_slots; k++)
			if (address_equal(&name->slots[k].lease, lease))
				return name;
	}
	return NULL;
}

/* The part of an address in which leases of one block are counted, and (IPv6) blocks of the range:
 * the whole of an IPv4 address, the upper or the lower half of an IPv6 one. */
static uint64_t address_word(const struct address *a, bool lower)
{
	const size_t n = a->family == AF_INET6 ? 8 : 4;
	const uint8_t *bytes = a->bytes + (a->family == AF_INET6 && lower ? 8 : 0);
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word = word << 8 | bytes[i];
	return word;
}

static struct address address_with_word(const struct address *a, bool lower, uint64_t word)
{
	const size_t n = a->family == AF_INET6 ? 8 : 4;
	struct address with = *a;
	uint8_t *bytes = with.bytes + (a->family == AF_INET6 && lower ? 8 : 0);

	for (size_t i = n; i-- > 0; word >>= 8)
		bytes[i] = (uint8_t)word;
	return with;
}

/* Addresses between the bases of two neighbouring blocks, in units of address_word(…, false). */
static uint64_t block_step(int family)
{
	return family == AF_INET6 ? 1 : (uint64_t)1 << HOST_BITS4;
}

static struct address block_base(const struct prefix *range, size_t number)
{
	const struct address *first = &range->address;

	return address_with_word(
		first, false, address_word(first, false) + number * block_step(first->family));
}

static size_t block_number(const struct prefix *range, const struct address *base)
{
	return (size_t)((address_word(base, false) - address_word(&range->address, false)) /
			block_step(base->family));
}

static struct address lease_address(const struct address *base, uint32_t n)
{
	return address_with_word(base, true, address_word(base, true) + LEASE_FIRST + n);
}

/* The n of lease_address(); the block's first address gives a number no block has room for. */
static uint64_t lease_number(const struct address *base, const struct address *lease)
{
	return address_word(lease, true) - address_word(base, true) - LEASE_FIRST;
}

static size_t blocks_max(const struct lease_book *b, int family)
{
	const unsigned bits = b->range[family_index(family)].bits;
	const unsigned own = block_bits(family);

	return own <= bits ? 1 : (size_t)1 << (own - bits);
}

static int add_block(struct lease_book *b, const struct lease_block *block, size_t *ret)
{
	struct book_block *at;
	int r = reserve((void **)&b->blocks, &b->blocks_room, b->n_blocks, sizeof(*b->blocks));

	if (r < 0)
		return r;
	at = &b->blocks[b->n_blocks];
	*at = (struct book_block){ .block = *block };
	at->block.site = strdup(block->site);
	if (!at->block.site)
		return -ENOMEM;
	*ret = b->n_blocks++;
	return 0;
}

int lease_book_load_block(struct lease_book *b, const struct lease_block *block)
{
	const int f = family_index(block->base.family);
	const struct prefix *range = &b->range[f];
	const struct address masked = address_masked(&block->base, block_bits(block->base.family));
	size_t at, number;
	int r;

	if (!prefix_contains(range, &block->base) || !address_equal(&masked, &block->base))
		return -ERANGE;
	if (find_block(b, &block->base) >= 0)
		return -EEXIST;
	r = add_block(b, block, &at);
	if (r < 0)
		return r;
	number = block_number(range, &block->base);
	if (number >= b->n_of_family[f])
		b->n_of_family[f] = number + 1;
	return 0;
}

static size_t site_blocks_max(const struct lease_book *b, int family)
{
	const size_t share = blocks_max(b, family) / LEASE_SITE_SHARE;

	return share > LEASE_SITE_BLOCKS_MIN ? share : LEASE_SITE_BLOCKS_MIN;
}

static size_t count_names(const struct lease_book *b, const char *site, enum host_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_blocks; i++)
		if (b->blocks[i].n_names > 0 && b->blocks[i].block.kind == kind &&
			strcmp(b->blocks[i].block.site, site) == 0)
			n += b->blocks[i].n_names;
	return n;
}

/* A block of that site and kind with room, or a new one. */
static int take_block(struct lease_book *b, const char *site, enum host_kind kind, int family,
	size_t *ret, bool *ret_new)
{
	const int f = family_index(family);
	struct lease_block fresh = { .site = (char *)site, .kind = kind };
	size_t n_own = 0;
	int r;

	for (size_t i = 0; i < b->n_blocks; i++) {
		const struct book_block *x = &b->blocks[i];

		if (x->block.base.family != family || x->block.kind != kind ||
			strcmp(x->block.site, site) != 0)
			continue;
		if (x->n_taken < block_room(family)) {
			*ret = i;
			*ret_new = false;
			return 0;
		}
		n_own++;
	}
	if (n_own >= site_blocks_max(b, family))
		return -EDQUOT;
	if (b->n_of_family[f] >= blocks_max(b, family))
		return -ENOSPC;
	fresh.base = block_base(&b->range[f], b->n_of_family[f]);
	r = add_block(b, &fresh, ret);
	if (r < 0)
		return r;
	b->n_of_family[f]++;
	*ret_new = true;
	return 0;
}

/* The block that was taken last has no name after all. */
static void give_back_block(struct lease_book *b)
{
	struct lease_block *last = &b->blocks[--b->n_blocks].block;

	b->n_of_family[family_index(last->base.family)]--;
	free(last->site);
}

static int add_name(struct lease_book *b, const struct lease_name *name, size_t *ret)
{
	char *copy;
	int r;

	if (b->n_names >= LEASE_NAMES_MAX)
		return -E2BIG;
	r = reserve((void **)&b->names, &b->names_room, b->n_names, sizeof(*b->names));
	if (r < 0)
		return r;
	r = index_grow(b);
	if (r < 0)
		return r;
	copy = strdup(name->name);
	if (!copy)
		return -ENOMEM;
	*index_slot(b, copy, name->family) = b->n_names;
	b->names[b->n_names] = *name;
	b->names[b->n_names].name = copy;
	b->blocks[name->block].n_names++;
	*ret = b->n_names++;
	return 0;
}

int lease_book_load_name(struct lease_book *b, const struct lease_name *name)
{
	struct lease_name loaded = *name;
	ssize_t block = -1;
	size_t at;

	if (name->n_slots == 0 || name->n_slots > LEASE_SLOTS_MAX)
		return -ERANGE;
	if (find_name(b, name->name, name->family) >= 0)
		return -EEXIST;
	for (size_t i = 0; i < name->n_slots; i++) {
		const ssize_t of = find_block(b, &name->slots[i].lease);
		uint64_t number;

		if (of < 0 || (block >= 0 && of != block) ||
			name->slots[i].lease.family != name->family)
			return -ERANGE;
		block = of;
		number = lease_number(&b->blocks[of].block.base, &name->slots[i].lease);
		if (number >= block_room(name->family))
			return -ERANGE;
		if (number >= b->blocks[of].n_taken)
			b->blocks[of].n_taken = (uint32_t)number + 1;
		if (!lease_book_may_lead_to(b, &name->slots[i].real))
			loaded.slots[i].real = (struct address){ .family = AF_UNSPEC };
	}
	loaded.block = (size_t)block;
	return add_name(b, &loaded, &at);
}

/* Points the slots at these real addresses; a slot keeps one that is still among them. Returns the
 * mask of slots that changed; *ret_left says how many addresses found no slot (in *left). */
static unsigned point_slots(struct lease_name *n, const struct address *real, size_t n_real,
	struct address left[LEASE_SLOTS_MAX], size_t *ret_left)
{
	bool kept[LEASE_SLOTS_MAX] = { false };
	unsigned changed = 0;
	size_t n_left = 0;

	for (size_t r = 0; r < n_real; r++) {
		size_t s = 0;

		while (s < n->n_slots && !address_equal(&n->slots[s].real, &real[r]))
			s++;
		if (s < n->n_slots)
			kept[s] = true;
		else
			left[n_left++] = real[r];
	}
	for (size_t s = 0; s < n->n_slots && n_left > 0; s++) {
		if (kept[s])
			continue;
		n->slots[s].real = left[--n_left];
		kept[s] = true;
		changed |= 1U << s;
	}
	/* A slot too many still leads somewhere: people may hold its lease for a minute or a month.
	 */
	for (size_t s = 0; s < n->n_slots && n_real > 0; s++) {
		if (kept[s] || address_equal(&n->slots[s].real, &real[s % n_real]))
			continue;
		n->slots[s].real = real[s % n_real];
		changed |= 1U << s;
	}
	*ret_left = n_left;
	return changed;
}

static void add_slots(struct lease_book *b, struct lease_name *n, const struct address *left,
	size_t n_left, unsigned *changed)
{
	struct book_block *block = &b->blocks[n->block];

	while (n_left > 0 && n->n_slots < LEASE_SLOTS_MAX &&
		block->n_taken < block_room(n->family)) {
		n->slots[n->n_slots] = (struct lease){
			.lease = lease_address(&block->block.base, block->n_taken++),
			.real = left[--n_left],
		};
		*changed |= 1U << n->n_slots++;
	}
}

/* Each once, and none where no server can be, whoever says so. */
static size_t possible_addresses(const struct lease_book *b, const struct address *real,
	size_t n_real, struct address ret[LEASE_SLOTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < n_real && n < LEASE_SLOTS_MAX; i++) {
		bool seen = !lease_book_may_lead_to(b, &real[i]);

		for (size_t k = 0; k < n; k++)
			seen |= address_equal(&ret[k], &real[i]);
		if (!seen)
			ret[n++] = real[i];
	}
	return n;
}

/* The name's entry: the one it has, or a new one without slots. A name that another site or another
 * kind of host has got by a reload starts afresh there; its old leases rest. */
static int enter_name(struct lease_book *b, const struct lease_name *key, const char *site,
	enum host_kind kind, struct lease_name **ret, bool *ret_new_block)
{
	const ssize_t found = find_name(b, key->name, key->family);
	struct lease_name entry = *key;
	size_t at = (size_t)found;
	int r;

	if (found >= 0) {
		const struct lease_block *block = &b->blocks[b->names[found].block].block;

		if (block->kind == kind && strcmp(block->site, site) == 0) {
			*ret = &b->names[found];
			*ret_new_block = false;
			return 0;
		}
	} else if (count_names(b, site, kind) >= LEASE_SITE_NAMES_MAX) {
		return -EDQUOT;
	} else if (b->n_names >= LEASE_NAMES_MAX) {
		return -E2BIG;
	}
	r = take_block(b, site, kind, key->family, &entry.block, ret_new_block);
	if (r < 0)
		return r;
	if (found >= 0) {
		b->blocks[b->names[found].block].n_names--;
		b->blocks[entry.block].n_names++;
		b->names[found].block = entry.block;
		b->names[found].n_slots = 0;
	} else {
		r = add_name(b, &entry, &at);
		if (r < 0 && *ret_new_block)
			give_back_block(b);
		if (r < 0)
			return r;
	}
	*ret = &b->names[at];
	return 0;
}

int lease_book_take(struct lease_book *b, const char *site, enum host_kind kind, const char *name,
	const struct address *real, size_t n_real, usec_t wall_usec, const struct lease_name **ret,
	unsigned *ret_changed, const struct lease_block **ret_new_block)
{
	struct address wanted[LEASE_SLOTS_MAX], left[LEASE_SLOTS_MAX];
	const size_t n_wanted = possible_addresses(b, real, n_real, wanted);
	struct lease_name key = { .name = (char *)name }, *n;
	unsigned changed;
	size_t n_left;
	bool fresh;
	int r;

	if (n_wanted == 0)
		return -EADDRNOTAVAIL;
	key.family = wanted[0].family;
	r = enter_name(b, &key, site, kind, &n, &fresh);
	if (r < 0)
		return r;
	changed = point_slots(n, wanted, n_wanted, left, &n_left);
	add_slots(b, n, left, n_left, &changed);
	n->used_usec = wall_usec;
	if (fresh)
		b->new_block = b->blocks[n->block].block;
	*ret = n;
	*ret_changed = changed;
	*ret_new_block = fresh ? &b->new_block : NULL;
	return 0;
}

void lease_book_miss(struct lease_book *b, const struct lease_name *name, unsigned slots)
{
	struct lease_name *n = &b->names[name - b->names];

	for (size_t s = 0; s < n->n_slots; s++)
		if (slots & (1U << s))
			n->slots[s].real = (struct address){ .family = AF_UNSPEC };
}

size_t lease_answer(const struct lease_name *name, struct address ret[LEASE_SLOTS_MAX])
{
	size_t n = 0;

	for (size_t s = 0; s < name->n_slots; s++) {
		bool seen = false;

		for (size_t k = 0; k < s; k++)
			seen |= address_equal(&name->slots[k].real, &name->slots[s].real);
		if (!seen && name->slots[s].real.family != AF_UNSPEC)
			ret[n++] = name->slots[s].lease;
	}
	return n;
}

size_t lease_book_n_blocks(const struct lease_book *b)
{
	return b->n_blocks;
}

const struct lease_block *lease_book_block(const struct lease_book *b, size_t i)
{
	return &b->blocks[i].block;
}

size_t lease_book_n_names(const struct lease_book *b)
{
	return b->n_names;
}

const struct lease_name *lease_book_name(const struct lease_book *b, size_t i)
{
	return &b->names[i];
}
