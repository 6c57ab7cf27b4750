/* The clock that nobody can set: it follows the one on the wall as long as what passed explains it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/calendar.h"
#include "core/day-clock.h"

#define SEC       USEC_PER_SEC
#define HOUR      (SEC_PER_HOUR * SEC)
#define DAY       (24 * HOUR)
#define DAY_START 240
/* 2026-11-25 12:00 UTC */
#define NOON (1795608000 * SEC)
#define UP   (100 * HOUR) /* long after the boot */

static int set_zone(void **state)
{
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static struct instant at(usec_t boot_usec, usec_t wall_usec)
{
	return (struct instant){ .boot_usec = boot_usec, .wall_usec = wall_usec };
}

static void test_it_follows_what_time_explains(void **state)
{
	struct day_clock c;

	day_clock_begin(&c, at(UP, NOON), 0);
	assert_false(day_clock_step(&c, at(UP + HOUR, NOON + HOUR + 90 * SEC), DAY_START));
	assert_int_equal(day_clock_wall(&c, UP + HOUR), NOON + HOUR + 90 * SEC);
	assert_int_equal(day_clock_off(&c, at(UP + HOUR, NOON + HOUR)), -90 * (int64_t)SEC);
}

static void test_a_clock_that_is_set_is_not_believed(void **state)
{
	static const int64_t jumps_sec[] = { 86400, -86400, 7 * 86400, 3 * 3600, -3600,
		365 * 86400 };

	for (size_t i = 0; i < sizeof(jumps_sec) / sizeof(jumps_sec[0]); i++) {
		const usec_t jump = (usec_t)(jumps_sec[i] * (int64_t)SEC);
		struct day_clock c;

		day_clock_begin(&c, at(UP, NOON), 0);
		assert_true(day_clock_step(&c, at(UP + SEC, NOON + SEC + jump), DAY_START));
		assert_false(day_clock_step(&c, at(UP + HOUR, NOON + HOUR + jump), DAY_START));
		assert_int_equal(day_clock_wall(&c, UP + HOUR), NOON + HOUR);
		/* set right again */
		assert_false(day_clock_step(&c, at(UP + 2 * HOUR, NOON + 2 * HOUR), DAY_START));
		assert_true(
			day_clock_step(&c, at(UP + 3 * HOUR, NOON + 3 * HOUR + jump), DAY_START));
	}
}

/* When a day has really passed a clock that is at most a day off is believed again: it may be the
 * right one. */
static void test_a_day_forgives(void **state)
{
	struct day_clock c;

	day_clock_begin(&c, at(UP, NOON), 0);
	day_clock_step(&c, at(UP + SEC, NOON + SEC + 3 * HOUR), DAY_START);
	day_clock_step(&c, at(UP + 15 * HOUR, NOON + 18 * HOUR), DAY_START);
	assert_int_equal(day_clock_wall(&c, UP + 15 * HOUR), NOON + 15 * HOUR);
	day_clock_step(&c, at(UP + 17 * HOUR, NOON + 20 * HOUR), DAY_START);
	assert_int_equal(day_clock_wall(&c, UP + 17 * HOUR), NOON + 20 * HOUR);

	day_clock_begin(&c, at(UP, NOON), 0);
	day_clock_step(&c, at(UP + SEC, NOON + SEC + 30 * DAY), DAY_START);
	day_clock_step(&c, at(UP + 17 * HOUR, NOON + 17 * HOUR + 30 * DAY), DAY_START);
	assert_int_equal(day_clock_wall(&c, UP + 17 * HOUR), NOON + 17 * HOUR);
}

/* After a boot the network tells the time, once; and it does not go back. */
static void test_a_boot_may_begin_in_the_past(void **state)
{
	struct day_clock c;

	day_clock_begin(&c, at(20 * SEC, NOON - 3 * DAY), NOON - DAY);
	assert_true(day_clock_step(&c, at(30 * SEC, NOON), DAY_START));
	assert_int_equal(day_clock_wall(&c, 30 * SEC), NOON);
	assert_true(day_clock_step(&c, at(40 * SEC, NOON + DAY), DAY_START));
	assert_int_equal(day_clock_wall(&c, 40 * SEC), NOON + 10 * SEC);

	/* late, where the clock was known to be wrong; else no more */
	day_clock_begin(&c, at(20 * SEC, NOON - 3 * DAY), NOON - DAY);
	day_clock_step(&c, at(UP, NOON + UP), DAY_START);
	assert_int_equal(day_clock_wall(&c, UP), NOON + UP);
	day_clock_begin(&c, at(20 * SEC, NOON - 3 * DAY), NOON - 4 * DAY);
	assert_true(day_clock_step(&c, at(HOUR, NOON), DAY_START));
	assert_int_equal(day_clock_wall(&c, HOUR), NOON - 3 * DAY + HOUR - 20 * SEC);

	/* back: what was is believed */
	day_clock_begin(&c, at(20 * SEC, NOON), 0);
	assert_true(day_clock_step(&c, at(30 * SEC, NOON - DAY), DAY_START));
	assert_int_equal(day_clock_wall(&c, 30 * SEC), NOON + 10 * SEC);
}

static void test_a_new_process_goes_on_with_the_old_ones(void **state)
{
	struct day_clock c;

	day_clock_continue(&c, UP, NOON);
	assert_true(day_clock_step(&c, at(UP + HOUR, NOON + HOUR + DAY), DAY_START));
	assert_int_equal(day_clock_wall(&c, UP + HOUR), NOON + HOUR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_follows_what_time_explains),
		cmocka_unit_test(test_a_clock_that_is_set_is_not_believed),
		cmocka_unit_test(test_a_day_forgives),
		cmocka_unit_test(test_a_boot_may_begin_in_the_past),
		cmocka_unit_test(test_a_new_process_goes_on_with_the_old_ones),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
