/* Every road to a looser rule, on the keeper's own steps of time: none is shorter than the delay.
 */
#include <errno.h>

#include "machine.h"
#include "manager-commitment.h"
#include "manager-held.h"
#include "names.h"

#define COMMIT "[commitment]\nloosen-after = 24h\n"
#define STRICT COMMIT "[site alpha]\nlimit = 5s per day\n"
#define LOOSE  COMMIT "[site alpha]\nlimit = 2h per day\n"
#define HOURS  (3600 * SEC)

/* Committed to 5 s a day, which are spent. */
static struct machine *committed(void **state)
{
	struct machine *m = machine(state, STRICT);

	scroll_for(m, ANNA_UID, ALPHA, 7);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(manager_n_pending(m->manager), 0);
	return m;
}

static void wait_for(struct machine *m, usec_t usec)
{
	pass(m, usec);
	tick(m);
	manager_commitment_due(m->manager, m->now);
	tick(m);
}

static int64_t limit(const struct machine *m)
{
	const struct config *c = manager_config(m->manager);
	const int site = config_find_site(c, "alpha");

	return site < 0 ? LIMIT_NONE
			: config_rules(c, "anna", false, (size_t)site).limit_sec[LIMIT_DAY];
}

static void test_a_looser_file_waits(void **state)
{
	struct machine *m = committed(state);
	struct pending_view v;

	reload(m, LOOSE);
	assert_int_equal(limit(m), 5);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(manager_n_pending(m->manager), 1);
	v = manager_pending(m->manager, 0, m->now);
	assert_string_equal(v.target, "alpha");
	assert_string_equal(v.now, "limit = 5s per day");
	assert_string_equal(v.then, "limit = 2h per day");
	assert_true(v.due_wall_usec == m->now.wall_usec + 24 * HOURS);
	wait_for(m, 24 * HOURS - SEC);
	assert_int_equal(limit(m), 5);
	wait_for(m, SEC);
	assert_int_equal(limit(m), 7200);
	assert_int_equal(manager_n_pending(m->manager), 0);
}

static void test_stricter_holds_at_once(void **state)
{
	struct machine *m = committed(state);

	reload(m, COMMIT "[site alpha]\nlimit = 1s per day\nopen = never\n");
	assert_int_equal(limit(m), 1);
	assert_int_equal(manager_n_pending(m->manager), 0);
}

static void test_restarts_earn_nothing(void **state)
{
	struct machine *m = committed(state);

	write_config(m, LOOSE);
	restart(m);
	assert_int_equal(limit(m), 5);
	for (int i = 0; i < 23; i++) {
		wait_for(m, HOURS);
		restart(m);
		assert_int_equal(limit(m), 5);
	}
	wait_for(m, HOURS);
	assert_int_equal(limit(m), 7200);
}

/* The file was changed while the keeper was off for days: the wait begins when it is read. */
static void test_changed_behind_the_back(void **state)
{
	struct machine *m = committed(state);

	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	write_config(m, LOOSE);
	pass(m, 72 * HOURS);
	start(m);
	tick(m);
	assert_int_equal(limit(m), 5);
	wait_for(m, 24 * HOURS);
	assert_int_equal(limit(m), 7200);
}

static void test_asked_before_it_was_off(void **state)
{
	struct machine *m = committed(state);

	reload(m, LOOSE);
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	pass(m, 25 * HOURS);
	start(m);
	tick(m);
	assert_int_equal(limit(m), 7200);
}

/* boot_usec: of the new boot; the wall clock goes on by wall_sec. */
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

static void test_clocks_and_boots(void **state)
{
	struct machine *m = committed(state);

	reload(m, LOOSE);
	m->now.wall_usec += 30 * HOURS; /* somebody sets the clock forward */
	wait_for(m, SEC);
	assert_int_equal(limit(m), 5);
	reboot(m, "boot-2", 60); /* and boots: the jump was seen before */
	assert_int_equal(limit(m), 5);
	m->now.wall_usec -= 60 * HOURS; /* set back */
	wait_for(m, SEC);
	reboot(m, "boot-3", -3600);
	assert_int_equal(limit(m), 5);
	wait_for(m, 23 * HOURS);
	assert_int_equal(limit(m), 5);
	wait_for(m, HOURS);
	assert_int_equal(limit(m), 7200);
}

static void test_no_file_at_all(void **state)
{
	_cleanup_(strings_done) struct strings problems = { 0 };
	struct machine *m = committed(state);

	assert_int_equal(remove(m->config), 0);
	restart(m);
	assert_int_equal(limit(m), 5);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(manager_problems(m->manager, true, &problems), 0);
	assert_int_equal(problems.n, 1);
	assert_non_null(strstr(problems.items[0], "The old rules stay in force"));
	write_config(m, "nonsense");
	restart(m);
	assert_int_equal(limit(m), 5);
	reload(m, LOOSE);
	assert_int_equal(limit(m), 5);
	wait_for(m, 24 * HOURS);
	assert_int_equal(limit(m), 7200);
}

