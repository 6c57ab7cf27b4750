/* What people declared: states, counting, and time over a boot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/passes.h"

#define SEC  USEC_PER_SEC
#define NOW  (1000 * SEC)
#define DAY  20000
#define LIFT (1U << PASS_PASS | 1U << PASS_GRANT)

static const struct pass_rules rules = {
	.n_a_day = 2, .time_sec = 1200, .wait_sec = 20, .max_sec = 900, .open_sec = 600
};

static struct pass *add(struct passes *p, enum pass_kind kind, const char *target, int64_t sec)
{
	const struct pass pass = { .kind = kind,
		.person = (char *)"anna",
		.target = (char *)target,
		.reason = (char *)"answer Ben",
		.day = DAY,
		.span_sec = sec };
	struct pass *added = NULL;

	assert_int_equal(passes_add(p, &pass, &added), 0);
	return added;
}

static usec_t until(const struct passes *p, const char *target)
{
	return passes_until(p, "anna", target, LIFT);
}

static void test_a_breath_a_pass_and_its_end(void **state)
{
	_cleanup_(passes_done) struct passes p = { 0 };
	struct pass *pass = add(&p, PASS_PASS, "alpha", 600);

	pass_begin(pass, NOW, 20);
	assert_int_equal(pass->id, 1);
	assert_int_equal(pass->state, PASS_WAITING);
	assert_int_equal(passes_next(&p), NOW + 20 * SEC);
	assert_null(passes_step(&p, NOW + 20 * SEC - 1));
	assert_int_equal(until(&p, "alpha"), 0);
	assert_ptr_equal(passes_step(&p, NOW + 20 * SEC), pass);
	assert_int_equal(pass->state, PASS_RUNNING);
	assert_null(passes_step(&p, NOW + 20 * SEC));
	assert_int_equal(until(&p, "alpha"), NOW + 620 * SEC);
	assert_int_equal(until(&p, "beta"), 0);
	assert_int_equal(passes_until(&p, "ben", "alpha", LIFT), 0);
	assert_int_equal(passes_until(&p, "anna", "alpha", 1U << PASS_FOCUS), 0);
	assert_int_equal(passes_next(&p), NOW + 620 * SEC);
	assert_ptr_equal(passes_step(&p, NOW + 620 * SEC), pass);
	assert_int_equal(pass->state, PASS_OVER);
	assert_int_equal(until(&p, "alpha"), 0);
	assert_int_equal(passes_next(&p), USEC_INFINITY);
}

/* The machine slept over all of it: each state is told, in order. */
static void test_what_was_slept_over_is_told(void **state)
{
	_cleanup_(passes_done) struct passes p = { 0 };
	struct pass *pass = add(&p, PASS_PASS, "alpha", 60);

	pass_begin(pass, NOW, 20);
	assert_ptr_equal(passes_step(&p, NOW + 3600 * SEC), pass);
	assert_int_equal(pass->state, PASS_RUNNING);
	assert_ptr_equal(passes_step(&p, NOW + 3600 * SEC), pass);
	assert_int_equal(pass->state, PASS_OVER);
	assert_null(passes_step(&p, NOW + 3600 * SEC));
}

