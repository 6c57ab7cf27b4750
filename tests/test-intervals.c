/* Sets of stretches, against a set of plain seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/intervals.h"
#include "random-config.h"

#define ROUNDS  2000
#define SECONDS 64

static void add(struct intervals *s, usec_t from, usec_t to)
{
	assert_int_equal(intervals_add(s, (struct interval){ from, to }), 0);
}

/* A bit per second; and the set must be sorted, with gaps between what it holds. */
static uint64_t bits_of(const struct intervals *s)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < s->n; i++) {
		assert_true(s->items[i].from_usec < s->items[i].to_usec);
		assert_true(i == 0 || s->items[i - 1].to_usec < s->items[i].from_usec);
		for (usec_t t = s->items[i].from_usec; t < s->items[i].to_usec; t++)
			bits |= UINT64_C(1) << t;
	}
	return bits;
}

static uint64_t add_some(struct intervals *s, uint64_t *seed, unsigned most)
{
	uint64_t bits = 0;

	for (unsigned i = random_below(seed, most); i > 0; i--) {
		const unsigned from = random_below(seed, SECONDS);
		const unsigned to = from + random_below(seed, SECONDS - from);

		add(s, from, to);
		for (unsigned t = from; t < to; t++)
			bits |= UINT64_C(1) << t;
	}
	return bits;
}

static void test_by_chance(void **state)
{
	uint64_t seed = 20261125;

	for (int i = 0; i < ROUNDS; i++) {
		_cleanup_(intervals_done) struct intervals a = { 0 }, b = { 0 }, rest = { 0 };
		const uint64_t in_a = add_some(&a, &seed, 20), in_b = add_some(&b, &seed, 20);
		const unsigned from = random_below(&seed, SECONDS);
		const struct interval one = { from, from + random_below(&seed, SECONDS - from) };
		uint64_t in_one = 0;

		assert_true(bits_of(&a) == in_a && bits_of(&b) == in_b);
		assert_int_equal(intervals_measure(&a), __builtin_popcountll(in_a));
		for (usec_t t = one.from_usec; t < one.to_usec; t++)
			in_one |= UINT64_C(1) << t;
		assert_int_equal(intervals_hold(&a, one), (in_one & ~in_a) == 0);
		assert_int_equal(intervals_without(&a, &b, &rest), 0);
		assert_true(bits_of(&rest) == (in_a & ~in_b));
		assert_int_equal(intervals_add_all(&a, &b, 0), 0);
		assert_true(bits_of(&a) == (in_a | in_b));
	}
}

static void test_what_touches_is_one(void **state)
{
	_cleanup_(intervals_done) struct intervals s = { 0 };

	add(&s, 10, 20);
	add(&s, 30, 40);
	add(&s, 20, 30);
	assert_int_equal(s.n, 1);
	add(&s, 40, 41);
	add(&s, 5, 5);
	assert_int_equal(s.n, 1);
	assert_int_equal(intervals_measure(&s), 31);
}

static void test_another_clock(void **state)
{
	_cleanup_(intervals_done) struct intervals told = { 0 }, moved = { 0 };

	add(&told, 100, 110);
	add(&told, 3, 8);
	assert_int_equal(intervals_add_all(&moved, &told, 5), 0); /* none begins before 0 */
	assert_int_equal(moved.items[0].from_usec, 0);
	assert_int_equal(moved.items[0].to_usec, 3);
	assert_int_equal(moved.items[1].from_usec, 95);
	assert_int_equal(intervals_add_all(&moved, &told, -1000), 0);
	assert_int_equal(moved.items[moved.n - 1].to_usec, 1110);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_chance),
		cmocka_unit_test(test_what_touches_is_one),
		cmocka_unit_test(test_another_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
