/* Where messages lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "share/topic.h"

static void assert_there_and_back(const struct topic *t, const char *text)
{
	char found[TOPIC_MAX];
	struct topic back;

	assert_int_equal(topic_format("home", t, found), 0);
	assert_string_equal(found, text);
	assert_int_equal(topic_parse("home", text, &back), 0);
	assert_int_equal(back.kind, t->kind);
	assert_string_equal(back.device, t->device);
	assert_string_equal(back.person, t->person);
	assert_string_equal(back.day, t->day);
}

static void test_there_and_back(void **state)
{
	assert_there_and_back(&(struct topic){ TOPIC_USAGE, "desk", "anna", "2026-11-23" },
		"focusd/v1/home/desk/usage/anna/2026-11-23");
	assert_there_and_back(&(struct topic){ TOPIC_USAGE, "desk", "WORK\\a+b$", "2026-11-23" },
		"focusd/v1/home/desk/usage/WORK%5Ca%2Bb%24/2026-11-23");
	assert_there_and_back(&(struct topic){ TOPIC_PASSES, "desk", "anna", "2026-11-23" },
		"focusd/v1/home/desk/passes/anna/2026-11-23");
	assert_there_and_back(
		&(struct topic){ TOPIC_STATUS, "desk", "", "" }, "focusd/v1/home/desk/status");
	assert_there_and_back(
		&(struct topic){ TOPIC_HELLO, "tv.x", "", "" }, "focusd/v1/home/tv.x/hello");
}

static void test_none_of_ours(void **state)
{
	static const char *const others[] = { "", "focusd", "focusd/v1/", "focusd/v2/home/d/status",
		"focusd/v1/homes/d/status", "focusd/v1/home/d", "focusd/v1/home//status",
		"focusd/v1/home/d/state", "focusd/v1/home/d/status/x",
		"focusd/v1/home/d/usage/anna", "focusd/v1/home/d/usage/anna/2026-11-23/x",
		"focusd/v1/home/d/passes/anna", "focusd/v1/home/d/usage//2026-11-23",
		"focusd/v1/home/d/usage/a%/2026-11-23", "focusd/v1/home/d/usage/a%0/2026-11-23",
		"focusd/v1/home/d/usage/a%00/2026-11-23", "focusd/v1/home/d/usage/a%zz/2026-11-23",
		"focusd/v1/home/d/usage/%61nna/2026-11-23", /* two ways to write a name */
		"focusd/v1/home/d/status/", "focusd/v1/home/d/usage/anna/2026-11-23/",
		"focusd/v1/home/d/usage/a%2a/2026-11-23", "focusd/v1/home/d%23/status",
		"focusd/v1/home/d/usage/anna/2026-11%23", "focusd/v1/home/d/usage/a b/2026-11-23",
		"focusd/v1/home/d/usage/a%CA/2026-11-23", /* no text */
		"focusd/v1/home/d/usage/anna/2026-11-23x",
		"focusd/v1/home/a23456789012345678901234567890123/status",
		"focusd/v1/home/d/usage/a23456789012345678901234567890123/2026-11-23" };
	struct topic t;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (topic_parse("home", others[i], &t) >= 0)
			fail_msg("%s was taken", others[i]);
}

static void test_a_name_that_is_none(void **state)
{
	char text[TOPIC_MAX];

	assert_true(topic_format("home", &(struct topic){ TOPIC_USAGE, "d", "", "2026-11-23" },
			    text) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_none_of_ours),
		cmocka_unit_test(test_a_name_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
