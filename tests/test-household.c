/* One budget of many devices: whatever becomes of the messages on their way, the union is the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/household.h"
#include "random-config.h"

#define ROUNDS  400
#define DEVICES 4
#define SECONDS 64
#define TODAY   20000
#define SEC(n)  ((usec_t)(n)*USEC_PER_SEC)

DEFINE_CLEANUP(struct household *, household_free);

static struct household *new (void)
{
	struct household *h = NULL;

	assert_int_equal(household_new(&h), 0);
	return h;
}

static int say(struct household *h, const char *device, const char *site, usec_t from, usec_t to)
{
	return household_add(h, &(struct household_key){ device, "anna", site, TODAY },
		&(struct interval){ from, to }, 1);
}

static usec_t beyond(const struct household *h, size_t n, const char *const *sites)
{
	_cleanup_(intervals_done) struct intervals found = { 0 };

	assert_int_equal(household_beyond(h,
				 &(struct household_question){ "anna", sites, n, TODAY }, &found),
		0);
	return intervals_measure(&found);
}

static usec_t beyond_a(const struct household *h)
{
	return beyond(h, 1, (const char *const[]){ "a" });
}

static void test_the_union_counts_once(void **state)
{
	_cleanup_(household_freep) struct household *h = new ();

	say(h, HOUSEHOLD_OWN, "a", SEC(100), SEC(110));
	assert_int_equal(beyond_a(h), 0);
	assert_false(household_has_others(h, "anna", TODAY));
	assert_int_equal(say(h, "phone", "a", SEC(105), SEC(120)), 1);
	assert_true(household_has_others(h, "anna", TODAY));
	assert_false(household_has_others(h, "ben", TODAY));
	assert_int_equal(beyond_a(h), SEC(10));
	say(h, "tv", "a", SEC(115), SEC(125));
	assert_int_equal(beyond_a(h), SEC(15));
	say(h, HOUSEHOLD_OWN, "a", SEC(110), SEC(130)); /* it grows over what others said */
	assert_int_equal(beyond_a(h), 0);
	say(h, "tv", "b", SEC(120), SEC(140));
	assert_int_equal(beyond_a(h), 0);
	/* a group's second counts once, whichever of its sites moved where */
	assert_int_equal(beyond(h, 2, (const char *const[]){ "a", "b" }), SEC(10));
}

static void test_nothing_is_taken_back(void **state)
{
	_cleanup_(household_freep) struct household *h = new ();

	assert_int_equal(say(h, "phone", "a", SEC(10), SEC(20)), 1);
	assert_int_equal(say(h, "phone", "a", SEC(12), SEC(18)), 0); /* an older state, again */
	assert_int_equal(
		household_add(h, &(struct household_key){ "phone", "anna", "a", TODAY }, NULL, 0),
		0); /* wiped */
	assert_int_equal(beyond_a(h), SEC(10));
}

/* What was really used, as bits; and the snapshots that devices published meanwhile. */
struct world {
	uint64_t used[DEVICES];
	struct snapshot {
		unsigned device;
		uint64_t bits;
	} snapshots[64];
	size_t n;
};

static void live(struct world *w, uint64_t *seed)
{
	memset(w, 0, sizeof(*w));
	for (unsigned t = 0; t < SECONDS; t++) {
		const unsigned device = random_below(seed, DEVICES);

		if (random_below(seed, 3) == 0)
			continue;
		w->used[device] |= UINT64_C(1) << t;
		if (random_below(seed, 4) == 0) /* with another at the same time */
			w->used[(device + 1) % DEVICES] |= UINT64_C(1) << t;
		w->snapshots[w->n++] = (struct snapshot){ device, w->used[device] };
	}
}

static const char *name_of(unsigned device)
{
	static const char *const names[DEVICES] = { HOUSEHOLD_OWN, "phone", "tv", "desk" };

	return names[device];
}

static void hear(struct household *h, unsigned device, uint64_t bits)
{
	for (unsigned t = 0; t < SECONDS; t++)
		if (bits & (UINT64_C(1) << t))
			assert_true(say(h, name_of(device), "a", SEC(t), SEC(t + 1)) >= 0);
}

/* Loses, repeats and shuffles them; what a broker keeps is the last of each device, which comes
 * sooner or later. */
