/* Forms of values, each with its neighbours that are refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-values.h"

static void test_times_of_day(void **state)
{
	static const struct {
		const char *text;
		bool end_of_day;
		int r;
		uint16_t min;
	} rows[] = {
		{ "00:00", false, 0, 0 },
		{ "23:59", false, 0, 1439 },
		{ "24:00", true, 0, 1440 },
		{ "24:00", false, -ERANGE, 0 },
		{ "24:01", true, -ERANGE, 0 },
		{ "12:60", false, -ERANGE, 0 },
		{ "99:00", false, -ERANGE, 0 },
		{ "4:00", false, -EINVAL, 0 },
		{ "04:0", false, -EINVAL, 0 },
		{ "04.00", false, -EINVAL, 0 },
		{ "04:000", false, -EINVAL, 0 },
		{ "-4:00", false, -EINVAL, 0 },
		{ "", false, -EINVAL, 0 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		uint16_t min = 7;

		assert_int_equal(
			value_parse_clock(rows[i].text, rows[i].end_of_day, &min), rows[i].r);
		assert_int_equal(min, rows[i].r < 0 ? 7 : rows[i].min);
	}
}

static void test_windows(void **state)
{
	static const struct {
		const char *text;
		struct window expected;
	} good[] = {
		{ "daily 12:00-13:00", { 0x7f, 720, 780 } },
		{ "mon 00:00-24:00", { 0x01, 0, 1440 } },
		{ "mon-fri 12:00-13:30", { 0x1f, 720, 810 } },
		{ "sat,sun 22:00-02:00", { 0x60, 1320, 120 } },
		{ "fri-mon 08:00-09:00", { 0x71, 480, 540 } }, /* round the end of the week */
		{ "mon-sun 08:00-09:00", { 0x7f, 480, 540 } },
		{ "tue-mon 08:00-09:00", { 0x7f, 480, 540 } },
		{ "mon,wed-thu,mon\t08:00-09:00", { 0x0d, 480, 540 } },
		{ "never", { 0, 0, 1440 } },
	};
	static const char *const bad[] = { "", "daily", "12:00-13:00", "mon 12:00",
		"mon 12:00-12:00", "mon 24:00-02:00", "mon 12:00 - 13:00", "mon, tue 12:00-13:00",
		"mon, 12:00-13:00", ",mon 12:00-13:00", "mon- 12:00-13:00", "-mon 12:00-13:00",
		"mon-tue-wed 12:00-13:00", "Mon 12:00-13:00", "monday 12:00-13:00",
		"mon 12:00-13:00-14:00", "mon 12:00-13:00 x", "daily,mon 12:00-13:00" };
	struct window w;

	for (size_t i = 0; i < ELEMENTSOF(good); i++) {
		assert_int_equal(value_parse_window(good[i].text, &w), 0);
		assert_int_equal(w.days, good[i].expected.days);
		assert_int_equal(w.from_min, good[i].expected.from_min);
		assert_int_equal(w.to_min, good[i].expected.to_min);
	}
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		if (value_parse_window(bad[i], &w) >= 0)
			fail_msg("%s is taken", bad[i]);
}

/* What is written is read back. */
static void test_formats(void **state)
{
	static const char *const windows[] = { "daily 12:00-13:00", "mon,sat 22:00-02:00",
		"fri 00:00-24:00", "never" };
	static const char *const sizes[] = { "0B", "999B", "1kB", "1001B", "16kB", "2MB",
		"4294967295GB" };
	char window[WINDOW_TEXT_MAX], size[SIZE_TEXT_MAX];
	struct window w;
	uint64_t bytes;

	for (size_t i = 0; i < ELEMENTSOF(windows); i++) {
		assert_int_equal(value_parse_window(windows[i], &w), 0);
		assert_string_equal(value_format_window(&w, window), windows[i]);
	}
	for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
		assert_int_equal(parse_size(sizes[i], &bytes), 0);
		assert_string_equal(value_format_size(bytes, size), sizes[i]);
	}
}

static void test_bursts(void **state)
{
	static const char *const bad[] = { "", "16kB", "16kB within", "16kB in 5s", "0B within 5s",
		"16kB within 0s", "16kB within 5", "16kB within 5s 6s", "x within 5s" };
	uint64_t bytes = 0;
	int64_t sec = 0;

	assert_int_equal(value_parse_burst("16kB  within 5s", &bytes, &sec), 0);
	assert_int_equal(bytes, 16000);
	assert_int_equal(sec, 5);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		if (value_parse_burst(bad[i], &bytes, &sec) >= 0)
			fail_msg("%s is taken", bad[i]);
	assert_int_equal(bytes, 16000);
}

