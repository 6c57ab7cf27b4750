/* The configuration language: what is refused, and with which sentence. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-load.h"

#define LONG50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Every mistake, and the sentence it gets. */
static const struct {
	const char *text, *error;
} bad[] = {
	{ "limit = 1h per day\n",
		"a.conf:1: limit: expected a section such as [site NAME] before it" },
	{ "[site tiktok]\nlimits = 1h per day\n",
		"a.conf:2: limits: no such key in [site tiktok]; did you mean limit?" },
	{ "[sites tiktok]\n",
		"a.conf:1: [sites tiktok]: expected [focus], [dns], [hosts], [gate], "
		"[passes], [instead], [commitment], [history], [share], [network], [site "
		"NAME], [group NAME] or [person NAME]; did you mean site?" },
	{ "\n[site]\n", "a.conf:2: [site]: expected [focus], [dns], [hosts], [gate], "
			"[passes], [instead], [commitment], [history], [share], [network], [site "
			"NAME], [group "
			"NAME] or [person NAME]" },
	{ "[focus\n", "a.conf:1: [focus: expected ] at the end" },
	{ "[focus] x\n", "a.conf:1: [focus] x: expected nothing behind ]" },
	{ "[focus]\nday-start\n",
		"a.conf:2: expected KEY = VALUE, [SECTION] or a comment that begins with ; or #" },
	{ "[site tiktok]\ntitle =;x\n",
		"a.conf:2: title =;x: expected a blank before the ; of a comment" },
	{ "[focus]\nday-start = 24:00\n",
		"a.conf:2: day-start = 24:00: expected a time of day such as 04:00" },
	{ "[focus]\nday-start = 4:00\n",
		"a.conf:2: day-start = 4:00: expected a time of day such as 04:00" },
	{ "[focus]\npeople =\n",
		"a.conf:2: people = : expected auto or names separated by spaces" },
	{ "[focus]\npeople = auto\npeople = anna\n",
		"a.conf:3: people: given twice in [focus] of this file" },
	{ "[site tiktok]\nlimit = 30 per day\n",
		"a.conf:2: limit = 30 per day: expected SPAN per day, per week or "
		"per sitting, at most 7d, such as "
		"30min per day or none per week" },
	{ "[site tiktok]\nlimit = 1h per month\n",
		"a.conf:2: limit = 1h per month: expected SPAN per day, per week or "
		"per sitting, at most 7d, such "
		"as 30min per day or none per week" },
	{ "[site tiktok]\nlimit = 8d per week\n",
		"a.conf:2: limit = 8d per week: expected SPAN per day, per week or "
		"per sitting, at most 7d, such "
		"as 30min per day or none per week" },
	{ "[site tiktok]\nlimit = 1h per day now\n",
		"a.conf:2: limit = 1h per day now: expected "
		"SPAN per day, per week or per sitting, at most 7d, "
		"such as 30min per day or none per week" },
	{ "[site tiktok]\nlimit = 1h per day\nlimit = 2h per day\n",
		"a.conf:3: limit = 2h per day: a limit per day is given twice in [site tiktok] of "
		"this "
		"file, expected one" },
	{ "[commitment]\nloosen-after = 31d\n",
		"a.conf:2: loosen-after = 31d: expected none or a span of at most 30d such as "
		"24h" },
	{ "[site tiktok]\nopen = mon-fri\n",
		"a.conf:2: open = mon-fri: expected DAYS HH:MM-HH:MM such as mon-fri "
		"12:00-13:00, or never" },
	{ "[site tiktok]\nopen = foo 12:00-13:00\n",
		"a.conf:2: open = foo 12:00-13:00: expected DAYS HH:MM-HH:MM such as mon-fri "
		"12:00-13:00, or never" },
	{ "[site tiktok]\nopen = mon,,fri 12:00-13:00\n",
		"a.conf:2: open = mon,,fri 12:00-13:00: expected DAYS HH:MM-HH:MM such as mon-fri "
		"12:00-13:00, or never" },
	{ "[site tiktok]\nopen = daily 12:00-12:00\n",
		"a.conf:2: open = daily 12:00-12:00: expected DAYS HH:MM-HH:MM such as mon-fri "
		"12:00-13:00, or never" },
	{ "[site tiktok]\nwarn = soon\n",
		"a.conf:2: warn = soon: expected spans separated by spaces such as 5min 1min" },
	{ "[site tiktok]\nwhen-spent = shut\n",
		"a.conf:2: when-spent = shut: expected block, slow or notify" },
	{ "[site tiktok]\nslow-rate = 10B/s\n",
		"a.conf:2: slow-rate = 10B/s: expected a rate of at least 1kB/s such as 128kB/s" },
	{ "[site tiktok]\nburst = 16kB\n",
		"a.conf:2: burst = 16kB: expected SIZE within SPAN such as 16kB within 5s" },
	{ "[site tiktok]\nbridge = 1h\n",
		"a.conf:2: bridge = 1h: expected a span of at most 10min such as 60s" },
	{ "[site tiktok]\nbeacon = some\n", "a.conf:2: beacon = some: expected SIZE within SPAN "
					    "such as 1kB within 25s, or none" },
	{ "[site tiktok]\nsettle = 5min\n",
		"a.conf:2: settle = 5min: expected a span of at most 1min such as 10s" },
	{ "[site mine]\ntail = 9s\nbridge = 1s\ndomain = mine.example\n",
		"a.conf:1: site mine: its tail is longer than its bridge; expected at most as "
		"long" },
	{ "[site tiktok]\ndomain = *.tiktok.com\n",
		"a.conf:2: domain = *.tiktok.com: expected a host name such as example.com, which "
		"means all "
		"below it too" },
	{ "[site tiktok]\ndomain = com\n", "a.conf:2: domain = com: expected a host name such as "
					   "example.com, which means all below it "
					   "too" },
	{ "[site tiktok]\ndomain = https://tiktok.com\n",
		"a.conf:2: domain = https://tiktok.com: expected a host name such as example.com, "
		"which "
		"means all below it too" },
	{ "[site instagramm]\nlimit = 1h per day\n",
		"a.conf:1: site instagramm is not in the catalogue and has no domain =; expected "
		"one at "
		"least; did you mean instagram?" },
	{ "[site TikTok]\n",
		"a.conf:1: [site TikTok]: expected a name of lower-case letters, digits, - "
		"and _, at most 40 long" },
	{ "[site my.site]\n",
		"a.conf:1: [site my.site]: expected a name of lower-case letters, digits, - "
		"and _, at most 40 long" },
	{ "[group Social]\n",
		"a.conf:1: [group Social]: expected a name of lower-case letters, digits, - "
		"and _, at most 40 long" },
	{ "[person a:b]\n",
		"a.conf:1: [person a:b]: expected an account's name or one like it, at most 32 "
		"long" },
	{ "[site tiktok]\nmain = www\n",
		"a.conf:2: main = www: expected a host name of this site such as www.example.com" },
	{ "[site tiktok]\nmain = www.example.com\n",
		"a.conf:2: main = www.example.com: expected a host that site tiktok meters "
		"(domain = or cdn =)" },
	{ "[site instagram]\nmain = help.instagram.com\n",
		"a.conf:2: main = help.instagram.com: expected a host that site instagram meters "
		"(domain = or cdn =)" },
	{ "[site mine]\ndomain = m.example\n[site other]\ndomain = o.example\n"
	  "cdn = m.example\n",
		"a.conf:5: m.example belongs to site mine already (a.conf:2); expected a host in "
		"one site" },
	{ "[group g]\nlimit = 1h per day\n",
		"a.conf:1: group g has no site =; expected one at least" },
	{ "[group g]\nsite = tiktk\n",
		"a.conf:2: site = tiktk: expected a site of the catalogue or of a "
		"[site] section; did you mean tiktok?" },
	{ "[group tiktok]\nsite = tiktok\n",
		"a.conf:1: group tiktok has the name of a site; expected another" },
	{ "[person anna sites tiktok]\n",
		"a.conf:1: [person anna sites tiktok]: expected [person NAME site|group NAME]" },
	{ "[person anna site]\n",
		"a.conf:1: [person anna site]: expected [site NAME], [group NAME], "
		"[person NAME] or [person NAME site|group NAME]" },
	{ "[person anna site nosuch]\nlimit = 1h per day\n",
		"a.conf:1: [person anna site nosuch]: no such site" },
	{ "[person anna group nosuch]\nlimit = 1h per day\n",
		"a.conf:1: [person anna group nosuch]: no such group" },
	{ "[person anna]\nuser = x\n[person ben]\nuser = x\n",
		"a.conf:3: account x belongs to person anna already; expected one person for an "
		"account" },
	{ "[person anna]\nlimit = 1h per day\n", "a.conf:2: limit: no such key in [person anna]" },
	{ "[dns]\nupstream = example.com\n",
		"a.conf:2: upstream = example.com: expected auto or ADDRESS[:PORT]" },
	{ "[dns]\nlisten = 127.0.0.1:0\n",
		"a.conf:2: listen = 127.0.0.1:0: expected ADDRESS[:PORT] of one interface, "
		"such as 127.0.0.1:5399" },
	{ "[dns]\nlisten = 0.0.0.0:53\n",
		"a.conf:2: listen = 0.0.0.0:53: expected ADDRESS[:PORT] of one interface, such as "
		"127.0.0.1:5399" },
	{ "[dns]\nupstream = [::1]:5399\n\n",
		"a.conf:2: upstream = [::1]:5399: focusd itself answers there (listen =); expected "
		"another server" },
	{ "[dns]\nlease4 = 127.64.0.0/16\n",
		"a.conf:2: lease4 = 127.64.0.0/16: expected an IPv4 network of /8 to /24 such as "
		"198.19.128.0/17" },
	{ "[dns]\nintercept = all\n", "a.conf:2: intercept = all: expected auto, any or none" },
	{ "[dns]\nseal = maybe\n", "a.conf:2: seal = maybe: expected limited, yes or no" },
	{ "[dns]\nlease4 = 198.19.128.1/17\n",
		"a.conf:2: lease4 = 198.19.128.1/17: expected an IPv4 network of /8 to /24 such as "
		"198.19.128.0/17" },
	{ "[dns]\nlease4 = 2001:2::/52\n",
		"a.conf:2: lease4 = 2001:2::/52: expected an IPv4 network of "
		"/8 to /24 such as 198.19.128.0/17" },
	{ "[dns]\nlease6 = 2001:2::/96\n",
		"a.conf:2: lease6 = 2001:2::/96: expected an IPv6 network of "
		"/16 to /60 such as 2001:2:0:f000::/52" },
	{ "[history]\nkeep = 30d\n",
		"a.conf:2: keep = 30d: expected 31d at least, such as 90d, 26w "
		"or 5y; or forever" },
	{ "[gate]\nmark-mask = 0x5\n", "a.conf:2: mark-mask = 0x5: expected neighbouring bits in "
				       "hexadecimal, six at least, such as 0x3f000000" },
	{ "[gate]\nlog-group = 70000\n",
		"a.conf:2: log-group = 70000: expected a number from 0 to 65535" },
	{ "[focus]\nday-start = 04:00\x01\n",
		"a.conf:2: not text; expected UTF-8 without control characters" },
	{ "[site tiktok]\ntitle = caf\xe9\n",
		"a.conf:2: not text; expected UTF-8 without control characters" },
	{ "[site tiktok]\ntitle = \xc2\x9b[31m\n",
		"a.conf:2: not text; expected UTF-8 without control characters" },
	{ "[site " LONG50 "]\n",
		"a.conf:1: [site " LONG50 "]: expected a section name of at most 49 bytes" },
	{ "; " LONG50 LONG50 LONG50 LONG50 "\n",
		"a.conf:1: a line of 202 bytes; expected at most 198" },
	{ "[focus]\npeople = " LONG50 LONG50 LONG50 LONG50 "\n",
		"a.conf:2: a line of 209 bytes; expected at most 198" },
	{ "[site tiktok]\ndomain=" LONG50 LONG50 LONG50 LONG50 "\n",
		"a.conf:2: a line of 207 bytes; expected at most 198: repeat the key instead" },
	{ "[site tiktok]\nbreak = 30s\n",
		"a.conf:2: break = 30s: expected a span from 1min to 1d such as 10min" },
	{ "[site tiktok]\nopens = 5 per week\n", "a.conf:2: opens = 5 per week: expected N per "
						 "day, at most 1000, such as 5 per day, "
						 "or none per day" },
	{ "[site tiktok]\nopens = 1001 per day\n",
		"a.conf:2: opens = 1001 per day: expected N per day, at most 1000, such as 5 per "
		"day, or none per day" },
	{ "[site tiktok]\nrollover = 25h\n",
		"a.conf:2: rollover = 25h: expected a span of at most 1d such as 30min, or none" },
	{ "[site tiktok]\nuncounted = mon 9-12\n",
		"a.conf:2: uncounted = mon 9-12: expected DAYS HH:MM-HH:MM such as mon-fri "
		"09:00-12:00" },
	{ "[site tiktok]\nlimit = 1h per sitting\nlimit = 2h per sitting\n",
		"a.conf:3: limit = 2h per sitting: a limit per sitting is given twice in [site "
		"tiktok] of this file, expected one" },
	/* the first mistake is the one that is told */
	{ "[focus]\nfoo = 1\nnonsense\n", "a.conf:2: foo: no such key in [focus]" },
	{ "[focus]\nnonsense\nfoo = 1\n",
		"a.conf:2: expected KEY = VALUE, [SECTION] or a comment that begins with ; or #" },
};

