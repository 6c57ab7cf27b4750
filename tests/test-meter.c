/* What counts as attention: sittings, gaps, tails, background traffic, away stretches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/meter.h"

#define SEC(n) ((usec_t)(n)*USEC_PER_SEC)

static const struct meter_parameters feed = { .burst_bytes = METER_BURST_BYTES,
	.burst_usec = METER_BURST_USEC,
	.bridge_usec = METER_BRIDGE_USEC,
	.tail_usec = METER_TAIL_USEC,
	.needs_media = true };

/* One person in front of one site: seconds tick, bytes come, credits add up. */
struct scene {
	struct meter meter;
	struct meter_parameters parameters;
	usec_t now, credited, last_end;
	int opens;
};

static void scene_feed(struct scene *s, struct meter_sample sample)
{
	struct meter_credit credits[METER_CREDITS_MAX];
	int n;

	sample.from_usec = s->now;
	s->now = sample.to_usec;
	n = meter_feed(&s->meter, &s->parameters, &sample, credits);
	assert_in_range(n, 0, METER_CREDITS_MAX);
	for (int i = 0; i < n; i++) {
		assert_true(credits[i].from_usec < credits[i].to_usec);
		assert_true(credits[i].from_usec >= s->last_end);
		assert_true(credits[i].to_usec <= s->now);
		s->last_end = credits[i].to_usec;
		s->credited += credits[i].to_usec - credits[i].from_usec;
		s->opens += credits[i].opens;
	}
}

static void scene_second(struct scene *s, uint64_t feed_bytes, uint64_t media_bytes)
{
	scene_feed(s, (struct meter_sample){ .to_usec = s->now + USEC_PER_SEC,
			      .feed_down_bytes = feed_bytes,
			      .media_down_bytes = media_bytes });
}

/* A page tells home: so many bytes up, a short answer down. */
static void scene_beacon(struct scene *s, uint64_t bytes)
{
	scene_feed(s, (struct meter_sample){ .to_usec = s->now + USEC_PER_SEC,
			      .feed_up_bytes = bytes,
			      .feed_down_bytes = 300 });
}

static void scene_quiet(struct scene *s, unsigned sec)
{
	while (sec-- > 0)
		scene_second(s, 0, 0);
}

static void scene_away(struct scene *s, unsigned sec)
{
	while (sec-- > 0)
		scene_feed(
			s, (struct meter_sample){ .to_usec = s->now + USEC_PER_SEC, .away = true });
}

static struct scene scene_begin(void)
{
	return (struct scene){ .parameters = feed, .now = SEC(1000), .last_end = SEC(1000) };
}

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

static struct scene scene_of_a_page(void)
{
	struct scene s = scene_begin();

	s.parameters.settle_usec = METER_SETTLE_USEC;
	s.parameters.beacon_bytes = METER_BEACON_BYTES;
	s.parameters.beacon_usec = METER_BEACON_USEC;
	return s;
}

/* A page has loaded, was scrolled, and counts. */
static struct scene scene_of_a_visit(void)
{
	struct scene s = scene_of_a_page();

	for (int i = 0; i < 16; i++)
		scene_second(&s, 20000, 90000);
	assert_int_equal(s.credited, SEC(16));
	return s;
}

static void test_a_visit_counts_from_its_first_byte_once_it_has_settled(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 200000, 900000);
	scene_quiet(&s, 7);
	scene_second(&s, 20000, 90000); /* 9 s: too early to tell */
	scene_second(&s, 20000, 90000);
	scene_second(&s, 20000, 90000); /* the same burst */
	assert_int_equal(s.credited, 0);
	scene_quiet(&s, 4);
	scene_second(&s, 20000, 90000);
	assert_int_equal(s.credited, SEC(16));
	assert_int_equal(s.opens, 1);
}

static void test_what_loads_once_is_no_visit(void **state)
{
	struct scene s = scene_of_a_page();

	for (int i = 0; i < 5; i++) { /* an embedded post; it tells that it was seen, and left */
		scene_second(&s, 90000, 500000);
		scene_quiet(&s, 2);
		scene_beacon(&s, 1800);
		scene_quiet(&s, 35);
		scene_beacon(&s, 1800);
	}
	for (int i = 0; i < 60; i++) { /* a button: its media are cached after the first time */
		scene_second(&s, 30000, i == 0 ? 250000 : 70);
		scene_quiet(&s, 9);
	}
	assert_int_equal(s.credited, 0);
	assert_int_equal(s.opens, 0);
}

