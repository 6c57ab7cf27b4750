/* Hashes lie evenly between 0 and 2^64: one's value tells its place to within the square root of
 * their number. So they sort in one pass, and are found in two or three steps without an index. */
#include "core/name-hashes.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define DRAWERS_BITS 10 /* more do not fit into the cache at once */
#define DRAWERS      (1U << DRAWERS_BITS)
#define FEW          4096 /* sorting by drawers does not pay */
#define GUESSES      4
#define SPARE        8    /* one place in so many is free, on average */
#define TAIL         4096 /* places for those that are pushed beyond the end */

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(uint64_t v[static 4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

/* Less than eight bytes, or a key's, as a little-endian number. */
static uint64_t read_word(const uint8_t *at, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)at[i] << (8 * i);
	return word;
}

uint64_t name_hash(const struct name_key *key, const void *bytes, size_t n)
{
	const uint64_t k0 = read_word(key->bytes, 8), k1 = read_word(key->bytes + 8, 8);
	uint64_t v[4] = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
	const uint8_t *at = bytes;
	uint64_t word;

	for (size_t left = n; left >= 8; left -= 8, at += 8) {
		memcpy(&word, at, sizeof(word));
		word = le64toh(word);
		v[3] ^= word;
		rounds(v, 2);
		v[0] ^= word;
	}
	word = read_word(at, n % 8) | (uint64_t)n << 56;
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static size_t drawer_of(uint64_t hash)
{
	return (size_t)(hash >> (64 - DRAWERS_BITS));
}

/* ends: where each drawer ends; next: where its first unsorted item is. Each swap puts one item
 * into its drawer for good. */
static void fill_drawers(uint64_t *hashes, size_t *next, const size_t *ends)
{
	for (size_t d = 0; d < DRAWERS; d++)
		while (next[d] < ends[d]) {
			const uint64_t hash = hashes[next[d]];
			const size_t home = drawer_of(hash);

			if (home == d) {
				next[d]++;
				continue;
			}
			hashes[next[d]] = hashes[next[home]];
			hashes[next[home]++] = hash;
		}
}

static void sort_all(uint64_t *hashes, size_t n)
{
	_cleanup_free_ size_t *next = NULL, *ends = NULL;
	size_t begin = 0;

	if (n > FEW) {
		next = calloc(DRAWERS, sizeof(*next));
		ends = calloc(DRAWERS, sizeof(*ends));
	}
	if (!next || !ends) {
		qsort(hashes, n, sizeof(*hashes), compare);
		return;
	}
	for (size_t i = 0; i < n; i++)
		ends[drawer_of(hashes[i])]++;
	for (size_t d = 0; d < DRAWERS; d++) {
		next[d] = begin;
		begin += ends[d];
		ends[d] = begin;
	}
	fill_drawers(hashes, next, ends);
	begin = 0;
	for (size_t d = 0; d < DRAWERS; d++) {
		if (ends[d] - begin > 1)
			qsort(hashes + begin, ends[d] - begin, sizeof(*hashes), compare);
		begin = ends[d];
	}
}

size_t name_hashes_sort(uint64_t *hashes, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	sort_all(hashes, n);
	for (size_t i = 1; i < n; i++)
		if (hashes[i] != hashes[kept])
			hashes[++kept] = hashes[i];
	return kept + 1;
}

/* How many places a distance between hashes is, on average. */
static double places(double distance, size_t n)
{
	return distance / 18446744073709551616.0 * (double)n;
}

static size_t clamp(double at, size_t n)
{
	return at <= 0 ? 0 : at >= (double)(n - 1) ? n - 1 : (size_t)at;
}

bool name_hashes_contain(const uint64_t *sorted, size_t n, uint64_t hash)
{
	size_t at;

	if (n == 0)
		return false;
	at = clamp(places((double)hash, n), n);
	for (int i = 1; i < GUESSES; i++)
		at = clamp((double)at + places((double)hash - (double)sorted[at], n), n);
	while (at > 0 && sorted[at] > hash)
		at--;
	while (at < n - 1 && sorted[at] < hash)
		at++;
	return sorted[at] == hash;
}

static size_t homes(size_t n)
{
	return n + n / SPARE + 1;
}

size_t name_hashes_room(size_t n)
{
	return homes(n) + (n < TAIL ? n : TAIL);
}

/* Rises with the hash: a table is in order too. */
static size_t home_of(uint64_t hash, size_t n)
{
	return (size_t)((hash >> 32) * homes(n) >> 32);
}

/* Zero means that a place is free. */
static uint64_t not_zero(uint64_t hash)
{
	return hash > 0 ? hash : 1;
}

bool name_hashes_spread(const uint64_t *sorted, size_t n, uint64_t *table)
{
	const size_t room = name_hashes_room(n);
	size_t next = 0;

	for (size_t i = 0; i < n; i++) {
		const uint64_t hash = not_zero(sorted[i]);

		if (next < home_of(hash, n))
			next = home_of(hash, n);
		if (next >= room)
			return false;
		table[next++] = hash;
	}
	return true;
}

bool name_hashes_find(const uint64_t *table, size_t n, uint64_t hash)
{
	const size_t room = name_hashes_room(n);
	size_t at;

	hash = not_zero(hash);
	at = home_of(hash, n);
	while (at < room && table[at] > 0 && table[at] < hash)
		at++;
	return at < room && table[at] == hash;
}