static void deliver(struct household *h, const struct world *w, uint64_t *seed)
{
	for (size_t i = 0; i < 2 * w->n; i++) {
		const struct snapshot *s = &w->snapshots[random_below(seed, (unsigned)w->n)];

		if (random_below(seed, 2))
			hear(h, s->device, s->bits);
	}
	for (unsigned device = 0; device < DEVICES; device++)
		hear(h, device, w->used[device]);
	if (random_below(seed, 2)) /* and an old one, replayed */
		hear(h, w->snapshots[0].device, w->snapshots[0].bits);
}

static void test_order_loss_repetition_and_replay(void **state)
{
	uint64_t seed = 20261125;

	for (int i = 0; i < ROUNDS; i++) {
		_cleanup_(household_freep) struct household *h = new ();
		uint64_t all = 0;
		struct world w;

		live(&w, &seed);
		if (w.n == 0)
			continue;
		deliver(h, &w, &seed);
		for (unsigned device = 1; device < DEVICES; device++)
			all |= w.used[device];
		assert_int_equal(beyond_a(h), SEC(__builtin_popcountll(all & ~w.used[0])));
	}
}

/* An hour ahead: the same minute here and there is one, and two different ones are two, though the
 * clocks say otherwise. */
static void test_clocks_an_hour_apart(void **state)
{
	_cleanup_(household_freep) struct household *h = new ();
	const usec_t hour = SEC(3600);

	say(h, HOUSEHOLD_OWN, "a", SEC(10000), SEC(10060));
	say(h, "phone", "a", SEC(10000) + hour, SEC(10060) + hour); /* that very minute */
	say(h, "phone", "a", SEC(10000), SEC(10030));               /* an hour before it */
	assert_int_equal(beyond_a(h), SEC(60)); /* not known yet: counted by what it said */
	assert_int_equal(household_set_ahead(h, "phone", (int64_t)hour + 2500000), 1);
	assert_int_equal(beyond_a(h), SEC(30) + 2500000);
	/* the guess varies by the way that messages take: that moves nothing */
	assert_int_equal(household_set_ahead(h, "phone", (int64_t)hour - 1000000), 0);
	assert_int_equal(beyond_a(h), SEC(30) + 2500000);
	/* it is put right */
	assert_int_equal(household_set_ahead(h, "phone", -1200000), 1);
	assert_int_equal(household_ahead(h, "phone"), 0);
	assert_int_equal(household_set_ahead(h, "phone", 29000000), 0);
	assert_int_equal(household_set_ahead(h, "nobody", (int64_t)hour), 0);
}

static void test_limits(void **state)
{
	_cleanup_(household_freep) struct household *h = new ();
	char name[32];

	for (int i = 0; i < HOUSEHOLD_STRETCHES_MAX; i++)
		assert_int_equal(say(h, "phone", "a", SEC(10 * i), SEC(10 * i + 5)), 1);
	assert_int_equal(say(h, "phone", "a", SEC(100000), SEC(100005)), -E2BIG);
	assert_int_equal(say(h, "phone", "a", SEC(5), SEC(10)), 1); /* joins two: one less */
	assert_int_equal(say(h, "phone", "a", SEC(100000), SEC(100005)), 1);
	for (int i = 1; i < HOUSEHOLD_SITES_MAX; i++) {
		snprintf(name, sizeof(name), "site%d", i);
		assert_int_equal(say(h, "phone", name, SEC(1), SEC(2)), 1);
	}
	assert_int_equal(say(h, "phone", "more", SEC(1), SEC(2)), -E2BIG);
	for (int i = 1; i < HOUSEHOLD_DEVICES_MAX; i++) {
		snprintf(name, sizeof(name), "device%d", i);
		assert_int_equal(say(h, name, "a", SEC(1), SEC(2)), 1);
	}
	assert_int_equal(say(h, "one-more", "a", SEC(1), SEC(2)), -E2BIG);
	/* days that are over make room */
	household_forget(h, TODAY + 1);
	assert_int_equal(beyond_a(h), 0);
	assert_int_equal(say(h, "one-more", "a", SEC(1), SEC(2)), 1);
}

static int count(const struct household_entry *e, void *userdata)
{
	*(int *)userdata += e->dirty;
	return 0;
}

static int count_dirty(const struct household *h)
{
	int n = 0;

	household_each(h, count, &n);
	return n;
}

static void test_what_is_to_be_written(void **state)
{
	_cleanup_(household_freep) struct household *h = new ();

	say(h, "phone", "a", SEC(1), SEC(2));
	say(h, "phone", "b", SEC(1), SEC(2));
	assert_int_equal(count_dirty(h), 2);
	household_clean(h);
	say(h, "phone", "b", SEC(1), SEC(2));
	assert_int_equal(count_dirty(h), 0);
	say(h, "phone", "b", SEC(1), SEC(3));
	assert_int_equal(count_dirty(h), 1);
	household_set_ahead(h, "phone", (int64_t)SEC(3600));
	assert_int_equal(count_dirty(h), 2);
}

