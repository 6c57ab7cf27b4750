/* Which lines watch shows, in which order, and how. */
#include "watch-table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795435200000000)

static struct status_entry entries[] = {
	{ "quiet", 0, 0, 0, 0, -1, -1, -1, -1, "open", "observing", 0 },
	{ "alpha", 0, 0, 3700, 3700, -1, -1, -1, -1, "open", "observing", 0 },
	{ "beta", 0, 1, 61, 61, 1800, -1, 1739, -1, "open", "within-limit", 0 },
	{ "gamma", 0, 0, 600, 600, 600, -1, 0, -1, "blocked", "limit-day", NOW },
};
static struct status_person people[] = { { "anna", 2001, -1, -1, entries, 4, NULL, 0 } };
static const struct status status = { .now_usec = NOW, .people = people, .n = 1 };

static void expect_order(enum watch_order order, const char *names)
{
	struct watch_line *lines;
	char found[128] = "";
	size_t n;

	assert_int_equal(watch_lines(&status, order, &lines, &n), 0);
	for (size_t i = 0; i < n; i++) {
		strcat(found, lines[i].entry->name);
		strcat(found, " ");
	}
	free(lines);
	assert_string_equal(found, names);
}

static void test_orders(void **state)
{
	expect_order(WATCH_BY_NOW, "beta alpha gamma ");
	expect_order(WATCH_BY_LEFT, "gamma beta alpha ");
	expect_order(WATCH_BY_USED, "alpha gamma beta ");
	expect_order(WATCH_BY_NAME, "alpha beta gamma ");
}

static void test_lines(void **state)
{
	const struct style wide = { .columns = 100 }, narrow = { .columns = 30 };
	char text[WATCH_TEXT_MAX];

	assert_string_equal(
		watch_format(&(struct watch_line){ "anna", &entries[2] }, wide, NOW, text),
		"> anna       beta                   0:01:01   0:28:59  #...........  in use");
	watch_format(&(struct watch_line){ "anna", &entries[3] }, wide, NOW, text);
	assert_non_null(strstr(text, "############  shut until "));
	watch_format(&(struct watch_line){ "anna", &entries[2] }, narrow, NOW, text);
	assert_int_equal(strlen(text), 30);
	watch_format(&(struct watch_line){ "anna", &entries[2] },
		(struct style){ .columns = 100, .utf8 = true }, NOW, text);
	assert_non_null(strstr(text, "█░"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
