/* domains-file as a key: paths of files, each once, held when they go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/commitment.h"
#include "core/config-write.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

#define SITE "[site a]\ndomain = a.example\n"

/* NULL: it was refused, with this sentence. */
static struct config *parse(const char *text, char **ret_error)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	struct config *c = NULL;

	assert_int_equal(config_builder_new(&b), 0);
	if (config_builder_text(b, "f", text, ret_error) < 0)
		return NULL;
	assert_int_equal(config_builder_finish(b, &c, ret_error), 0);
	return c;
}

static void test_paths(void **state)
{
	_cleanup_free_ char *error = NULL;
	_cleanup_(config_freep) struct config *c =
		parse(SITE "domains-file = /gone\ndomains-file =\ndomains-file = /etc/a b.txt\n"
			   "domains-file = /l/2\ndomains-file = /l/2\n",
			&error);

	assert_non_null(c);
	assert_int_equal(c->sites[0].lists.n, 2);
	assert_string_equal(c->sites[0].lists.paths[0], "/etc/a b.txt");
	assert_string_equal(c->sites[0].lists.paths[1], "/l/2");
}

static void test_bad_values(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ SITE "domains-file = names.txt\n",
			"f:3: domains-file = names.txt: expected the path of a file" },
		{ SITE "domains-file = /1\ndomains-file = /2\ndomains-file = /3\n"
		       "domains-file = /4\ndomains-file = /5\ndomains-file = /6\n"
		       "domains-file = /7\ndomains-file = /8\ndomains-file = /9\n",
			"f:11: domains-file = /9: more than 8 files" },
		{ "[group g]\ndomains-file = /1\n", "f:2: " },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *error = NULL;

		assert_null(parse(rows[i].text, &error));
		if (strncmp(error, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%s", error);
	}
}

static bool has(const struct config *c, const char *path)
{
	return config_lists_contain(&c->sites[0].lists, path);
}

static void test_a_list_that_goes_is_held(void **state)
{
	_cleanup_free_ char *error = NULL;
	_cleanup_(config_freep) struct config *held = parse(
		"[commitment]\nloosen-after = 1h\n" SITE "domains-file = /1\ndomains-file = /2\n",
		&error);
	_cleanup_(config_freep) struct config *wanted = parse(
		"[commitment]\nloosen-after = 1h\n" SITE "domains-file = /2\ndomains-file = /3\n",
		&error);
	const struct commitment_items none = { 0 };
	struct commitment_answer first = { 0 }, later = { 0 };

	assert_int_equal(
		commitment_merge(&(struct commitment_question){ wanted, held, &none, USEC_PER_SEC },
			&first, &error),
		0);
	assert_non_null(first.effective);
	assert_true(has(first.effective, "/1") && has(first.effective, "/2") &&
		    has(first.effective, "/3"));
	assert_int_equal(first.pending.n, 1);
	assert_int_equal(commitment_merge(&(struct commitment_question){ wanted, first.effective,
						  &first.pending, 3700 * USEC_PER_SEC },
				 &later, &error),
		0);
	assert_true(!later.effective || !has(later.effective, "/1"));
	config_free(first.effective);
	config_free(later.effective);
	commitment_items_done(&first.pending);
	commitment_items_done(&later.pending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_a_list_that_goes_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
