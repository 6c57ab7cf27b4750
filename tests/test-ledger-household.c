/* What others said, on the disk and back; and what of a day was used elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/ledger-forget.h"
#include "system/ledger-household.h"
#include "system/ledger-report.h"

#define DAY 20000
#define SEC USEC_PER_SEC

static char folder[64];

static int set_up(void **state)
{
	strcpy(folder, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static struct ledger *open_ledger(void)
{
	struct ledger *l = NULL;
	char *error = NULL;

	if (ledger_open(folder, NULL, NULL, NULL, &l, &error) < 0)
		fail_msg("%s", error ? error : "?");
	return l;
}

struct found {
	unsigned rows, stretches;
	usec_t last_usec;
	int64_t ahead_usec;
};

static int count(const struct ledger_household *row, void *userdata)
{
	struct found *f = userdata;

	f->rows++;
	f->stretches += (unsigned)row->n;
	f->last_usec = row->n > 0 ? row->items[row->n - 1].to_usec : 0;
	f->ahead_usec = row->ahead_usec;
	assert_string_equal(row->key.device, "phone");
	assert_string_equal(row->key.person, "anna");
	return 0;
}

static struct found read_since(struct ledger *l, int32_t day)
{
	struct found f = { 0 };

	assert_int_equal(ledger_read_household(l, day, count, &f), 0);
	return f;
}

static void test_a_row_replaces_its_older_one(void **state)
{
	struct interval items[] = { { 1 * SEC, 2 * SEC }, { 5 * SEC, 6 * SEC } };
	struct ledger_household rows[] = {
		{ { "phone", "anna", "alpha", DAY }, 7, items, 1 },
		{ { "phone", "anna", "beta", DAY - 1 }, 7, items, 2 },
	};
	struct ledger *l = open_ledger();

	assert_int_equal(ledger_put_household(l, rows, 2), 0);
	rows[0].n = 2;
	rows[0].ahead_usec = -3;
	assert_int_equal(ledger_put_household(l, rows, 1), 0);
	ledger_close(l);
	l = open_ledger();
	assert_int_equal(read_since(l, DAY - 1).rows, 2);
	assert_int_equal(read_since(l, DAY).rows, 1);
	assert_int_equal(read_since(l, DAY).stretches, 2);
	assert_int_equal(read_since(l, DAY).last_usec, 6 * SEC);
	assert_int_equal(read_since(l, DAY).ahead_usec, -3);
	/* days that nothing counts any more are nobody's */
	assert_int_equal(ledger_tidy(l, NULL, &(struct ledger_bounds){ .counts_day = DAY }), 0);
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(read_since(l, DAY - 1).rows, 1);
	ledger_close(l);
}

static int take_day(const struct ledger_day *day, void *userdata)
{
	*(uint64_t *)userdata += day->used_usec;
	return 0;
}

static int take_usage(const struct ledger_usage *u, void *userdata)
{
	*(struct ledger_usage *)userdata = *u;
	return 0;
}

/* What was used here is told apart from what was elsewhere; a report shows the sum. */
static void test_elsewhere(void **state)
{
	const struct ledger_usage usage = { .person = "anna",
		.target = "alpha",
		.day = DAY,
		.used_usec = 10 * SEC,
		.elsewhere_usec = 32 * SEC };
	const struct ledger_state put = {
		.boot_id = "b", .day = DAY, .usage = &usage, .n_usage = 1
	};
	const struct ledger_report_query query = { NULL, DAY, DAY };
	struct ledger *l = open_ledger();
	struct ledger_usage found = { 0 };
	uint64_t reported = 0;

	assert_int_equal(ledger_put_state(l, &put), 0);
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(
		ledger_read(l, &(struct ledger_reader){ .usage = take_usage }, DAY, "b", &found),
		0);
	assert_int_equal(found.used_usec, 10 * SEC);
	assert_int_equal(found.elsewhere_usec, 32 * SEC);
	assert_int_equal(ledger_read_days(l, &query, take_day, &reported), 0);
	assert_int_equal(reported, 42 * SEC);
	ledger_close(l);
}

static int take_pass(const struct told_pass *pass, void *userdata)
{
	return told_passes_add(userdata, pass, 0);
}

static void test_passes_of_others(void **state)
{
	const struct told_pass phone = { .device = (char *)"phone",
		.person = (char *)"anna",
		.target = (char *)"alpha",
		.kind = PASS_OPEN,
		.day = DAY,
		.start_usec = 7,
		.end_usec = 9,
		.ahead_usec = -3,
		.here_usec = 10,
		.had_usec = 11 };
	struct told_pass old = phone, ended = phone;
	struct told_passes told = { 0 }, back = { 0 };
	struct ledger *l = open_ledger();

	old.start_usec = 6;
	old.day = DAY - 3;
	ended.end_usec = 8;
	assert_int_equal(told_passes_add(&told, &phone, 0), 1);
	assert_int_equal(told_passes_add(&told, &old, 0), 1);
	assert_int_equal(ledger_put_told_passes(l, &told), 0);
	told_passes_clean(&told);
	assert_int_equal(told_passes_add(&told, &ended, 0), 1);
	assert_int_equal(ledger_put_told_passes(l, &told), 0);
	assert_int_equal(ledger_tidy(l, NULL, &(struct ledger_bounds){ .counts_day = DAY - 1 }), 0);
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(ledger_read_told_passes(l, 0, take_pass, &back), 0);
	assert_int_equal(back.n, 1);
	assert_string_equal(back.items[0].device, "phone");
	assert_string_equal(back.items[0].target, "alpha");
	assert_int_equal(back.items[0].kind, PASS_OPEN);
	assert_int_equal(back.items[0].start_usec, 7);
	assert_int_equal(back.items[0].end_usec, 8);
	assert_int_equal(back.items[0].ahead_usec, -3);
	assert_int_equal(back.items[0].here_usec, 10);
	told_passes_done(&told);
	told_passes_done(&back);
	ledger_close(l);
}

/* What nobody can have told is a damaged row, and passed over. */
static void test_damaged_passes_of_others(void **state)
{
	struct told_pass items[] = { { .end_usec = INT64_MAX },
		{ .end_usec = 9, .here_usec = INT64_MAX }, { .end_usec = 9, .had_usec = INT64_MAX },
		{ .end_usec = 9, .ahead_usec = INT64_MIN },
		{ .end_usec = 9, .ahead_usec = INT64_MAX }, { .end_usec = 9 } };
	struct told_passes told = { items, ELEMENTSOF(items) }, back = { 0 };
	struct ledger *l = open_ledger();

	for (size_t i = 0; i < told.n; i++) {
		items[i].device = items[i].person = items[i].target = (char *)"x";
		items[i].start_usec = i;
		items[i].dirty = true;
	}
	assert_int_equal(ledger_put_told_passes(l, &told), 0);
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(ledger_read_told_passes(l, 0, take_pass, &back), 0);
	assert_int_equal(back.n, 1);
	assert_int_equal(back.items[0].start_usec, told.n - 1);
	told_passes_done(&back);
	ledger_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_row_replaces_its_older_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_elsewhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged_passes_of_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_passes_of_others, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
