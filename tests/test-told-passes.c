/* Passes of a household: whatever becomes of the messages, all come to the same; and nobody gives
 * themselves more than the rules of the machine that is told allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/calendar.h"
#include "core/told-passes.h"
#include "random-config.h"

#define SEC    USEC_PER_SEC
#define MINUTE (60 * SEC)
#define NOON   (UINT64_C(1763985600) * SEC) /* 2025-11-24 12:00 UTC */
#define ROUNDS 300
#define RULES                                                                         \
	"[passes]\npasses = 3 per day\npass-time = 20min per day\npass-max = 10min\n" \
	"open-time = 15min per day\n"

struct scene {
	struct told_passes told;
	struct passes own;
	struct config *config;
};

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	s->config = config_of_text(RULES);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	told_passes_done(&s->told);
	passes_done(&s->own);
	config_free(s->config);
	free(s);
	return 0;
}

static int32_t today(void)
{
	return calendar_day(NOON, 240);
}

/* A device's pass, in seconds after noon by its clock. */
static struct told_pass pass_of(const char *device, int start_sec, int end_sec)
{
	return (struct told_pass){
		.device = (char *)device,
		.person = (char *)"anna",
		.target = (char *)"alpha",
		.kind = PASS_PASS,
		.day = today(),
		.start_usec = (usec_t)((int64_t)NOON + start_sec * (int64_t)SEC),
		.end_usec = (usec_t)((int64_t)NOON + end_sec * (int64_t)SEC),
	};
}

static int tell(struct scene *s, const char *device, int start_sec, int end_sec, usec_t now)
{
	const struct told_pass p = pass_of(device, start_sec, end_sec);

	return told_passes_add(&s->told, &p, now);
}

static void look(struct scene *s, usec_t now)
{
	told_passes_judge(&s->told, &s->own, s->config);
	while (told_passes_step(&s->told, now))
		;
}

static bool is_open(struct scene *s, usec_t now)
{
	const struct told_pass *p;

	look(s, now);
	p = told_passes_open(&s->told, "anna", "alpha", 1U << PASS_PASS);
	return p && told_pass_is_open(p, now);
}

static struct pass_use used(struct scene *s)
{
	told_passes_judge(&s->told, &s->own, s->config);
	return told_passes_used(
		&s->told, &(struct told_question){ &s->own, "anna", PASS_PASS, today() });
}

static void test_it_opens_for_its_time_and_counts(void **state)
{
	struct scene *s = *state;

	assert_int_equal(tell(s, "phone", 60, 360, NOON), 1); /* after a breath */
	assert_int_equal(used(s).n, 1);
	assert_int_equal(used(s).sec, 300);
	assert_false(is_open(s, NOON));
	assert_int_equal(told_passes_next(&s->told, NOON), NOON + MINUTE);
	assert_true(is_open(s, NOON + MINUTE));
	assert_null(told_passes_open(&s->told, "anna", "beta", 1U << PASS_PASS));
	assert_null(told_passes_open(&s->told, "ben", "alpha", 1U << PASS_PASS));
	assert_null(told_passes_open(&s->told, "anna", "alpha", 1U << PASS_OPEN));
	assert_int_equal(told_passes_next(&s->told, NOON + MINUTE), NOON + 6 * MINUTE);
	assert_false(is_open(s, NOON + 6 * MINUTE));
	assert_int_equal(told_passes_next(&s->told, NOON + 6 * MINUTE), USEC_INFINITY);
	assert_int_equal(used(s).n, 1);
}

static void test_it_ends_early_and_stays_so(void **state)
{
	struct scene *s = *state;

	tell(s, "phone", 0, 600, NOON);
	assert_true(is_open(s, NOON + MINUTE));
	assert_int_equal(tell(s, "phone", 0, 60, NOON + MINUTE), 1);
	assert_false(is_open(s, NOON + MINUTE));
	assert_int_equal(used(s).sec, 60);
	assert_int_equal(tell(s, "phone", 0, 600, NOON + MINUTE), 0); /* the old message, again */
	assert_false(is_open(s, NOON + MINUTE));
	assert_int_equal(used(s).sec, 60);
}

static void test_taken_back_before_it_began(void **state)
{
	struct scene *s = *state;

	tell(s, "phone", 30, 630, NOON);
	assert_false(is_open(s, NOON + 10 * SEC));
	tell(s, "phone", 30, 30, NOON + 10 * SEC);
	assert_int_equal(used(s).n, 0);
	assert_false(is_open(s, NOON + MINUTE));
}

