/* Which lines are wanted: every lease of the main hosts, and none that changes with the wind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/hosts-plan.h"
#include "core/hosts-text.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct lease_book *, lease_book_free);

static void plan_done(struct hosts_plan *p)
{
	free(p->block);
}

static struct lease_book *book(void)
{
	struct prefix p4, p6;
	struct lease_book *b;

	assert_int_equal(prefix_parse("198.19.128.0/17", &p4), 0);
	assert_int_equal(prefix_parse("2001:2:0:f000::/52", &p6), 0);
	assert_int_equal(lease_book_new(&p4, &p6, &b), 0);
	return b;
}

/* The name's real addresses, separated by blanks, all of one family. */
static void lead_at(struct lease_book *b, const char *site, const char *name, const char *addresses)
{
	_cleanup_free_ char *copy = strdup(addresses);
	struct address real[LEASE_SLOTS_MAX];
	const struct lease_block *block;
	const struct lease_name *found;
	char *save = NULL;
	unsigned changed;
	size_t n = 0;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		assert_int_equal(address_parse(w, &real[n++]), 0);
	assert_int_equal(
		lease_book_take(b, site, HOST_FEED, name, real, n, 1000, &found, &changed, &block),
		0);
}

static void lead(struct lease_book *b, const char *name, const char *addresses)
{
	lead_at(b, "alpha", name, addresses);
}

static void assert_block(
	const struct lease_book *b, const struct hosts_name *names, size_t n, const char *expected)
{
	_cleanup_(plan_done) struct hosts_plan plan = { 0 };
	struct hosts_text text;

	assert_int_equal(hosts_plan_build(b, names, n, &plan), 0);
	assert_string_equal(plan.block, expected);
	assert_int_equal(plan.n_bytes, strlen(expected));
	/* and it is what the writer takes */
	assert_int_equal(hosts_text_insert("", 0, plan.block, plan.n_bytes, &text), 0);
	free(text.bytes);
}

static void test_every_lease_has_its_line(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text("[site alpha]\ndomain = alpha.example\nmain = alpha.example\n"
			       "main = www.alpha.example\n[site beta]\ndomain = beta.example\n");
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	_cleanup_free_ struct hosts_name *names = NULL;
	size_t n;

	assert_int_equal(hosts_plan_names(c, &names, &n), 0);
	assert_int_equal(n, 4);
	assert_string_equal(names[1].name, "www.alpha.example");
	assert_string_equal(names[3].name, "www.beta.example");
	assert_int_equal(names[3].site, 1);
	assert_block(b, names, n, "");
	assert_false(hosts_plan_has_lease(b, "www.alpha.example"));
	lead(b, "www.alpha.example", "192.0.2.1 192.0.2.2");
	lead(b, "www.alpha.example", "2001:db8::1");
	lead(b, "other.alpha.example", "192.0.2.1");
	assert_true(hosts_plan_has_lease(b, "www.alpha.example"));
	assert_block(b, names, n,
		"198.19.128.1 www.alpha.example\n198.19.128.2 www.alpha.example\n"
		"2001:2:0:f000::1 www.alpha.example\n");
	/* real addresses come and go; the lines stay */
	lead(b, "www.alpha.example", "192.0.2.9");
	assert_block(b, names, n,
		"198.19.128.1 www.alpha.example\n198.19.128.2 www.alpha.example\n"
		"2001:2:0:f000::1 www.alpha.example\n");
	names[1].claimed = true;
	lead(b, "alpha.example", "192.0.2.1");
	assert_block(b, names, n, "198.19.128.4 alpha.example\n");
}

/* More than the file may have: what has no room is counted, the rest is whole. */
static void test_there_is_an_end_to_it(void **state)
{
	static char text[HOSTS_LINES_MAX + 10][32];
	static struct hosts_name names[HOSTS_LINES_MAX + 10];
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	_cleanup_(plan_done) struct hosts_plan plan = { 0 };

	for (size_t i = 0; i < HOSTS_LINES_MAX + 10; i++) {
		snprintf(text[i], sizeof(text[i]), "n%zu.example", i);
		names[i].name = text[i];
		lead_at(b, i % 2 ? "alpha" : "beta", text[i], "192.0.2.1");
	}
	assert_int_equal(hosts_plan_build(b, names, HOSTS_LINES_MAX + 10, &plan), 0);
	assert_int_equal(plan.n_lines, HOSTS_LINES_MAX);
	assert_int_equal(plan.n_left_out, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_lease_has_its_line),
		cmocka_unit_test(test_there_is_an_end_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
