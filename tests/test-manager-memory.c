/* A start while SQLite has no memory, once, at each of the moments at which it asks for some: it is
 * no start, or nobody's time is forgotten and nobody gets another's mark. */
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
#include "manager.h"

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

static void test_a_start_forgets_nothing(void **state)
{
	const uint32_t anna = 7, ben = 1;
	struct machine *m = *state;
	unsigned began = 0, n = 1;
	bool met = true;

	put_marks(m, anna, ben);
	machine(state, "[site alpha]\nlimit = 1h per day\n");
	assert_int_equal(gate_fake_mark(&m->kernel, ANNA_UID), anna);
	scroll_for(m, ANNA_UID, ALPHA, 20);
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	for (; met; n += STRIDE) {
		if (starts(m, n, &met)) {
			began++;
			assert_int_equal(used(m, "anna", "alpha"), 20);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_start_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, install, NULL);
}
