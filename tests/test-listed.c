/* The names of lists: whose they are, in the keeper's catalogue and in the hook's block. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/catalogue.h"
#include "core/hook-table.h"

static const struct name_key key = { { 4, 2 } };

static struct listed *make_listed(void)
{
	struct listed *l;

	assert_int_equal(listed_new(3, &key, &l), 0);
	assert_int_equal(listed_add(l, 1, "one.example"), 0);
	assert_int_equal(listed_add(l, 2, "two.example"), 0);
	assert_int_equal(listed_add(l, 2, "one.example"), 0);
	assert_int_equal(listed_add(l, 2, "two.example"), 0);
	for (unsigned i = 0; i < 5000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%u.many.example", i);
		assert_int_equal(listed_add(l, 1, name), 0);
	}
	listed_seal(l);
	assert_int_equal(l->n_names, 5003);
	return l;
}

static void test_the_first_site_has_it(void **state)
{
	struct listed *l = make_listed();
	size_t site = 99;

	assert_true(listed_find(l, "one.example", &site));
	assert_int_equal(site, 1);
	assert_true(listed_find(l, "two.example", &site));
	assert_int_equal(site, 2);
	assert_true(listed_find(l, "n4999.many.example", &site));
	assert_false(listed_find(l, "n5000.many.example", &site));
	assert_false(listed_find(l, "www.one.example", &site)); /* this very name */
	listed_free(l);
	assert_int_equal(listed_new(0, &key, &l), 0);
	listed_seal(l);
	assert_false(listed_find(l, "one.example", &site));
	listed_free(l);
}

static void test_a_sites_own_names_come_first(void **state)
{
	static const char text[] = "[site a]\ndomain = a.example\nfree = free.one.example\n"
				   "[site b]\ndomain = b.example\ndomain = two.example\n"
				   "[site c]\ndomain = c.example\n";
	struct config_builder *b;
	struct config *config;
	struct catalogue *c;
	struct listed *l = make_listed();
	char *error = NULL;
	enum host_kind kind;
	size_t site;

	assert_int_equal(config_builder_new(&b), 0);
	assert_int_equal(config_builder_text(b, "t", text, &error), 0);
	assert_int_equal(config_builder_finish(b, &config, &error), 0);
	config_builder_free(b);
	assert_int_equal(catalogue_new(config, &c), 0);
	assert_int_equal(catalogue_find(c, "one.example", &site, &kind), -ENOENT);
	catalogue_use_listed(c, l);
	assert_int_equal(catalogue_find(c, "x.one.example", &site, &kind), 0);
	assert_int_equal(site, 1);
	assert_int_equal(kind, HOST_FEED);
	assert_int_equal(catalogue_find(c, "x.free.one.example", &site, &kind), 0);
	assert_int_equal(kind, HOST_FREE);
	assert_int_equal(catalogue_find(c, "two.example", &site, &kind), 0);
	assert_int_equal(site, 1);
	assert_int_equal(catalogue_find(c, "example", &site, &kind), -ENOENT);
	catalogue_free(c);
	listed_free(l);
	config_free(config);
}

struct block {
	uint8_t *bytes;
	size_t size;
};

static struct block make_block(void)
{
	static const struct hook_name names[] = { { "alpha.example", true, false },
		{ "free.one.example", false, false } };
	struct hook_setup setup = { 0 };
	struct block b = { 0 };
	struct listed *l = make_listed();

	assert_int_equal(prefix_parse("198.19.128.0/17", &setup.lease4), 0);
	assert_int_equal(prefix_parse("2001:2:0:f000::/52", &setup.lease6), 0);
	assert_int_equal(hook_table_build(&setup, names, 2, &b.bytes, &b.size), 0);
	assert_int_equal(hook_table_add_listed(&b.bytes, &b.size, l), 0);
	listed_free(l);
	return b;
}

static void test_the_block_has_them(void **state)
{
	static const struct {
		const char *name;
		bool metered, routed;
	} rows[] = {
		{ "one.example", true, true },
		{ "a.b.one.example", true, true },
		{ "free.one.example", false, true },
		{ "x.free.one.example", false, true },
		{ "n17.many.example", true, true },
		{ "many.example", false, false },
		{ "xone.example", false, false },
		{ "www.alpha.example", true, true },
		{ "example", false, false },
	};
	struct block b = make_block();
	struct hook_table *t;

	assert_int_equal(hook_table_open(b.bytes, b.size, &t), 0);
	assert_true(hook_table_has_listed(t));
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const size_t n = strlen(rows[i].name);

		if (hook_table_metered(t, rows[i].name, n) != rows[i].metered ||
			hook_table_routed(t, rows[i].name, n) != rows[i].routed)
			fail_msg("%s", rows[i].name);
	}
	hook_table_close(t);
	free(b.bytes);
}

static void test_damaged_blocks_are_refused(void **state)
{
	struct block b = make_block();
	struct hook_table *t;

	assert_int_equal(hook_table_open(b.bytes, b.size - 8, &t), -EBADMSG);
	assert_int_equal(hook_table_open(b.bytes, b.size - 1, &t), -EBADMSG);
	memset(b.bytes + b.size - 40000, 0xff,
		40000); /* no order: nothing is found, nothing breaks */
	assert_int_equal(hook_table_open(b.bytes, b.size, &t), 0);
	hook_table_metered(t, "n17.many.example", 16);
	hook_table_close(t);
	free(b.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_site_has_it),
		cmocka_unit_test(test_a_sites_own_names_come_first),
		cmocka_unit_test(test_the_block_has_them),
		cmocka_unit_test(test_damaged_blocks_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
