/* What a visit is, and what none: settling, beacons, and time away within one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "meter-scene.h"

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

/* A tab behind asks for news, and three seconds later somebody turns to it. */
static void test_a_poll_before_a_visit_is_not_its_first_byte(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 2400, 0);
	scene_quiet(&s, 2);
	for (int i = 0; i < 16; i++)
		scene_second(&s, 20000, 90000);
	assert_int_equal(s.credited, SEC(16));
	assert_int_equal(s.opens, 1);
}

/* As recorded: of what comes first only pictures are new, and the page's own host says nothing. */
static void test_a_poll_lends_a_visit_nothing(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 1500, 0);
	scene_quiet(&s, 3);
	scene_second(&s, 0, 97000);
	scene_quiet(&s, 1);
	scene_beacon(&s, 3000);
	scene_quiet(&s, 6);
	scene_second(&s, 44000, 178000);
	scene_quiet(&s, 6);
	scene_second(&s, 21000, 337000);
	assert_int_equal(s.credited, SEC(17));
	assert_int_equal(s.opens, 1);
}

/* The page's own host is asked and takes its time, or it all comes slowly: no poll, nor a pause. */
static void test_what_a_burst_needed_is_its_first_byte(void **state)
{
	struct scene slow = scene_begin(), piecemeal = scene_begin();

	scene_second(&slow, 3000, 0);
	scene_second(&slow, 40000, 0);
	scene_second(&slow, 40000, 90000);
	assert_int_equal(slow.credited, SEC(3));
	scene_second(&piecemeal, 6000, 2000);
	scene_quiet(&piecemeal, 2);
	scene_second(&piecemeal, 6000, 3000);
	assert_int_equal(piecemeal.credited, SEC(4));
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

/* Signing in: a page that reports twice while it loads, and when it is left. */
static void test_what_is_told_at_once_settles_once(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 90000, 300000);
	scene_quiet(&s, 14);
	scene_beacon(&s, 3000);
	scene_beacon(&s, 3000);
	scene_quiet(&s, 10);
	scene_beacon(&s, 3000);
	assert_int_equal(s.credited, 0);
	scene_quiet(&s, 10);
	scene_beacon(&s, 3000);
	assert_int_equal(s.credited, SEC(39));
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

/* Scrolled in the very second; the pictures still come after it told that it was left; they came,
 * and what it told goes with a question. */
static void test_a_page_that_was_left_while_it_loads_is_not_read(void **state)
{
	const struct meter_sample told = { .feed_down_bytes = 32000, .feed_up_bytes = 4900 };
	const struct meter_sample pictures = { .media_down_bytes = 124000 };
	const struct meter_sample both = {
		.feed_down_bytes = 32000, .feed_up_bytes = 4900, .media_down_bytes = 124000
	};
	const struct {
		struct meter_sample first, second;
		unsigned counted_sec;
	} rows[] = { { both, {}, 1 }, { both, pictures, 2 + 2 }, { pictures, told, 2 } };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct meter_sample first = rows[i].first, second = rows[i].second;
		struct scene s = scene_of_a_visit();

		scene_quiet(&s, 5);
		first.to_usec = s.now + USEC_PER_SEC;
		scene_feed(&s, first);
		second.to_usec = s.now + USEC_PER_SEC;
		scene_feed(&s, second);
		scene_quiet(&s, 38);
		assert_int_equal(s.credited, SEC(16 + 5 + rows[i].counted_sec));
		for (int j = 0; j < 16; j++)
			scene_second(&s, 20000, 90000);
		assert_int_equal(s.credited, SEC(16 + 5 + rows[i].counted_sec + 16));
		assert_int_equal(s.opens, 2);
	}
}

