#pragma once
/* The dangerous effect behind an interface: the kernel's translation, counters and gate for lease
 * addresses. gate-nft.c does it with libnftables; tests/gate-fake.c plays it in memory.
 *
 * Every call is synchronous and returns 0 or a negative errno; nothing is half done: a failed call
 * leaves the kernel as it was. reason is written to the debug log with each change of a gate. */
#include "base/address.h"
#include "base/clock.h"
#include "core/gateway.h"
#include "core/rules.h"

struct sd_event;

struct gate_options {
	struct prefix lease4, lease6;
	uint32_t mark_mask; /* contiguous bits of the ct mark that are ours */
	uint16_t log_group;
	const char *rules_file;   /* path of focusd.nft */
	const char *gateway_file; /* of focusd-gateway.nft; NULL: it is never a gateway */
	uint16_t gateway_port;    /* where look-ups of devices are answered */
};

struct gate_mapping {
	struct address lease, real; /* real: AF_UNSPEC forgets the lease */
};

struct gate_person {
	uint32_t mark; /* 1 … mask's width; unshifted */
	const uid_t *uids;
	size_t n_uids;
};

/* All that one person moved with one block. Monotone while the table lives. */
struct gate_counter {
	struct address block; /* masked to the block size */
	uint32_t mark;
	uint64_t down_bytes, up_bytes;
};

/* A person's gate to a block. GATE_OPEN takes the element away. */
struct gate_setting {
	struct address block;
	uint32_t mark;
	enum gate_state state;
	uint32_t lane;            /* GATE_SLOW only: blocks of one person and lane share */
	uint64_t slow_rate_bytes; /* this rate */
};

/* Whose encrypted look-ups are refused, and the servers that are known: these endpoints, and port
 * 853 at any address. */
struct gate_seal {
	const uid_t *uids;
	size_t n_uids;
	const struct endpoint *endpoints;
	size_t n_endpoints;
};

/* How often an account tried one server; AF_UNSPEC: one that is not known. Monotone while the table
 * lives. */
struct gate_try {
	uid_t uid;
	struct endpoint server;
	uint64_t packets;
};

/* wake: the first packet of lease traffic, or refused look-up, in this second (NFLOG). lost:
 * somebody else removed or flushed our table; call gate_restore(). */
struct gate_events {
	void (*wake)(void *userdata);
	void (*lost)(void *userdata);
	void *userdata;
};

struct gate_ops;
struct gate {
	const struct gate_ops *ops;
};

struct gate_ops {
	struct gate *(*free)(struct gate *g); /* leaves the kernel's table in place */
	int (*set_people)(struct gate *g, const struct gate_person *people, size_t n);
	int (*map)(struct gate *g, const struct gate_mapping *mappings, size_t n);
	/* read…: *ret is the caller's. By lease the sum of both ways is in down_bytes. */
	int (*read)(struct gate *g, struct gate_counter **ret, size_t *ret_n);
	int (*read_leases)(struct gate *g, struct gate_counter **ret, size_t *ret_n);
	int (*set)(
		struct gate *g, const struct gate_setting *settings, size_t n, const char *reason);
	int (*set_seal)(struct gate *g, const struct gate_seal *seal);
	/* After set_people, whose marks it uses. NULL: no gateway. */
	int (*set_gateway)(struct gate *g, const struct gate_gateway *gateway);
	int (*read_tries)(struct gate *g, struct gate_try **ret, size_t *ret_n);
	/* Is the table there and whole? 1, 0 or a negative errno. */
	int (*check)(struct gate *g);
	/* Looks closer, for people who ask: is every rule as it was loaded, and every element
	 * there? *ret_what: NULL, or which part is not ("the rules", …; static). */
	int (*examine)(struct gate *g, const char **ret_what);
	/* Puts everything back as it was told, after events.lost. Counters begin anew. */
	int (*restore)(struct gate *g);
};

/* Creates the table or adopts the one that a predecessor left (its counters, maps and gates stay;
 * rules are replaced in one transaction). event may be NULL: then nobody is told of anything.
 * -EADDRINUSE with *ret_error set when an address or a route longer than /8 of somebody else lies
 * inside a range; -EPERM without CAP_NET_ADMIN. *ret_error (owned by the caller) says what is wrong
 * in a sentence. */
int gate_nft_new(const struct gate_options *options, struct sd_event *event,
	const struct gate_events *events, struct gate **ret, char **ret_error);
/* Removes the table whether or not a keeper runs. Idempotent. */
int gate_nft_release(char **ret_error);

static inline struct gate *gate_free(struct gate *g)
{
	return g ? g->ops->free(g) : NULL;
}

static inline int gate_set_people(struct gate *g, const struct gate_person *people, size_t n)
{
	return g->ops->set_people(g, people, n);
}

static inline int gate_map(struct gate *g, const struct gate_mapping *mappings, size_t n)
{
	return g->ops->map(g, mappings, n);
}

static inline int gate_read(struct gate *g, struct gate_counter **ret, size_t *ret_n)
{
	return g->ops->read(g, ret, ret_n);
}

static inline int gate_read_leases(struct gate *g, struct gate_counter **ret, size_t *ret_n)
{
	return g->ops->read_leases(g, ret, ret_n);
}

static inline int gate_set(
	struct gate *g, const struct gate_setting *settings, size_t n, const char *reason)
{
	return g->ops->set(g, settings, n, reason);
}

static inline int gate_set_seal(struct gate *g, const struct gate_seal *seal)
{
	return g->ops->set_seal(g, seal);
}

static inline int gate_set_gateway(struct gate *g, const struct gate_gateway *gateway)
{
	return g->ops->set_gateway(g, gateway);
}

static inline int gate_read_tries(struct gate *g, struct gate_try **ret, size_t *ret_n)
{
	return g->ops->read_tries(g, ret, ret_n);
}

static inline int gate_check(struct gate *g)
{
	return g->ops->check(g);
}

static inline int gate_examine(struct gate *g, const char **ret_what)
{
	return g->ops->examine(g, ret_what);
}

static inline int gate_restore(struct gate *g)
{
	return g->ops->restore(g);
}
