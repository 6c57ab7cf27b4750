/* Names as hashes: the hash itself, sorting, and finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/name-hashes.h"

static const struct name_key key = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };

/* The vectors of the authors' own implementation. */
static void test_the_hash_is_siphash(void **state)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} rows[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },
		{ 1, UINT64_C(0x74f839c593dc67fd) },
		{ 8, UINT64_C(0x93f5f5799a932462) },
		{ 15, UINT64_C(0xa129ca6149be45e5) },
	};
	uint8_t bytes[15];

	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_true(name_hash(&key, bytes, rows[i].n) == rows[i].hash);
}

static uint64_t hash_of(unsigned i)
{
	char text[16];

	return name_hash(&key, text, (size_t)snprintf(text, sizeof(text), "%u", i));
}

static void check_list(unsigned n, unsigned twice)
{
	_cleanup_free_ uint64_t *hashes = calloc(n + twice + 1, sizeof(*hashes));
	_cleanup_free_ uint64_t *table = calloc(name_hashes_room(n), sizeof(*table));
	size_t left;

	for (unsigned i = 0; i < n + twice; i++)
		hashes[i] = hash_of(i % n);
	left = name_hashes_sort(hashes, n + twice);
	assert_int_equal(left, n);
	for (size_t i = 1; i < left; i++)
		assert_true(hashes[i - 1] < hashes[i]);
	assert_true(name_hashes_spread(hashes, left, table));
	assert_true(name_hashes_room(n) <= n + n / 8 + 1 + (n < 4096 ? n : 4096));
	for (unsigned i = 0; i < n; i++) {
		assert_true(name_hashes_find(table, left, hash_of(i)));
		assert_false(name_hashes_find(table, left, hash_of(n + i)));
		assert_true(name_hashes_contain(hashes, left, hash_of(i)));
		assert_false(name_hashes_contain(hashes, left, hash_of(n + i)));
	}
	assert_int_equal(name_hashes_contain(hashes, left, 0), hashes[0] == 0);
	assert_int_equal(
		name_hashes_contain(hashes, left, UINT64_MAX), hashes[left - 1] == UINT64_MAX);
}

static void test_what_is_there_is_found_and_nothing_else(void **state)
{
	check_list(1, 0);
	check_list(2, 1);
	check_list(3, 3);
	check_list(1000, 10);
	check_list(200000, 1000);
	assert_int_equal(name_hashes_sort(NULL, 0), 0);
	assert_false(name_hashes_contain(NULL, 0, 1));
}

/* Numbers that lie nowhere evenly, as a block of bytes from elsewhere may have them. */
static void test_uneven_numbers(void **state)
{
	enum { N = 10000 };
	_cleanup_free_ uint64_t *hashes = calloc(N, sizeof(*hashes)), *table = NULL;

	for (uint64_t i = 0; i < N; i++)
		hashes[i] = i % 2 ? (N - i) * 3 : UINT64_MAX - i * 5;
	assert_int_equal(name_hashes_sort(hashes, N), N);
	for (uint64_t i = 0; i < N; i += 97) {
		const uint64_t there = i % 2 ? (N - i) * 3 : UINT64_MAX - i * 5;

		assert_true(name_hashes_contain(hashes, N, there));
		assert_false(name_hashes_contain(hashes, N, there + (i % 2 ? 1 : -1ULL)));
	}
	table = calloc(name_hashes_room(N), sizeof(*table));
	if (name_hashes_spread(hashes, N, table)) /* half of them want the last places */
		fail();
	for (size_t i = 0; i < N; i++)
		hashes[i] = 7;
	assert_int_equal(name_hashes_sort(hashes, N), 1);
	assert_true(name_hashes_contain(hashes, 1, 7));
	assert_false(name_hashes_contain(hashes, 1, 8));
}

static void test_the_ends(void **state)
{
	static const uint64_t ends[] = { 0, 5, UINT64_MAX - 1, UINT64_MAX };
	uint64_t table[16] = { 0 };

	assert_true(name_hashes_room(4) <= 16);
	assert_true(name_hashes_spread(ends, 4, table));
	for (size_t i = 0; i < 4; i++)
		assert_true(name_hashes_find(table, 4, ends[i]));
	assert_false(name_hashes_find(table, 4, 4));
	assert_false(name_hashes_find(table, 4, UINT64_MAX - 2));
	assert_true(name_hashes_spread(NULL, 0, table));
	assert_false(name_hashes_find((uint64_t[]){ 0 }, 0, 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_hash_is_siphash),
		cmocka_unit_test(test_what_is_there_is_found_and_nothing_else),
		cmocka_unit_test(test_uneven_numbers),
		cmocka_unit_test(test_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
