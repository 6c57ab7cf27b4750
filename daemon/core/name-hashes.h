#pragma once
/* Very many names as nothing but their keyed hashes: 8 bytes a name, whatever its length; 9 where
 * questions come often.
 * The key is drawn anew for every list, so that nobody can choose names that fall together, or one
 * that passes for another; by chance a name that is not there is found once in 10^13 questions of a
 * list of a million. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_KEY_BYTES 16

struct name_key {
	uint8_t bytes[NAME_KEY_BYTES];
};

/* SipHash-2-4 (Aumasson and Bernstein 2012). */
uint64_t name_hash(const struct name_key *key, const void *bytes, size_t n);
/* Sorts in place and leaves each once; how many are left. Quick where they are hashes, right in any
 * case. */
size_t name_hashes_sort(uint64_t *hashes, size_t n);
bool name_hashes_contain(const uint64_t *sorted, size_t n, uint64_t hash);

/* The same with room between them, so that one look into memory finds the place. */
size_t name_hashes_room(size_t n); /* how many numbers a table for n hashes is */
/* Fills a table, which is all zero, from sorted hashes. False: they do not lie as hashes do. */
bool name_hashes_spread(const uint64_t *sorted, size_t n, uint64_t *table);
/* n as it was given to name_hashes_room(); any bytes as the table do no harm. */
bool name_hashes_find(const uint64_t *table, size_t n, uint64_t hash);