static void test_every_mistake_has_its_sentence(void **state)
{
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		const char *const texts[] = { bad[i].text, NULL };
		_cleanup_free_ char *error = NULL;
		struct config *c = NULL;

		if (load(texts, &c, &error) >= 0)
			fail_msg("taken: %s", bad[i].text);
		assert_non_null(error);
		assert_string_equal(error, bad[i].error);
	}
}

static void test_the_second_file_is_named(void **state)
{
	const char *const texts[] = { "[focus]\n", "\n\n[focus]\nx = y\n", NULL };
	_cleanup_free_ char *error = NULL;
	struct config *c;

	assert_int_equal(load(texts, &c, &error), -EINVAL);
	assert_string_equal(error, "b.conf:4: x: no such key in [focus]");
}

static void test_the_catalogue_holds_sites_only(void **state)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_free_ char *error = NULL;

	assert_int_equal(config_builder_new(&b), 0);
	assert_int_equal(config_builder_catalogue(b, "x.conf", "[focus]\n", &error), -EINVAL);
	assert_string_equal(
		error, "x.conf:1: [focus]: the catalogue holds sites only, expected [site NAME]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_mistake_has_its_sentence),
		cmocka_unit_test(test_the_second_file_is_named),
		cmocka_unit_test(test_the_catalogue_holds_sites_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
