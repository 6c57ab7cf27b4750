/* One budget for a household, through the keeper: what others said counts once, holds over
 * restarts, reloads and days, and is not believed where it can't be. */
#include "core/calendar.h"
#include "machine.h"
#include "manager-share.h"

#define SHARE  "[share]\nbroker = mqtts://broker.example\n"
#define MINUTE (60 * SEC)

/* Stretches of a device, in seconds from now. */
static int hear(struct machine *m, const char *device, const char *site, int from_sec, int to_sec)
{
	const struct interval i = { m->now.wall_usec + (usec_t)((int64_t)from_sec * (int64_t)SEC),
		m->now.wall_usec + (usec_t)((int64_t)to_sec * (int64_t)SEC) };
	struct share_claim claim = { .key = { device, "anna", site, 0 }, .items = &i, .n = 1 };
	const char *doubt = NULL;
	int r;

	assert_int_equal(manager_parse_day(m->manager, "", &claim.key.day), 0);
	r = manager_share_hear(m->manager, &claim, m->now, &doubt);
	assert_int_equal(r == -EINVAL, doubt != NULL);
	tick(m);
	return r;
}

static void test_without_it_nothing_is_shared(void **state)
{
	struct machine *m = machine(state, "");

	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_false(manager_shares(m->manager));
	assert_int_equal(hear(m, "phone", "alpha", -60, -30), -ENOENT);
}

static void test_a_household_s_union_is_one_budget(void **state)
{
	struct machine *m = machine(state, SHARE "[site alpha]\nlimit = 60s per day\n" BOTH);

	assert_int_equal(hear(m, "phone", "alpha", -100, -70), 1);
	assert_int_equal(hear(m, "phone", "alpha", -100, -70), 0);
	assert_int_equal(hear(m, "phone", "alpha", -95, -80), 0); /* an older one, late */
	assert_int_equal(used(m, "anna", "alpha"), 30);
	assert_int_equal(used(m, "anna", "both"), 30);
	assert_int_equal(used(m, "ben", "alpha"), 0);
	assert_int_equal(hear(m, "tv", "alpha", -90, -60), 1); /* ten seconds of it are new */
	assert_int_equal(used(m, "anna", "alpha"), 40);
	assert_int_equal(hear(m, "tv", "beta", -90, -50), 1);
	assert_int_equal(used(m, "anna", "both"), 50); /* one person looks once */
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(hear(m, "tv", "alpha", -50, -30), 1);
	assert_int_equal(used(m, "anna", "alpha"), 60);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT); /* nobody looks here, and yet */
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_OPEN);
	assert_int_equal(gate(m, BEN_UID, ALPHA), GATE_OPEN);
}

/* Both at once: what is used here takes the place of what was elsewhere. */
static void test_two_screens_in_the_same_minute(void **state)
{
	struct machine *m = machine(state, SHARE);
	int64_t before;

	for (int i = 0; i < 30; i++) {
		scroll_for(m, ANNA_UID, ALPHA, 1);
		hear(m, "phone", "alpha", -i - 1, 0);
	}
	before = used(m, "anna", "alpha");
	assert_in_range(before, 29, 31);
	rest(m, MINUTE);
	assert_in_range(used(m, "anna", "alpha"), before, before + 3); /* its tail */
}

static void test_it_holds_over_restarts_and_reloads(void **state)
{
	const char *config = SHARE "[site alpha]\nlimit = 60s per day\n" BOTH;
	struct machine *m = machine(state, config);
	int64_t here;

	scroll_for(m, ANNA_UID, ALPHA, 10);
	rest(m, 5 * SEC);
	here = used(m, "anna", "alpha");
	hear(m, "phone", "alpha", -300, -280);
	assert_int_equal(used(m, "anna", "alpha"), here + 20);
	restart(m);
	assert_int_equal(used(m, "anna", "alpha"), here + 20);
	assert_int_equal(used(m, "anna", "both"), here + 20);
	hear(m, "phone", "alpha", -300, -280); /* the broker's, again */
	reload(m, config);
	assert_int_equal(used(m, "anna", "alpha"), here + 20);
	hear(m, "phone", "alpha", -200, -190);
	reload(m, ""); /* nothing is shared any more … */
	assert_int_equal(used(m, "anna", "alpha"), here);
	reload(m, config); /* … and then it is again */
	assert_int_equal(used(m, "anna", "alpha"), here + 30);
	restart(m);
	assert_int_equal(used(m, "anna", "alpha"), here + 30);
}

/* The last ten seconds were not written: the broker has them. */
static void test_a_crash_costs_nothing_for_good(void **state)
{
	struct machine *m = machine(state, SHARE);

	hear(m, "phone", "alpha", -300, -280);
	m->manager = manager_free(m->manager);
	start(m);
	hear(m, "phone", "alpha", -300, -280);
	assert_int_equal(used(m, "anna", "alpha"), 20);
}

