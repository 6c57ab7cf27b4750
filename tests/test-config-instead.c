/* What people want to do instead: everybody's list, and one's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-pair.h"
#include "core/config-internal.h"

DEFINE_CLEANUP(struct config *, config_free);

static void assert_list(const struct config *c, const char *person, const char *expected)
{
	const struct strings *list = config_instead(c, person);
	char joined[256] = "";

	for (size_t i = 0; i < list->n; i++) {
		strcat(joined, list->items[i]);
		strcat(joined, "|");
	}
	assert_string_equal(joined, expected);
}

static void test_everybody_s_list_and_one_s_own(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[instead]\ntry = call Anna\ntry = a walk\ntry = a walk\n",
			"[instead]\ntry = tea\n[person ben]\ntry = water the plants\n"
			"[person carl]\ntry =\n[person dora]\nuser = d\n");

	assert_list(c, "ben", "water the plants|");
	assert_list(c, "carl", ""); /* wants none */
	assert_list(c, "dora", "call Anna|a walk|tea|");
	assert_list(c, "nobody", "call Anna|a walk|tea|");
}

static void test_an_empty_value_clears(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[instead]\ntry = call Anna\n", "[instead]\ntry =\ntry = tea\n");

	assert_list(c, "ben", "tea|");
}

static void assert_bad(const char *text, const char *sentence)
{
	_cleanup_free_ char *error = NULL;
	struct config *c = NULL;

	assert_int_equal(load(text, "", &c, &error), -EINVAL);
	assert_non_null(error);
	if (!strstr(error, sentence))
		fail_msg("\"%s\" lacks \"%s\"", error, sentence);
}

static void test_mistakes(void **state)
{
	char text[4096] = "[instead]\n";

	assert_bad("[instead]\ntyr = tea\n", "did you mean try?");
	assert_bad("[instaed]\ntry = tea\n", "did you mean instead?");
	assert_bad("[instead now]\ntry = tea\n", "expected [focus]");
	assert_bad("[instead]\ntry = "
		   "123456789012345678901234567890123456789012345678901234567890123456789012345678"
		   "901\n",
		"a.conf:2: ");
	for (int i = 0; i <= CONFIG_TRIES_MAX; i++)
		sprintf(text + strlen(text), "try = thing %d\n", i);
	assert_bad(text, "a.conf:34: more than 32 things to do instead");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everybody_s_list_and_one_s_own),
		cmocka_unit_test(test_an_empty_value_clears),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