static void test_what_counts(void **state)
{
	_cleanup_(passes_done) struct passes p = { 0 };
	int64_t left;
	struct pass_use used;

	pass_begin(add(&p, PASS_PASS, "alpha", 600), NOW, 0);
	pass_begin(add(&p, PASS_PASS, "beta", 300), NOW, 20);
	used = passes_used(&p, "anna", PASS_PASS, DAY);
	assert_int_equal(used.n, 2);
	assert_int_equal(used.sec, 900);
	assert_int_equal(passes_judge(&rules, PASS_PASS, 60, used, &left), PASS_NUMBER_SPENT);
	/* cancelled before it began: it never was */
	pass_end(passes_find(&p, 2), NOW + 5 * SEC);
	assert_int_equal(passes_find(&p, 2)->state, PASS_CANCELLED);
	used = passes_used(&p, "anna", PASS_PASS, DAY);
	assert_int_equal(used.n, 1);
	assert_int_equal(used.sec, 600);
	assert_int_equal(passes_judge(&rules, PASS_PASS, 601, used, &left), PASS_TIME_SPENT);
	assert_int_equal(left, 600);
	assert_int_equal(passes_judge(&rules, PASS_PASS, 600, used, &left), PASS_ALLOWED);
	assert_int_equal(passes_judge(&rules, PASS_PASS, 901, used, &left), PASS_TOO_LONG);
	/* ended early: what it had counts, in whole seconds */
	pass_end(passes_find(&p, 1), NOW + 100 * SEC + 1);
	assert_int_equal(passes_find(&p, 1)->state, PASS_OVER);
	assert_int_equal(passes_used(&p, "anna", PASS_PASS, DAY).sec, 101);
	/* nothing of this is ben's, another day's or an opening's */
	assert_int_equal(passes_used(&p, "ben", PASS_PASS, DAY).n, 0);
	assert_int_equal(passes_used(&p, "anna", PASS_PASS, DAY + 1).n, 0);
	assert_int_equal(passes_used(&p, "anna", PASS_OPEN, DAY).n, 0);
	assert_int_equal(passes_count(&p, "anna", DAY), 2);
}

static void test_openings_have_their_own_time(void **state)
{
	const struct pass_rules none = { 0 };
	int64_t left;

	assert_int_equal(
		passes_judge(&rules, PASS_OPEN, 600, (struct pass_use){ 0 }, &left), PASS_ALLOWED);
	assert_int_equal(passes_judge(&rules, PASS_OPEN, 600, (struct pass_use){ 9, 1 }, &left),
		PASS_TIME_SPENT);
	assert_int_equal(left, 599);
	assert_int_equal(
		passes_judge(&none, PASS_OPEN, 1, (struct pass_use){ 0 }, &left), PASS_NONE_AT_ALL);
	assert_int_equal(
		passes_judge(&none, PASS_PASS, 1, (struct pass_use){ 0 }, &left), PASS_NONE_AT_ALL);
	assert_int_equal(
		passes_judge(&none, PASS_GRANT, 3600, (struct pass_use){ 0 }, &left), PASS_ALLOWED);
}

static void test_what_is_asked_waits_for_an_answer(void **state)
{
	_cleanup_(passes_done) struct passes p = { 0 };
	struct pass *pass = add(&p, PASS_GRANT, "alpha", 300);

	pass->state = PASS_ASKED;
	pass->end_usec = NOW + PASS_ASKED_USEC;
	assert_int_equal(passes_asked(&p, "anna"), 1);
	assert_int_equal(passes_asked(&p, "ben"), 0);
	assert_ptr_equal(passes_find_live(&p, "anna", "alpha", LIFT), pass);
	assert_int_equal(until(&p, "alpha"), 0);
	pass_begin(pass, NOW + 50 * SEC, 0);
	assert_int_equal(until(&p, "alpha"), NOW + 350 * SEC);
	assert_int_equal(passes_asked(&p, "anna"), 0);
	pass = add(&p, PASS_GRANT, "beta", 300);
	pass->state = PASS_ASKED;
	pass->end_usec = NOW + PASS_ASKED_USEC;
	assert_ptr_equal(passes_step(&p, NOW + 350 * SEC), passes_find(&p, 1));
	assert_ptr_equal(passes_step(&p, NOW + PASS_ASKED_USEC), pass);
	assert_int_equal(pass->state, PASS_EXPIRED);
	assert_null(passes_find_live(&p, "anna", "beta", LIFT));
}