static void test_weeks_and_days(void **state)
{
	struct machine *m = machine(state, SHARE "[site alpha]\nlimit = 100s per week\n");

	hear(m, "phone", "alpha", -300, -250);
	rest(m, 24 * 60 * MINUTE);
	assert_int_equal(used(m, "anna", "alpha"), 0);
	assert_int_equal(entry(m, "anna", "alpha").used_week_sec, 50);
	hear(m, "phone", "alpha", -300, -260);
	restart(m);
	assert_int_equal(entry(m, "anna", "alpha").used_week_sec, 90);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	hear(m, "phone", "alpha", -200, -190);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 7 * 24 * 60 * MINUTE);
	assert_int_equal(entry(m, "anna", "alpha").used_week_sec, 0);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
}

/* It is noon on a Wednesday. */
static void test_uncounted_hours_are_so_elsewhere(void **state)
{
	struct machine *m = machine(
		state, SHARE "[site alpha]\nlimit = 10s per day\nuncounted = wed 11:00-11:30\n");

	hear(m, "phone", "alpha", -3600, -3000);
	assert_int_equal(used(m, "anna", "alpha"), 600);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	hear(m, "phone", "alpha", -1805, -1790); /* five seconds before half past eleven */
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

static void test_a_clock_that_is_ahead(void **state)
{
	struct machine *m = machine(state, SHARE);
	const usec_t hour = 3600 * SEC;
	const struct interval i = { m->now.wall_usec + hour - 60 * SEC, m->now.wall_usec + hour };
	struct share_claim claim = { .key = { "phone", "anna", "alpha", 0 }, .items = &i, .n = 1 };
	const char *doubt = NULL;

	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_int_equal(manager_parse_day(m->manager, "", &claim.key.day), 0);
	assert_int_equal(manager_share_hear(m->manager, &claim, m->now, &doubt), -EINVAL);
	assert_non_null(strstr(doubt, "to come"));
	claim.ahead_usec = (int64_t)hour;
	assert_int_equal(manager_share_hear(m->manager, &claim, m->now, &doubt), 1);
	tick(m);
	assert_in_range(used(m, "anna", "alpha"), 68, 72); /* none of its minute is ours */
}

static void test_what_is_wrong_is_told(void **state)
{
	static const char *const said[] = { "the broker does not answer" };
	struct machine *m = machine(state, "[share]\nbroker = mqtt://broker.example\n");
	_cleanup_(strings_done) struct strings problems = { 0 };

	assert_int_equal(manager_share_called(m->manager, said, 1, clock_now()), 0);
	assert_int_equal(manager_problems(m->manager, true, &problems), 0);
	assert_int_equal(problems.n, 2);
	assert_non_null(strstr(problems.items[0], "mqtts:// protects it"));
	assert_string_equal(problems.items[1], "Sharing: the broker does not answer");
}

/* A status that says half a letter can't be sent to anybody. */
static void test_what_is_long_is_cut_between_letters(void **state)
{
	char long_one[602] = "x";
	const char *said[] = { long_one };
	struct machine *m = machine(state, "[share]\nbroker = mqtts://broker.example\n");
	_cleanup_(strings_done) struct strings problems = { 0 };
	const char *told;

	for (size_t n = 1; n + 2 < sizeof(long_one); n += 2)
		memcpy(long_one + n, "\xc3\xa4", 2);
	assert_int_equal(manager_share_called(m->manager, said, 1, clock_now()), 0);
	assert_int_equal(manager_problems(m->manager, true, &problems), 0);
	assert_int_equal(problems.n, 1);
	told = problems.items[0] + strlen("Sharing: ");
	assert_int_equal(strlen(told), 399);
	assert_memory_equal(told, long_one, 399);
}

static void count_news(void *userdata)
{
	++*(int *)userdata;
}

static void test_news(void **state)
{
	struct machine *m = machine(state, SHARE);
	int news = 0;

	manager_share_watch(m->manager, count_news, &news);
	tick(m);
	news = 0;
	rest(m, 10 * SEC);
	assert_int_equal(news, 0);
	hear(m, "phone", "alpha", -300, -280); /* not ours to tell */
	assert_int_equal(news, 0);
	scroll_for(m, ANNA_UID, ALPHA, 5);
	assert_in_range(news, 4, 5); /* one a tick */
	news = 0;
	reload(m, "[share]\nbroker = mqtts://another.example\n");
	assert_true(news > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_without_it_nothing_is_shared),
		IN_A_MACHINE(test_a_household_s_union_is_one_budget),
		IN_A_MACHINE(test_two_screens_in_the_same_minute),
		IN_A_MACHINE(test_it_holds_over_restarts_and_reloads),
		IN_A_MACHINE(test_a_crash_costs_nothing_for_good),
		IN_A_MACHINE(test_weeks_and_days),
		IN_A_MACHINE(test_uncounted_hours_are_so_elsewhere),
		IN_A_MACHINE(test_a_clock_that_is_ahead),
		IN_A_MACHINE(test_what_is_wrong_is_told),
		IN_A_MACHINE(test_what_is_long_is_cut_between_letters),
		IN_A_MACHINE(test_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
