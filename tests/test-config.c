/* The configuration language: what is taken, what is refused, and with which sentence. */
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

static const char catalogue[] = "[site instagram]\n"
				"title = Instagram\n"
				"category = pictures\n"
				"domain = instagram.com\n"
				"cdn = cdninstagram.com\n"
				"free = help.instagram.com\n"
				"[site tiktok]\n"
				"domain = tiktok.com\n";

/* Parses the catalogue above and the texts, up to NULL, as a.conf, b.conf, … */
static int load(const char *const *texts, struct config **ret, char **ret_error)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	char path[] = "a.conf";
	int r;

	assert_int_equal(config_builder_new(&b), 0);
	r = config_builder_catalogue(b, "cat.conf", catalogue, ret_error);
	for (; r >= 0 && *texts; texts++, path[0]++)
		r = config_builder_text(b, path, *texts, ret_error);
	if (r >= 0)
		r = config_builder_finish(b, ret, ret_error);
	return r;
}

static struct config *good2(const char *first, const char *second)
{
	const char *const texts[] = { first, second, NULL };
	char *error = NULL;
	struct config *c = NULL;

	if (load(texts, &c, &error) < 0)
		fail_msg("unexpected: %s", error ? error : "?");
	return c;
}

static struct config *good(const char *text)
{
	return good2(text, NULL);
}

static void test_defaults(void **state)
{
	_cleanup_(config_freep) struct config *c = good("");
	char text[ENDPOINT_TEXT_MAX];

	assert_int_equal(c->day_start_min, 240);
	assert_true(c->people_auto && c->upstream_auto);
	assert_int_equal(c->listens.n, 2);
	assert_string_equal(endpoint_format(&c->listens.items[0], text), "127.0.0.1:5399");
	assert_string_equal(endpoint_format(&c->listens.items[1], text), "[::1]:5399");
	assert_int_equal(c->lease4.bits, 17);
	assert_int_equal(c->lease6.bits, 52);
	assert_int_equal(c->mark_mask, 0x3f000000);
	assert_int_equal(c->n_sites, 2);
	assert_string_equal(c->sites[0].title, "Instagram");
	assert_true(c->sites[0].meter.needs_media);
	assert_false(c->sites[1].meter.needs_media); /* one kind of host */
	assert_int_equal(c->sites[0].meter.burst_bytes, METER_BURST_BYTES);
	assert_int_equal(c->sites[0].meter.beacon_bytes, METER_BEACON_BYTES);
	assert_int_equal(c->sites[0].meter.settle_usec, METER_SETTLE_USEC);
	assert_int_equal(c->sites[0].rules.limit_sec[LIMIT_DAY], LIMIT_NONE);
	assert_int_equal(c->sites[0].rules.warn_sec[0], 300);
	assert_int_equal(c->sites[0].rules.slow_rate_bytes, 128000);
	assert_false(config_enforces(c));
}

