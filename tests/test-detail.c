/* Sums by key: added, told once, forgotten by day, bounded. */
#include "core/detail.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

struct told {
	unsigned n;
	uint64_t bytes;
};

static int tell(const struct detail *d, void *userdata)
{
	struct told *t = userdata;

	t->n++;
	t->bytes += d->bytes;
	return 0;
}

static struct told tell_all(struct details *d, bool all)
{
	struct told t = { 0 };

	assert_int_equal(details_tell(d, all, tell, &t), 0);
	return t;
}

static void add(struct details *d, const char *person, int32_t day, const char *name)
{
	assert_int_equal(
		details_add(d, &(struct detail){ person, "x", day, DETAIL_HOST, name, 10 }), 0);
}

static void test_sums(void **state)
{
	struct details *d = NULL;

	assert_int_equal(details_new(&d), 0);
	add(d, "anna", 1, "a");
	add(d, "anna", 1, "a");
	add(d, "anna", 1, "b");
	add(d, "ben", 1, "a");
	add(d, "anna", 2, "a");
	assert_int_equal(
		details_add(d, &(struct detail){ "anna", "x", 1, DETAIL_UNCOUNTED, "a", 5 }), 0);
	assert_int_equal(tell_all(d, true).n, 5);
	assert_int_equal(tell_all(d, true).bytes, 55);
	assert_int_equal(tell_all(d, false).n, 5);
	assert_int_equal(tell_all(d, false).n, 0); /* told */
	add(d, "ben", 1, "a");
	assert_int_equal(tell_all(d, false).bytes, 20); /* the whole sum */
	assert_int_equal(tell_all(d, true).n, 5);
	details_forget(d, 2);
	assert_int_equal(tell_all(d, true).n, 1);
	details_free(d);
	assert_null(details_free(NULL));
}

static int refuse_second(const struct detail *d, void *userdata)
{
	return (*(unsigned *)userdata)++ == 0 ? 0 : -EIO;
}

static void test_what_could_not_be_told_is_told_again(void **state)
{
	struct details *d = NULL;
	unsigned n = 0;

	assert_int_equal(details_new(&d), 0);
	add(d, "anna", 1, "a");
	add(d, "anna", 1, "b");
	assert_int_equal(details_tell(d, false, refuse_second, &n), -EIO);
	assert_int_equal(tell_all(d, false).n, 2); /* both: they go together or not at all */
	assert_int_equal(tell_all(d, false).n, 0);
	details_free(d);
}

static void test_the_bound(void **state)
{
	struct details *d = NULL;
	char name[32];

	assert_int_equal(details_new(&d), 0);
	for (unsigned i = 0; i < DETAILS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "host-%u", i);
		add(d, "anna", 1, name);
	}
	assert_int_equal(tell_all(d, true).n, DETAILS_MAX);
	add(d, "anna", 1, "host-0"); /* who is known goes on */
	assert_int_equal(tell_all(d, true).bytes, (DETAILS_MAX + 1) * 10);
	details_forget(d, 2);
	add(d, "anna", 2, "host-0");
	assert_int_equal(tell_all(d, true).n, 1);
	details_free(d);
}

/* A damaged ledger may say so. */
static void test_the_last_day_there_is(void **state)
{
	struct details *d;

	assert_int_equal(details_new(&d), 0);
	add(d, "anna", INT32_MAX, "www.alpha.example");
	details_forget(d, INT32_MAX);
	assert_int_equal(tell_all(d, true).n, 1);
	details_free(d); /* the sanitizer counts */
}

static void test_every_reason_has_a_name(void **state)
{
	for (int i = 0; i < DETAIL_REASONS; i++)
		assert_true(strlen(detail_reason_name((enum detail_reason)i)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_what_could_not_be_told_is_told_again),
		cmocka_unit_test(test_the_bound),
		cmocka_unit_test(test_the_last_day_there_is),
		cmocka_unit_test(test_every_reason_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