static void test_the_person_is_renamed(void **state)
{
	struct machine *m = committed(state);

	reload_for(m,
		"[focus]\npeople = x ben\n[person x]\nuser = root\n[person ben]\nuser = daemon\n",
		STRICT);
	assert_true(manager_find_person(m->manager, "anna") >= 0);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	reload_for(m, "[focus]\npeople = ben\n[person ben]\nuser = daemon\n", STRICT);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

static void test_kept_though_it_was_asked(void **state)
{
	struct machine *m = committed(state);

	reload(m, LOOSE);
	assert_int_equal(manager_keep(m->manager, "nothing", m->now), -ENOENT);
	assert_int_equal(
		manager_keep(m->manager, manager_pending(m->manager, 0, m->now).id, m->now), 0);
	restart(m);
	wait_for(m, 100 * HOURS);
	assert_int_equal(limit(m), 5);
	assert_true(manager_pending(m->manager, 0, m->now).due_wall_usec == 0);
	reload(m, COMMIT "[site alpha]\nlimit = 1h per day\n"); /* another wish */
	wait_for(m, 24 * HOURS);
	assert_int_equal(limit(m), 3600);
}

/* The own list of servers beside the configuration: a bad one keeps any other from being built. */
static void write_own_list(const struct machine *m, const char *text)
{
	_cleanup_free_ char *path = NULL;
	FILE *f;

	assert_true(asprintf(&path, "%s/" FOCUSD_SEAL_NAME, m->dir) > 0);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static size_t n_problems(const struct machine *m, const char *what)
{
	_cleanup_(strings_done) struct strings problems = { 0 };
	size_t n = 0;

	assert_int_equal(manager_problems(m->manager, true, &problems), 0);
	for (size_t i = 0; i < problems.n; i++)
		n += strstr(problems.items[i], what) != NULL;
	return n;
}

static void test_what_is_due_and_fails_is_tried_again(void **state)
{
	struct machine *m = committed(state);

	reload(m, LOOSE);
	write_own_list(m, "192.0.2.1 a.example\n");
	wait_for(m, 24 * HOURS);
	assert_int_equal(limit(m), 5);
	assert_int_equal(manager_n_pending(m->manager), 1);
	assert_int_equal(n_problems(m, "not in force yet"), 1);
	write_own_list(m, "");
	wait_for(m, 60 * SEC);
	assert_int_equal(limit(m), 7200);
	assert_int_equal(manager_n_pending(m->manager), 0);
	assert_int_equal(n_problems(m, "not in force yet"), 0);
}

static void test_a_refused_file_takes_no_wish_back(void **state)
{
	struct machine *m = committed(state);
	_cleanup_free_ char *error = NULL;

	reload(m, LOOSE);
	wait_for(m, 23 * HOURS);
	write_own_list(m, "192.0.2.1 a.example\n");
	write_config(m, COMMIT "[site alpha]\nlimit = 3h per day\n");
	assert_true(manager_reload(m->manager, m->now, &error) < 0);
	assert_string_equal(manager_pending(m->manager, 0, m->now).then, "limit = 2h per day");
	write_own_list(m, "");
	reload(m, LOOSE);
	wait_for(m, HOURS);
	assert_int_equal(limit(m), 7200);
}

static void test_nobody_who_has_not_asked_waits(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 5s per day\n");

	reload(m, "[site alpha]\nlimit = 2h per day\n");
	assert_int_equal(limit(m), 7200);
	assert_int_equal(manager_n_pending(m->manager), 0);
	reload(m, COMMIT "[site alpha]\nlimit = 3h per day\n"); /* not yet in force when asked */
	assert_int_equal(limit(m), 3 * 3600);
	reload(m, "");
	assert_int_equal(limit(m), 3 * 3600);
	wait_for(m, 24 * HOURS);
	assert_int_equal(limit(m), LIMIT_NONE);
	restart(m);
	reload(m, "[site alpha]\nlimit = 2h per day\n");
	reload(m, "");
	assert_int_equal(limit(m), LIMIT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_looser_file_waits),
		IN_A_MACHINE(test_stricter_holds_at_once),
		IN_A_MACHINE(test_restarts_earn_nothing),
		IN_A_MACHINE(test_changed_behind_the_back),
		IN_A_MACHINE(test_asked_before_it_was_off),
		IN_A_MACHINE(test_clocks_and_boots),
		IN_A_MACHINE(test_no_file_at_all),
		IN_A_MACHINE(test_the_person_is_renamed),
		IN_A_MACHINE(test_kept_though_it_was_asked),
		IN_A_MACHINE(test_what_is_due_and_fails_is_tried_again),
		IN_A_MACHINE(test_a_refused_file_takes_no_wish_back),
		IN_A_MACHINE(test_nobody_who_has_not_asked_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
