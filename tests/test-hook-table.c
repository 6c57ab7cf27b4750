/* The sealed name table: what is metered, and no damaged table gets in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/hook-table.h"

#define SLOT_BYTES 8

DEFINE_CLEANUP(struct hook_table *, hook_table_close);

static struct hook_setup setup(void)
{
	struct hook_setup s = { .n_upstreams = 1, .n_uplinks = 1, .canary = true };

	assert_int_equal(endpoint_parse("192.0.2.53", 53, &s.upstreams[0]), 0);
	assert_int_equal(endpoint_parse("[2001:db8::53]:5353", 53, &s.uplinks[0]), 0);
	assert_int_equal(prefix_parse("198.19.128.0/17", &s.lease4), 0);
	assert_int_equal(prefix_parse("2001:2:0:f000::/52", &s.lease6), 0);
	return s;
}

static bool metered(const struct hook_table *t, const char *name)
{
	return hook_table_metered(t, name, strlen(name));
}

static void test_the_longest_suffix_wins(void **state)
{
	static const struct hook_name names[] = { { "Facebook.com.", true, false },
		{ "business.facebook.com", false, false },
		{ "ads.business.facebook.com", true, false } };
	const struct hook_setup s = setup();
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_(hook_table_closep) struct hook_table *t = NULL;
	size_t size;

	assert_int_equal(hook_table_build(&s, names, 3, &bytes, &size), 0);
	assert_int_equal(hook_table_open(bytes, size, &t), 0);
	assert_true(metered(t, "facebook.com"));
	assert_true(metered(t, "a.b.facebook.com"));
	assert_false(metered(t, "business.facebook.com"));
	assert_false(metered(t, "x.business.facebook.com"));
	assert_true(metered(t, "ads.business.facebook.com"));
	assert_false(metered(t, "notfacebook.com"));
	assert_false(metered(t, "com"));
	assert_false(metered(t, ""));
	assert_true(hook_table_routed(t, "x.business.facebook.com", 23));
	assert_true(hook_table_routed(t, "facebook.com", 12));
	assert_false(hook_table_routed(t, "notfacebook.com", 15));
	assert_false(hook_table_routed(t, "", 0));
	assert_true(hook_table_setup(t)->canary);
	assert_int_equal(hook_table_setup(t)->uplinks[0].port, 5353);
}

static void count(const char *name, size_t n, bool metered, void *userdata)
{
	int *counts = userdata;

	counts[metered]++;
	assert_true(n > 0 && n <= DOMAIN_TEXT_MAX);
	assert_true(!metered || (n >= 12 && memcmp(name + n - 12, "facebook.com", 12) == 0));
}

static void test_every_name_is_visited_once(void **state)
{
	static const struct hook_name names[] = { { "facebook.com", true, false },
		{ "business.facebook.com", false, false },
		{ "ads.business.facebook.com", true, false }, { "Facebook.com", true, false } };
	const struct hook_setup s = setup();
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_(hook_table_closep) struct hook_table *t = NULL;
	int counts[2] = { 0 };
	size_t size;

	assert_int_equal(hook_table_build(&s, names, 4, &bytes, &size), 0);
	assert_int_equal(hook_table_open(bytes, size, &t), 0);
	hook_table_visit(t, count, counts);
	assert_int_equal(counts[true], 2);
	assert_int_equal(counts[false], 1);
}

static void test_an_exact_name_is_one_host(void **state)
{
	static const struct hook_name names[] = { { "dns.example", true, true },
		{ "www.site.example", true, true }, { "site.example", true, false },
		{ "site.example", true, false }, { "x.both.example", true, true },
		{ "x.both.example", false, false } };
	const struct hook_setup s = setup();
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_(hook_table_closep) struct hook_table *t = NULL;
	size_t size;

	assert_int_equal(hook_table_build(&s, names, ELEMENTSOF(names), &bytes, &size), 0);
	assert_int_equal(hook_table_open(bytes, size, &t), 0);
	assert_true(metered(t, "dns.example"));
	assert_false(metered(t, "www.dns.example"));
	assert_false(metered(t, "example"));
	assert_true(metered(t, "www.site.example"));
	assert_true(metered(t, "a.www.site.example")); /* by site.example */
	assert_false(metered(t, "x.both.example"));    /* the later one says so */
	assert_false(metered(t, "a.x.both.example"));
	assert_true(hook_table_routed(t, "dns.example", 11));
	assert_true(hook_table_routed(t, "www.dns.example", 15)); /* nobody routes one host alone */
	assert_false(hook_table_routed(t, "a.x.both.example", 16));
}

