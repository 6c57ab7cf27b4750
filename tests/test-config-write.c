/* A configuration that is written and read again is the same; and no key of the language is left
 * out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/config-internal.h"
#include "core/config-write.h"
#include "random-config.h"

DEFINE_CLEANUP(struct config *, config_free);

#define ROUNDS 2000

static char *written(const struct config *c)
{
	char *text = NULL;

	assert_int_equal(config_write(c, &text), 0);
	return text;
}

static void test_all_keys(void **state)
{
	static const char text[] =
		"[focus]\nday-start = 05:30\npeople = anna ben\n"
		"[dns]\nupstream = 192.0.2.1:54\nupstream = 2001:db8::1\nlisten = 127.0.0.1:54\n"
		"intercept = any\nseal = yes\nlease4 = 198.18.0.0/16\nlease6 = 2001:2::/48\n"
		"[hosts]\nmanage = no\n[gate]\nmark-mask = 0x0000fc00\nlog-group = 7\n"
		"[share]\nbroker = mqtts://broker.example\nhousehold = us\ndevice = desk\n"
		"user = desk\npassword-file = /p\nca = /c\ncertificate = /d\nkey = "
		"/k\nhome-assistant = yes\n"
		"[commitment]\nloosen-after = 1d12h\n[instead]\ntry = a walk\ntry = call Anna\n"
		"[network]\ngateway = yes\nunknown-devices = person p\ninside = br-lan\n"
		"inside = wlan0\nport = 5300\n"
		"[focus]\nfocus-time = mon 09:00-12:00\n[passes]\npasses = 2 per day\n"
		"pass-time = 25min per day\npass-wait = 1min\npass-max = 5min\n"
		"open-time = 0s per day\n"
		"[site a]\ntitle = Ä = a\ncategory = news\ndomain = a.example\ncdn = b.example\n"
		"free = h.a.example\ndomains-file = /l/a b\nmain = www.a.example\nsitting = "
		"any\nburst = 999B within 9s\n"
		"bridge = 90s\nbeacon = none\nsettle = 0s\ntail = 3s\nlimit = 1h5s per day\n"
		"limit = 0s per week\nopen = mon,wed-fri 22:00-02:00\nopen = sun 00:00-24:00\n"
		"warn = 90s 1s\nwhen-spent = slow\nslow-rate = 1001B/s\n"
		"[group g]\nsite = a\nlimit = 2h per week\n"
		"[person p]\nuser = root\nuser = daemon\ndevice = aa:bb:cc:dd:ee:ff\ntry = a "
		"book\npass-wait = 2min\n"
		"focus-time =\n"
		"[person p site a]\nlimit = none per day\nopen =\nwarn =\n"
		"[person p group g]\nopen = never\n";
	_cleanup_(config_freep) struct config *c = config_of_text(text), *again = NULL;
	_cleanup_free_ char *first = written(c), *second = NULL;
	const struct rule_keys *rules;

	again = config_of_text(first);
	second = written(again);
	assert_string_equal(first, second);
	assert_int_equal(again->day_start_min, 330);
	assert_int_equal(again->people.n, 2);
	assert_int_equal(again->upstreams.n, 2);
	assert_int_equal(again->upstreams.items[0].port, 54);
	assert_int_equal(again->listens.n, 1);
	assert_int_equal(again->intercept, INTERCEPT_ANY);
	assert_int_equal(again->seal, SEAL_YES);
	assert_int_equal(again->lease4.bits, 16);
	assert_int_equal(again->lease6.bits, 48);
	assert_int_equal(again->hosts_manage, HOSTS_NO);
	assert_int_equal(again->mark_mask, 0xfc00);
	assert_int_equal(again->log_group, 7);
	for (int k = 0; k < SHARE_KEYS; k++)
		assert_string_equal(again->share[k], c->share[k]);
	assert_int_equal(again->loosen_after_sec, 36 * SEC_PER_HOUR);
	assert_string_equal(again->sites[0].title, "Ä = a");
	assert_int_equal(again->sites[0].hosts[HOST_CDN].n, 1);
	assert_int_equal(again->sites[0].hosts[HOST_FREE].n, 1);
	assert_int_equal(again->sites[0].mains.n, 1);
	assert_int_equal(again->sites[0].lists.n, 1);
	assert_string_equal(again->sites[0].lists.paths[0], "/l/a b");
	assert_memory_equal(&again->sites[0].meter, &c->sites[0].meter, sizeof(c->sites[0].meter));
	assert_memory_equal(&again->sites[0].rules, &c->sites[0].rules, sizeof(c->sites[0].rules));
	assert_int_equal(again->groups[0].rules.limit_sec[LIMIT_WEEK], 2 * SEC_PER_HOUR);
	assert_int_equal(again->persons[0].users.n, 2);
	assert_int_equal(again->persons[0].devices.n, 1);
	assert_true(again->network.gateway);
	assert_int_equal(again->network.unknown_devices, UNKNOWN_PERSON);
	assert_string_equal(again->network.unknown_person, "p");
	assert_int_equal(again->network.n_insides, 2);
	assert_int_equal(again->network.port, 5300);
	assert_memory_equal(
		&again->persons[0].passes, &c->persons[0].passes, sizeof(c->persons[0].passes));
	assert_int_equal(again->passes.n_a_day, 2);
	assert_int_equal(again->passes.time_sec, 25 * SEC_PER_MIN);
	assert_int_equal(again->passes.n_focus, 1);
	assert_int_equal(again->instead.n, 2);
	assert_int_equal(again->persons[0].instead.n, 1);
	rules = &again->persons[0].exceptions[0].rules;
	assert_int_equal(rules->given, RULE_LIMIT_DAY | RULE_OPEN | RULE_WARN);
	assert_int_equal(rules->open.n + rules->n_warn, 0);
	assert_int_equal(again->persons[0].exceptions[1].rules.open.n, 1);
}

static void test_by_chance(void **state)
{
	uint64_t seed = 20261125;

	for (int i = 0; i < ROUNDS; i++) {
		_cleanup_free_ char *text = random_config(&seed), *first = NULL, *second = NULL;
		_cleanup_(config_freep) struct config *c = config_of_text(text), *again = NULL;

		first = written(c);
		again = config_of_text(first);
		second = written(again);
		if (strcmp(first, second) != 0)
			fail_msg("of\n%s\nbecame\n%s\nand then\n%s", text, first, second);
		assert_int_equal(c->n_sites, again->n_sites);
		assert_int_equal(c->n_groups, again->n_groups);
		assert_int_equal(c->n_persons, again->n_persons);
	}
}

static bool has_global(const char *section, const char *name)
{
	size_t n;
	const struct global_row *rows = global_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].section, section) == 0 && strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}

static bool has_site(const char *name)
{
	size_t n;
	const struct site_row *rows = site_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}

static bool has_pass(const char *name)
{
	size_t n;
	const struct pass_row *rows = pass_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}

static bool has_rule(const char *name)
{
	size_t n;
	const struct rule_row *rows = rule_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}

/* A new key needs its row: how it is written, and what is the stricter of two values. */
static bool has_row(const struct config_key *key)
{
	static const struct {
		enum config_section section;
		const char *name;
	} plain[] = { { SECTION_FOCUS, "focus" }, { SECTION_DNS, "dns" },
		{ SECTION_HOSTS, "hosts" }, { SECTION_GATE, "gate" },
		{ SECTION_COMMITMENT, "commitment" }, { SECTION_HISTORY, "history" },
		{ SECTION_SHARE, "share" }, { SECTION_NETWORK, "network" } };

	for (size_t i = 0; i < ELEMENTSOF(plain); i++)
		if (key->sections == 1U << plain[i].section)
			return has_global(plain[i].name, key->name);
	if (strcmp(key->name, "try") == 0) /* it restricts nobody */
		return has_global("instead", key->name);
	if (key->sections & (1U << SECTION_PASSES | 1U << SECTION_FOCUS))
		return has_pass(key->name);
	if (key->sections == 1U << SECTION_SITE)
		return has_site(key->name);
	if (key->sections == 1U << SECTION_GROUP)
		return strcmp(key->name, "site") == 0;
	if (key->sections == 1U << SECTION_PERSON)
		return strcmp(key->name, "user") == 0 || strcmp(key->name, "device") == 0;
	return has_rule(key->name);
}

static void test_every_key_has_its_row(void **state)
{
	size_t n, n_rows;
	const struct config_key *keys = config_keys(&n);
	const struct rule_row *rows = rule_rows(&n_rows);
	unsigned covered = 0;

	for (size_t i = 0; i < n; i++)
		if (!has_row(&keys[i]))
			fail_msg("%s: no row in config-write.c, rule-table.c or pass-table.c",
				keys[i].name);
	for (size_t i = 0; i < n_rows; i++) {
		assert_int_equal(covered & rows[i].key, 0);
		covered |= rows[i].key;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_by_chance),
		cmocka_unit_test(test_every_key_has_its_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
