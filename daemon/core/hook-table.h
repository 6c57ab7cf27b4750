#pragma once
/* All that the hook needs to know, as one sealed block of bytes: upstreams, ranges and the name
 * table. The keeper builds it, the hook maps it read-only; a reload is a new one. */
#include "base/address.h"
#include "core/config.h"
#include "core/domain.h"
#include "core/listed.h"

#define HOOK_UPSTREAMS_MAX 8

struct hook_setup {
	struct endpoint upstreams[HOOK_UPSTREAMS_MAX]; /* for names passed through, in order */
	size_t n_upstreams;
	struct endpoint uplinks[HOOK_UPSTREAMS_MAX]; /* for metered names; the same unless a stub
							stands between */
	size_t n_uplinks;
	struct prefix lease4, lease6; /* answers inside are never mapped */
	bool canary;                  /* answer the bypass names as the design says */
	bool resolved;                /* answer systemd-resolved where it asks for itself */
};

/* Builds the block (owned by the caller) for these names. The longest suffix wins, so a
 * free name below a metered one is passed through; the later of two equal names wins. -EINVAL for a
 * bad name, -ENOMEM. */
struct hook_name {
	const char *name;
	bool metered;
	bool exact; /* this host alone: what lies below it is not meant */
};
int hook_table_build(const struct hook_setup *setup, const struct hook_name *names, size_t n_names,
	uint8_t **ret, size_t *ret_size);
/* The names of every site of the configuration, as hook_table_build() wants them; caller frees *ret
 * only. */
int hook_table_names(const struct config *c, struct hook_name **ret, size_t *ret_n);

/* Adds the lists to a block, which may move; all of them are metered, with all that lies below, but
 * for names of the block itself. -E2BIG, -ENOMEM: it is as it was. */
int hook_table_add_listed(uint8_t **bytes, size_t *size, const struct listed *listed);

/* Checks the whole block once (-EBADMSG), so that look-ups need not. */
struct hook_table;
int hook_table_open(const void *bytes, size_t size, struct hook_table **ret);
struct hook_table *hook_table_close(struct hook_table *t); /* the bytes stay the caller's */
const struct hook_setup *hook_table_setup(const struct hook_table *t);
/* Is this normalised name (text, lower case, no final dot) metered? */
bool hook_table_metered(const struct hook_table *t, const char *name, size_t n);
/* Are there lists? Their names are known by their hashes only, and are not visited. */
bool hook_table_has_listed(const struct hook_table *t);
/* Calls visit for each name of the table; the text ends at n. */
void hook_table_visit(const struct hook_table *t,
	void (*visit)(const char *name, size_t n, bool metered, void *userdata), void *userdata);
/* Is it, or any name that it lies below? A resolver that routes by suffix leaves all of these to
 * us. */
bool hook_table_routed(const struct hook_table *t, const char *name, size_t n);
