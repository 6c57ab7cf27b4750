/* Passes, openings and weekly focus in the configuration: defaults, a person's own, mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-pair.h"
#include "core/config.h"

DEFINE_CLEANUP(struct config *, config_free);

static void test_defaults(void **state)
{
	_cleanup_(config_freep) struct config *c = good("", "");
	const struct pass_rules p = config_passes(c, "anna");

	assert_int_equal(p.n_a_day, 3);
	assert_int_equal(p.time_sec, 30 * SEC_PER_MIN);
	assert_int_equal(p.wait_sec, 20);
	assert_int_equal(p.max_sec, 15 * SEC_PER_MIN);
	assert_int_equal(p.open_sec, 30 * SEC_PER_MIN);
	assert_int_equal(p.n_focus, 0);
	assert_false(config_enforces(c));
}

static void test_a_person_s_keys_replace_one_by_one(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[passes]\npasses = 2 per day\npass-time = 20min per day\npass-wait = 1min\n"
		     "pass-max = 10min\nopen-time = 1h per day\n"
		     "[focus]\nfocus-time = mon-fri 09:00-12:00\n"
		     "[person anna]\npasses = 0 per day\nfocus-time =\n"
		     "[person ben]\nfocus-time = sat 10:00-11:00\n",
			"[passes]\npass-wait = 0s\n");
	const struct pass_rules all = config_passes(c, NULL), anna = config_passes(c, "anna"),
				ben = config_passes(c, "ben");

	assert_int_equal(all.n_a_day, 2);
	assert_int_equal(all.wait_sec, 0);
	assert_int_equal(all.n_focus, 1);
	assert_int_equal(anna.n_a_day, 0);
	assert_int_equal(anna.time_sec, 20 * SEC_PER_MIN);
	assert_int_equal(anna.n_focus, 0);
	assert_int_equal(ben.n_a_day, 2);
	assert_int_equal(ben.open_sec, SEC_PER_HOUR);
	assert_int_equal(ben.n_focus, 1);
	assert_int_equal(ben.focus[0].from_min, 600);
	assert_true(config_enforces(c));
	assert_true(config_limits_person(c, "ben"));
	assert_true(config_limits_person(c, "carol"));
	assert_false(config_limits_person(c, "anna"));
}

static void test_every_mistake_has_its_sentence(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "[passes]\npasses = 3\n",
			"a.conf:2: passes = 3: expected a number of at most 50 such as 3 per day" },
		{ "[passes]\npasses = 51 per day\n", "a.conf:2: passes = 51 per day: expected a" },
		{ "[passes]\npasses = per day\n", "a.conf:2: passes = per day: expected a" },
		{ "[passes]\npass-time = 30min\n", "a.conf:2: pass-time = 30min: expected a span" },
		{ "[passes]\npass-time = 25h per day\n", "a.conf:2: pass-time = 25h per day: exp" },
		{ "[passes]\npass-wait = 2h\n", "a.conf:2: pass-wait = 2h: expected a span of at" },
		{ "[passes]\npass-max = 10s\n", "a.conf:2: pass-max = 10s: expected a span of 1m" },
		{ "[passes]\nopen-time = x per day\n", "a.conf:2: open-time = x per day: expecte" },
		{ "[focus]\nfocus-time = 09:00-12:00\n",
			"a.conf:2: focus-time = 09:00-12:00: expected DAYS HH:MM-HH:MM" },
		{ "[passes]\nfocus-time = daily 09:00-12:00\n",
			"a.conf:2: focus-time: no such key in [passes]" },
		{ "[passes x]\n", "a.conf:1: [passes x]: expected " },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *error = NULL;
		struct config *c = NULL;

		assert_true(load(rows[i].text, "", &c, &error) < 0);
		assert_non_null(error);
		if (strncmp(error, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%s", error);
	}
}

static void test_there_is_an_end_to_times_of_focus(void **state)
{
	char text[64 + (FOCUS_WINDOWS_MAX + 1) * 40] = "[focus]\n";
	_cleanup_free_ char *error = NULL;
	struct config *c = NULL;

	for (size_t i = 0; i <= FOCUS_WINDOWS_MAX; i++)
		strcat(text, "focus-time = daily 09:00-12:00\n");
	assert_true(load(text, "", &c, &error) < 0);
	assert_non_null(strstr(error, "a.conf:34: more than 32 times of focus"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_a_person_s_keys_replace_one_by_one),
		cmocka_unit_test(test_every_mistake_has_its_sentence),
		cmocka_unit_test(test_there_is_an_end_to_times_of_focus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
