/* The table of options: what a command line says by it, and the manual beside it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "file-text.h"
#include "invocation.h"

#define PAGE      "cli/focusctl.1"
#define WORDS_MAX 8

/* Parses a line of words; they live in *line. */
static int parse(char *line, char **words, struct invocation *ret)
{
	int n = 0;

	for (char *w = strtok(line, " "); w; w = strtok(NULL, " ")) {
		assert_true(n < WORDS_MAX);
		words[n++] = w;
	}
	words[n] = NULL;
	return invocation_parse(n, words, ret);
}

static void test_a_line(void **state)
{
	char line[] = "focusctl limit --person anna x --week 1h", *words[WORDS_MAX + 1];
	struct invocation i = { .person = "" };

	assert_int_equal(parse(line, words, &i), 0);
	assert_string_equal(i.person, "anna");
	assert_true(i.week && !i.json && !i.all && !i.help && !i.version);
	assert_null(i.bus);
	assert_int_equal(i.given, OPTION_PERSON | OPTION_WEEK);
	assert_int_equal(i.n_arguments, 3);
	assert_string_equal(i.arguments[0], "limit");
	assert_string_equal(i.arguments[1], "x");
	assert_string_equal(i.arguments[2], "1h");
}

static void test_forms(void **state)
{
	char line[] = "focusctl -h --bus=unix:path=/x --js -- --all", *words[WORDS_MAX + 1];
	struct invocation i = { 0 };

	assert_int_equal(parse(line, words, &i), 0);
	assert_string_equal(i.bus, "unix:path=/x");
	assert_int_equal(i.given, OPTION_HELP | OPTION_BUS | OPTION_JSON);
	assert_true(i.help && i.json && !i.all);
	assert_int_equal(i.n_arguments, 1);
	assert_string_equal(i.arguments[0], "--all");
}

static void test_mistakes(void **state)
{
	static const char *const lines[] = { "focusctl --frobnicate", "focusctl -x",
		"focusctl status --person", "focusctl --json=1" };

	for (size_t k = 0; k < ELEMENTSOF(lines); k++) {
		_cleanup_free_ char *line = strdup(lines[k]);
		char *words[WORDS_MAX + 1];
		struct invocation i = { 0 };

		assert_int_equal(parse(line, words, &i), -EINVAL);
	}
}

/* Each row has a bit of its own, and is heard by its name. */
static void test_rows_are_complete(void **state)
{
	unsigned seen = 0;
	size_t n;
	const struct option_row *rows = invocation_options(&n);

	for (size_t k = 0; k < n; k++) {
		char line[64], *words[WORDS_MAX + 1];
		struct invocation i = { 0 };

		assert_int_equal(seen & rows[k].bit, 0);
		seen |= rows[k].bit;
		snprintf(line, sizeof(line), "focusctl --%s%s", rows[k].name,
			rows[k].argument ? "=value" : "");
		assert_int_equal(parse(line, words, &i), 0);
		assert_int_equal(i.given, rows[k].bit);
		if (rows[k].argument)
			assert_string_equal(*(char **)((char *)&i + rows[k].field), "value");
		else
			assert_true(*(bool *)((char *)&i + rows[k].field));
	}
	assert_int_equal(seen & OPTIONS_ANYWHERE, OPTIONS_ANYWHERE);
}

/* Under OPTIONS stand exactly the table's rows, in its order. */
static void test_the_manual_has_the_same_options(void **state)
{
	_cleanup_free_ char *page = file_text(PAGE);
	char *at, *end;
	size_t n, found = 0;
	const struct option_row *rows = invocation_options(&n);

	assert_non_null(page);
	at = strstr(page, "\n.Sh OPTIONS\n");
	assert_non_null(at);
	end = strstr(at + 1, "\n.Sh ");
	assert_non_null(end);
	for (*end = 0; (at = strstr(at, "\n.It ")); at++, found++) {
		char expected[96], letter[] = " , ?";

		assert_true(found < n);
		letter[3] = rows[found].letter;
		snprintf(expected, sizeof(expected), "\n.It Fl -%s%s%s%s\n", rows[found].name,
			rows[found].letter ? letter : "", rows[found].argument ? " Ar " : "",
			rows[found].argument ? rows[found].argument : "");
		if (strncmp(at, expected, strlen(expected)) != 0)
			fail_msg(PAGE ": found %.40s, expected %s", at, expected);
	}
	assert_int_equal(found, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_the_manual_has_the_same_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
