/* What is held against servers, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dns/standing.h"

static struct endpoint server(uint8_t last)
{
	return (struct endpoint){ .address = { .family = AF_INET, .bytes = { 192, 0, 2, last } },
		.port = 53 };
}

static void test_a_note_ends(void **state)
{
	const struct endpoint a = server(1), b = server(2);
	struct standing s = { 0 };

	standing_note(&s, STANDING_SILENT, &a, 100);
	assert_true(standing_has(&s, STANDING_SILENT, &a, 99));
	assert_false(standing_has(&s, STANDING_SILENT, &a, 100));
	assert_false(standing_has(&s, STANDING_SILENT, &b, 99));
	assert_false(standing_has(&s, STANDING_CASELESS, &a, 99));
}

static void test_a_newer_note_replaces(void **state)
{
	const struct endpoint a = server(1);
	struct standing s = { 0 };

	standing_note(&s, STANDING_SILENT, &a, 100);
	standing_note(&s, STANDING_CASELESS, &a, 500);
	for (int i = 0; i < 100; i++)
		standing_note(&s, STANDING_SILENT, &a, 200);
	assert_true(standing_has(&s, STANDING_SILENT, &a, 199));
	assert_true(standing_has(&s, STANDING_CASELESS, &a, 499));
	standing_clear(&s, STANDING_SILENT, &a);
	assert_false(standing_has(&s, STANDING_SILENT, &a, 0));
	assert_true(standing_has(&s, STANDING_CASELESS, &a, 499));
	standing_clear(&s, STANDING_SILENT, &a);
}

static void test_the_oldest_makes_room(void **state)
{
	struct standing s = { 0 };

	for (uint8_t i = 0; i <= STANDING_MAX; i++) {
		const struct endpoint e = server(i);

		standing_note(&s, STANDING_SILENT, &e, 100);
	}
	for (uint8_t i = 0; i <= STANDING_MAX; i++) {
		const struct endpoint e = server(i);

		assert_int_equal(standing_has(&s, STANDING_SILENT, &e, 0), i > 0);
	}
}

static void test_suspicions_add_up_for_one(void **state)
{
	const struct endpoint a = server(1), b = server(2);
	struct standing s = { 0 };

	assert_int_equal(standing_suspect(&s, &a), 1);
	assert_int_equal(standing_suspect(&s, &a), 2);
	standing_trust(&s, &b);
	assert_int_equal(standing_suspect(&s, &a), 3);
	assert_int_equal(standing_suspect(&s, &b), 1);
	assert_int_equal(standing_suspect(&s, &b), 2);
	standing_trust(&s, &b);
	assert_int_equal(standing_suspect(&s, &b), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_note_ends),
		cmocka_unit_test(test_a_newer_note_replaces),
		cmocka_unit_test(test_the_oldest_makes_room),
		cmocka_unit_test(test_suspicions_add_up_for_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
