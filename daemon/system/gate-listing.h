#pragma once
/* What libnftables lists as JSON, read back into the gate's values. Pure. */
#include "system/gate.h"

/* Adds the elements of one counting set to the counters found so far: up or down of a pair that is
 * there already, or a new pair. mark_shift: how far the person's mark is shifted in the ct mark.
 * -EBADMSG for anything that is no such listing. */
struct gate_counters {
	struct gate_counter *items;
	size_t n, room;
};
int gate_listing_counters(
	const char *json, bool up, unsigned mark_shift, struct gate_counters *counters);
/* Calls found for each lease of a map's listing; its negative return ends it. */
int gate_listing_map(const char *json,
	int (*found)(const struct gate_mapping *mapping, void *userdata), void *userdata);
/* Adds the elements of one set of tries (tried4, tried6, tried-others) to those found so far. */
struct gate_tries {
	struct gate_try *items;
	size_t n, room;
};
int gate_listing_tries(const char *json, struct gate_tries *tries);
/* Calls found for the name of each limit; its negative return ends it. */
int gate_listing_limits(
	const char *json, int (*found)(const char *name, void *userdata), void *userdata);
/* How many rules, sets, maps and chains a table's listing holds; limits come and go. */
int gate_listing_size(const char *json, size_t *ret);
/* How many elements its set or map (kind) holds, added to *n. */
int gate_listing_count(const char *json, const char *kind, size_t *n);
/* A number that is another one when a chain's hook or a rule is (FNV-1a); the chains of single
 * people, which come and go, are left out. */
int gate_listing_print(const char *json, uint64_t *ret);