/* Messages in any order, doubled, or lost but for the last of each. */
static void test_any_order_comes_to_the_same(void **state)
{
	uint64_t seed = 20261126;

	for (int round = 0; round < ROUNDS; round++) {
		struct scene a = { .config = config_of_text(RULES) }, b = { .config = a.config };
		int ends[3][2];

		for (int k = 0; k < 3; k++) {
			ends[k][0] = 400 + (int)random_below(&seed, 200);
			ends[k][1] = (int)random_below(&seed, 400);
			tell(&a, "phone", -1000 * k, -1000 * k + ends[k][0], NOON - 5000 * SEC);
			tell(&a, "phone", -1000 * k, -1000 * k + ends[k][1], NOON - 5000 * SEC);
		}
		for (unsigned n = random_below(&seed, 10); n > 0; n--) {
			const int k = (int)random_below(&seed, 3);

			tell(&b, "phone", -1000 * k, -1000 * k + ends[k][random_below(&seed, 2)],
				NOON - 5000 * SEC);
		}
		for (int k = 2; k >= 0; k--)
			tell(&b, "phone", -1000 * k, -1000 * k + ends[k][1], NOON - 5000 * SEC);
		assert_int_equal(used(&a).n, used(&b).n);
		assert_int_equal(used(&a).sec, used(&b).sec);
		assert_int_equal(is_open(&a, NOON), is_open(&b, NOON));
		told_passes_done(&a.told);
		told_passes_done(&b.told);
		config_free(a.config);
	}
}

static void test_no_more_than_the_rules_here_allow(void **state)
{
	struct scene *s = *state;

	tell(s, "phone", 0, 3600, NOON); /* an hour, of ten minutes at most */
	assert_true(is_open(s, NOON + 9 * MINUTE));
	assert_false(is_open(s, NOON + 10 * MINUTE));
	/* it counts whole: nothing is left of the twenty minutes */
	tell(s, "tv", 1200, 1260, NOON);
	assert_false(is_open(s, NOON + 20 * MINUTE + SEC));
}

static void test_the_number_of_a_day(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 5; i++)
		tell(s, i % 2 ? "phone" : "tv", 100 * i, 100 * i + 50, NOON);
	for (int i = 0; i < 5; i++)
		assert_int_equal(is_open(s, NOON + (usec_t)(100 * i + 10) * SEC), i < 3);
	assert_int_equal(used(s).n, 5);
	config_free(s->config);
	s->config = config_of_text("[passes]\npasses = 0 per day\n");
	tell(s, "phone", 900, 960, NOON);
	assert_false(is_open(s, NOON + 910 * SEC));
}

static void declare_here(struct scene *s, int start_sec, int64_t span_sec)
{
	const struct pass pass = { .kind = PASS_PASS,
		.state = PASS_RUNNING,
		.person = (char *)"anna",
		.target = (char *)"alpha",
		.reason = (char *)"why",
		.day = today(),
		.span_sec = span_sec,
		.wall_usec = pass_of("", start_sec, 0).start_usec };

	assert_int_equal(passes_add(&s->own, &pass, NULL), 0);
}

/* Cut off, both had all of theirs: together that is more, and what is told opens nothing. */
static void test_what_was_declared_here_comes_first(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 3; i++)
		declare_here(s, -1000 * i, 60);
	tell(s, "phone", 5, 65, NOON);
	assert_false(is_open(s, NOON + 6 * SEC));
	assert_int_equal(used(s).n, 1);
}

/* A device's own come back from the broker, and those of a name that it had before. */
static void test_ones_own_is_no_other(void **state)
{
	struct scene *s = *state;

	declare_here(s, 0, 300);
	tell(s, "desk", 0, 600, NOON); /* it was ended since */
	assert_int_equal(used(s).n, 0);
	assert_false(is_open(s, NOON + 7 * MINUTE));
}

/* It had its ten minutes, and says afterwards that it had one, or none, or that it is an hour
 * later than it said. */
/* It is told of once, and not for ever. */
static void test_one_from_before_the_clock_began(void **state)
{
	struct scene *s = *state;
	struct told_pass p = pass_of("phone", 0, 60);

	p.start_usec = 0;
	p.end_usec = SEC;
	assert_int_equal(told_passes_add(&s->told, &p, 0), 1);
	told_passes_judge(&s->told, &s->own, s->config);
	assert_non_null(told_passes_step(&s->told, SEC / 2));
	assert_null(told_passes_step(&s->told, SEC / 2));
}

