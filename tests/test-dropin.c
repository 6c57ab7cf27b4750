/* The drop-in that focusctl writes: one line changes, the rest stays byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/dropin.h"

static char *set(const char *text, bool is_group, const char *target, const char *person,
	enum limit_period period, int64_t sec)
{
	char *ret;

	assert_int_equal(dropin_set_limit(text, is_group, target, person, period, sec, &ret), 0);
	return ret;
}

static void test_the_first_limit(void **state)
{
	_cleanup_free_ char *text = set("", false, "tiktok", NULL, LIMIT_DAY, 1800);

	assert_non_null(strstr(text, "; Limits set with focusctl."));
	assert_non_null(strstr(text, "\n[site tiktok]\nlimit = 30min per day\n"));
}

static void test_lines_are_replaced_in_place(void **state)
{
	static const char before[] =
		"; mine\n[site tiktok]\n  limit = 1h per week ; w\n"
		" limit=30min per day\nwarn = 1min\n\n[site x]\nlimit = 1h per day\n";
	_cleanup_free_ char *day = set(before, false, "tiktok", NULL, LIMIT_DAY, 900);
	_cleanup_free_ char *week = set(before, false, "tiktok", NULL, LIMIT_WEEK, LIMIT_NONE);

	assert_string_equal(day,
		"; mine\n[site tiktok]\n  limit = 1h per week ; w\n"
		"limit = 15min per day\nwarn = 1min\n\n[site x]\nlimit = 1h per day\n");
	assert_string_equal(week,
		"; mine\n[site tiktok]\nlimit = none per week\n"
		" limit=30min per day\nwarn = 1min\n\n[site x]\nlimit = 1h per day\n");
}

static void test_sections_are_told_apart(void **state)
{
	static const char before[] =
		"[site tiktok2]\nlimit = 1h per day\n[group tiktok]\nlimit = 2h per day\n"
		"[person anna site tiktok]\nlimit = 3h per day\n";
	_cleanup_free_ char *site = set(before, false, "tiktok", NULL, LIMIT_DAY, 60);
	_cleanup_free_ char *group = set(before, true, "tiktok", NULL, LIMIT_DAY, 60);
	_cleanup_free_ char *person = set(before, false, "tiktok", "anna", LIMIT_DAY, 60);

	assert_memory_equal(site, before, strlen(before));
	assert_string_equal(site + strlen(before), "\n[site tiktok]\nlimit = 1min per day\n");
	assert_non_null(strstr(group, "[group tiktok]\nlimit = 1min per day\n"));
	assert_non_null(strstr(group, "limit = 3h"));
	assert_non_null(strstr(person, "[person anna site tiktok]\nlimit = 1min per day\n"));
	assert_non_null(strstr(person, "limit = 2h"));
}

static void test_a_section_without_the_limit_gets_it(void **state)
{
	_cleanup_free_ char *text =
		set(" [ site  tiktok ] ; x\nwarn = 1min\n", false, "tiktok", NULL, LIMIT_DAY, 5400);

	assert_string_equal(text, " [ site  tiktok ] ; x\nlimit = 1h30min per day\nwarn = 1min\n");
}

static void test_a_missing_last_newline(void **state)
{
	_cleanup_free_ char *end =
		set("[site x]\nwarn = 1min", false, "tiktok", NULL, LIMIT_DAY, 60);
	_cleanup_free_ char *inside =
		set("[site tiktok]\nlimit = 1h per day", false, "tiktok", NULL, LIMIT_DAY, 60);
	_cleanup_free_ char *head = set("[site tiktok]", false, "tiktok", NULL, LIMIT_DAY, 60);

	assert_string_equal(end, "[site x]\nwarn = 1min\n\n[site tiktok]\nlimit = 1min per day\n");
	assert_string_equal(inside, "[site tiktok]\nlimit = 1min per day\n");
	assert_string_equal(head, "[site tiktok]\nlimit = 1min per day\n");
}

static void test_a_bare_limit_is_left_above(void **state)
{
	_cleanup_free_ char *text = set("[site tiktok]\nlimit = 1h per day\nlimit = ; no more\n\n",
		false, "tiktok", NULL, LIMIT_DAY, 60);

	assert_string_equal(text,
		"[site tiktok]\nlimit = 1h per day\nlimit = ; no more\nlimit = 1min per day\n\n");
}

/* A section that comes twice is one; the last limit is the one in force. */
static void test_a_section_in_two_parts(void **state)
{
	_cleanup_free_ char *text = set("[site tiktok]\nwarn = 1min\n[site x]\n[site tiktok]\n"
					"limit = 1h per day\n",
		false, "tiktok", NULL, LIMIT_DAY, 60);

	assert_string_equal(text, "[site tiktok]\nwarn = 1min\n[site x]\n[site tiktok]\n"
				  "limit = 1min per day\n");
}