static void test_every_key(void **state)
{
	_cleanup_(config_freep) struct config *c = good(
		"[focus]\nday-start = 05:30\npeople = anna ben\n"
		"[dns]\nupstream = 192.0.2.1\nupstream = [2001:db8::1]:5353\nlisten = "
		"127.0.0.1:99\n"
		"intercept = any\nseal = no\nlease4 = 198.18.0.0/16\nlease6 = 2001:2::/48\n"
		"[hosts]\nmanage = no\n[gate]\nmark-mask = 0xff00\nlog-group = 7\n"
		"[site mine]\ntitle = Mine\ncategory = forum\ndomain = Mine.Example.\n"
		"cdn = cdn.example\ncdn = cdn.example.net\nfree = help.mine.example\nmain = "
		"Start.Mine.Example\nmain = a.cdn.example\nsitting = "
		"any\n"
		"burst = 2MB within 10s\nbridge = 2min\ntail = 0s\n"
		"beacon = 3kB within 20s\nsettle = 0s\n"
		"limit = 1h30min per day\nlimit = 5h per week\nopen = mon-fri,sun 12:00-13:30\n"
		"open = daily 22:00-02:00\nwarn = 30s 10min 1min\nwhen-spent = slow\nslow-rate = "
		"64kB/s\n"
		"[group all]\nsite = mine\nsite = tiktok\nlimit = 2h per day\n"
		"[person anna]\nuser = anna\nuser = anna-work\n"
		"[person anna site mine]\nlimit = 10min per day\nwhen-spent = notify\n"
		"[person ben group all]\nlimit = none per day\n");
	const int mine = config_find_site(c, "mine");
	const struct config_site *s = &c->sites[mine];
	struct rule_keys rules;

	assert_int_equal(s->mains.n, 2);
	assert_string_equal(s->mains.items[0], "start.mine.example");
	assert_int_equal(c->day_start_min, 330);
	assert_int_equal(c->people.n, 2);
	assert_int_equal(c->upstreams.n, 2);
	assert_int_equal(c->upstreams.items[1].port, 5353);
	assert_int_equal(c->upstreams.items[0].port, 53);
	assert_int_equal(c->listens.n, 1);
	assert_int_equal(c->intercept, INTERCEPT_ANY);
	assert_int_equal(c->seal, SEAL_NO);
	assert_int_equal(c->hosts_manage, HOSTS_NO);
	assert_int_equal(c->mark_mask, 0xff00);
	assert_int_equal(c->log_group, 7);
	assert_string_equal(s->hosts[HOST_FEED].items[0], "mine.example");
	assert_int_equal(s->hosts[HOST_CDN].n, 2);
	assert_false(s->meter.needs_media);
	assert_int_equal(s->meter.burst_bytes, 2000000);
	assert_int_equal(s->meter.burst_usec, 10 * USEC_PER_SEC);
	assert_int_equal(s->meter.bridge_usec, 120 * USEC_PER_SEC);
	assert_int_equal(s->meter.tail_usec, 0);
	assert_int_equal(s->meter.beacon_bytes, 3000);
	assert_int_equal(s->meter.beacon_usec, 20 * USEC_PER_SEC);
	assert_int_equal(s->meter.settle_usec, 0);
	assert_int_equal(s->rules.limit_sec[LIMIT_DAY], 5400);
	assert_int_equal(s->rules.limit_sec[LIMIT_WEEK], 18000);
	assert_int_equal(s->rules.open.n, 2);
	assert_int_equal(s->rules.open.items[0].days, 0x5f);
	assert_int_equal(s->rules.open.items[0].to_min, 810);
	assert_int_equal(s->rules.open.items[1].from_min, 1320);
	assert_int_equal(s->rules.n_warn, 3);
	assert_int_equal(s->rules.warn_sec[0], 600);
	assert_int_equal(s->rules.warn_sec[2], 30);
	assert_int_equal(s->rules.when_spent, WHEN_SPENT_SLOW);
	assert_int_equal(s->rules.slow_rate_bytes, 64000);
	assert_int_equal(c->groups[0].n_sites, 2);
	assert_true(config_enforces(c));

	rules = config_rules(c, "anna", false, (size_t)mine);
	assert_int_equal(rules.limit_sec[LIMIT_DAY], 600);
	assert_int_equal(rules.limit_sec[LIMIT_WEEK], 18000); /* not given: the site's own */
	assert_int_equal(rules.when_spent, WHEN_SPENT_NOTIFY);
	rules = config_rules(c, "ben", true, 0);
	assert_int_equal(rules.limit_sec[LIMIT_DAY], LIMIT_NONE);
	rules = config_rules(c, NULL, true, 0);
	assert_int_equal(rules.limit_sec[LIMIT_DAY], 7200);
}

static void test_later_files_win(void **state)
{
	_cleanup_(config_freep) struct config *c = good2(
		"[site tiktok]\nlimit = 1h per day\nlimit = 5h per week\ndomain = tt.example\n"
		"[dns]\nupstream = 192.0.2.1\n[group g]\nsite = tiktok\n",
		"[site tiktok]\nlimit = 10min per day\ndomain =\ndomain = only.example\n"
		"[dns]\nupstream =\n[group g]\nsite =\nsite = instagram\n");
	const struct config_site *s = &c->sites[config_find_site(c, "tiktok")];

	assert_int_equal(s->rules.limit_sec[LIMIT_DAY], 600);
	assert_int_equal(s->rules.limit_sec[LIMIT_WEEK], 18000);
	assert_int_equal(s->hosts[HOST_FEED].n, 1);
	assert_string_equal(s->hosts[HOST_FEED].items[0], "only.example");
	assert_true(c->upstream_auto);
	assert_int_equal(c->groups[0].n_sites, 1);
	assert_int_equal(c->groups[0].sites[0], config_find_site(c, "instagram"));
}

