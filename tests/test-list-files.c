/* Files of names: read whole, and what is wrong with one is told and left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/list-files.h"

DEFINE_CLEANUP(struct listed *, listed_free);
DEFINE_CLEANUP(struct config *, config_free);

struct folder {
	char dir[64], one[96], two[96];
};

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->one, sizeof(f->one), "%s/one", f->dir);
	snprintf(f->two, sizeof(f->two), "%s/two", f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;

	unlink(f->one);
	unlink(f->two);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* Site a has none, b takes one, c takes one and two. */
static struct config *config(const struct folder *f)
{
	struct config_builder *b;
	struct config *c = NULL;
	char text[600], *error = NULL;

	snprintf(text, sizeof(text),
		"[site a]\ndomain = a.example\n[site b]\ndomain = b.example\ndomains-file = %s\n"
		"[site c]\ndomain = c.example\ndomains-file = %s\ndomains-file = %s\n",
		f->one, f->one, f->two);
	assert_int_equal(config_builder_new(&b), 0);
	assert_int_equal(config_builder_text(b, "t", text, &error), 0);
	assert_int_equal(config_builder_finish(b, &c, &error), 0);
	config_builder_free(b);
	return c;
}

static int site_of(const struct listed *l, const char *name)
{
	size_t site;

	return listed_find(l, name, &site) ? (int)site : -1;
}

static void test_good_files(void **state)
{
	const struct folder *f = *state;
	_cleanup_(config_freep) struct config *c = config(f);
	_cleanup_(listed_freep) struct listed *l = NULL;
	_cleanup_(strings_done) struct strings problems = { 0 };

	write_text(f->one, "# plain\none.example\r\n*.Both.Example\n");
	write_text(f->two, "0.0.0.0 two.example\n||rule.example^\nboth.example\nlast.example");
	assert_int_equal(list_files_load(c, &l, &problems), 0);
	assert_int_equal(problems.n, 0);
	assert_int_equal(site_of(l, "one.example"), 1);
	assert_int_equal(site_of(l, "both.example"), 1);
	assert_int_equal(site_of(l, "two.example"), 2);
	assert_int_equal(site_of(l, "rule.example"), 2);
	assert_int_equal(site_of(l, "last.example"), 2);
	assert_int_equal(site_of(l, "a.example"), -1);
}

static void test_bad_lines_are_named(void **state)
{
	const struct folder *f = *state;
	_cleanup_(config_freep) struct config *c = config(f);
	_cleanup_(listed_freep) struct listed *l = NULL;
	_cleanup_(strings_done) struct strings problems = { 0 };
	char expected[300];

	write_text(f->one, "one.example\n");
	write_text(f->two, "two.example\n\nno name\x1b[2J\n<html>\nthree.example\n");
	assert_int_equal(list_files_load(c, &l, &problems), 0);
	assert_int_equal(problems.n, 1);
	snprintf(expected, sizeof(expected),
		"%s:3: no name?[2J: expected a name, a line of a hosts file or ||name^; lines left "
		"out: 2",
		f->two);
	assert_string_equal(problems.items[0], expected);
	assert_int_equal(site_of(l, "three.example"), 2);
}

static void test_a_missing_file_is_named(void **state)
{
	const struct folder *f = *state;
	_cleanup_(config_freep) struct config *c = config(f);
	_cleanup_(listed_freep) struct listed *l = NULL;
	_cleanup_(strings_done) struct strings problems = { 0 };

	write_text(f->one, "one.example\n");
	assert_int_equal(list_files_load(c, &l, &problems), 0);
	assert_int_equal(problems.n, 1);
	assert_memory_equal(problems.items[0], f->two, strlen(f->two));
	assert_non_null(strstr(problems.items[0], "expected a list of names for c: No such file"));
	assert_int_equal(site_of(l, "one.example"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_lines_are_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_missing_file_is_named, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
