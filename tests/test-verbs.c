/* The table of verbs: complete rows, the manual beside it, and the word that was meant. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "file-text.h"
#include "verbs.h"

#define PAGE "cli/focusctl.1"

static void test_rows_are_complete(void **state)
{
	const struct verb *verbs;
	size_t n;

	verbs = verbs_list(&n);
	assert_true(n >= 6);
	for (size_t i = 0; i < n; i++) {
		const struct verb *v = &verbs[i];

		assert_non_null(v->run);
		assert_true(*v->name && *v->summary && v->n_min <= v->n_max);
		assert_true(strlen(v->summary) <= 48); /* the list of help stays within 80 */
		assert_ptr_equal(verbs_find(v->name), v);
		assert_true((v->n_max == 0) == (*v->arguments == 0));
	}
	assert_null(verbs_find("frobnicate"));
	assert_null(verbs_find(""));
}

static void test_the_word_that_was_meant(void **state)
{
	assert_string_equal(verbs_closest("stauts"), "status");
	assert_string_equal(verbs_closest("limits"), "limit");
	assert_string_equal(verbs_closest("site"), "sites");
	assert_null(verbs_closest("frobnicate"));
}

/* A line of the page without its macros, quotes, fonts and spaces. */
static void plain(const char *line, size_t n, char *to, size_t room)
{
	static const char *const gone[] = { "\\fI", "\\fR", "\\fB", "\\-" };
	size_t written = 0;

	for (size_t i = 0; i < n && written + 1 < room; i++) {
		size_t skip = 0;

		for (size_t g = 0; g < ELEMENTSOF(gone); g++)
			if (strncmp(line + i, gone[g], 3) == 0)
				skip = g == 3 ? 1 : 3;
		if (skip == 3)
			i += 2;
		else if (skip == 0 && line[i] != '"' && !isspace((unsigned char)line[i]))
			to[written++] = line[i];
	}
	to[written] = 0;
}

static void synopsis(const struct verb *v, char *to, size_t room)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	verbs_print_verb(f, v);
	fclose(f);
	plain(text + strlen("focusctl "), strcspn(text, "\n") - strlen("focusctl "), to, room);
	free(text);
}

/* Under VERBS each .TP has a line ".BR name …" with exactly what help prints, in the table's order.
 */
static void test_the_manual_has_the_same_verbs(void **state)
{
	_cleanup_free_ char *page = file_text(PAGE);
	const struct verb *verbs;
	char expected[256], found[256];
	const char *at, *end;
	size_t n, i = 0;

	assert_non_null(page);
	verbs = verbs_list(&n);
	at = strstr(page, "\n.SH VERBS\n");
	assert_non_null(at);
	end = strstr(at + 1, "\n.SH ");
	while ((at = strstr(at, "\n.TP\n.B")) && at < end) {
		at = strchr(at + strlen("\n.TP\n"), ' ') + 1;
		plain(at, strcspn(at, "\n"), found, sizeof(found));
		assert_true(i < n);
		synopsis(&verbs[i++], expected, sizeof(expected));
		assert_string_equal(found, expected);
	}
	assert_int_equal(i, n);
}

static void test_help_names_every_verb(void **state)
{
	char *text = NULL;
	size_t size, n;
	FILE *f = open_memstream(&text, &size);
	const struct verb *verbs = verbs_list(&n);

	assert_non_null(f);
	verbs_print_help(f);
	fclose(f);
	for (size_t i = 0; i < n; i++) {
		char line[64];

		snprintf(line, sizeof(line), "\n  %-7s ", verbs[i].name);
		assert_non_null(strstr(text, line));
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 82); /* bytes; an ellipsis has three */
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_the_word_that_was_meant),
		cmocka_unit_test(test_the_manual_has_the_same_verbs),
		cmocka_unit_test(test_help_names_every_verb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
