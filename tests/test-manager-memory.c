/* Memory that is not there, once, at each of the moments at which some is asked for. SQLite's at a
 * start: it is no start, or nobody's time is forgotten and nobody gets another's mark. The keeper's
 * own while people scroll: what is written is written later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#define MACHINE_PARENT "/dev/shm" /* it starts a thousand times */
#include "gate-fake.h"
#include "machine.h"
#include "manager-held.h"
#include "manager-share.h"
#include "manager.h"
#include "system/ledger.h"

/* SQLite's own allocator, less the one that is to fail; this thread's alone, as the writer asks
 * when it likes. */
static sqlite3_mem_methods whole;
static __thread unsigned until; /* until the failure; 0: none is to come */

static bool fails(void)
{
	return until > 0 && --until == 0;
}

static void *take(int size)
{
	return fails() ? NULL : whole.xMalloc(size);
}

static void *take_more(void *old, int size)
{
	return fails() ? NULL : whole.xRealloc(old, size);
}

static int install(void **state)
{
	sqlite3_mem_methods ours;

	assert_int_equal(sqlite3_shutdown(), SQLITE_OK);
	assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &whole), SQLITE_OK);
	ours = whole;
	ours.xMalloc = take;
	ours.xRealloc = take_more;
	assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &ours), SQLITE_OK);
	return sqlite3_initialize();
}

/* To ask one thing of the ledger takes some fifty allocations; all of them are ten thousand. */
#define STRIDE 11

/* Starts while the n-th fails. *ret_met: there was one. */
static bool starts(struct machine *m, unsigned n, bool *ret_met)
{
	_cleanup_free_ char *error = NULL;
	bool ready;

	until = n;
	ready = manager_new(&m->options, NULL, &m->manager, &error) >= 0;
	if (ready) {
		manager_take_gate(m->manager, &m->kernel.gate);
		ready = manager_start(m->manager, m->now, &error) >= 0;
	}
	*ret_met = until == 0;
	until = 0;
	m->next_usec = 0;
	return ready;
}

/* Other marks than those that they would be given if nobody knew any. */
static void put_marks(struct machine *m, uint32_t anna, uint32_t ben)
{
	char *error = NULL;
	struct ledger *l = NULL;

	assert_int_equal(ledger_open(m->dir, NULL, NULL, NULL, &l, &error), 0);
	assert_int_equal(ledger_put_mark(l, "anna", anna), 0);
	assert_int_equal(ledger_put_mark(l, "ben", ben), 0);
	assert_int_equal(ledger_sync(l), 0);
	ledger_close(l);
}

#define SHARE "[share]\nbroker = mqtts://broker.example\n"

/* Twenty seconds on another device, a hundred seconds ago. */
static int hear(struct machine *m)
{
	const struct interval i = { m->now.wall_usec - 100 * SEC, m->now.wall_usec - 80 * SEC };
	struct share_claim claim = { .key = { "phone", "anna", "alpha", 0 }, .items = &i, .n = 1 };
	const char *doubt = NULL;

	assert_int_equal(manager_parse_day(m->manager, "", &claim.key.day), 0);
	return manager_share_hear(m->manager, &claim, m->now, &doubt);
}

static void test_a_start_forgets_nothing(void **state)
{
	const uint32_t anna = 7, ben = 1;
	struct machine *m = *state;
	unsigned began = 0, n = 1;
	bool met = true;

	put_marks(m, anna, ben);
	machine(state, SHARE "[site alpha]\nlimit = 1h per day\n");
	assert_int_equal(gate_fake_mark(&m->kernel, ANNA_UID), anna);
	scroll_for(m, ANNA_UID, ALPHA, 20);
	assert_true(hear(m) >= 0);
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	for (; met; n += STRIDE) {
		if (starts(m, n, &met)) {
			began++;
			assert_int_equal(used(m, "anna", "alpha"), 40);
			assert_int_equal(used(m, "ben", "alpha"), 0);
			assert_int_equal(gate_fake_mark(&m->kernel, ANNA_UID), anna);
			assert_int_equal(gate_fake_mark(&m->kernel, BEN_UID), ben);
			manager_stop(m->manager, m->now);
		}
		m->manager = manager_free(m->manager);
	}
	/* the last one had all that it wanted */
	assert_true(began > 1 && n > 100 * STRIDE);
}

