/* Windows to minutes and back: the same minutes, and never more than were there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/window-set.h"
#include "random-config.h"

#define ROUNDS 2000

static size_t random_windows(uint64_t *seed, struct window w[CONFIG_WINDOWS_MAX], unsigned step)
{
	const size_t n = random_below(seed, 6);

	for (size_t i = 0; i < n; i++) {
		w[i].days = (uint8_t)random_below(seed, 128);
		w[i].from_min = (uint16_t)(random_below(seed, 1440 / step) * step);
		do
			w[i].to_min = (uint16_t)((1 + random_below(seed, 1440 / step)) * step);
		while (w[i].to_min == w[i].from_min);
	}
	return n;
}

static void test_there_and_back(void **state)
{
	struct window windows[CONFIG_WINDOWS_MAX], again[CONFIG_WINDOWS_MAX];
	struct window_set set, same;
	uint64_t seed = 7;

	for (int i = 0; i < ROUNDS; i++) {
		window_set_fill(&set, windows, random_windows(&seed, windows, 360));
		window_set_fill(&same, again, window_set_list(&set, again));
		assert_true(window_set_equal(&set, &same));
	}
}

static void test_never_more(void **state)
{
	struct window windows[CONFIG_WINDOWS_MAX], again[CONFIG_WINDOWS_MAX];
	struct window_set set, other, both;
	uint64_t seed = 9;

	for (int i = 0; i < ROUNDS; i++) {
		window_set_fill(&set, windows, random_windows(&seed, windows, 1));
		window_set_fill(&other, windows, random_windows(&seed, windows, 1));
		window_set_intersect(&set, &other);
		window_set_fill(&both, again, window_set_list(&set, again));
		other = both;
		window_set_intersect(&other, &set);
		assert_true(window_set_equal(&other, &both));
	}
}

static void test_edges(void **state)
{
	struct window w[CONFIG_WINDOWS_MAX] = { { 0x7f, 0, 1440 } };
	struct window_set set;

	window_set_fill(&set, w, 1);
	assert_int_equal(window_set_list(&set, w), 1); /* the whole week */
	assert_int_equal(w[0].days, 0x7f);
	window_set_fill(&set, w, 0);
	assert_int_equal(window_set_list(&set, w), 1);
	assert_int_equal(w[0].days, 0);
	w[0] = (struct window){ 1 << 6, 1380, 60 }; /* Sunday into Monday */
	window_set_fill(&set, w, 1);
	assert_int_equal(window_set_list(&set, w), 1);
	assert_int_equal(w[0].days, 1 << 6);
	assert_int_equal(w[0].from_min, 1380);
	assert_int_equal(w[0].to_min, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_never_more),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
