/* When silence is one: questions that nobody answers, and the root that settles it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dns/silence.h"

#define SEC USEC_PER_SEC

static struct silence quiet_since(usec_t now)
{
	struct silence s;

	silence_init(&s);
	for (int i = 0; i < SILENCE_QUESTIONS; i++) {
		assert_true(s.due_usec == USEC_INFINITY);
		silence_note(&s, false, now);
	}
	assert_true(s.due_usec == now);
	return s;
}

/* The root is asked for when it is due, and nobody answers. */
static usec_t ask_in_vain(struct silence *s)
{
	const usec_t now = s->due_usec;

	silence_asked(s);
	assert_true(s->due_usec == USEC_INFINITY);
	silence_root(s, false, now);
	return now;
}

static void test_one_answer_in_between_is_enough(void **state)
{
	struct silence s;

	silence_init(&s);
	for (int i = 0; i < 100; i++) {
		for (int k = 1; k < SILENCE_QUESTIONS; k++)
			silence_note(&s, false, (usec_t)i * SEC);
		silence_note(&s, true, (usec_t)i * SEC);
		assert_true(s.due_usec == USEC_INFINITY);
		assert_int_equal(s.state, SILENCE_NONE);
	}
}

static void test_the_root_decides(void **state)
{
	struct silence s = quiet_since(100 * SEC);

	silence_asked(&s);
	silence_note(&s, false, 101 * SEC); /* one more, meanwhile */
	assert_true(s.due_usec == USEC_INFINITY);
	silence_root(&s, true, 101 * SEC);
	assert_int_equal(s.state, SILENCE_NONE);
	assert_true(s.due_usec == USEC_INFINITY);
	assert_int_equal(s.n, 0);
}

static void test_a_short_one_is_none(void **state)
{
	struct silence s = quiet_since(100 * SEC);
	usec_t now;

	while ((now = ask_in_vain(&s)) < 100 * SEC + SILENCE_USEC) {
		assert_int_equal(s.state, SILENCE_UNKNOWN);
		assert_true(s.due_usec == now + SILENCE_SOON_USEC);
	}
	assert_int_equal(s.state, SILENCE_LASTS);
}

static void test_it_is_asked_ever_less(void **state)
{
	struct silence s = quiet_since(100 * SEC);
	usec_t now, before = 0;

	while (s.state != SILENCE_LASTS)
		ask_in_vain(&s);
	for (int i = 0; i < 10; i++) {
		silence_note(&s, false, s.due_usec); /* that is no reason to ask earlier */
		now = ask_in_vain(&s);
		assert_true(s.due_usec - now >= before);
		before = s.due_usec - now;
		assert_int_equal(s.state, SILENCE_LASTS);
	}
	assert_true(before == SILENCE_PAUSE_USEC);
	silence_hurry(&s, 5000 * SEC);
	assert_true(s.due_usec == 5000 * SEC);
	ask_in_vain(&s);
	assert_true(s.due_usec == 5000 * SEC + SILENCE_FIRST_USEC);
}

static void test_any_answer_ends_it(void **state)
{
	struct silence s = quiet_since(100 * SEC);

	while (s.state != SILENCE_LASTS)
		ask_in_vain(&s);
	silence_note(&s, true, 200 * SEC);
	assert_int_equal(s.state, SILENCE_NONE);
	assert_true(s.due_usec == USEC_INFINITY);
	/* one that was being asked for comes to nothing later */
	silence_asked(&s);
	silence_note(&s, true, 201 * SEC);
	silence_root(&s, false, 202 * SEC);
	assert_int_equal(s.state, SILENCE_NONE);
	assert_true(s.due_usec == USEC_INFINITY);
}

static void test_what_could_not_be_asked_says_nothing(void **state)
{
	struct silence s = quiet_since(100 * SEC);

	silence_asked(&s);
	silence_not_asked(&s, 500 * SEC);
	assert_int_equal(s.state, SILENCE_UNKNOWN);
	assert_true(s.due_usec == 500 * SEC + SILENCE_SOON_USEC);
	silence_init(&s);
	silence_hurry(&s, 500 * SEC);
	assert_true(s.due_usec == USEC_INFINITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_answer_in_between_is_enough),
		cmocka_unit_test(test_the_root_decides),
		cmocka_unit_test(test_a_short_one_is_none),
		cmocka_unit_test(test_it_is_asked_ever_less),
		cmocka_unit_test(test_any_answer_ends_it),
		cmocka_unit_test(test_what_could_not_be_asked_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