static __thread unsigned until_calloc;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	return until_calloc > 0 && --until_calloc == 0 ? NULL : __real_calloc(n, size);
}

/* Calls it while its n-th allocation fails, once. Returns whether there was one. */
static bool fail_at(unsigned n, void (*what_fails)(struct machine *m), struct machine *m)
{
	bool met;

	until_calloc = n;
	what_fails(m);
	met = until_calloc == 0;
	until_calloc = 0;
	return met;
}

static int add_usage(const struct ledger_usage *u, void *userdata)
{
	((uint64_t *)userdata)[0] += u->used_usec;
	return 0;
}

static int add_span(const struct ledger_span *s, void *userdata)
{
	((uint64_t *)userdata)[1] += s->used_usec;
	return 0;
}

/* The days' sums and the stretches are of one mind. */
static void assert_agreed(const struct machine *m, uint64_t used_sec)
{
	const struct ledger_reader reader = { .usage = add_usage, .span = add_span };
	uint64_t sums[2] = { 0 };
	char *error = NULL;
	struct ledger *l = NULL;

	assert_int_equal(ledger_open(m->dir, NULL, NULL, NULL, &l, &error), 0);
	assert_int_equal(ledger_read(l, &reader, 0, "boot-1", sums), 0);
	ledger_close(l);
	assert_int_equal(sums[0] / SEC, used_sec);
	assert_int_equal(sums[1], sums[0]);
}

/* what_fails() is called while one allocation fails, the n-th of it in the n-th round. */
static void fail_in(void **state, void (*what_fails)(struct machine *m))
{
	struct machine *m = machine(state, "");
	int64_t before = 0;
	bool met = true;
	unsigned n;

	for (n = 1; met; n++) {
		scroll_for(m, ANNA_UID, ALPHA, 5);
		met = fail_at(n, what_fails, m);
		assert_true(used(m, "anna", "alpha") >= before + 5);
		before = used(m, "anna", "alpha");
		if (n % 3 == 0)
			restart(m);
		assert_int_equal(used(m, "anna", "alpha"), before);
	}
	assert_true(n > 5);
	manager_stop(m->manager, m->now);
	assert_agreed(m, (uint64_t)before);
}

static void reload_without_memory(struct machine *m)
{
	char *error = NULL;

	(void)manager_reload(m->manager, m->now, &error);
	free(error);
}

static void test_a_reload_forgets_nothing(void **state)
{
	fail_in(state, reload_without_memory);
}

static void test_a_reload_forgets_no_other_device(void **state)
{
	struct machine *m = machine(state, SHARE);
	bool met = true;
	unsigned n;

	assert_int_equal(hear(m), 1);
	tick(m);
	assert_int_equal(used(m, "anna", "alpha"), 20);
	for (n = 1; met; n++) {
		met = fail_at(n, reload_without_memory, m);
		assert_int_equal(used(m, "anna", "alpha"), 20);
	}
	assert_true(n > 5);
}

static void write_without_memory(struct machine *m)
{
	rest(m, 60 * SEC);
}

/* What can't be queued while what_fails() is called is written later. */
static void fail_to_write(struct machine *m, void (*what_fails)(struct machine *m))
{
	bool met = true;
	unsigned n;

	for (n = 1; met; n++) {
		pass(m, 20 * SEC); /* another twenty seconds each time */
		machine((void **)&m, SHARE);
		assert_int_equal(hear(m), 1);
		met = fail_at(n, what_fails, m);
		rest(m, 60 * SEC);
		m->manager = manager_free(m->manager); /* a crash */
		start(m);
		assert_int_equal(used(m, "anna", "alpha"), 20 * n);
		m->manager = manager_free(m->manager);
	}
	assert_true(n > 5);
}

static void write_soon(struct machine *m)
{
	rest(m, 11 * SEC);
}

static void test_a_write_forgets_no_other_device(void **state)
{
	fail_to_write(*state, write_soon);
}

static void test_a_reload_writes_what_others_said(void **state)
{
	fail_to_write(*state, reload_without_memory);
}