static void test_sittings_openings_and_hours(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[site tiktok]\nlimit = 20min per sitting\nbreak = 15min\nopens = 5 per day\n"
		     "uncounted = mon-fri 09:00-12:00\nuncounted = sat 22:00-02:00\n"
		     "rollover = 30min\n"
		     "[group g]\nsite = tiktok\n[person anna]\n"
		     "[person anna site tiktok]\nopens = none per day\nuncounted =\nbreak = 1h\n");
	const struct rule_keys *own = &c->sites[config_find_site(c, "tiktok")].rules;
	const struct rule_keys *group = &c->groups[0].rules;
	const size_t tiktok = (size_t)config_find_site(c, "tiktok");
	const struct rule_keys anna = config_rules(c, "anna", false, tiktok);

	assert_int_equal(own->limit_sec[LIMIT_SITTING], 1200);
	assert_int_equal(own->break_sec, 900);
	assert_int_equal(own->opens, 5);
	assert_int_equal(own->uncounted.n, 2);
	assert_int_equal(own->uncounted.items[1].from_min, 1320);
	assert_int_equal(own->rollover_sec, 1800);
	assert_int_equal(group->limit_sec[LIMIT_SITTING], LIMIT_NONE);
	assert_int_equal(group->break_sec, 600);
	assert_int_equal(group->opens, LIMIT_NONE);
	assert_int_equal(group->rollover_sec, 0);
	assert_int_equal(anna.opens, LIMIT_NONE);
	assert_int_equal(anna.uncounted.n, 0);
	assert_int_equal(anna.break_sec, 3600);
	assert_int_equal(anna.limit_sec[LIMIT_SITTING], 1200);
	assert_true(config_limits_person(c, "anna"));
}

static void test_each_rule_enforces(void **state)
{
	static const struct {
		const char *key;
		bool enforces;
	} rows[] = { { "limit = 1h per sitting", true }, { "opens = 0 per day", true },
		{ "open = sat 10:00-12:00", true }, { "break = 1h", false },
		{ "uncounted = sat 10:00-12:00", false }, { "rollover = 1h", false },
		{ "when-spent = slow", false } };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *text = NULL;
		_cleanup_(config_freep) struct config *c = NULL;

		assert_true(asprintf(&text, "[site tiktok]\n%s\n", rows[i].key) > 0);
		c = good(text);
		assert_int_equal(config_enforces(c), rows[i].enforces);
	}
}

/* Within one file too, so that a drop-in can begin anew. */
static void test_an_empty_limit_lifts_what_was_said(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[site tiktok]\nlimit = 1h per day\nlimit = 5h per week\nlimit =\n"
		     "limit = 10min per day\n");

	assert_int_equal(c->sites[1].rules.limit_sec[LIMIT_DAY], 600);
	assert_int_equal(c->sites[1].rules.limit_sec[LIMIT_WEEK], LIMIT_NONE);
}

static void test_people_have_all_kinds_of_names(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[person Anna.B]\n[person CORP\\ben]\n[person cleo@corp.example]\n");

	assert_int_equal(c->n_persons, 3);
	assert_string_equal(c->persons[1].users.items[0], "CORP\\ben");
}

/* Many hosts in one section are no reason to wait: the time limit of the test run says so. */
static void test_many_hosts(void **state)
{
	const size_t n = 60000;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_free_ char *text = malloc(n * 40 + 64);
	char *p = text;

	p += sprintf(p, "[site tiktok]\n");
	for (size_t i = 0; i < n; i++)
		p += sprintf(p, "domain = h%zu.example\n", i);
	c = good(text);
	assert_int_equal(c->sites[1].hosts[HOST_FEED].n, n + 1);
	assert_string_equal(c->sites[1].hosts[HOST_FEED].items[n], "h59999.example");
}

static void test_a_host_may_change_its_kind(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[site instagram]\nfree = instagram.com\ndomain = m.instagram.com\n");
	const struct config_site *s = &c->sites[config_find_site(c, "instagram")];

	assert_int_equal(s->hosts[HOST_FEED].n, 1);
	assert_string_equal(s->hosts[HOST_FEED].items[0], "m.instagram.com");
	assert_int_equal(s->hosts[HOST_FREE].n, 2);
}

static void test_looks_do_not_matter(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("\xef\xbb\xbf; comment\r\n# another\r\n\r\n  [site tiktok]   ; why\r\n"
		     "\tlimit=30min per day  ; short\r\n   limit   =   2h   per   week");

	assert_int_equal(c->sites[1].rules.limit_sec[LIMIT_DAY], 1800);
	assert_int_equal(c->sites[1].rules.limit_sec[LIMIT_WEEK], 7200);
}

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
		"a.conf:1: a line of 202 bytes; expected at most 198: repeat the key instead" },
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

