/* Spans, bars and times as people read them. */
#include <langinfo.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "print.h"

static int set_zone(void **state)
{
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return 0;
}

/* Of a width in columns: what a German month or an ellipsis takes more in bytes. */
static void test_fields_are_columns(void **state)
{
	char text[32];

	assert_int_equal(print_columns(""), 0);
	assert_int_equal(print_columns("Mon"), 3);
	assert_int_equal(print_columns("Mär"), 3);
	assert_int_equal(print_columns("漢字…"), 5);
	assert_int_equal(print_columns("\xff\xfe."), 3); /* another encoding */
	snprintf(text, sizeof(text), "%-*s|", print_field("Mär", 5), "Mär");
	assert_string_equal(text, "Mär  |");
	snprintf(text, sizeof(text), "%*s|", print_field("Mär", 5), "Mär");
	assert_string_equal(text, "  Mär|");
}

static void test_forms(void **state)
{
	char text[16];

	print_form("until %s", "17:00", text, sizeof(text));
	assert_string_equal(text, "until 17:00");
	print_form("until %s", "the end of the week", text, sizeof(text));
	assert_string_equal(text, "until the end o");
}

static void test_spans(void **state)
{
	static const struct {
		int64_t sec;
		const char *text;
	} rows[] = {
		{ -5, "0 min" },
		{ 0, "0 min" },
		{ 1, "1 s" },
		{ 59, "59 s" },
		{ 60, "1 min" },
		{ 119, "1 min" },
		{ 3599, "59 min" },
		{ 3600, "1 h" },
		{ 3659, "1 h" },
		{ 3660, "1 h 01 min" },
		{ 7199, "1 h 59 min" },
		{ 360000, "100 h" },
	};
	char text[PRINT_TEXT_MAX];

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_string_equal(print_span(rows[i].sec, text), rows[i].text);
}

static void test_bars(void **state)
{
	static const struct {
		int64_t part, whole;
		const char *text;
	} rows[] = {
		{ 0, 100, "....." },
		{ 1, 100, "#...." },
		{ 39, 100, "#...." },
		{ 40, 100, "##..." },
		{ 99, 100, "####." },
		{ 100, 100, "#####" },
		{ 999, 100, "#####" },
		{ 0, 0, "#####" },
	};
	char bar[PRINT_BAR_MAX];

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_string_equal(
			print_bar((struct style){ 0 }, rows[i].part, rows[i].whole, 5, bar),
			rows[i].text);
	assert_string_equal(print_bar((struct style){ .utf8 = true }, 1, 2, 4, bar), "██░░");
	print_bar((struct style){ .utf8 = true }, 1, 2, 1000, bar);
	assert_true(strlen(bar) < PRINT_BAR_MAX);
}

static void test_instants(void **state)
{
	char text[PRINT_TEXT_MAX];

	assert_string_equal(
		print_instant(INT64_C(1795435200) * 1000000, text), "2026-11-23T13:00:00+01:00");
	assert_string_equal(
		print_instant(INT64_C(1784894400) * 1000000, text), "2026-07-24T14:00:00+02:00");
	setenv("TZ", "America/St_Johns", 1);
	tzset();
	assert_string_equal(
		print_instant(INT64_C(1795435200) * 1000000, text), "2026-11-23T08:30:00-03:30");
	set_zone(NULL);
}

static void test_until(void **state)
{
	static const struct {
		int64_t ahead_sec;
		const char *text;
	} rows[] = {
		{ 3600, "14:00" },
		{ 86399, "12:59" },
		{ 86400, "Tue 13:00" },
		{ 6 * 86400, "Sun 13:00" },
		{ 7 * 86400, "2026-11-30 13:00" },
	};
	const int64_t now = INT64_C(1795435200) * 1000000;
	char text[PRINT_TEXT_MAX];

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_string_equal(
			print_until(now + rows[i].ahead_sec * 1000000, now, text), rows[i].text);
}

static void test_a_pipe_is_plain(void **state)
{
	int fds[2];
	struct style style;

	assert_int_equal(pipe(fds), 0);
	style = style_of(fds[1]);
	assert_false(style.bars || style.colour);
	close(fds[0]);
	close(fds[1]);
}

static void test_bytes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = { { 0, "0 B" }, { 999, "999 B" }, { 1000, "1 kB" }, { 13200, "13 kB" },
		{ 999499, "999 kB" }, { 999999, "1.0 MB" }, { 4200000, "4.2 MB" },
		{ 9990000, "10 MB" }, { 34000000000, "34 GB" }, { UINT64_MAX, "18446744 TB" } };
	char buffer[PRINT_TEXT_MAX];

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_string_equal(print_bytes(rows[i].bytes, buffer), rows[i].text);
}

static void expect_wrapped(const char *text, unsigned columns, const char *expected)
{
	_cleanup_free_ char *found = NULL;
	size_t n;
	FILE *f = open_memstream(&found, &n);

	assert_non_null(f);
	print_wrapped(f, text, columns);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(found, expected);
}

static void test_wide_lines_go_on(void **state)
{
	expect_wrapped("", 10, "");
	expect_wrapped("  12 min\n\nof x\n", 10, "  12 min\n\nof x\n");
	expect_wrapped("  12 min of x\n  ten\n", 10, "  12 min\n    of x\n  ten\n");
	expect_wrapped("  12 min öf x\n", 13, "  12 min öf x\n");
	expect_wrapped("  \033[32m12 min\033[0m öf x", 13, "  \033[32m12 min\033[0m öf x");
	expect_wrapped("  \033[32m12 min\033[0m öf x", 12, "  \033[32m12 min\033[0m öf\n    x");
	expect_wrapped("  unbreakable thing", 5, "  unbreakable\n    thing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_columns),
		cmocka_unit_test(test_wide_lines_go_on),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_instants),
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_a_pipe_is_plain),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