static const struct household_now noon = {
	.wall_usec = SEC(12 * 3600),
	.day = TODAY,
	.day_start_usec = 0,
	.day_end_usec = SEC(SEC_PER_DAY),
};

static const char *doubt(int32_t day, usec_t from, usec_t to, int64_t ahead)
{
	const struct interval i = { from, to };

	return household_doubt(
		&(struct household_claim){ { "phone", "anna", "a", day }, &i, 1, ahead }, &noon);
}

/* A damaged ledger, or a message, may say anything; nothing that is reckoned with it overflows. */
static void test_a_clock_that_is_none(void **state)
{
	const struct household_key key = { "phone", "anna", "a", TODAY };
	const int64_t hour = (int64_t)SEC(3600);
	struct household *h;

	assert_int_equal(household_believe(hour, INT64_MIN), hour);
	assert_int_equal(household_believe(hour, INT64_MAX), hour);
	assert_int_equal(household_believe(0, HOUSEHOLD_AHEAD_USEC_MAX), HOUSEHOLD_AHEAD_USEC_MAX);
	assert_int_equal(household_new(&h), 0);
	assert_int_equal(household_add(h, &key, &(struct interval){ 1, 2 }, 1), 1);
	assert_int_equal(household_set_ahead(h, "phone", INT64_MIN), 0);
	assert_int_equal(household_set_ahead(h, "phone", hour), 1);
	assert_int_equal(household_set_ahead(h, "phone", INT64_MAX), 0);
	assert_int_equal(household_ahead(h, "phone"), hour);
	household_free(h);
}

static void test_what_is_not_believed(void **state)
{
	const struct interval i = { 1, 2 };
	const int64_t hour = (int64_t)SEC(3600);

	assert_null(doubt(TODAY, SEC(3600), SEC(3700), 0));
	assert_null(doubt(TODAY - 1, SEC(3600), SEC(3700), 0));
	assert_null(doubt(TODAY + 1, SEC(3600), SEC(3700), 0));
	assert_non_null(strstr(doubt(TODAY - 2, SEC(3600), SEC(3700), 0), "today"));
	assert_non_null(strstr(doubt(TODAY + 2, SEC(3600), SEC(3700), 0), "today"));
	assert_non_null(strstr(doubt(TODAY, SEC(3700), SEC(3600), 0), "before it begins"));
	assert_non_null(strstr(doubt(TODAY, SEC(3600), SEC(3600), 0), "before it begins"));
	assert_non_null(strstr(doubt(TODAY, SEC(3600), UINT64_MAX, 0), "before it begins"));
	assert_null(doubt(TODAY, SEC(12 * 3600), SEC(12 * 3600 + 299), 0));
	assert_non_null(strstr(doubt(TODAY, SEC(12 * 3600), SEC(12 * 3600 + 301), 0), "to come"));
	/* by its own clock that is now */
	assert_null(doubt(TODAY, SEC(12 * 3600), SEC(13 * 3600), hour));
	assert_non_null(strstr(doubt(TODAY, SEC(12 * 3600), SEC(13 * 3600), -hour), "to come"));
	assert_non_null(strstr(doubt(TODAY, 0, SEC(1), 15 * hour), "another day"));
	assert_non_null(strstr(doubt(TODAY, UINT64_MAX / 2 + 2, 1, hour), "before it begins"));
	assert_non_null(strstr(
		household_doubt(
			&(struct household_claim){ { "", "anna", "a", TODAY }, &i, 1, 0 }, &noon),
		"name"));
	assert_non_null(strstr(
		household_doubt(
			&(struct household_claim){ { "p", "an na", "a", TODAY }, &i, 1, 0 }, &noon),
		"name"));
	assert_non_null(
		strstr(household_doubt(&(struct household_claim){ { "p", "anna", "a", TODAY }, &i,
					       HOUSEHOLD_STRETCHES_MAX + 1, 0 },
			       &noon),
			"too many"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_union_counts_once),
		cmocka_unit_test(test_nothing_is_taken_back),
		cmocka_unit_test(test_order_loss_repetition_and_replay),
		cmocka_unit_test(test_clocks_an_hour_apart),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_what_is_to_be_written),
		cmocka_unit_test(test_a_clock_that_is_none),
		cmocka_unit_test(test_what_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