/* What the catalogue says is a proposal: whoever claims a host in a file of their own has it. */
static void test_a_persons_own_file_takes_a_host(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[site mine]\ntitle = Mine\ncdn = cdninstagram.com\ndomain = mine.example\n"
		     "[site other]\ndomain = tiktok.com\n");
	const struct config_site *instagram = &c->sites[config_find_site(c, "instagram")];
	const struct config_site *mine = &c->sites[config_find_site(c, "mine")];
	const struct config_site *tiktok = &c->sites[config_find_site(c, "tiktok")];

	assert_false(strings_contain(&instagram->hosts[HOST_CDN], "cdninstagram.com"));
	assert_true(strings_contain(&mine->hosts[HOST_CDN], "cdninstagram.com"));
	assert_true(mine->meter.needs_media);
	/* a site that has lost its only host stays known, and meters nothing */
	assert_int_equal(tiktok->hosts[HOST_FEED].n, 0);
	assert_int_equal(tiktok->mains.n, 0);
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

/* Whatever the bytes: an answer or a sentence, and no memory out of bounds (see the sanitizers). */
static void test_noise(void **state)
{
	static const char *const words[] = { "[", "]", "site ", "person ", "group ", "tiktok",
		" = ", "limit", "30min", " per ", "day", "\n", ";", "open", "mon-fri ",
		"12:00-13:00", "\t", "domain", "=", "a.b", ":", "none", "\xff", "dns", "focus",
		"main" };

	srand(11);
	for (int round = 0; round < 5000; round++) {
		char text[512] = "";
		const char *const texts[] = { text, NULL };
		_cleanup_free_ char *error = NULL;
		_cleanup_(config_freep) struct config *c = NULL;

		for (int n = rand() % 40; n > 0; n--)
			strcat(text, words[(size_t)rand() % ELEMENTSOF(words)]);
		if (load(texts, &c, &error) < 0)
			assert_non_null(error);
	}
}

static void assert_mains(const struct config *c, const char *site, const char *expected)
{
	const struct strings *mains = &c->sites[config_find_site(c, site)].mains;
	char text[512] = "";

	for (size_t i = 0; i < mains->n; i++)
		strcat(strcat(text, i > 0 ? " " : ""), mains->items[i]);
	assert_string_equal(text, expected);
}

static void test_where_people_begin(void **state)
{
	/* who says nothing: with and without www., but never what is left alone */
	_cleanup_(config_freep) struct config *guessed =
		good("[site mine]\ndomain = a.example\ndomain = www.a.example\ndomain = b.example\n"
		     "cdn = media.example\nfree = www.b.example\n");
	_cleanup_(config_freep) struct config *said =
		good2("[site mine]\ndomain = a.example\nmain = one.a.example\n",
			"[site mine]\nmain = two.a.example\nmain = one.a.example\n");
	_cleanup_(config_freep) struct config *cleared = good2(
		"[site mine]\ndomain = a.example\nmain = one.a.example\n", "[site mine]\nmain =\n");

	assert_mains(guessed, "mine", "a.example www.a.example b.example media.example");
	assert_mains(guessed, "tiktok", "tiktok.com www.tiktok.com");
	assert_mains(said, "mine", "one.a.example two.a.example");
	assert_mains(cleared, "mine", "a.example www.a.example");
}

/* A file of ours must not stand in the way of somebody's own. */
static void test_a_main_host_of_the_catalogue_may_be_left_alone(void **state)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_(config_freep) struct config *c = NULL;
	char *error = NULL;

	assert_int_equal(config_builder_new(&b), 0);
	assert_int_equal(config_builder_catalogue(b, "cat.conf",
				 "[site a]\ndomain = a.example\nmain = a.example\nmain = "
				 "www.a.example\n",
				 &error),
		0);
	assert_int_equal(
		config_builder_text(b, "own.conf", "[site a]\nfree = www.a.example\n", &error), 0);
	assert_int_equal(config_builder_finish(b, &c, &error), 0);
	assert_mains(c, "a", "a.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_later_files_win),
		cmocka_unit_test(test_an_empty_limit_lifts_what_was_said),
		cmocka_unit_test(test_sittings_openings_and_hours),
		cmocka_unit_test(test_each_rule_enforces),
		cmocka_unit_test(test_people_have_all_kinds_of_names),
		cmocka_unit_test(test_many_hosts),
		cmocka_unit_test(test_a_host_may_change_its_kind),
		cmocka_unit_test(test_looks_do_not_matter),
		cmocka_unit_test(test_every_mistake_has_its_sentence),
		cmocka_unit_test(test_a_persons_own_file_takes_a_host),
		cmocka_unit_test(test_the_second_file_is_named),
		cmocka_unit_test(test_the_catalogue_holds_sites_only),
		cmocka_unit_test(test_where_people_begin),
		cmocka_unit_test(test_a_main_host_of_the_catalogue_may_be_left_alone),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
