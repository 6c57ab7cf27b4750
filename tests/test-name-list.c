/* Lines of published lists: which names they mean, what is left out, what is no line of a list. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/name-list.h"

static int append(const char *name, void *userdata)
{
	char *all = userdata;

	strcat(strcat(all, " "), name);
	return 0;
}

static void test_lines(void **state)
{
	static const struct {
		const char *line, *names; /* NULL: it is bad */
	} rows[] = {
		/* a name a line */
		{ "ads.example.com", " ads.example.com" },
		{ "  Ads.Example.COM. \r\n", " ads.example.com" },
		{ "*.ads.example", " ads.example" },
		{ ".ads.example", " ads.example" },
		{ "ads.example # why", " ads.example" },
		{ "under_score.example", " under_score.example" },
		{ "\xef\xbb\xbf"
		  "first.example",
			" first.example" },
		{ "xn--bcher-kva.example", " xn--bcher-kva.example" },
		/* a hosts file */
		{ "0.0.0.0 ads.example", " ads.example" },
		{ "127.0.0.1\tads.example b.example # two\n", " ads.example b.example" },
		{ "::1 localhost ip6-localhost", "" },
		{ "127.0.0.1 localhost localhost.localdomain", "" },
		{ ":: ads.example", " ads.example" },
		{ "0.0.0.0 ads.example # **new** $5 ^", " ads.example" },
		{ "ads.example ## new", " ads.example" },
		{ "ads.example #@ #? #$ #", " ads.example" },
		/* an ad blocker's rules */
		{ "||ads.example^", " ads.example" },
		{ "||ads.example^$important", " ads.example" },
		{ "||ads.example^|", " ads.example" },
		{ "||ads.example^$third-party", "" },
		{ "||ads.example/banner^", "" },
		{ "||*.ads.example^", "" },
		{ "||ads.example", "" },
		{ "||com^", "" },
		{ "@@||good.example^", "" },
		{ "/banner[0-9]+/", "" },
		{ "|https://ads.example|", "" },
		{ "example.com##.banner", "" },
		{ "example.com#@#.banner", "" },
		{ "example.com,other.example#?#div", "" },
		{ "example.com#$#body { margin: 0 }", "" },
		{ "*.example.com##.banner", "" },
		{ "-banner-ad-", "" },
		{ "&ad_box=", "" },
		{ "ads.*.example", "" },
		{ "[Adblock Plus 2.0]", "" },
		{ "! Title: a list", "" },
		/* nothing is meant */
		{ "", "" },
		{ " \t\n", "" },
		{ "# a comment, whatever it says", "" },
		{ "##.banner", "" },
		/* no line of a list */
		{ "com", NULL },
		{ "two words.example", NULL },
		{ "ads.example b.example", NULL },
		{ "0.0.0.0", NULL },
		{ "0.0.0.0 a..example", NULL },
		{ "b\xc3\xbc"
		  "cher.example",
			NULL },
		{ "a..example", NULL },
		{ "http://ads.example/", NULL },
		{ "ads.example,", NULL },
		{ "||a..example^", NULL },
		{ "<html>", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char all[256] = "";
		const int r = name_list_line(rows[i].line, append, all);

		if ((rows[i].names && r != 0) || (!rows[i].names && r != -EINVAL) ||
			(rows[i].names && strcmp(all, rows[i].names) != 0))
			fail_msg("%s: %d, names%s", rows[i].line, r, all);
	}
}

static void test_long_lines(void **state)
{
	char line[NAME_LINE_MAX + 100], all[256] = "";

	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = 0;
	assert_int_equal(name_list_line(line, append, all), -EINVAL);
	line[0] = '#';
	assert_int_equal(name_list_line(line, append, all), 0);
	memcpy(line, "a.example##.b", 13);
	assert_int_equal(name_list_line(line, append, all), 0);
	assert_string_equal(all, "");
}

static int full(const char *name, void *userdata)
{
	return -E2BIG;
}

static void test_who_takes_them_may_refuse(void **state)
{
	assert_int_equal(name_list_line("a.example", full, NULL), -E2BIG);
	assert_int_equal(name_list_line("0.0.0.0 a.example", full, NULL), -E2BIG);
	assert_int_equal(name_list_line("||a.example^", full, NULL), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_who_takes_them_may_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