/* A like button, and a page to sign in with half a minute later, which tells that it was left. */
static void test_signing_in_elsewhere_is_no_visit(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 40000, 250000);
	scene_quiet(&s, 19);
	scene_second(&s, 60000, 300000);
	scene_second(&s, 1000, 30000);
	scene_beacon(&s, 1500);
	scene_quiet(&s, 15);
	scene_beacon(&s, 1500);
	scene_quiet(&s, 60);
	assert_int_equal(s.credited, 0);
}

static void test_reading_on_counts_by_beacons(void **state)
{
	struct scene s = scene_of_a_visit();

	for (int i = 0; i < 10; i++) {
		scene_quiet(&s, 15);
		scene_beacon(&s, 3000);
	}
	assert_int_equal(s.credited, SEC(16 + 160));
	scene_quiet(&s, 61); /* the last one was told on leaving: no tail */
	assert_int_equal(s.credited, SEC(16 + 160));
	assert_false(s.meter.sitting);
}

static void test_a_single_page_settles_by_beacons(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 90000, 300000);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(s.credited, 0);
		scene_quiet(&s, 14);
		scene_beacon(&s, 3000);
	}
	assert_int_equal(s.credited, SEC(46));
	assert_int_equal(s.opens, 1);
}

/* Told on leaving, away for less than a bridge, and back. */
static void test_a_page_that_was_left_is_not_read(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 5);
	scene_beacon(&s, 3000);
	assert_int_equal(s.credited, SEC(16 + 6));
	scene_quiet(&s, 40);
	for (int i = 0; i < 16; i++)
		scene_second(&s, 20000, 90000);
	assert_int_equal(s.credited, SEC(16 + 6 + 16));
	assert_int_equal(s.opens, 2);
}

static void test_a_page_behind_tells_too_seldom(void **state)
{
	struct scene s = scene_of_a_visit();

	for (int i = 0; i < 20; i++) {
		scene_quiet(&s, 44);
		scene_beacon(&s, 3000);
	}
	assert_int_equal(s.credited, SEC(16 + 2));
}

static void test_a_page_behind_asks_more_than_it_tells(void **state)
{
	struct scene s = scene_of_a_visit();

	for (int i = 0; i < 120; i++) { /* every 10 s, whole timelines among it */
		scene_quiet(&s, 9);
		scene_feed(&s, (struct meter_sample){ .to_usec = s.now + USEC_PER_SEC,
				       .feed_up_bytes = 2500,
				       .feed_down_bytes = i % 6 == 0 ? 40000 : 2600,
				       .media_down_bytes = 72 });
	}
	assert_int_equal(s.credited, SEC(16 + 2));
}

static void test_beacons_alone_end_sometime(void **state)
{
	struct scene s = scene_of_a_visit();

	for (int i = 0; i < 600; i++) {
		scene_quiet(&s, 9);
		scene_beacon(&s, 3000);
	}
	assert_int_equal(s.credited, SEC(16) + METER_READING_USEC);
}

static void test_beacons_begin_nothing(void **state)
{
	struct scene s = scene_of_a_page();

	for (int i = 0; i < 600; i++) {
		scene_quiet(&s, 9);
		scene_beacon(&s, 3000);
	}
	assert_int_equal(s.credited, 0);
}

static void test_an_upload_is_no_beacon(void **state)
{
	struct scene s = scene_of_a_visit();

	for (int i = 0; i < 120; i++)
		scene_beacon(&s, 900000);
	scene_beacon(&s, 3000); /* its last bytes */
	assert_int_equal(s.credited, SEC(16 + 2));
}

static void test_a_beacon_may_lie_in_two_samples(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 20);
	scene_feed(&s, (struct meter_sample){ .to_usec = s.now + 1000, .feed_up_bytes = 700 });
	scene_beacon(&s, 700);
	assert_int_equal(s.credited, SEC(16 + 20) + 1000); /* when it was told */
}

/* The keeper is woken by the question's first packet, and looks again a second later. */
static void test_a_question_is_no_beacon_before_its_answer(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 20);
	scene_feed(&s, (struct meter_sample){ .to_usec = s.now + 1000, .feed_up_bytes = 2400 });
	assert_int_equal(s.credited, SEC(16 + 2));
	scene_second(&s, 8000, 0);
	assert_int_equal(s.credited, SEC(16 + 2));
}

static void test_a_site_that_tells_nothing_has_no_beacons(void **state)
{
	struct scene s = scene_of_a_visit();

	s.parameters.beacon_bytes = 0;
	scene_quiet(&s, 20);
	scene_beacon(&s, 3000);
	assert_int_equal(s.credited, SEC(16 + 2));
}

