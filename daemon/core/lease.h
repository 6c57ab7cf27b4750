#pragma once
/* Who holds which synthetic address: the book of leases. It gives out addresses and remembers them;
 * the kernel's part is system/gate.h, the disk's system/ledger.h.
 *
 * A block (/26 of the IPv4 range, /64 of the IPv6 range) belongs to one site and one kind of host
 * for good; a lease belongs to one name and is never given to another within LEASE_REST_USEC. */
#include "core/config.h"

#define LEASE_SLOTS_MAX   4 /* real addresses per name and family that keep a lease of their own */
#define LEASE_BLOCK_BITS4 26
#define LEASE_BLOCK_BITS6 64
#define LEASE_REST_USEC   (30 * UINT64_C(86400) * USEC_PER_SEC)
#define LEASE_NAMES_MAX   32768 /* more metered host names than any site has: a flood is refused */
/* Of these, and of the range, one kind of host of one site has an 8th at most: some answer to any
 * name below theirs, and whoever asks for thousands must not use up what others need. */
#define LEASE_SITE_SHARE      8
#define LEASE_SITE_NAMES_MAX  (LEASE_NAMES_MAX / LEASE_SITE_SHARE)
#define LEASE_SITE_BLOCKS_MIN 16 /* where the range is so small that an 8th is little */

struct lease_block {
	struct address base; /* masked */
	char *site;          /* by name: it outlives a reload */
	enum host_kind kind; /* HOST_FEED or HOST_CDN */
};

struct lease {
	struct address lease; /* what the person's programs see */
	struct address real;  /* where the kernel sends it; AF_UNSPEC before the first answer */
};

struct lease_name {
	char *name;
	int family;
	size_t block; /* index of its block */
	size_t n_slots;
	struct lease slots[LEASE_SLOTS_MAX];
	usec_t used_usec; /* wall time of the last answer; ages the lease */
};

/* Can a site's server be there? Where address_can_serve(), but for the leases of these ranges. */
bool lease_may_lead_to(
	const struct prefix *range4, const struct prefix *range6, const struct address *real);

struct lease_book;
int lease_book_new(
	const struct prefix *range4, const struct prefix *range6, struct lease_book **ret);
struct lease_book *lease_book_free(struct lease_book *b);

/* lease_may_lead_to() with the book's own ranges. */
bool lease_book_may_lead_to(const struct lease_book *b, const struct address *real);

/* Puts back what the ledger kept: blocks first. -EEXIST for a double, -ERANGE outside the ranges. A
 * slot that leads where no server can be leads nowhere (AF_UNSPEC). */
int lease_book_load_block(struct lease_book *b, const struct lease_block *block);
int lease_book_load_name(struct lease_book *b, const struct lease_name *name);

/* Gives the name its leases for these real addresses (all of one family; where no server can be is
 * left out, more than LEASE_SLOTS_MAX are cut): a slot whose real address is still among them keeps
 * it, the others are pointed to the new ones, slots are added as needed. *ret (borrowed until the
 * next call) is the name's entry, *ret_changed a bit mask of the slots whose mapping changed,
 * *ret_new_block a block that was taken for it, or NULL. -ENOSPC: the range is full; -E2BIG: too
 * many names; -EDQUOT: this kind of host of the site has its share; -EADDRNOTAVAIL: no address is
 * left. The first n_real slots of *ret are not necessarily those to answer: see lease_answer(). */
int lease_book_take(struct lease_book *b, const char *site, enum host_kind kind, const char *name,
	const struct address *real, size_t n_real, usec_t wall_usec, const struct lease_name **ret,
	unsigned *ret_changed, const struct lease_block **ret_new_block);
/* The kernel did not take these slots of it: the next take() finds them changed, whatever they were
 * pointed to. */
void lease_book_miss(struct lease_book *b, const struct lease_name *name, unsigned slots);
/* The leases to answer with: one slot for each different real address. Returns their number. */
size_t lease_answer(const struct lease_name *name, struct address ret[LEASE_SLOTS_MAX]);

const struct lease_name *lease_book_find(const struct lease_book *b, const char *name, int family);
/* The block that holds the address, or NULL. */
const struct lease_block *lease_book_block_of(const struct lease_book *b, const struct address *a);

/* Whose lease is this? NULL: nobody's. */
const struct lease_name *lease_book_name_of(
	const struct lease_book *b, const struct address *lease);

size_t lease_book_n_blocks(const struct lease_book *b);
const struct lease_block *lease_book_block(const struct lease_book *b, size_t i);
size_t lease_book_n_names(const struct lease_book *b);
const struct lease_name *lease_book_name(const struct lease_book *b, size_t i);
