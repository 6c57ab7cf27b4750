/* What may come next on a command line: by the tables, at every place. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "complete.h"

#define WORDS_MAX 8

/* line: the words with blanks between; a blank at the end begins a new one. It keeps them. */
static struct completion find(char *line)
{
	const char *words[WORDS_MAX];
	size_t n = 0;

	for (char *w = line; w; n++) {
		assert_true(n < WORDS_MAX);
		words[n] = strsep(&w, " ");
	}
	return complete_find(words, n);
}

static void test_places(void **state)
{
	static const struct {
		const char *line;
		unsigned kinds;
		const char *form; /* the beginning */
	} rows[] = {
		{ "", COMPLETE_VERBS, "" },
		{ "st", COMPLETE_VERBS, "" },
		{ "--json ", COMPLETE_VERBS, "" },
		{ "--person anna ", COMPLETE_VERBS, "" },
		{ "--person=anna ", COMPLETE_VERBS, "" },
		{ "-", COMPLETE_OPTIONS, "" },
		{ "limit ", COMPLETE_SITES | COMPLETE_GROUPS, "SITE|GROUP" },
		{ "limit --week ", COMPLETE_SITES | COMPLETE_GROUPS, "SITE|GROUP" },
		{ "--bus x limit --person anna ", COMPLETE_SITES | COMPLETE_GROUPS, "SITE|GROUP" },
		{ "limit instagram ", COMPLETE_SPANS, "SPAN|none" },
		{ "limit instagram n", COMPLETE_SPANS, "SPAN|none" },
		{ "limit instagram 1h ", 0, "" },
		{ "limit --person ", COMPLETE_PEOPLE, "NAME" },
		{ "limit --person -", COMPLETE_PEOPLE, "NAME" },
		{ "status --person=", COMPLETE_PEOPLE, "NAME" },
		{ "status --bus ", 0, "ADDRESS" },
		{ "status ", 0, "" },
		{ "pass instagram ", COMPLETE_SPANS, "SPAN" },
		{ "pass instagram 10min --for ", 0, "TEXT" },
		{ "focus ", COMPLETE_SPANS, "[SPAN]" },
		{ "focus 1h ", COMPLETE_SITES | COMPLETE_GROUPS, "[SITE|GROUP…]" },
		{ "focus 1h instagram ", COMPLETE_SITES | COMPLETE_GROUPS, "[SITE|GROUP…]" },
		{ "cancel ", COMPLETE_SITES | COMPLETE_GROUPS, "[ID|SITE|GROUP|focus]" },
		{ "report ", COMPLETE_RANGES, "[RANGE]" },
		{ "report --by ", 0, "day|hour|site|person|pass" },
		{ "help ", COMPLETE_VERBS, "[VERB]" },
		{ "frobnicate ", 0, "" },
		{ "limit instagram --json=", COMPLETE_OPTIONS, "" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *line = strdup(rows[i].line);
		const struct completion c = find(line);

		if (c.kinds != rows[i].kinds || strncmp(c.form, rows[i].form, c.form_length) != 0 ||
			c.form_length != strlen(rows[i].form))
			fail_msg("\"%s\": kinds %#x of %.*s", rows[i].line, c.kinds,
				(int)c.form_length, c.form);
	}
	assert_int_equal(complete_find(NULL, 0).kinds, COMPLETE_VERBS);
}

static void test_what_is_kept(void **state)
{
	char line[] = "status --person=an", plain[] = "status --person an";
	struct completion c = find(line);

	assert_string_equal(c.typed, "an");
	assert_int_equal(c.kept_length, strlen("--person="));
	assert_true(strncmp(c.kept, "--person=", strlen("--person=")) == 0);
	c = find(plain);
	assert_string_equal(c.typed, "an");
	assert_int_equal(c.kept_length, 0);
}

static void test_options_are_those_of_the_verb(void **state)
{
	char limit[] = "limit --", any[] = "--", nonsense[] = "frobnicate -";

	assert_int_equal(find(limit).options, verbs_find("limit")->options | OPTIONS_ANYWHERE);
	assert_int_equal(find(any).options, ~0u);
	assert_int_equal(find(nonsense).options, OPTIONS_ANYWHERE);
}

/* A new row with a new word in capitals has to say what may stand there. */
static void test_every_word_of_the_tables_is_known(void **state)
{
	size_t n;
	const struct verb *verbs = verbs_list(&n);
	const struct option_row *options;

	for (size_t i = 0; i < n; i++)
		if (!complete_knows(verbs[i].arguments))
			fail_msg("%s: completion does not know %s", verbs[i].name,
				verbs[i].arguments);
	options = invocation_options(&n);
	for (size_t i = 0; i < n; i++)
		if (options[i].argument && !complete_knows(options[i].argument))
			fail_msg("--%s: completion does not know %s", options[i].name,
				options[i].argument);
	assert_false(complete_knows("SITE|FROBNICATE"));
	assert_true(complete_knows("[SITE|none]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_what_is_kept),
		cmocka_unit_test(test_options_are_those_of_the_verb),
		cmocka_unit_test(test_every_word_of_the_tables_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