static void test_a_film_goes_on_with_media_alone(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 900000, 3000000);
	for (int i = 0; i < 20; i++) {
		scene_quiet(&s, 19);
		scene_second(&s, 0, 1000000);
	}
	assert_int_equal(s.credited, SEC(401));
	assert_int_equal(s.opens, 1);
}

static void test_a_long_sleep_cuts_the_tail(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_feed(&s, (struct meter_sample){ .to_usec = s.now + SEC(600), .away = true });
	assert_int_equal(s.credited, SEC(16));
	scene_quiet(&s, 5);
	assert_int_equal(s.credited, SEC(16));
}

static void test_a_lock_longer_than_the_bridge_keeps_the_sitting(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 10);
	scene_away(&s, 120);
	scene_quiet(&s, 9);
	scene_second(&s, 0, 90000);
	assert_int_equal(s.credited, SEC(16 + 10 + 10));
	assert_int_equal(s.opens, 1);
}

static void test_two_locks_in_one_gap_count_for_nothing(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 10);
	scene_away(&s, 120);
	scene_quiet(&s, 5);
	scene_away(&s, 120);
	scene_quiet(&s, 4);
	scene_second(&s, 0, 90000);
	/* the tail before the first, and what lies behind it */
	assert_int_equal(s.credited, SEC(16 + 2 + 5 + 5));
}

static void test_a_night_ends_the_sitting(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 10);
	scene_feed(&s, (struct meter_sample){ .to_usec = s.now + SEC(8 * 3600), .away = true });
	scene_quiet(&s, 5);
	assert_false(s.meter.sitting);
	scene_second(&s, 0, 90000);
	assert_int_equal(s.credited, SEC(16 + 2));
}

static void test_away_ends_what_had_not_settled(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 90000, 300000);
	scene_away(&s, 5);
	scene_quiet(&s, 5);
	scene_second(&s, 90000, 300000);
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
					       .feed_up_bytes = (uint64_t)(rand() % 30000),
					       .media_down_bytes =
						       rand() % 3 ? 0 : (uint64_t)(rand() % 90000),
					       .away = rand() % 11 == 0 });
		assert_true(s.credited <= s.now - SEC(1000));
	}
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
		cmocka_unit_test(test_a_visit_counts_from_its_first_byte_once_it_has_settled),
		cmocka_unit_test(test_what_loads_once_is_no_visit),
		cmocka_unit_test(test_signing_in_elsewhere_is_no_visit),
		cmocka_unit_test(test_reading_on_counts_by_beacons),
		cmocka_unit_test(test_a_single_page_settles_by_beacons),
		cmocka_unit_test(test_a_page_that_was_left_is_not_read),
		cmocka_unit_test(test_a_page_behind_tells_too_seldom),
		cmocka_unit_test(test_a_page_behind_asks_more_than_it_tells),
		cmocka_unit_test(test_beacons_alone_end_sometime),
		cmocka_unit_test(test_beacons_begin_nothing),
		cmocka_unit_test(test_an_upload_is_no_beacon),
		cmocka_unit_test(test_a_beacon_may_lie_in_two_samples),
		cmocka_unit_test(test_a_question_is_no_beacon_before_its_answer),
		cmocka_unit_test(test_a_site_that_tells_nothing_has_no_beacons),
		cmocka_unit_test(test_a_film_goes_on_with_media_alone),
		cmocka_unit_test(test_a_long_sleep_cuts_the_tail),
		cmocka_unit_test(test_a_lock_longer_than_the_bridge_keeps_the_sitting),
		cmocka_unit_test(test_two_locks_in_one_gap_count_for_nothing),
		cmocka_unit_test(test_a_night_ends_the_sitting),
		cmocka_unit_test(test_away_ends_what_had_not_settled),
		cmocka_unit_test(test_a_slow_burst_is_credited_from_its_first_byte),
		cmocka_unit_test(test_bytes_of_a_long_sample_lie_at_its_end),
		cmocka_unit_test(test_away_counts_nothing),
		cmocka_unit_test(test_traffic_while_away_is_no_burst),
		cmocka_unit_test(test_time_that_goes_back_is_refused),
		cmocka_unit_test(test_the_open_gap_and_the_next_change),
		cmocka_unit_test(test_the_tick_does_not_matter),
		cmocka_unit_test(test_random_traffic_keeps_the_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
