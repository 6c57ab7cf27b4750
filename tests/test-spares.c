/* Blocks that are taken again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/spares.h"

static void test_taken_again(void **state)
{
	struct spares s = { .size = 64, .n_max = 2 };
	void *blocks[3];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++) {
			blocks[i] = spares_take(&s, 10);
			assert_non_null(blocks[i]);
			memset(blocks[i], i, 64); /* all of it may be written to */
		}
		assert_int_equal(s.n, 0);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(((uint8_t *)blocks[i])[63], i);
			spares_give(&s, blocks[i], 10);
		}
		assert_in_range(s.n, 0, 2); /* none under AddressSanitizer */
	}
	spares_done(&s);
	assert_int_equal(s.n, 0);
}

static void test_last_given_first_taken(void **state)
{
	struct spares s = { .size = 64, .n_max = 8 };
	void *first = spares_take(&s, 64), *second = spares_take(&s, 64);

	assert_ptr_not_equal(first, second);
	spares_give(&s, first, 64);
	spares_give(&s, second, 64);
	if (s.n > 0) {
		assert_ptr_equal(spares_take(&s, 1), second);
		assert_ptr_equal(spares_take(&s, 1), first);
		spares_give(&s, first, 1);
		spares_give(&s, second, 1);
	}
	spares_done(&s);
}

static void test_large_ones_are_the_heaps(void **state)
{
	struct spares s = { .size = 64, .n_max = 8 };
	uint8_t *large = spares_take(&s, 65536);

	assert_non_null(large);
	large[65535] = 1;
	spares_give(&s, large, 65536);
	assert_int_equal(s.n, 0);
	spares_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_again),
		cmocka_unit_test(test_last_given_first_taken),
		cmocka_unit_test(test_large_ones_are_the_heaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
