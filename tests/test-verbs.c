/* The table of verbs: complete rows, the manual beside it, and the word that was meant. */
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
		assert_int_equal(v->options & OPTIONS_ANYWHERE, 0);
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

/* What a reader sees of a line of mdoc: brackets for Oo and Oc, dashes for Fl, nothing for the
 * other macros; and without blanks, which Ns takes away. */
static void plain(char *line, char *to, size_t room)
{
	static const char *const seen[][2] = { { "Oo", "[" }, { "Oc", "]" }, { "Fl", "-" },
		{ "Cm", "" }, { "Ar", "" }, { "Ns", "" } };
	size_t written = 0;

	for (const char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		const char *shown = word;

		for (size_t i = 0; i < ELEMENTSOF(seen); i++)
			if (strcmp(word, seen[i][0]) == 0)
				shown = seen[i][1];
		written += (size_t)snprintf(to + written, room - written, "%s", shown);
		assert_true(written < room);
	}
}

/* What help prints on its first line, without the program's name and blanks. */
static void synopsis(const struct verb *v, char *to, size_t room)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	verbs_print_verb(f, v);
	fclose(f);
	text[strcspn(text, "\n")] = 0;
	plain(text + strlen("focusctl "), to, room);
	free(text);
}

/* Under VERBS the items say exactly what help prints, in the table's order. */
static void test_the_manual_has_the_same_verbs(void **state)
{
	_cleanup_free_ char *page = file_text(PAGE);
	const struct verb *verbs;
	char expected[256], found[256];
	char *at, *end;
	size_t n, i = 0;

	assert_non_null(page);
	verbs = verbs_list(&n);
	at = strstr(page, "\n.Sh VERBS\n");
	assert_non_null(at);
	end = strstr(at + 1, "\n.Sh ");
	assert_non_null(end);
	while ((at = strstr(at, "\n.It Cm ")) && at < end) {
		char *line = at + strlen("\n.It Cm ");

		for (at = strchr(line, '\n'); at[-1] == '\\'; at = strchr(at, '\n'))
			at[-1] = at[0] = ' '; /* goes on in the next line */
		*at = 0;
		plain(line, found, sizeof(found));
		*at = '\n';
		assert_true(i < n);
		synopsis(&verbs[i++], expected, sizeof(expected));
		assert_string_equal(found, expected);
	}
	assert_int_equal(i, n);
}

static void test_the_manual_has_the_same_exit_codes(void **state)
{
	_cleanup_free_ char *page = file_text(PAGE);
	char *at, *end;
	int code = EXIT_DONE;

	assert_non_null(page);
	at = strstr(page, "\n.Sh EXIT STATUS\n");
	assert_non_null(at);
	end = strstr(at + 1, "\n.Sh ");
	assert_non_null(end);
	for (*end = 0; (at = strstr(at, "\n.It ")); at++)
		assert_int_equal(atoi(at + strlen("\n.It ")), code++);
	assert_int_equal(code, EXIT_NOT_ALLOWED + 1);
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
		cmocka_unit_test(test_the_manual_has_the_same_exit_codes),
		cmocka_unit_test(test_help_names_every_verb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
