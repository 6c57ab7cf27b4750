/* What counts as attention: bursts, gaps, tails, background traffic, away stretches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "meter-scene.h"

static void test_a_page_is_its_second_and_the_tail(void **state)
{
	struct scene s = scene_begin();

	scene_second(&s, 20000, 300000);
	assert_int_equal(s.credited, SEC(1));
	scene_quiet(&s, 300);
	assert_int_equal(s.credited, SEC(3));
	assert_int_equal(s.opens, 1);
}

static void test_reading_between_bursts_counts(void **state)
{
	struct scene s = scene_begin();

	for (int i = 0; i < 10; i++) {
		scene_second(&s, 20000, 20000);
		scene_quiet(&s, 29);
	}
	/* nine gaps of 29 s are whole, the last has its tail */
	assert_int_equal(s.credited, SEC(9 * 30 + 1 + 2));
	assert_int_equal(s.opens, 1);
}

static void test_a_gap_of_just_the_bridge_is_credited(void **state)
{
	struct scene s = scene_begin();

	scene_second(&s, 20000, 20000);
	scene_quiet(&s, 60);
	scene_second(&s, 20000, 20000);
	assert_int_equal(s.credited, SEC(62));
}

static void test_a_longer_gap_is_not(void **state)
{
	struct scene s = scene_begin();

	scene_second(&s, 20000, 20000);
	scene_quiet(&s, 62);
	scene_second(&s, 20000, 20000);
	assert_int_equal(s.credited, SEC(1 + 2 + 1));
	assert_int_equal(s.opens, 2);
}

static void test_a_button_elsewhere_is_no_visit(void **state)
{
	struct scene s = scene_begin();

	for (int i = 0; i < 100; i++) {
		scene_second(&s, 40000, 0); /* a like button: feed hosts alone */
		scene_quiet(&s, 7);
		scene_second(&s, 0, 90000); /* an embedded picture: media hosts alone */
		scene_quiet(&s, 7);
	}
	assert_int_equal(s.credited, 0);
	assert_int_equal(s.opens, 0);
}

static void test_one_class_suffices_where_there_is_one(void **state)
{
	struct scene s = scene_begin();

	s.parameters.needs_media = false;
	scene_second(&s, 40000, 0);
	assert_int_equal(s.credited, SEC(1));
}

static void test_polls_neither_start_nor_extend(void **state)
{
	struct scene s = scene_begin();

	for (int i = 0; i < 600; i++)
		scene_second(&s, i % 5 == 0 ? 1500 : 0, i % 20 == 0 ? 800 : 0);
	assert_int_equal(s.credited, 0);
	scene_second(&s, 20000, 20000);
	for (int i = 0; i < 600; i++)
		scene_second(&s, i % 10 == 9 ? 1500 : 0, 0);
	assert_true(s.credited <= SEC(3));
	assert_false(s.meter.sitting);
}

static void test_upload_counts_nothing(void **state)
{
	struct scene s = scene_begin();

	for (int i = 0; i < 60; i++)
		scene_feed(&s, (struct meter_sample){ .to_usec = s.now + USEC_PER_SEC,
				       .feed_down_bytes = 900,
				       .media_down_bytes = 900,
				       .feed_up_bytes = 1000000 });
	assert_int_equal(s.credited, 0);
}

static void test_a_slow_burst_is_credited_from_its_first_byte(void **state)
{
	struct scene s = scene_begin();

	for (int i = 0; i < 4; i++)
		scene_second(&s, 2000, 2000);
	assert_int_equal(s.credited, SEC(4));
}

static void test_bytes_of_a_long_sample_lie_at_its_end(void **state)
{
	struct scene s = scene_begin();

	scene_feed(&s, (struct meter_sample){ .to_usec = s.now + SEC(3600),
			       .feed_down_bytes = 20000,
			       .media_down_bytes = 20000 });
	assert_int_equal(s.credited, SEC(1));
}

static void test_away_counts_nothing(void **state)
{
	struct scene s = scene_begin();

	scene_second(&s, 20000, 20000);
	scene_quiet(&s, 2);
	scene_away(&s, 30);
	scene_quiet(&s, 5);
	scene_second(
		&s, 20000, 20000); /* back within the bridge: the gap less the away half minute */
	assert_int_equal(s.credited, SEC(1 + 2 + 5 + 1));
}

static void test_traffic_while_away_is_no_burst(void **state)
{
	struct scene s = scene_begin();

	for (int i = 0; i < 60; i++)
		scene_feed(&s, (struct meter_sample){ .to_usec = s.now + USEC_PER_SEC,
				       .feed_down_bytes = 90000,
				       .media_down_bytes = 90000,
				       .away = true });
	assert_int_equal(s.credited, 0);
	scene_second(&s, 1000, 1000);
	assert_int_equal(s.credited, 0);
}

static void test_time_that_goes_back_is_refused(void **state)
{
	struct scene s = scene_begin();
	struct meter_credit credits[METER_CREDITS_MAX];
	struct meter_sample back;

	scene_second(&s, 20000, 20000);
	back = (struct meter_sample){ .from_usec = s.now - 10, .to_usec = s.now - 5 };
	assert_int_equal(meter_feed(&s.meter, &feed, &back, credits), -EINVAL);
	back = (struct meter_sample){ .from_usec = s.now + 5, .to_usec = s.now + 1 };
	assert_int_equal(meter_feed(&s.meter, &feed, &back, credits), -EINVAL);
}

