/* Problems that come and go, and a keeper that nobody stopped, as the log has them. */
#include <errno.h>

#include "core/hook-message.h"
#include "machine.h"
#include "manager-problems.h"
#include "manager-ways.h"

struct counting {
	const char *kind, *words;
	unsigned n;
};

static int count_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	struct counting *c = userdata;

	c->n += strcmp(kind, c->kind) == 0 && (!c->words || strstr(text, c->words));
	return 0;
}

static unsigned events_that_say(struct machine *m, const char *kind, const char *words)
{
	struct counting c = { .kind = kind, .words = words };

	/* a reload waits for the ledger */
	reload(m, "");
	assert_int_equal(manager_read_events(m->manager,
				 &(struct ledger_event_query){ .most = 1000 }, count_event, &c),
		0);
	return c.n;
}

static unsigned events(struct machine *m, const char *kind)
{
	return events_that_say(m, kind, NULL);
}

static void tell(struct machine *m)
{
	tick(m);
	manager_tell_trouble(m->manager, m->now);
}

static void test_a_problem_is_told_when_it_comes_and_when_it_is_over(void **state)
{
	struct machine *m = machine(state, "");

	tell(m);
	assert_int_equal(events(m, "problem"), 0);
	m->kernel.read_error = -ENOBUFS;
	for (int i = 0; i < 5; i++) {
		pass(m, SEC);
		tell(m);
	}
	m->kernel.read_error = 0;
	assert_int_equal(events(m, "problem"), 1);
	pass(m, 10 * SEC);
	tell(m);
	assert_int_equal(events(m, "problem"), 1);
	assert_int_equal(events(m, "solved"), 1);
}

/* Everybody reads such an event, and the journal keeps it: what stands in a file is not in it. */
static void test_a_mistake_in_a_file_is_told_without_what_stands_there(void **state)
{
	struct machine *m = machine(state, "");
	char *error = NULL;

	write_config(m, "[person ben site alpha]\nlimit = soon\n");
	assert_true(manager_reload(m->manager, m->now, &error) < 0);
	assert_non_null(strstr(error, "soon"));
	free(error);
	tell(m);
	assert_int_equal(events_that_say(m, "problem", "a mistake in the configuration"), 1);
	tell(m); /* it was mended to look at them */
	assert_int_equal(events(m, "solved"), 1);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(events_that_say(m, i ? "solved" : "problem", "soon"), 0);
}

static void test_one_that_flutters_fills_no_disk(void **state)
{
	struct machine *m = machine(state, "");

	for (int i = 0; i < 600; i++) {
		m->kernel.read_error = i % 2 ? -ENOBUFS : 0;
		pass(m, SEC / 2);
		tell(m);
	}
	m->kernel.read_error = 0;
	assert_in_range(events(m, "problem") + events(m, "solved"), 1, 36);
}

static void test_what_is_lost_is_told_once_and_once_when_it_is_back(void **state)
{
	static const struct {
		enum manager_loss loss;
		const char *lost, *back;
	} rows[] = { { LOSS_NETWORK, "network-lost", "network-back" },
		{ LOSS_BUS, "bus-lost", "bus-back" },
		{ LOSS_LOGIND, "logind-lost", "logind-back" } };
	struct machine *m = machine(state, "");
	struct strings problems = { 0 };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		for (int k = 0; k < 5; k++) {
			manager_note_loss(m->manager, rows[i].loss, true);
			pass(m, SEC);
			tell(m);
		}
		assert_int_equal(manager_problems(m->manager, true, &problems), 0);
		assert_int_equal(problems.n, 0);
		assert_int_equal(events(m, rows[i].lost), 1);
		assert_int_equal(events(m, rows[i].back), 0);
		for (int k = 0; k < 5; k++) {
			manager_note_loss(m->manager, rows[i].loss, false);
			pass(m, SEC);
			tell(m);
		}
		assert_int_equal(events(m, rows[i].lost), 1);
		assert_int_equal(events(m, rows[i].back), 1);
	}
}

/* All of it as of one moment: the writer may still have something to write, and files are copied
 * one after the other. */
static void copy_ledger(const char *from, const char *to)
{
	char command[512];

	snprintf(command, sizeof(command),
		"until cp %s/ledger.sqlite* %s/ && cmp -s %s/ledger.sqlite %s/ledger.sqlite && "
		"cmp -s %s/ledger.sqlite-wal %s/ledger.sqlite-wal; do sleep 0.1; done",
		from, to, from, to, from, to);
	assert_int_equal(system(command), 0);
}

static void test_silent_resolvers_are_a_problem(void **state)
{
	struct machine *m =
		machine(state, "[dns]\nupstream = 192.0.2.53\nupstream = 2001:db8::53\n");
	struct strings problems = { 0 };

	manager_read_upstream(m->manager);
	manager_note_upstream(m->manager, HOOK_SILENT_UPSTREAMS);
	tell(m);
	assert_int_equal(manager_problems(m->manager, true, &problems), 0);
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.items[0],
		"No resolver answers, names can't be looked up: 192.0.2.53, 2001:db8::53");
	strings_done(&problems);
	manager_note_upstream(m->manager, HOOK_SILENT_UPLINKS);
	assert_int_equal(manager_problems(m->manager, true, &problems), 0);
	assert_non_null(strstr(problems.items[0], "metered names"));
	strings_done(&problems);
	manager_note_upstream(m->manager, 0);
	tell(m);
	assert_int_equal(manager_problems(m->manager, true, &problems), 0);
	assert_int_equal(problems.n, 0);
	assert_int_equal(events(m, "upstream-lost"), 1);
	assert_int_equal(events(m, "upstream-back"), 1);
	assert_int_equal(events(m, "problem"), 0);
}

static void test_who_was_not_stopped_has_crashed(void **state)
{
	struct machine *m = machine(state, "");
	struct machine next = *m;
	char command[256];

	assert_int_equal(events(m, "crash"), 0);
	restart(m);
	assert_int_equal(events(m, "crash"), 0);
	/* what is on the disk now is all that a killed process leaves */
	strcpy(next.dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(next.dir));
	copy_ledger(m->dir, next.dir);
	next.options.state_dir = next.dir;
	next.manager = NULL;
	start(&next);
	assert_int_equal(events(&next, "crash"), 1);
	restart(&next);
	assert_int_equal(events(&next, "crash"), 1);
	manager_free(next.manager);
	snprintf(command, sizeof(command), "rm -r %s", next.dir);
	assert_int_equal(system(command), 0);
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_problem_is_told_when_it_comes_and_when_it_is_over),
		IN_A_MACHINE(test_a_mistake_in_a_file_is_told_without_what_stands_there),
		IN_A_MACHINE(test_one_that_flutters_fills_no_disk),
		IN_A_MACHINE(test_what_is_lost_is_told_once_and_once_when_it_is_back),
		IN_A_MACHINE(test_silent_resolvers_are_a_problem),
		IN_A_MACHINE(test_who_was_not_stopped_has_crashed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
