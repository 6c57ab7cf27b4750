/* At once, then later and later; a quarrel ends when the other side has been quiet for long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/patience.h"

#define SEC USEC_PER_SEC

static void test_it_waits_longer_and_longer(void **state)
{
	static const usec_t waits[] = { 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600,
		600 };
	struct patience p = { 0 };
	usec_t now = 5 * SEC;

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		assert_int_equal(patience_wait(&p, now), waits[i] * SEC);
		assert_int_equal(patience_is_lost(&p, now), i >= PATIENCE_FREE);
		now += (waits[i] + 1) * SEC; /* they answer at once */
	}
}

static void test_once_in_a_while_is_no_quarrel(void **state)
{
	struct patience p = { 0 };

	for (usec_t now = SEC; now < 3600 * SEC; now += PATIENCE_CALM) {
		assert_int_equal(patience_wait(&p, now), 0);
		assert_false(patience_is_lost(&p, now));
	}
}

static void test_it_is_forgotten(void **state)
{
	struct patience p = { 0 };
	usec_t wait = 0;

	for (int i = 0; i < 20; i++)
		wait = patience_wait(&p, SEC);
	assert_int_equal(wait, PATIENCE_MAX_USEC);
	assert_true(patience_is_lost(&p, SEC + 2 * PATIENCE_MAX_USEC - 1));
	assert_false(patience_is_lost(&p, SEC + 2 * PATIENCE_MAX_USEC));
	assert_int_equal(patience_wait(&p, SEC + 2 * PATIENCE_MAX_USEC), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_waits_longer_and_longer),
		cmocka_unit_test(test_once_in_a_while_is_no_quarrel),
		cmocka_unit_test(test_it_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
