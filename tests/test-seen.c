/* The hook's memory of what it passed on: who shares an address, and since when it can tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dns/seen.h"

struct fixture {
	struct seen *seen;
	uint8_t *bytes;
	struct hook_table *table; /* alpha.example is metered, free.alpha.example is not */
};

static int set_up(void **state)
{
	static const struct hook_name names[] = { { "alpha.example", true, false },
		{ "free.alpha.example", false, false } };
	struct fixture *f = calloc(1, sizeof(*f));
	struct hook_setup setup = { 0 };
	size_t size;

	assert_int_equal(prefix_parse("198.19.128.0/17", &setup.lease4), 0);
	assert_int_equal(prefix_parse("2001:2:0:f000::/52", &setup.lease6), 0);
	assert_int_equal(hook_table_build(&setup, names, ELEMENTSOF(names), &f->bytes, &size), 0);
	assert_int_equal(hook_table_open(f->bytes, size, &f->table), 0);
	assert_int_equal(seen_new(1000, &f->seen), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	seen_free(f->seen);
	hook_table_close(f->table);
	free(f->bytes);
	free(f);
	return 0;
}

static struct address at(unsigned n)
{
	return (struct address){ .family = AF_INET,
		.bytes = { 192, 0, (uint8_t)(n >> 8), (uint8_t)n } };
}

static void note(struct fixture *f, const char *name, unsigned n, usec_t now)
{
	const struct address a = at(n);

	seen_note(f->seen, name, &a, now);
}

static bool shared(const struct fixture *f, unsigned n)
{
	const struct address a = at(n);

	return seen_with_others(f->seen, &a, f->table);
}

static void test_who_shares(void **state)
{
	struct fixture *f = *state;

	assert_false(shared(f, 1));
	note(f, "www.other.example", 1, 1001);
	assert_true(shared(f, 1));
	assert_false(shared(f, 2));
	note(f, "www.alpha.example", 2, 1001); /* before it was metered */
	assert_false(shared(f, 2));
	note(f, "free.alpha.example", 2, 1002);
	assert_true(shared(f, 2));
	note(f, "free.alpha.example", 2, 1003);
	assert_int_equal(seen_n(f->seen), 3);
	assert_int_equal(seen_since_usec(f->seen), 1000);
}

static void test_an_address_of_many_is_everybodys(void **state)
{
	struct fixture *f = *state;
	char name[40];

	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%u.alpha.example", i);
		note(f, name, 1, 1001);
	}
	assert_int_equal(seen_n(f->seen), SEEN_NAMES_MAX);
	assert_true(shared(f, 1));
}

/* What was forgotten was not watched. */
static void test_the_oldest_is_forgotten_and_it_says_so(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < SEEN_MAX; i++)
		note(f, "www.other.example", i, 2000 + i);
	assert_int_equal(seen_since_usec(f->seen), 1000);
	note(f, "www.other.example", 0, 50000); /* in use again */
	note(f, "www.other.example", SEEN_MAX, 50001);
	assert_int_equal(seen_n(f->seen), SEEN_MAX);
	assert_int_equal(seen_since_usec(f->seen), 2001);
	assert_true(shared(f, 0));
	assert_false(shared(f, 1));
	assert_true(shared(f, 2));
	assert_true(shared(f, SEEN_MAX));
}

static void on_metered(const char *name, int family, void *userdata)
{
	assert_string_equal(name, "www.alpha.example");
	assert_int_equal(family, AF_INET);
	++*(unsigned *)userdata;
}

static void test_what_is_metered_now(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;

	note(f, "www.other.example", 1, 1001);
	note(f, "www.alpha.example", 2, 1001);
	note(f, "free.alpha.example", 3, 1001);
	seen_visit_metered(f->seen, f->table, on_metered, &n);
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_who_shares, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_an_address_of_many_is_everybodys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_the_oldest_is_forgotten_and_it_says_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_metered_now, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