static void test_the_open_gap_and_the_next_change(void **state)
{
	struct scene s = scene_begin();

	assert_int_equal(meter_open_gap(&s.meter, &feed, s.now), 0);
	assert_true(meter_next(&s.meter, &feed, s.now) == USEC_INFINITY);
	scene_second(&s, 20000, 20000);
	assert_int_equal(meter_next(&s.meter, &feed, s.now), s.now + METER_TAIL_USEC);
	scene_quiet(&s, 12);
	assert_int_equal(meter_open_gap(&s.meter, &feed, s.now), SEC(10));
	assert_int_equal(
		meter_next(&s.meter, &feed, s.now), s.now - SEC(12) + METER_BRIDGE_USEC + 1);
	scene_quiet(&s, 60);
	assert_int_equal(meter_open_gap(&s.meter, &feed, s.now), 0);
	assert_true(meter_next(&s.meter, &feed, s.now) == USEC_INFINITY);
}

/* The same traffic in other slices gives the same time, within a tail. */
static void test_the_tick_does_not_matter(void **state)
{
	struct scene one = scene_begin(), many = scene_begin();

	for (int i = 0; i < 200; i++) {
		const uint64_t bytes = i % 17 == 0 ? 50000 : 0;

		scene_second(&one, bytes, bytes);
		for (int k = 0; k < 10; k++)
			scene_feed(&many,
				(struct meter_sample){ .to_usec = many.now + USEC_PER_SEC / 10,
					.feed_down_bytes = bytes / 10,
					.media_down_bytes = bytes / 10 });
	}
	assert_int_equal(one.now, many.now);
	assert_true(one.credited - many.credited + METER_TAIL_USEC <= 2 * METER_TAIL_USEC);
}

/* Any traffic at all: stretches never overlap, go forward and never exceed the time that passed
 * (scene_feed asserts the first two). */
static void test_random_traffic_keeps_the_promises(void **state)
{
	srand(7);
	for (int round = 0; round < 200; round++) {
		struct scene s = scene_begin();

		s.parameters.needs_media = round % 2;
		s.parameters.settle_usec = round % 3 ? METER_SETTLE_USEC : 0;
		s.parameters.beacon_bytes = round % 5 ? METER_BEACON_BYTES : 0;
		s.parameters.beacon_usec = METER_BEACON_USEC;
		for (int i = 0; i < 300; i++)
			scene_feed(&s, (struct meter_sample){
					       .to_usec = s.now + (usec_t)(rand() % 3000000),
					       .feed_down_bytes = (uint64_t)(rand() % 20000),
					       .feed_up_bytes = (uint64_t)(rand() % 90000),
					       .media_down_bytes =
						       rand() % 3 ? 0 : (uint64_t)(rand() % 90000),
					       .away = rand() % 11 == 0 });
		assert_true(s.credited <= s.now - SEC(1000));
	}
}

/* Whatever the disk held: a bool that is neither, more samples than there is room for. */
static void test_bytes_that_are_no_meter(void **state)
{
	static const size_t bools[] = { offsetof(struct meter, sitting),
		offsetof(struct meter, settling), offsetof(struct meter, window[1].away) };
	struct meter good = { .sitting = true, .n_window = 2 }, bad;

	good.window[1].away = true;
	assert_true(meter_is_sound(&good));
	for (size_t i = 0; i < ELEMENTSOF(bools); i++) {
		bad = good;
		memset((char *)&bad + bools[i], 2, 1);
		assert_false(meter_is_sound(&bad));
	}
	bad = good;
	bad.n_window = METER_WINDOW_SAMPLES + 1;
	assert_false(meter_is_sound(&bad));
	bad.n_window = SIZE_MAX;
	assert_false(meter_is_sound(&bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_page_is_its_second_and_the_tail),
		cmocka_unit_test(test_reading_between_bursts_counts),
		cmocka_unit_test(test_a_gap_of_just_the_bridge_is_credited),
		cmocka_unit_test(test_a_longer_gap_is_not),
		cmocka_unit_test(test_a_button_elsewhere_is_no_visit),
		cmocka_unit_test(test_one_class_suffices_where_there_is_one),
		cmocka_unit_test(test_polls_neither_start_nor_extend),
		cmocka_unit_test(test_upload_counts_nothing),
		cmocka_unit_test(test_a_slow_burst_is_credited_from_its_first_byte),
		cmocka_unit_test(test_bytes_of_a_long_sample_lie_at_its_end),
		cmocka_unit_test(test_away_counts_nothing),
		cmocka_unit_test(test_traffic_while_away_is_no_burst),
		cmocka_unit_test(test_time_that_goes_back_is_refused),
		cmocka_unit_test(test_the_open_gap_and_the_next_change),
		cmocka_unit_test(test_the_tick_does_not_matter),
		cmocka_unit_test(test_random_traffic_keeps_the_promises),
		cmocka_unit_test(test_bytes_that_are_no_meter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