static void test_an_empty_table(void **state)
{
	const struct hook_setup s = setup();
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_(hook_table_closep) struct hook_table *t = NULL;
	size_t size;

	assert_int_equal(hook_table_build(&s, NULL, 0, &bytes, &size), 0);
	assert_int_equal(hook_table_open(bytes, size, &t), 0);
	assert_false(metered(t, "facebook.com"));
}

static void test_many_names(void **state)
{
	enum { N = 20000 };
	struct hook_name *names = calloc(N, sizeof(*names));
	const struct hook_setup s = setup();
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_(hook_table_closep) struct hook_table *t = NULL;
	char text[64];
	size_t size;

	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "host%d.example%d.com", i, i % 7);
		names[i] = (struct hook_name){ strdup(text), i % 3 != 0, false };
	}
	assert_int_equal(hook_table_build(&s, names, N, &bytes, &size), 0);
	assert_int_equal(hook_table_open(bytes, size, &t), 0);
	for (int i = 0; i < N; i++) {
		assert_int_equal(metered(t, names[i].name), i % 3 != 0);
		free((char *)names[i].name);
	}
	free(names);
}

static void test_a_bad_name_is_refused(void **state)
{
	static const struct hook_name bad = { "a..b", true, false };
	const struct hook_setup s = setup();
	uint8_t *bytes;
	size_t size;

	assert_int_equal(hook_table_build(&s, &bad, 1, &bytes, &size), -EINVAL);
}

/* Any single damaged byte and any other length: refused, or harmless to look up in. */
static void test_a_damaged_table_does_no_harm(void **state)
{
	static const struct hook_name names[] = { { "facebook.com", true, false },
		{ "x.com", true, false } };
	const struct hook_setup s = setup();
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;

	assert_int_equal(hook_table_build(&s, names, 2, &bytes, &size), 0);
	for (size_t n = 0; n < size; n++) {
		struct hook_table *t;
		_cleanup_free_ uint8_t *cut = malloc(n + 1);

		memcpy(cut, bytes, n);
		assert_int_equal(hook_table_open(cut, n, &t), -EBADMSG);
	}
	for (size_t i = 0; i < size * 8; i++) {
		_cleanup_(hook_table_closep) struct hook_table *t = NULL;

		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		if (hook_table_open(bytes, size, &t) == 0)
			metered(t, "www.facebook.com");
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
	}
}

/* A bool is 0 or 1, or reading it is undefined. */
/* Whoever looks for a name goes on to the first empty slot: a table without one is none. */
static void test_a_table_without_room_is_none(void **state)
{
	static const struct hook_name names[] = { { "facebook.com", true, false } };
	const struct hook_setup s = setup();
	_cleanup_free_ uint8_t *bytes = NULL;
	uint32_t head[3]; /* magic, slots, bytes of text */
	struct hook_table *t;
	uint8_t *slot;
	size_t size;

	assert_int_equal(hook_table_build(&s, names, 1, &bytes, &size), 0);
	memcpy(head, bytes, sizeof(head));
	slot = bytes + size - head[2] - head[1] * SLOT_BYTES;
	for (uint32_t i = 0; i < head[1]; i++)
		slot[i * SLOT_BYTES + sizeof(uint32_t)] = 1; /* its length */
	assert_int_equal(hook_table_open(bytes, size, &t), -EBADMSG);
	slot[sizeof(uint32_t)] = 0;
	assert_int_equal(hook_table_open(bytes, size, &t), 0);
	hook_table_close(t);
}

static void test_a_bool_is_none(void **state)
{
	const struct hook_setup s = setup();
	_cleanup_free_ uint8_t *bytes = NULL;
	struct hook_table *t;
	size_t size, at;

	assert_int_equal(hook_table_build(&s, NULL, 0, &bytes, &size), 0);
	/* the setup stands behind three numbers, where its alignment lets it */
	at = 3 * sizeof(uint32_t) + _Alignof(struct hook_setup) - 1;
	at -= at % _Alignof(struct hook_setup);
	bytes[at + offsetof(struct hook_setup, canary)] = 4;
	assert_int_equal(hook_table_open(bytes, size, &t), -EBADMSG);
	bytes[at + offsetof(struct hook_setup, canary)] = 1;
	bytes[at + offsetof(struct hook_setup, resolved)] = 2;
	assert_int_equal(hook_table_open(bytes, size, &t), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_longest_suffix_wins),
		cmocka_unit_test(test_every_name_is_visited_once),
		cmocka_unit_test(test_an_exact_name_is_one_host),
		cmocka_unit_test(test_an_empty_table),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_a_bad_name_is_refused),
		cmocka_unit_test(test_a_damaged_table_does_no_harm),
		cmocka_unit_test(test_a_table_without_room_is_none),
		cmocka_unit_test(test_a_bool_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