static void test_twice_is_once(void **state)
{
	_cleanup_free_ char *one = set("", false, "tiktok", "anna", LIMIT_WEEK, 3600);
	_cleanup_free_ char *two = set(one, false, "tiktok", "anna", LIMIT_WEEK, 3600);

	assert_string_equal(one, two);
}

static char *give(const char *text, const char *device, const char *person)
{
	struct device d;
	char *ret;

	assert_int_equal(device_parse(device, &d), 0);
	assert_int_equal(dropin_set_device(text, &d, person, &ret), 0);
	return ret;
}

static void test_a_device_has_one_person(void **state)
{
	static const char before[] = "; mine\n[person anna]\ndevice = AA-BB-CC-DD-EE-01 ; phone\n"
				     "user = anna\n[site x]\nlimit = 1h per day\n"
				     "[ person  ben ]\ndevice = 192.0.2.7";
	_cleanup_free_ char *moved = give(before, "aa:bb:cc:dd:ee:01", "ben");
	_cleanup_free_ char *gone = give(before, "192.0.2.7", NULL);
	_cleanup_free_ char *again = give(moved, "aa:bb:cc:dd:ee:01", "ben");
	_cleanup_free_ char *new = give(before, "192.0.2.0/24", "zoe");

	assert_string_equal(moved,
		"; mine\n[person anna]\nuser = anna\n[site x]\nlimit = 1h per day\n"
		"[ person  ben ]\ndevice = aa:bb:cc:dd:ee:01\n"
		"device = 192.0.2.7");
	assert_string_equal(gone, "; mine\n[person anna]\ndevice = AA-BB-CC-DD-EE-01 ; phone\n"
				  "user = anna\n[site x]\nlimit = 1h per day\n[ person  ben ]\n");
	assert_string_equal(again, moved);
	assert_memory_equal(new, before, strlen(before));
	assert_string_equal(new + strlen(before), "\n\n[person zoe]\ndevice = 192.0.2.0/24\n");
}

static void test_the_first_device(void **state)
{
	_cleanup_free_ char *text = give("", "192.0.2.7", "anna");
	_cleanup_free_ char *bare = give("[person anna]", "192.0.2.7", "anna");

	assert_non_null(strstr(text, "focusctl changes its own lines only"));
	assert_non_null(strstr(text, "\n[person anna]\ndevice = 192.0.2.7\n"));
	assert_string_equal(bare, "[person anna]\ndevice = 192.0.2.7\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_limit),
		cmocka_unit_test(test_lines_are_replaced_in_place),
		cmocka_unit_test(test_sections_are_told_apart),
		cmocka_unit_test(test_a_section_without_the_limit_gets_it),
		cmocka_unit_test(test_a_missing_last_newline),
		cmocka_unit_test(test_a_bare_limit_is_left_above),
		cmocka_unit_test(test_a_section_in_two_parts),
		cmocka_unit_test(test_twice_is_once),
		cmocka_unit_test(test_a_device_has_one_person),
		cmocka_unit_test(test_the_first_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
