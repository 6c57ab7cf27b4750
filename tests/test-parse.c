/* Small text forms: what is taken, what is refused, and that a form that is written is read back.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int r;
		uint64_t number;
	} rows[] = {
		{ "0", 10, 0, 0 },
		{ "10", 10, 0, 10 },
		{ "007", 10, 0, 7 },
		{ "11", 10, -ERANGE, 0 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
		{ "99999999999999999999999", UINT64_MAX, -ERANGE, 0 },
		{ "5", 4, -ERANGE, 0 },
		{ "", 10, -EINVAL, 0 },
		{ "-1", 10, -EINVAL, 0 },
		{ "+1", 10, -EINVAL, 0 },
		{ " 1", 10, -EINVAL, 0 },
		{ "1 ", 10, -EINVAL, 0 },
		{ "0x1", 10, -EINVAL, 0 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		uint64_t number = 77;

		assert_int_equal(parse_uint64(rows[i].text, rows[i].max, &number), rows[i].r);
		assert_int_equal(number, rows[i].r < 0 ? 77 : rows[i].number);
	}
}

static void test_booleans(void **state)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };
	bool b;

	for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
		b = false;
		assert_int_equal(parse_boolean(yes[i], &b), 0);
		assert_true(b);
		assert_int_equal(parse_boolean(no[i], &b), 0);
		assert_false(b);
	}
	assert_int_equal(parse_boolean("Yes", &b), -EINVAL);
	assert_int_equal(parse_boolean("", &b), -EINVAL);
}

static void test_spans(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t sec;
	} rows[] = {
		{ "45s", 0, 45 },
		{ "30min", 0, 1800 },
		{ "1h30min", 0, 5400 },
		{ "2d", 0, 172800 },
		{ "1d1h1min1s", 0, 90061 },
		{ "90min", 0, 5400 },
		{ "0s", 0, 0 },
		{ "2147483647d", 0, INT64_C(2147483647) * 86400 },
		{ "2147483647d23h", 0, INT64_C(2147483647) * 86400 + 82800 },
		{ "2147483647d24h", -ERANGE, 0 }, /* could not be written and read again */
		{ "2147483648s", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "30", -EINVAL, 0 },
		{ "min", -EINVAL, 0 },
		{ "30m", -EINVAL, 0 },
		{ "30 min", -EINVAL, 0 },
		{ "1min1h", -EINVAL, 0 }, /* largest first */
		{ "1h1h", -EINVAL, 0 },
		{ "1.5h", -EINVAL, 0 },
		{ "-1h", -EINVAL, 0 },
		{ "1H", -EINVAL, 0 },
		{ "1hour", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int64_t sec = 77;

		assert_int_equal(parse_span(rows[i].text, &sec), rows[i].r);
		assert_int_equal(sec, rows[i].r < 0 ? 77 : rows[i].sec);
	}
}

static void test_spans_are_read_back(void **state)
{
	static const int64_t steps[] = { 0, 1, 59, 60, 61, 3599, 3600, 3661, 5400, 86399, 86400,
		604800, 604799, INT64_C(2147483647) * 86400 + 86399 };
	char text[SPAN_TEXT_MAX];

	for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
		int64_t sec = -1;

		assert_int_equal(parse_span(format_span(steps[i], text), &sec), 0);
		assert_int_equal(sec, steps[i]);
	}
	assert_string_equal(format_span(5400, text), "1h30min");
	assert_string_equal(format_span(-5, text), "0s");
}

static void test_sizes_and_rates(void **state)
{
	uint64_t n = 0;

	assert_int_equal(parse_size("512", &n), 0);
	assert_int_equal(n, 512);
	assert_int_equal(parse_size("512B", &n), 0);
	assert_int_equal(n, 512);
	assert_int_equal(parse_size("16kB", &n), 0);
	assert_int_equal(n, 16000);
	assert_int_equal(parse_size("2MB", &n), 0);
	assert_int_equal(n, 2000000);
	assert_int_equal(parse_size("4294967295GB", &n), 0);
	assert_int_equal(n, UINT64_C(4294967295) * 1000000000);
	assert_int_equal(parse_rate("128kB/s", &n), 0);
	assert_int_equal(n, 128000);
	assert_int_equal(parse_size("16KB", &n), -EINVAL);
	assert_int_equal(parse_size("kB", &n), -EINVAL);
	assert_int_equal(parse_size("1 kB", &n), -EINVAL);
	assert_int_equal(parse_size("4294967296", &n), -ERANGE);
	assert_int_equal(parse_rate("128kB", &n), -EINVAL);
	assert_int_equal(parse_rate("/s", &n), -EINVAL);
	assert_int_equal(parse_rate("128kB/min", &n), -EINVAL);
	assert_int_equal(parse_rate("11111111111111111111111111111111111kB/s", &n), -EINVAL);
	assert_int_equal(n, 128000);
}

static void test_the_closest_word(void **state)
{
	static const char *const words[] = { "status", "limit", "reload", "sites", "x" };
	char longest[200];

	assert_string_equal(parse_closest("statsu", words, ELEMENTSOF(words)), "status");
	assert_string_equal(parse_closest("limt", words, ELEMENTSOF(words)), "limit");
	assert_string_equal(parse_closest("site", words, ELEMENTSOF(words)), "sites");
	assert_string_equal(parse_closest("limit", words, ELEMENTSOF(words)), "limit");
	assert_null(parse_closest("frobnicate", words, ELEMENTSOF(words)));
	assert_null(parse_closest("", words, ELEMENTSOF(words)));
	assert_null(parse_closest("a", words, ELEMENTSOF(words))); /* all of it would change */
	assert_null(parse_closest("limit", words, 0));
	memset(longest, 'l', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_null(parse_closest(longest, words, ELEMENTSOF(words)));
}

static void test_text(void **state)
{
	/* RFC 3629, section 4: the first and last of each row, and their neighbours */
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "", true },
		{ "plain\ttext\r", true },
		{ "caf\xc3\xa9", true },
		{ "\xc2\xa0", true },
		{ "\xdf\xbf", true },
		{ "\xe0\xa0\x80", true },
		{ "\xed\x9f\xbf", true },
		{ "\xee\x80\x80", true },
		{ "\xf0\x90\x80\x80", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\xc0\x80", false },
		{ "\xc1\xbf", false },
		{ "\xe0\x9f\xbf", false },
		{ "\xed\xa0\x80", false }, /* a surrogate */
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false },
		{ "\x80", false },
		{ "\xff", false },
		{ "\xc3", false }, /* cut */
		{ "\xe2\x82", false },
		{ "\xf0\x9f\x98", false },
		{ "\xc3(", false },
		{ "\xe2\x82(", false },
		{ "\x1b[31m", false },
		{ "\xc2\x9b", false }, /* the same in one C1 character */
		{ "\x7f", false },
		{ "\n", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const size_t n = strlen(rows[i].text);
		/* exactly as long as it is said to be, so that a sanitizer sees a byte too far */
		_cleanup_free_ char *copy = malloc(n + 1);

		memcpy(copy, rows[i].text, n);
		copy = realloc(copy, n ? n : 1);
		if (parse_is_text(copy, n) != rows[i].good)
			fail_msg("row %zu", i);
	}
	assert_false(parse_is_text("a\0b", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_spans_are_read_back),
		cmocka_unit_test(test_sizes_and_rates),
		cmocka_unit_test(test_the_closest_word),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
