/* The configuration language: what is taken. What is refused: test-config-mistakes.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-load.h"

DEFINE_CLEANUP(struct config *, config_free);

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
		cmocka_unit_test(test_a_persons_own_file_takes_a_host),
		cmocka_unit_test(test_where_people_begin),
		cmocka_unit_test(test_a_main_host_of_the_catalogue_may_be_left_alone),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
