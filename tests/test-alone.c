/* What is known of whose an address is, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/alone.h"

DEFINE_CLEANUP(struct alone_book *, alone_book_free);

#define DAY_USEC (86400 * USEC_PER_SEC)
#define NOW      (20000 * DAY_USEC)

static const struct alone_evidence enough = { true, ALONE_WATCH_USEC, ALONE_PASSED_MIN };
static const struct alone_evidence too_young = { true, ALONE_WATCH_USEC - 1, ALONE_PASSED_MIN };
static const struct alone_evidence blind = { true, DAY_USEC, ALONE_PASSED_MIN - 1 };
static const struct alone_evidence shared = { false, DAY_USEC, 5000 };

static struct address at(unsigned n)
{
	struct address a = { .family = AF_INET,
		.bytes = { 192, 0, (uint8_t)(n >> 8), (uint8_t)n } };

	return a;
}

static struct alone_book *book(void)
{
	struct alone_book *b = NULL;

	assert_int_equal(alone_book_new(&b), 0);
	return b;
}

static void test_what_is_knowledge(void **state)
{
	assert_true(alone_is_known(&enough));
	assert_false(alone_is_known(&too_young));
	assert_false(alone_is_known(&blind));
	assert_false(alone_is_known(&shared));
}

static void test_news_come_once(void **state)
{
	_cleanup_(alone_book_freep) struct alone_book *b = book();
	const struct address a = at(1), other = at(2);

	assert_int_equal(alone_book_note(b, &a, &too_young, NOW), ALONE_NOTHING);
	assert_false(alone_book_has(b, &a));
	assert_int_equal(alone_book_note(b, &a, &enough, NOW), ALONE_KNOWN);
	assert_true(alone_book_has(b, &a));
	assert_false(alone_book_has(b, &other));
	assert_int_equal(alone_book_note(b, &a, &enough, NOW + 1), ALONE_NOTHING);
	assert_int_equal(alone_book_note(b, &a, &enough, NOW + ALONE_NOTE_USEC), ALONE_CONFIRMED);
	assert_int_equal(alone_book_at(b, 0)->known_usec, NOW + ALONE_NOTE_USEC);
}

static void test_a_young_hook_takes_nothing_back_another_name_does(void **state)
{
	_cleanup_(alone_book_freep) struct alone_book *b = book();
	const struct address a = at(1), second = at(2);

	alone_book_note(b, &a, &enough, NOW);
	alone_book_note(b, &second, &enough, NOW);
	assert_int_equal(alone_book_note(b, &a, &too_young, NOW), ALONE_NOTHING);
	assert_true(alone_book_has(b, &a));
	assert_int_equal(alone_book_note(b, &a, &shared, NOW), ALONE_NO_MORE);
	assert_false(alone_book_has(b, &a));
	assert_true(alone_book_has(b, &second));
	assert_int_equal(alone_book_note(b, &a, &shared, NOW), ALONE_NOTHING);
}

static void test_what_the_ledger_kept(void **state)
{
	_cleanup_(alone_book_freep) struct alone_book *b = book();
	const struct alone old = { at(1), NOW - ALONE_KEEP_USEC - 1 };
	const struct alone fresh = { at(2), NOW - ALONE_KEEP_USEC };
	const struct alone future = { at(3), NOW + 1 };
	const struct alone no_more = { at(4), 0 };

	assert_int_equal(alone_book_load(b, &old, NOW), 0);
	assert_int_equal(alone_book_load(b, &fresh, NOW), 0);
	assert_int_equal(alone_book_load(b, &fresh, NOW), 0);
	assert_int_equal(alone_book_load(b, &future, NOW), 0);
	assert_int_equal(alone_book_load(b, &no_more, NOW), 0);
	assert_int_equal(alone_book_n(b), 1);
	assert_true(alone_book_has(b, &fresh.address));
}

static void test_there_is_an_end(void **state)
{
	_cleanup_(alone_book_freep) struct alone_book *b = book();

	for (unsigned i = 0; i < ALONE_MAX; i++) {
		const struct address a = at(i);

		assert_int_equal(alone_book_note(b, &a, &enough, NOW), ALONE_KNOWN);
	}
	assert_int_equal(
		alone_book_note(b, &(struct address){ at(ALONE_MAX).family, { 10 } }, &enough, NOW),
		ALONE_NOTHING);
	assert_int_equal(alone_book_n(b), ALONE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_knowledge),
		cmocka_unit_test(test_news_come_once),
		cmocka_unit_test(test_a_young_hook_takes_nothing_back_another_name_does),
		cmocka_unit_test(test_what_the_ledger_kept),
		cmocka_unit_test(test_there_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
