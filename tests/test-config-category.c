/* Categories: the words of "category =", and groups that take all sites of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/config.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static const char catalogue[] = "[site a]\ncategory = social pictures\ndomain = a.example\n"
				"[site b]\ncategory = news\ndomain = b.example\n"
				"[site c]\ncategory =  video \t social\ndomain = c.example\n";

static int load(const char *text, struct config **ret, char **ret_error)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	int r;

	assert_int_equal(config_builder_new(&b), 0);
	r = config_builder_catalogue(b, "cat.conf", catalogue, ret_error);
	if (r >= 0)
		r = config_builder_text(b, "a.conf", text, ret_error);
	return r < 0 ? r : config_builder_finish(b, ret, ret_error);
}

static struct config *good(const char *text)
{
	_cleanup_free_ char *error = NULL;
	struct config *c = NULL;

	if (load(text, &c, &error) < 0)
		fail_msg("%s", error ? error : "?");
	return c;
}

static void test_words(void **state)
{
	_cleanup_(config_freep) struct config *c = good("[site d]\ndomain = d.example\n");
	_cleanup_(strings_done) struct strings words = { 0 };
	static const char *const expected[] = { "social", "pictures", "news", "video" };

	assert_true(config_in_category(&c->sites[0], "social"));
	assert_true(config_in_category(&c->sites[0], "pictures"));
	assert_false(config_in_category(&c->sites[0], "social pictures"));
	assert_false(config_in_category(&c->sites[0], "soc"));
	assert_false(config_in_category(&c->sites[0], ""));
	assert_true(config_in_category(&c->sites[2], "social"));
	assert_false(config_in_category(&c->sites[3], "social")); /* it has none */
	assert_int_equal(config_categories(c, &words), 0);
	assert_int_equal(words.n, ELEMENTSOF(expected));
	for (size_t i = 0; i < words.n; i++)
		assert_string_equal(words.items[i], expected[i]);
}

/* Its sites, each once, whoever else names them; and those that a person added. */
static void test_a_group_takes_a_category(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[group g]\nsite = a\nsite = @social\nsite = @mine\nlimit = 1h per day\n"
		     "[site mine]\ncategory = social mine\ndomain = mine.example\n");
	const struct config_group *g = &c->groups[0];
	static const char *const expected[] = { "a", "c", "mine" };

	assert_int_equal(g->n_sites, ELEMENTSOF(expected));
	for (size_t i = 0; i < g->n_sites; i++)
		assert_string_equal(c->sites[g->sites[i]].name, expected[i]);
}

/* A person may say otherwise what a site of the catalogue is. */
static void test_a_site_changes_its_category(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[site a]\ncategory = news\n[group g]\nsite = @news\n");

	assert_int_equal(c->groups[0].n_sites, 2);
	assert_false(config_in_category(&c->sites[0], "social"));
}

static void test_a_category_that_nobody_has(void **state)
{
	_cleanup_free_ char *error = NULL;
	struct config *c = NULL;

	assert_int_equal(load("[group g]\nsite = @socail\n", &c, &error), -EINVAL);
	assert_string_equal(error,
		"a.conf:2: site = @socail: expected a category that some site has (category =); "
		"did you mean social?");
	free(TAKE_PTR(error));
	assert_int_equal(load("[group g]\nsite = @\n", &c, &error), -EINVAL);
	assert_non_null(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_a_group_takes_a_category),
		cmocka_unit_test(test_a_site_changes_its_category),
		cmocka_unit_test(test_a_category_that_nobody_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
