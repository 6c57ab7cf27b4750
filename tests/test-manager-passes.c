/* What people declare, on the keeper's own steps of time: it begins, lifts or shuts, ends, counts,
 * and lives through restarts, boots and clocks that are set. */
#include <errno.h>

#include "machine.h"
#include "manager-passes.h"

#define SPENT   "[site alpha]\nlimit = 5s per day\n"
#define AT_ONCE "[passes]\npass-wait = 0s\n"
#define CLOSED  "[site alpha]\nopen = sat 12:00-13:00\n" /* today is a Wednesday */

struct answer {
	int r;
	struct pass_view view;
	char error[256];
};

static struct answer declare_as(
	struct machine *m, const char *who, enum pass_kind kind, const char *target, int64_t sec)
{
	const bool everything = !*target;
	const struct pass_request q = {
		.person = (size_t)manager_find_person(m->manager, who),
		.kind = kind,
		.targets = &target,
		.n_targets = everything ? 0 : 1,
		.span_sec = sec,
		.reason = kind == PASS_PASS || kind == PASS_GRANT ? "answer Ben" : "",
		.now = m->now,
	};
	_cleanup_free_ char *error = NULL;
	struct answer a = { 0 };

	a.r = manager_declare(m->manager, &q, &a.view, &error);
	snprintf(a.error, sizeof(a.error), "%s", error ? error : "");
	return a;
}

static struct answer declare(
	struct machine *m, enum pass_kind kind, const char *target, int64_t sec)
{
	return declare_as(m, "anna", kind, target, sec);
}

static void must(struct machine *m, enum pass_kind kind, const char *target, int64_t sec)
{
	const struct answer a = declare(m, kind, target, sec);

	if (a.r < 0)
		fail_msg("refused: %s", a.error);
	tick(m);
}

static void must_not(struct answer a, int r, const char *sentence)
{
	assert_int_equal(a.r, r);
	if (!strstr(a.error, sentence))
		fail_msg("\"%s\" lacks \"%s\"", a.error, sentence);
}

static int count_view(const struct pass_view *view, void *userdata)
{
	unsigned *n = userdata;

	(*n)++;
	return 0;
}

static int cancel(struct machine *m, const char *what, bool admin)
{
	const struct cancel_request q = { .person = (size_t)manager_find_person(m->manager, "anna"),
		.what = what,
		.admin = admin,
		.now = m->now };
	unsigned n = 0;
	const int r = manager_cancel(m->manager, &q, count_view, &n);

	tick(m);
	return r < 0 ? r : (int)n;
}

static unsigned n_live(struct machine *m)
{
	unsigned n = 0;

	assert_int_equal(manager_list_passes(m->manager, NULL, m->now, count_view, &n), 0);
	return n;
}

struct search {
	const char *kind, *text;
	unsigned n;
};

static int on_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	struct search *s = userdata;

	s->n += strcmp(kind, s->kind) == 0 && strcmp(text, s->text) == 0;
	return 0;
}

static unsigned events(struct machine *m, const char *kind, const char *text)
{
	const struct ledger_event_query query = { .most = 1000 };
	struct search s = { kind, text, 0 };

	restart(m); /* everything is on the disk */
	assert_int_equal(manager_read_events(m->manager, &query, on_event, &s), 0);
	return s.n;
}

static struct machine *spent(void **state, const char *config)
{
	struct machine *m = machine(state, config);

	scroll_for(m, ANNA_UID, ALPHA, 5);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	return m;
}

