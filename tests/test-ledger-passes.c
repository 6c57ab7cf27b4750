/* What people declared, to the disk and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "system/ledger-passes.h"

#define DAY 20000

struct folder {
	char dir[64];
	struct ledger *ledger;
};

static struct ledger *open_ledger(const struct folder *f)
{
	_cleanup_free_ char *error = NULL;
	struct ledger *l = NULL;

	if (ledger_open(f->dir, NULL, NULL, NULL, &l, &error) < 0)
		fail_msg("%s", error ? error : "?");
	return l;
}

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->ledger = open_ledger(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;
	char command[128];

	ledger_close(f->ledger);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static const struct instant at = { .boot_usec = 77, .wall_usec = 88 };

static void put(struct folder *f, int64_t id, enum pass_state state, int32_t day)
{
	const struct pass pass = { .id = id,
		.kind = PASS_OPEN,
		.state = state,
		.person = (char *)"anna",
		.target = (char *)"alpha",
		.reason = (char *)"Ännchen; 'x'",
		.day = day,
		.span_sec = 600,
		.start_usec = 5,
		.end_usec = 6 };

	assert_int_equal(ledger_put_pass(f->ledger, &pass, "boot-1", at), 0);
}

struct found {
	int64_t ids[8];
	size_t n;
	enum pass_state last;
};

static int on_row(const struct ledger_pass *row, void *userdata)
{
	struct found *found = userdata;

	assert_string_equal(row->pass.person, "anna");
	assert_string_equal(row->pass.target, "alpha");
	assert_string_equal(row->pass.reason, "Ännchen; 'x'");
	assert_string_equal(row->boot_id, "boot-1");
	assert_int_equal(row->pass.kind, PASS_OPEN);
	assert_int_equal(row->pass.span_sec, 600);
	assert_int_equal(row->pass.start_usec, 5);
	assert_int_equal(row->pass.end_usec, 6);
	assert_int_equal(row->at.boot_usec, at.boot_usec);
	assert_int_equal(row->at.wall_usec, at.wall_usec);
	assert_true(found->n < ELEMENTSOF(found->ids));
	found->ids[found->n++] = row->pass.id;
	found->last = row->pass.state;
	return 0;
}

static struct found read_since(struct folder *f, int32_t day)
{
	struct found found = { 0 };

	assert_int_equal(ledger_sync(f->ledger), 0);
	assert_int_equal(ledger_read_passes(f->ledger, day, on_row, &found), 0);
	return found;
}

static void test_what_counts_or_lives_comes_back(void **state)
{
	struct folder *f = *state;
	struct found found;

	put(f, 1, PASS_OVER, DAY - 9);
	put(f, 2, PASS_RUNNING, DAY - 9);
	put(f, 3, PASS_ASKED, DAY - 9);
	put(f, 4, PASS_CANCELLED, DAY);
	put(f, 5, PASS_OVER, DAY - 9); /* the last one says which ids are taken */
	found = read_since(f, DAY);
	assert_int_equal(found.n, 4);
	for (int64_t i = 0; i < 4; i++)
		assert_int_equal(found.ids[i], i + 2);
	found = read_since(f, DAY - 9);
	assert_int_equal(found.n, 5);
}

static void test_a_row_is_rewritten(void **state)
{
	struct folder *f = *state;
	struct found found;

	put(f, 1, PASS_WAITING, DAY);
	put(f, 1, PASS_RUNNING, DAY);
	f->ledger = ledger_close(f->ledger);
	f->ledger = open_ledger(f);
	found = read_since(f, DAY);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.last, PASS_RUNNING);
}

static void test_an_unknown_state_is_told(void **state)
{
	struct folder *f = *state;
	struct found found = { 0 };

	put(f, 1, PASS_STATES, DAY);
	assert_int_equal(ledger_sync(f->ledger), 0);
	assert_int_equal(ledger_read_passes(f->ledger, DAY, on_row, &found), -EBADMSG);
}

/* Nobody wrote these, and what is reckoned with them would overflow. */
static void test_numbers_that_are_none_are_told(void **state)
{
	static const struct {
		int64_t id, span_sec;
	} bad[] = { { INT64_MAX, 600 }, { -1, 600 }, { 1, -1 }, { 1, INT64_MAX },
		{ 1, FOCUS_SEC_MAX + 1 } };
	struct folder *f = *state;

	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		const struct pass pass = { .id = bad[i].id,
			.person = (char *)"anna",
			.target = (char *)"",
			.reason = (char *)"",
			.day = DAY,
			.span_sec = bad[i].span_sec };
		struct found found = { 0 };

		assert_int_equal(ledger_put_pass(f->ledger, &pass, "boot-1", at), 0);
		assert_int_equal(ledger_sync(f->ledger), 0);
		assert_int_equal(ledger_read_passes(f->ledger, DAY, on_row, &found), -EBADMSG);
		put(f, bad[i].id, PASS_OVER, DAY - 1);
	}
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(test_what_counts_or_lives_comes_back),
		IN_A_FOLDER(test_a_row_is_rewritten),
		IN_A_FOLDER(test_an_unknown_state_is_told),
		IN_A_FOLDER(test_numbers_that_are_none_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
