/* Which sites a word means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "sites.h"

static char *feed[] = { (char *)"tiktok.com", NULL }, *cdn[] = { (char *)"tiktokcdn.com", NULL };

static const struct site tiktok = { .name = (char *)"tiktok",
	.title = (char *)"TikTok",
	.category = (char *)"social video",
	.feed = feed,
	.cdn = cdn,
	.needs_media = true };
static const struct site bare = {
	.name = (char *)"bare", .title = (char *)"", .category = (char *)""
};

static void test_a_word_is_looked_for_everywhere(void **state)
{
	assert_true(site_mentions(&tiktok, "tik"));
	assert_true(site_mentions(&tiktok, "TOKCDN"));
	assert_true(site_mentions(&tiktok, "video"));
	assert_false(site_mentions(&tiktok, "reddit"));
	assert_false(site_mentions(&bare, "tik")); /* no hosts at all */
	assert_true(site_mentions(&bare, "BAR"));
}

static void test_categories(void **state)
{
	assert_true(site_in_category(&tiktok, "social"));
	assert_true(site_in_category(&tiktok, "video"));
	assert_false(site_in_category(&tiktok, "soc"));
	assert_false(site_in_category(&tiktok, "social video"));
	assert_false(site_in_category(&tiktok, ""));
	assert_false(site_in_category(&bare, ""));
	assert_int_equal(site_heading(&tiktok), 6);
	assert_int_equal(site_heading(&bare), 0);
}

static void test_json(void **state)
{
	json_t *o = site_json(&tiktok);

	assert_string_equal(json_string_value(json_object_get(o, "site")), "tiktok");
	assert_string_equal(json_string_value(json_object_get(o, "sitting")), "both");
	assert_int_equal(json_array_size(json_object_get(o, "domain")), 1);
	assert_int_equal(json_array_size(json_object_get(o, "free")), 0);
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_word_is_looked_for_everywhere),
		cmocka_unit_test(test_categories),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