static void test_a_pass_after_a_breath(void **state)
{
	struct machine *m = spent(state, SPENT);
	int64_t before;

	must(m, PASS_PASS, "alpha", 600);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_true(m->next_usec <= m->now.boot_usec + 20 * SEC);
	rest(m, 19 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(gate(m, BEN_UID, BETA), GATE_OPEN);
	assert_int_equal(entry(m, "anna", "alpha").verdict.reason, REASON_PASS);
	assert_int_equal(
		entry(m, "anna", "alpha").verdict.until_usec, m->now.wall_usec + 600 * SEC);
	before = used(m, "anna", "alpha");
	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_true(used(m, "anna", "alpha") >= before + 9); /* it counts as ever */
	rest(m, 589 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	rest(m, SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(entry(m, "anna", "alpha").verdict.reason, REASON_LIMIT_DAY);
	left(m, 2, 20 * 60);
	assert_int_equal(events(m, "pass-waiting", "10min: answer Ben"), 1);
	assert_int_equal(events(m, "pass", "10min: answer Ben"), 1);
	assert_int_equal(events(m, "pass-over", "10min: answer Ben"), 1);
}

/* Somebody looks: they are warned, and cut at its end. */
static void test_it_ends_with_a_warning(void **state)
{
	struct machine *m = spent(state, SPENT AT_ONCE);

	must(m, PASS_PASS, "alpha", 90);
	scroll_for(m, ANNA_UID, ALPHA, 89);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(events(m, "warned", "pass"), 2); /* of 5 min, which is less; of 1 min */
}

static void test_a_cancelled_one_never_was(void **state)
{
	struct machine *m = spent(state, SPENT);

	must(m, PASS_PASS, "alpha", 600);
	left(m, 2, 20 * 60);
	assert_int_equal(cancel(m, "", false), 1);
	left(m, 3, 30 * 60);
	rest(m, 60 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(cancel(m, "", false), -ENOENT);
	assert_int_equal(cancel(m, "alpha", false), -ENOENT);
	/* one that runs is ended, and what it was counts */
	must(m, PASS_PASS, "alpha", 600);
	rest(m, 50 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(cancel(m, "", false), -ENOENT);
	assert_int_equal(cancel(m, "alpha", false), 1);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	left(m, 2, 30 * 60 - 30);
	assert_int_equal(events(m, "cancelled", "10min: answer Ben"), 1);
}

static void test_what_is_refused(void **state)
{
	struct machine *m = spent(state, SPENT AT_ONCE);
	struct pass_request q = { .kind = PASS_PASS,
		.targets = &(const char *){ "alpha" },
		.n_targets = 1,
		.span_sec = 60,
		.reason = " ",
		.now = m->now };
	_cleanup_free_ char *error = NULL;
	struct pass_view view;

	q.person = (size_t)manager_find_person(m->manager, "anna");
	assert_int_equal(manager_declare(m->manager, &q, &view, &error), -EINVAL);
	assert_non_null(strstr(error, "What for?"));
	must_not(declare(m, PASS_PASS, "alpha", 0), -EINVAL, "expected a span");
	must_not(declare(m, PASS_PASS, "beta", 60), -EINVAL, "beta is open");
	must_not(declare(m, PASS_PASS, "alpha", 901), -EPERM, "A pass is 15min at most");
	must_not(declare(m, PASS_OPEN, "alpha", 60), -EPERM, "takes a pass");
	must(m, PASS_PASS, "alpha", 900);
	must_not(declare(m, PASS_PASS, "alpha", 60), -EINVAL, "a pass holds until 12:15 already");
	rest(m, 900 * SEC);
	must(m, PASS_PASS, "alpha", 600);
	rest(m, 600 * SEC);
	must_not(declare(m, PASS_PASS, "alpha", 301), -EPERM, "5min is left");
	must(m, PASS_PASS, "alpha", 60);
	rest(m, 60 * SEC);
	must_not(declare(m, PASS_PASS, "alpha", 60), -EPERM, "All 3 passes of today are used");
	/* ben's are ben's, and tomorrow is another day */
	scroll_for(m, BEN_UID, ALPHA, 5);
	assert_int_equal(declare_as(m, "ben", PASS_PASS, "alpha", 60).r, 0);
	rest(m, 24 * 3600 * SEC);
	scroll_for(m, ANNA_UID, ALPHA, 6);
	must(m, PASS_PASS, "alpha", 900);
}

static void test_none_where_the_rules_have_none(void **state)
{
	struct machine *m = spent(state, SPENT
		"[passes]\npasses = 0 per day\nopen-time = 0s per day\n[site beta]\nopen = sat "
		"12:00-13:00\n");

	must_not(declare(m, PASS_PASS, "alpha", 60), -EPERM, "There are no passes here");
	must_not(declare(m, PASS_OPEN, "beta", 60), -EPERM, "There are no declared openings here");
}

static void test_an_opening_lifts_hours_only(void **state)
{
	struct machine *m = machine(state, CLOSED "limit = 20s per day\n");

	tick(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	must(m, PASS_OPEN, "alpha", 1200);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(gate(m, BEN_UID, ALPHA), GATE_SHUT);
	assert_int_equal(entry(m, "anna", "alpha").verdict.reason, REASON_PASS);
	scroll_for(m, ANNA_UID, ALPHA, 19);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	reload(m, CLOSED);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	rest(m, 1180 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	must_not(declare(m, PASS_OPEN, "alpha", 601), -EPERM, "10min is left");
	must(m, PASS_OPEN, "alpha", 600);
	assert_int_equal(events(m, "opening", "10min"), 1);
}

static void test_asked_and_granted(void **state)
{
	struct machine *m = spent(state, SPENT "[passes]\npasses = 0 per day\n");
	struct grant_request q = { .person = "anna", .target = "alpha", .now = m->now };
	struct pass_view view;

	assert_int_equal(manager_grant(m->manager, &q, &view), -ENOENT);
	must(m, PASS_GRANT, "alpha", 3600);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	must_not(declare(m, PASS_GRANT, "alpha", 60), -EINVAL, "asked for already");
	restart(m);
	assert_int_equal(n_live(m), 1);
	q.now = m->now;
	assert_int_equal(manager_grant(m->manager, &q, &view), 0);
	assert_int_equal(view.end_usec, m->now.wall_usec + 3600 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(manager_grant(m->manager, &q, &view), -ENOENT);
	q.id = view.id;
	assert_int_equal(manager_grant(m->manager, &q, &view), -ENOENT);
	rest(m, 3600 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	/* who asked is gone meanwhile, and back */
	must(m, PASS_GRANT, "alpha", 60);
	reload_for(m, "[focus]\npeople = ben\n[person ben]\nuser = daemon\n", SPENT);
	q.id = view.id + 1;
	assert_int_equal(manager_grant(m->manager, &q, &view), -ENOENT);
	reload(m, SPENT);
	assert_int_equal(cancel(m, "alpha", false), 1);
	/* nobody answers */
	must(m, PASS_GRANT, "alpha", 60);
	rest(m, 24 * 3600 * SEC);
	assert_int_equal(n_live(m), 0);
	assert_int_equal(events(m, "unanswered", "1min: answer Ben"), 1);
}

static void test_a_book_has_an_end(void **state)
{
	struct machine *m = spent(state, SPENT);
	unsigned n = 0;

	while (declare(m, PASS_GRANT, "alpha", 60).r >= 0) {
		assert_int_equal(cancel(m, "", false), 1);
		assert_true(++n <= PASS_A_DAY_MAX);
	}
	assert_int_equal(n, PASS_A_DAY_MAX);
	must_not(declare(m, PASS_GRANT, "alpha", 60), -EPERM, "tomorrow is another day");
	must_not(declare(m, PASS_FOCUS, "", 60), -EPERM, "tomorrow is another day");
}

static void test_focus_shuts_everything_or_some(void **state)
{
	struct machine *m = machine(state, BOTH);

	scroll_for(m, ANNA_UID, ALPHA, 2);
	must(m, PASS_FOCUS, "", 3000);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_SHUT);
	assert_int_equal(gate(m, BEN_UID, ALPHA), GATE_OPEN);
	assert_int_equal(entry(m, "anna", "beta").verdict.reason, REASON_FOCUS);
	assert_int_equal(
		entry(m, "anna", "both").verdict.until_usec, m->now.wall_usec + 3000 * SEC);
	rest(m, 1000 * SEC);
	must_not(declare(m, PASS_FOCUS, "", 1999), -EPERM, "longer");
	assert_int_equal(cancel(m, "focus", false), -EPERM);
	must_not(declare(m, PASS_PASS, "alpha", 60), -EPERM, "nothing lifts that");
	must(m, PASS_FOCUS, "", 3000);
	restart(m);
	rest(m, 2999 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	must(m, PASS_FOCUS, "both", 60);
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_SHUT);
	assert_int_equal(cancel(m, "focus", true), 1);
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_OPEN);
	must(m, PASS_FOCUS, "beta", 60);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_SHUT);
	assert_int_equal(events(m, "focus-over", "1h6min40s"), 1);
}

/* Seventy sites are one matter; what somebody looks at is another. */
static void test_a_focus_is_told_once(void **state)
{
	struct machine *m = machine(state, "");

	tick(m);
	scroll_for(m, ANNA_UID, ALPHA, 3);
	must(m, PASS_FOCUS, "", 60);
	rest(m, 60 * SEC);
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_OPEN);
	assert_int_equal(events(m, "focus", "1min"), 1);
	assert_int_equal(events(m, "blocked", "focus"), 1);
	assert_int_equal(events(m, "open", "observing"), 0);
	assert_int_equal(events(m, "focus-over", "1min"), 1);
}

/* Who has no limit is held to one as long as the focus holds: also encrypted look-ups are. */
static void test_focus_seals_too(void **state)
{
	struct machine *m = machine(state, "");

	tick(m);
	assert_int_equal(m->kernel.n_sealed, 0);
	assert_false(manager_enforcing(m->manager));
	assert_int_equal(declare_as(m, "ben", PASS_FOCUS, "", 600).r, 0);
	assert_true(manager_enforcing(m->manager));
	assert_int_equal(m->kernel.n_sealed, 1);
	assert_int_equal(m->kernel.sealed[0], BEN_UID);
	restart(m);
	assert_int_equal(m->kernel.n_sealed, 1);
	rest(m, 600 * SEC);
	assert_int_equal(m->kernel.n_sealed, 0);
}

static void test_focus_goes_before_a_pass(void **state)
{
	struct machine *m = spent(state, SPENT AT_ONCE);

	must(m, PASS_PASS, "alpha", 600);
	must(m, PASS_FOCUS, "", 60);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 60 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN); /* for what is left of the pass */
	rest(m, 540 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

/* The hours of [focus], from Wednesday noon on. */
static void test_focus_that_comes_back(void **state)
{
	struct machine *m = machine(state, "[focus]\nfocus-time = wed,thu 12:10-12:30\n");

	tick(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(m->next_usec - m->now.boot_usec, 600 * SEC);
	rest(m, 600 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(entry(m, "anna", "alpha").verdict.reason, REASON_FOCUS);
	assert_int_equal(entry(m, "anna", "alpha").verdict.until_usec, wall(11, 25, 12, 30));
	must_not(declare(m, PASS_PASS, "alpha", 60), -EPERM, "focus until 12:30");
	rest(m, 1200 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	reload(m, "[focus]\nfocus-time = daily 12:20-12:40\n[person ben]\nfocus-time =\n");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(gate(m, BEN_UID, ALPHA), GATE_OPEN);
	/* a longer one of one's own goes on behind it */
	must(m, PASS_FOCUS, "", 1200);
	rest(m, 600 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 600 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
}

/* Whoever sets the clock gets neither a longer pass nor a shorter focus. */
static void test_a_clock_that_is_set_earns_nothing(void **state)
{
	static const int64_t jumps_sec[] = { -86400, 3600, 86400, -3 * 3600 };
	struct machine *m = spent(state, SPENT AT_ONCE);

	for (size_t i = 0; i < ELEMENTSOF(jumps_sec); i++) {
		const bool focus = i % 2 == 1;

		must(m, focus ? PASS_FOCUS : PASS_GRANT, focus ? "" : "alpha", 600);
		if (!focus)
			assert_int_equal(manager_grant(m->manager,
						 &(struct grant_request){ .person = "anna",
							 .target = "alpha",
							 .now = m->now },
						 &(struct pass_view){ 0 }),
				0);
		rest(m, 300 * SEC);
		m->now.wall_usec += (usec_t)(jumps_sec[i] * (int64_t)SEC);
		rest(m, 299 * SEC);
		assert_int_equal(
			gate(m, ANNA_UID, focus ? BETA : ALPHA), focus ? GATE_SHUT : GATE_OPEN);
		rest(m, SEC);
		assert_int_equal(
			gate(m, ANNA_UID, focus ? BETA : ALPHA), focus ? GATE_OPEN : GATE_SHUT);
	}
}

/* The machine is off for `off_sec`; its wall clock goes on by wall_sec meanwhile. */
static void reboot(struct machine *m, const char *boot, int64_t wall_sec)
{
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	m->kernel = (struct gate_fake){ 0 };
	gate_fake_init(&m->kernel);
	m->options.boot_id = boot;
	m->now.boot_usec = 30 * SEC;
	m->now.wall_usec += (usec_t)(wall_sec * (int64_t)SEC);
	start(m);
	tick(m);
}

static void test_over_a_boot(void **state)
{
	struct machine *m = spent(state, SPENT AT_ONCE);

	must(m, PASS_PASS, "alpha", 600);
	rest(m, 100 * SEC);
	reboot(m, "boot-2", 200);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	left(m, 2, 20 * 60);
	/* the clock was set back while it was off: no more than was left */
	reboot(m, "boot-3", -3600);
	rest(m, 299 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	rest(m, SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	must(m, PASS_FOCUS, "", 600);
	reboot(m, "boot-4", 1000);
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_OPEN);
	assert_int_equal(n_live(m), 0);
}

/* What a killed process leaves is on the disk a moment after it was declared. */
static void test_a_kill_costs_nothing(void **state)
{
	struct machine *m = spent(state, SPENT);
	struct machine copy;
	char command[256];

	must(m, PASS_PASS, "alpha", 600);
	must(m, PASS_FOCUS, "beta", 600);
	copy = *m;
	strcpy(copy.dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(copy.dir));
	snprintf(command, sizeof(command), "sleep 0.2; cp %s/ledger.sqlite* %s/", m->dir, copy.dir);
	assert_int_equal(system(command), 0);
	copy.options.state_dir = copy.dir;
	copy.manager = NULL;
	start(&copy);
	assert_int_equal(n_live(&copy), 2);
	assert_int_equal(gate(&copy, ANNA_UID, BETA), GATE_SHUT);
	rest(&copy, 20 * SEC);
	assert_int_equal(gate(&copy, ANNA_UID, ALPHA), GATE_OPEN);
	manager_free(copy.manager);
	snprintf(command, sizeof(command), "rm -r %s", copy.dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_pass_after_a_breath),
		IN_A_MACHINE(test_it_ends_with_a_warning),
		IN_A_MACHINE(test_a_cancelled_one_never_was),
		IN_A_MACHINE(test_what_is_refused),
		IN_A_MACHINE(test_none_where_the_rules_have_none),
		IN_A_MACHINE(test_an_opening_lifts_hours_only),
		IN_A_MACHINE(test_asked_and_granted),
		IN_A_MACHINE(test_a_book_has_an_end),
		IN_A_MACHINE(test_focus_shuts_everything_or_some),
		IN_A_MACHINE(test_focus_seals_too),
		IN_A_MACHINE(test_a_focus_is_told_once),
		IN_A_MACHINE(test_focus_goes_before_a_pass),
		IN_A_MACHINE(test_focus_that_comes_back),
		IN_A_MACHINE(test_a_clock_that_is_set_earns_nothing),
		IN_A_MACHINE(test_over_a_boot),
		IN_A_MACHINE(test_a_kill_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