static void test_limits(void **state)
{
	static const struct {
		const char *text;
		int r;
		enum limit_period period;
		int64_t sec;
	} rows[] = {
		{ "30min per day", 0, LIMIT_DAY, 1800 },
		{ "5h  per\tweek", 0, LIMIT_WEEK, 18000 },
		{ "0s per day", 0, LIMIT_DAY, 0 },
		{ "none per week", 0, LIMIT_WEEK, LIMIT_NONE },
		{ "7d per week", 0, LIMIT_WEEK, 604800 },
		{ "20min per sitting", 0, LIMIT_SITTING, 1200 },
		{ "none per sitting", 0, LIMIT_SITTING, LIMIT_NONE },
		{ "7d1s per week", -ERANGE, LIMIT_DAY, 0 },
		{ "9999999999s per day", -ERANGE, LIMIT_DAY, 0 },
		{ "30min", -EINVAL, LIMIT_DAY, 0 },
		{ "30min per", -EINVAL, LIMIT_DAY, 0 },
		{ "30min per month", -EINVAL, LIMIT_DAY, 0 },
		{ "30min a day", -EINVAL, LIMIT_DAY, 0 },
		{ "30min per day per week", -EINVAL, LIMIT_DAY, 0 },
		{ "30 min per day", -EINVAL, LIMIT_DAY, 0 },
		{ "None per day", -EINVAL, LIMIT_DAY, 0 },
		{ "", -EINVAL, LIMIT_DAY, 0 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		enum limit_period period = LIMIT_PERIODS;
		int64_t sec = 77;

		assert_int_equal(value_parse_limit(rows[i].text, 604800, &period, &sec), rows[i].r);
		assert_int_equal(sec, rows[i].r < 0 ? 77 : rows[i].sec);
		assert_int_equal(period, rows[i].r < 0 ? LIMIT_PERIODS : rows[i].period);
	}
}

static void test_masks(void **state)
{
	static const char *const bad[] = { "", "0x", "0x0", "3f", "0x3g", "0x1f", "0x7d",
		"0x3f0001", "-0x3f", "0x-3f", "0x 3f", "0x1ffffffff", "0x00000000000000003f" };
	uint32_t mask = 0;

	assert_int_equal(value_parse_mask("0x3f", 6, &mask), 0);
	assert_int_equal(mask, 0x3f);
	assert_int_equal(value_parse_mask("0xFC000000", 6, &mask), 0);
	assert_int_equal(mask, 0xfc000000);
	assert_int_equal(value_parse_mask("0xffffffff", 6, &mask), 0);
	assert_int_equal(mask, 0xffffffff);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		if (value_parse_mask(bad[i], 6, &mask) >= 0)
			fail_msg("%s is taken", bad[i]);
}

static void test_lease_ranges(void **state)
{
	static const struct {
		const char *text;
		int family, r;
	} rows[] = {
		{ "198.19.128.0/17", AF_INET, 0 },
		{ "2001:2:0:f000::/52", AF_INET6, 0 },
		{ "198.19.128.0/17", AF_INET6, -EINVAL },
		{ "2001:2:0:f000::/52", AF_INET, -EINVAL },
		{ "198.19.128.1/17", AF_INET, -EINVAL },
		{ "127.1.0.0/16", AF_INET, -ERANGE },
		{ "0.0.0.0/8", AF_INET, -ERANGE },
		{ "239.0.0.0/8", AF_INET, -ERANGE },
		{ "::/64", AF_INET6, -ERANGE },
		{ "ff02::/16", AF_INET6, -ERANGE },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct prefix p = { .bits = 77 };

		assert_int_equal(
			value_parse_lease_range(rows[i].text, rows[i].family, &p), rows[i].r);
		assert_true((p.bits == 77) == (rows[i].r < 0));
	}
}

static void test_how_long_to_keep(void **state)
{
	static const struct {
		const char *text;
		int32_t days;
	} good[] = { { "31d", 31 }, { "90d", 90 }, { "26w", 182 }, { "1y", 366 }, { "5y", 1830 },
		{ "100y", 36600 }, { "forever", 0 } };
	static const char *const bad[] = { "", "30d", "4w", "0y", "101y", "5", "y", "5 y", "-5y",
		"5m", "1.5y", "5yy", "for ever", "99999999999999999999y" };
	int32_t days;

	for (size_t i = 0; i < ELEMENTSOF(good); i++) {
		assert_int_equal(value_parse_keep(good[i].text, &days), 0);
		assert_int_equal(days, good[i].days);
	}
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		if (value_parse_keep(bad[i], &days) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
}

static void test_no_memory_is_no_mistake(void **state)
{
	errno = ENOMEM;
	assert_int_equal(value_scan_error(), -ENOMEM);
	errno = 0;
	assert_int_equal(value_scan_error(), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_of_day),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_how_long_to_keep),
		cmocka_unit_test(test_lease_ranges),
		cmocka_unit_test(test_no_memory_is_no_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