static void test_a_write_forgets_nothing(void **state)
{
	fail_in(state, write_without_memory);
}

/* Days begin at four; what is used before belongs to the one before. */
static void test_a_turn_of_day_forgets_nothing(void **state)
{
	struct machine *m = *state;
	bool met = true;
	unsigned n;

	m->now.wall_usec = wall(11, 25, 3, 59) + 50 * SEC;
	machine(state, "");
	for (n = 1; met; n++) {
		scroll_for(m, ANNA_UID, ALPHA, 4);
		pass(m, 5 * SEC);
		tick(m);
		pass(m, 2 * SEC);
		met = fail_at(n, tick, m);
		pass(m, SEC);
		tick(m);
		assert_int_equal(used(m, "anna", "alpha"), 0);
		pass(m, 24 * 3600 * SEC - 12 * SEC);
		restart(m);
	}
	assert_true(n > 5);
	manager_stop(m->manager, m->now);
	assert_agreed(m, (n - 1) * (4 + 2)); /* the tail of a burst */
}

static int count_view(const struct pass_view *view, void *userdata)
{
	++*(unsigned *)userdata;
	return 0;
}

static unsigned n_live(const struct machine *m)
{
	unsigned n = 0;

	assert_int_equal(manager_list_passes(m->manager, NULL, m->now, count_view, &n), 0);
	return n;
}

static void focus(struct machine *m)
{
	const struct pass_request q = { .person = (size_t)manager_find_person(m->manager, "anna"),
		.kind = PASS_FOCUS,
		.span_sec = 3600,
		.reason = "",
		.now = m->now };
	struct pass_view view;
	char *error = NULL;

	assert_int_equal(manager_declare(m->manager, &q, &view, &error), 0);
}

static void end_focus(struct machine *m)
{
	const struct cancel_request q = { .person = (size_t)manager_find_person(m->manager, "anna"),
		.what = "focus",
		.admin = true,
		.now = m->now };
	unsigned n = 0;

	assert_int_equal(manager_cancel(m->manager, &q, count_view, &n), 0);
	assert_int_equal(n, 1);
}

static void test_what_was_ended_stays_so(void **state)
{
	struct machine *m = machine(state, "");
	bool met = true;
	unsigned n;

	for (n = 1; met; n++) {
		focus(m);
		met = fail_at(n, end_focus, m);
		restart(m);
		assert_int_equal(n_live(m), 0);
	}
	assert_true(n > 2);
}

#define STRICT "[commitment]\nloosen-after = 1h\n[site alpha]\nlimit = 5s per day\n"

static int64_t limit(const struct machine *m)
{
	const struct config *c = manager_config(m->manager);

	return config_rules(c, "anna", false, ALPHA).limit_sec[LIMIT_DAY];
}

static void loosen_what_is_due(struct machine *m)
{
	manager_commitment_due(m->manager, m->now);
}

/* Nor does who is committed get loose by it: over the next start the file alone opens nothing. And
 * what is due comes true the next time. */
static void test_a_commitment_is_not_forgotten(void **state)
{
	struct machine *m = machine(state, "");
	bool met = true;
	unsigned n;

	for (n = 1; met; n++) {
		write_config(m, STRICT);
		met = fail_at(n, reload_without_memory, m);
		if (limit(m) != 5)
			reload(m, STRICT);
		write_config(m, "");
		restart(m);
		assert_int_equal(limit(m), 5);
		pass(m, 3600 * SEC);
		tick(m);
		(void)fail_at(n, loosen_what_is_due, m);
		loosen_what_is_due(m);
		assert_int_equal(limit(m), LIMIT_NONE);
	}
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_commitment_is_not_forgotten),
		IN_A_MACHINE(test_a_reload_forgets_nothing),
		IN_A_MACHINE(test_a_reload_forgets_no_other_device),
		IN_A_MACHINE(test_a_write_forgets_no_other_device),
		IN_A_MACHINE(test_a_reload_writes_what_others_said),
		IN_A_MACHINE(test_a_write_forgets_nothing),
		IN_A_MACHINE(test_a_turn_of_day_forgets_nothing),
		IN_A_MACHINE(test_what_was_ended_stays_so),
		IN_A_MACHINE(test_a_start_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, install, NULL);
}