static void test_yesterday_is_forgotten_and_ids_are_not(void **state)
{
	_cleanup_(passes_done) struct passes p = { 0 };

	pass_begin(add(&p, PASS_PASS, "alpha", 600), NOW, 0);
	pass_begin(add(&p, PASS_FOCUS, "", 6000), NOW, 0);
	while (passes_step(&p, NOW + 600 * SEC))
		;
	passes_forget(&p, DAY);
	assert_int_equal(p.n, 2);
	p.items[0].unwritten = true;
	passes_forget(&p, DAY + 1);
	assert_int_equal(p.n, 2); /* it is to be written yet */
	p.items[0].unwritten = false;
	passes_forget(&p, DAY + 1);
	assert_int_equal(p.n, 1); /* the focus goes on */
	assert_int_equal(passes_until(&p, "anna", "", 1U << PASS_FOCUS), NOW + 6000 * SEC);
	assert_int_equal(add(&p, PASS_PASS, "beta", 1)->id, 3);
}

static void test_over_a_boot(void **state)
{
	const struct instant at = { .boot_usec = NOW, .wall_usec = 500000 * SEC };
	const struct {
		const char *what;
		usec_t start_usec, end_usec; /* in the old boot */
		int64_t wall_sec;            /* how far the wall clock has come since */
		usec_t start_left, end_left;
	} rows[] = {
		{ "running, off for a minute", NOW - 100 * SEC, NOW + 500 * SEC, 60, 0, 440 * SEC },
		{ "off for longer than it", NOW - 100 * SEC, NOW + 500 * SEC, 3600, 0, 0 },
		{ "the clock was set back", NOW - 100 * SEC, NOW + 500 * SEC, -86400, 0,
			500 * SEC },
		{ "waiting", NOW + 10 * SEC, NOW + 610 * SEC, 4, 6 * SEC, 606 * SEC },
		{ "waiting, and begun meanwhile", NOW + 10 * SEC, NOW + 610 * SEC, 60, 0,
			550 * SEC },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct instant now = { .boot_usec = 7 * SEC,
			.wall_usec = at.wall_usec + (usec_t)(rows[i].wall_sec * (int64_t)SEC) };
		struct pass pass = { .state = PASS_RUNNING,
			.span_sec = 600,
			.start_usec = rows[i].start_usec,
			.end_usec = rows[i].end_usec };
		struct pass same = pass;

		pass_restore(&pass, false, at, now);
		if (pass.start_usec != now.boot_usec + rows[i].start_left ||
			pass.end_usec != now.boot_usec + rows[i].end_left)
			fail_msg("%s: %" PRIu64 " %" PRIu64, rows[i].what, pass.start_usec / SEC,
				pass.end_usec / SEC);
		pass_restore(&same, true, at, now);
		assert_int_equal(same.end_usec, rows[i].end_usec);
	}
}

static void test_reasons(void **state)
{
	char longest[PASS_REASON_MAX + 2];

	memset(longest, 'x', sizeof(longest));
	longest[PASS_REASON_MAX] = 0;
	assert_true(pass_reason_is_good(longest));
	longest[PASS_REASON_MAX] = 'x';
	longest[PASS_REASON_MAX + 1] = 0;
	assert_false(pass_reason_is_good(longest));
	assert_true(pass_reason_is_good("Ännchen antworten"));
	assert_false(pass_reason_is_good(""));
	assert_false(pass_reason_is_good(" \t "));
	assert_false(pass_reason_is_good("a\nb"));
	assert_false(pass_reason_is_good("a\tb"));
	assert_false(pass_reason_is_good("\xff"));
	assert_false(pass_reason_is_good("\033[31mred"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_breath_a_pass_and_its_end),
		cmocka_unit_test(test_what_was_slept_over_is_told),
		cmocka_unit_test(test_what_counts),
		cmocka_unit_test(test_openings_have_their_own_time),
		cmocka_unit_test(test_what_is_asked_waits_for_an_answer),
		cmocka_unit_test(test_yesterday_is_forgotten_and_ids_are_not),
		cmocka_unit_test(test_over_a_boot),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