/* What it tells beside a burst keeps it like any other beacon; what only acknowledges is none. */
static void test_a_page_tells_while_it_loads(void **state)
{
	struct meter_sample load = { .feed_down_bytes = 120000, .media_down_bytes = 124000 };
	struct scene in_front = scene_of_a_visit(), silent = scene_of_a_visit();

	for (int i = 0; i < 5; i++) {
		load.to_usec = in_front.now + USEC_PER_SEC;
		load.feed_up_bytes = 7000;
		scene_feed(&in_front, load);
		scene_quiet(&in_front, 20);
	}
	scene_beacon(&in_front, 3000);
	assert_int_equal(in_front.credited, SEC(16 + 5 * 21 + 1));
	load.to_usec = silent.now + USEC_PER_SEC;
	load.feed_up_bytes = 3600;
	scene_feed(&silent, load);
	scene_quiet(&silent, 49);
	scene_second(&silent, 20000, 90000);
	assert_int_equal(silent.credited, SEC(16 + 51)); /* a bridge */
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

/* What it says is less than a beacon; the heads on the wire are not what it says. */
static void test_a_short_word_from_behind_is_no_beacon(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 5);
	scene_beacon(&s, 3000); /* on being left */
	scene_quiet(&s, 20);
	scene_feed(&s, (struct meter_sample){ .to_usec = s.now + USEC_PER_SEC,
			       .feed_up_bytes = 900 + 420 + 200,
			       .feed_down_bytes = 290 + 130 });
	scene_quiet(&s, 6);
	for (int i = 0; i < 16; i++)
		scene_second(&s, 20000, 90000);
	assert_int_equal(s.credited, SEC(16 + 6 + 16));
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

/* A poll is answered in the very second in which the page tells home, once or twice in a row. */
static void test_a_beacon_beside_a_question_may_be_one(void **state)
{
	const struct meter_sample both = { .feed_up_bytes = 2900, .feed_down_bytes = 2800 };

	for (unsigned times = 1; times <= 2; times++) {
		struct scene s = scene_of_a_visit();

		scene_quiet(&s, 14);
		scene_beacon(&s, 3000);
		for (unsigned i = 0; i < times; i++) {
			struct meter_sample sample = both;

			scene_quiet(&s, 15);
			sample.to_usec = s.now + USEC_PER_SEC;
			scene_feed(&s, sample);
		}
		assert_int_equal(s.credited, SEC(16 + 15)); /* by itself it credits nothing */
		scene_quiet(&s, 15);
		scene_beacon(&s, 3000);
		assert_int_equal(s.credited, times == 1 ? SEC(16 + 15 + 16 + 16) : SEC(16 + 15));
	}
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

/* Pressed ten seconds after the last picture came; then it goes on by itself, with a pause. */
static void test_an_upload_is_a_sign_when_it_starts(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 9);
	for (int i = 0; i < 120; i++)
		scene_beacon(&s, 900000);
	scene_beacon(&s, 3000); /* its last bytes */
	scene_quiet(&s, 20);
	for (int i = 0; i < 120; i++)
		scene_beacon(&s, 900000);
	assert_int_equal(s.credited, SEC(16 + 10));
	assert_false(s.meter.sitting);
}

static void test_an_upload_begins_nothing(void **state)
{
	struct scene s = scene_of_a_page();

	scene_second(&s, 90000, 300000); /* a button's */
	for (int i = 0; i < 120; i++)
		scene_beacon(&s, 900000);
	assert_int_equal(s.credited, 0);
}

static void test_a_beacon_may_lie_in_two_samples(void **state)
{
	struct scene s = scene_of_a_visit();

	scene_quiet(&s, 20);
	scene_feed(&s, (struct meter_sample){ .to_usec = s.now + 1000, .feed_up_bytes = 1200 });
	scene_beacon(&s, 1200);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_visit_counts_from_its_first_byte_once_it_has_settled),
		cmocka_unit_test(test_a_poll_before_a_visit_is_not_its_first_byte),
		cmocka_unit_test(test_a_poll_lends_a_visit_nothing),
		cmocka_unit_test(test_what_a_burst_needed_is_its_first_byte),
		cmocka_unit_test(test_what_loads_once_is_no_visit),
		cmocka_unit_test(test_signing_in_elsewhere_is_no_visit),
		cmocka_unit_test(test_reading_on_counts_by_beacons),
		cmocka_unit_test(test_a_single_page_settles_by_beacons),
		cmocka_unit_test(test_what_is_told_at_once_settles_once),
		cmocka_unit_test(test_a_page_that_was_left_is_not_read),
		cmocka_unit_test(test_a_page_that_was_left_while_it_loads_is_not_read),
		cmocka_unit_test(test_a_page_tells_while_it_loads),
		cmocka_unit_test(test_a_page_behind_tells_too_seldom),
		cmocka_unit_test(test_a_short_word_from_behind_is_no_beacon),
		cmocka_unit_test(test_a_page_behind_asks_more_than_it_tells),
		cmocka_unit_test(test_a_beacon_beside_a_question_may_be_one),
		cmocka_unit_test(test_beacons_alone_end_sometime),
		cmocka_unit_test(test_beacons_begin_nothing),
		cmocka_unit_test(test_an_upload_is_a_sign_when_it_starts),
		cmocka_unit_test(test_an_upload_begins_nothing),
		cmocka_unit_test(test_a_beacon_may_lie_in_two_samples),
		cmocka_unit_test(test_a_question_is_no_beacon_before_its_answer),
		cmocka_unit_test(test_a_site_that_tells_nothing_has_no_beacons),
		cmocka_unit_test(test_a_film_goes_on_with_media_alone),
		cmocka_unit_test(test_a_long_sleep_cuts_the_tail),
		cmocka_unit_test(test_a_lock_longer_than_the_bridge_keeps_the_sitting),
		cmocka_unit_test(test_two_locks_in_one_gap_count_for_nothing),
		cmocka_unit_test(test_a_night_ends_the_sitting),
		cmocka_unit_test(test_away_ends_what_had_not_settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