static void test_a_liar_gains_nothing(void **state)
{
	struct scene *s = *state;

	tell(s, "phone", 0, 600, NOON);
	assert_true(is_open(s, NOON + SEC));
	look(s, NOON + 9 * MINUTE);
	tell(s, "phone", 0, 0, NOON + 9 * MINUTE);
	assert_int_equal(used(s).n, 1);
	assert_int_equal(used(s).sec, 540);
	assert_false(is_open(s, NOON + 9 * MINUTE));
	tell(s, "phone", 600, 1200, NOON + 10 * MINUTE);
	assert_true(is_open(s, NOON + 10 * MINUTE));
	look(s, NOON + 21 * MINUTE);
	assert_int_equal(told_passes_set_ahead(&s->told, "phone", -(int64_t)(15 * MINUTE)), 1);
	assert_false(is_open(s, NOON + 25 * MINUTE + SEC));
	told_passes_set_ahead(&s->told, "phone", (int64_t)(24 * 60 * MINUTE));
	assert_int_equal(used(s).n, 2); /* and it was today */
}

static void test_clocks_that_differ(void **state)
{
	struct scene *s = *state;
	struct told_pass p = pass_of("phone", 3600, 3900);

	p.ahead_usec = (int64_t)(60 * MINUTE);
	assert_int_equal(told_passes_add(&s->told, &p, NOON), 1);
	assert_true(is_open(s, NOON + SEC));
	assert_false(is_open(s, NOON + 5 * MINUTE));
	/* what is over by the first guess, and is not by a better one */
	tell(s, "tv", -3600, -3300, NOON);
	assert_false(is_open(s, NOON + 6 * MINUTE));
	assert_int_equal(told_passes_set_ahead(&s->told, "tv", -(int64_t)(64 * MINUTE)), 1);
	assert_int_equal(told_passes_set_ahead(&s->told, "tv", -(int64_t)(64 * MINUTE)), 0);
	assert_true(is_open(s, NOON + 6 * MINUTE));
}

static void test_bounds(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < TOLD_PASSES_DEVICE_MAX; i++)
		assert_int_equal(tell(s, "phone", i, i + 1, NOON), 1);
	assert_int_equal(tell(s, "phone", -5, -1, NOON), -E2BIG);
	assert_int_equal(tell(s, "phone", 5, 5, NOON), 1); /* it is known */
	assert_int_equal(tell(s, "tv", -5, -1, NOON), 1);
	told_passes_forget(&s->told, today());
	assert_int_equal(s->told.n, TOLD_PASSES_DEVICE_MAX + 1);
	told_passes_forget(&s->told, today() + 1);
	assert_int_equal(s->told.n, 0);
}

static const char *doubt(const struct told_pass *p)
{
	const struct household_now now = { .wall_usec = NOON,
		.day = today(),
		.day_start_usec = calendar_day_start(p->day, 240),
		.day_end_usec = calendar_day_start(p->day + 1, 240) };
	const char *wrong = told_pass_doubt(p, &now);

	return wrong ? wrong : "";
}

static void test_what_is_not_believed(void **state)
{
	struct told_pass p = pass_of("phone", 0, 60);

	assert_string_equal(doubt(&p), "");
	p.target = (char *)"al pha";
	assert_non_null(strstr(doubt(&p), "a name"));
	p = pass_of("phone", 0, 60);
	p.kind = PASS_GRANT;
	assert_non_null(strstr(doubt(&p), "something else"));
	p = pass_of("phone", 0, -60);
	assert_non_null(strstr(doubt(&p), "ends before"));
	p = pass_of("phone", 0, 86401);
	assert_non_null(strstr(doubt(&p), "longer than a day"));
	p = pass_of("phone", 4000, 4060);
	assert_non_null(strstr(doubt(&p), "still to come"));
	p.ahead_usec = (int64_t)(30 * MINUTE);
	assert_string_equal(doubt(&p), "");
	p = pass_of("phone", -90000, -89000);
	assert_non_null(strstr(doubt(&p), "of another day"));
	p.day -= 2;
	assert_non_null(strstr(doubt(&p), "a day beside it"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_opens_for_its_time_and_counts),
		TEST(test_it_ends_early_and_stays_so),
		TEST(test_taken_back_before_it_began),
		TEST(test_any_order_comes_to_the_same),
		TEST(test_no_more_than_the_rules_here_allow),
		TEST(test_the_number_of_a_day),
		TEST(test_what_was_declared_here_comes_first),
		TEST(test_ones_own_is_no_other),
		TEST(test_one_from_before_the_clock_began),
		TEST(test_a_liar_gains_nothing),
		TEST(test_clocks_that_differ),
		TEST(test_bounds),
		TEST(test_what_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
