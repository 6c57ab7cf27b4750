/* A file that has nothing where its tables say that there is something: each column of each table
 * in turn. Whatever reads it gets words and numbers, never a null pointer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "system/ledger-held.h"
#include "system/ledger-household.h"
#include "system/ledger-passes.h"
#include "system/ledger-past.h"
#include "system/ledger-report.h"
#include "system/ledger.h"

#define BOOT        "boot-1"
#define DAY         20000
#define COLUMNS_MAX 32
#define TABLES_MAX  32
#define NAME_MAX_   64

struct folder {
	char dir[64], file[96];
};

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	/* a disk of memory: it is opened a hundred times */
	strcpy(f->dir, "/dev/shm/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/" LEDGER_FILE, f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static struct ledger *open_ledger(struct folder *f)
{
	_cleanup_free_ char *error = NULL;
	struct ledger *l = NULL;

	if (ledger_open(f->dir, NULL, NULL, NULL, &l, &error) < 0)
		fail_msg("%s", error ? error : "?");
	return l;
}

static void put_state(struct ledger *l)
{
	const struct ledger_usage usage = {
		.person = "anna", .target = "alpha", .day = DAY, .used_usec = 60 * USEC_PER_SEC
	};
	const struct ledger_span span = { .person = "anna",
		.site = "alpha",
		.day = DAY,
		.start_usec = DAY * SEC_PER_DAY * USEC_PER_SEC,
		.end_usec = (DAY * SEC_PER_DAY + 60) * USEC_PER_SEC,
		.used_usec = 60 * USEC_PER_SEC };
	const struct ledger_meter meter = { .person = "anna", .site = "alpha" };
	const struct ledger_try attempt = { .uid = 1001, .count = 3, .last_usec = 5 };
	struct ledger_counter counter = { .mark = 1, .down_bytes = 5 };
	const struct ledger_state state = { BOOT, 99, 9, DAY, &usage, 1, &span, 1, &meter, 1,
		&counter, 1, &attempt, 1 };

	assert_int_equal(address_parse("198.19.128.0", &counter.block), 0);
	assert_int_equal(ledger_put_state(l, &state), 0);
}

static void put_leases(struct ledger *l)
{
	char site[] = "alpha", host[] = "www.alpha.example";
	struct lease_block block = { .site = site };
	struct lease_name name = { .name = host, .family = AF_INET, .n_slots = 1 };

	assert_int_equal(address_parse("198.19.128.0", &block.base), 0);
	assert_int_equal(address_parse("198.19.128.1", &name.slots[0].lease), 0);
	assert_int_equal(address_parse("192.0.2.80", &name.slots[0].real), 0);
	assert_int_equal(ledger_put_block(l, &block), 0);
	assert_int_equal(ledger_put_name(l, &name), 0);
	assert_int_equal(ledger_put_alone(l, &name.slots[0].real, 7), 0);
	assert_int_equal(ledger_put_mark(l, "anna", 7), 0);
}

static void put_words(struct ledger *l)
{
	char person[] = "anna", target[] = "alpha", reason[] = "why not", text[] = "",
	     boot[] = BOOT;
	const struct pass pass = { .id = 1,
		.kind = PASS_PASS,
		.person = person,
		.target = target,
		.reason = reason,
		.day = DAY,
		.span_sec = 60 };
	const struct ledger_held held = { .config = text, .pending = text, .boot_id = boot };
	const struct interval stretch = { 1, 2 };
	const struct ledger_household row = {
		.key = { "phone", "anna", "alpha", DAY }, .items = &stretch, .n = 1
	};
	const struct detail detail = { .person = "anna",
		.site = "alpha",
		.day = DAY,
		.name = "www.alpha.example",
		.bytes = 5 };
	struct details *details = NULL;

	assert_int_equal(ledger_put_pass(l, &pass, BOOT, (struct instant){ 1, 2, 0 }), 0);
	assert_int_equal(ledger_put_event(l, 77, "pass", "anna", "alpha", "why not"), 0);
	assert_int_equal(ledger_put_held(l, &held), 0);
	assert_int_equal(ledger_put_household(l, &row, 1), 0);
	assert_int_equal(details_new(&details), 0);
	assert_int_equal(details_add(details, &detail), 0);
	assert_int_equal(ledger_put_details(l, details, DAY), 0);
	details_free(details);
}

/* How much was told; words that must be there are measured. */
static size_t told;

static int words(const char *a, const char *b, const char *c)
{
	told += 1 + strlen(a) + strlen(b) + strlen(c);
	return 0;
}

static int on_usage(const struct ledger_usage *u, void *userdata)
{
	return words(u->person, u->target, "");
}

static int on_meter(const struct ledger_meter *m, void *userdata)
{
	return words(m->person, m->site, "");
}

static int on_counter(const struct ledger_counter *c, void *userdata)
{
	return words("", "", "");
}

static int on_mark(const char *person, uint32_t mark, void *userdata)
{
	return words(person, "", "");
}

static int on_block(const struct lease_block *block, void *userdata)
{
	return words(block->site, "", "");
}

static int on_name(const struct lease_name *name, void *userdata)
{
	return words(name->name, "", "");
}

static int on_alone(const struct alone *alone, void *userdata)
{
	return words("", "", "");
}

static int on_span(const struct ledger_span *span, void *userdata)
{
	return words(span->person, span->site, "");
}

static int on_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	return words(kind, text, person && site ? person : "");
}

static int on_try(const struct ledger_try *t, void *userdata)
{
	return words("", "", "");
}

static int on_detail(const struct detail *d, void *userdata)
{
	return words(d->person, d->site, d->name);
}

static int on_pass(const struct ledger_pass *row, void *userdata)
{
	words(row->boot_id, "", "");
	return words(row->pass.person, row->pass.target, row->pass.reason);
}

static int on_household(const struct ledger_household *row, void *userdata)
{
	return words(row->key.device, row->key.person, row->key.site);
}

static int on_day(const struct ledger_day *day, void *userdata)
{
	return words(day->person, day->site, "");
}

static int on_week(int32_t week, const char *person, uint64_t used_usec, void *userdata)
{
	return words(person, "", "");
}

static int on_hour(unsigned weekday, unsigned hour, uint64_t used_usec, void *userdata)
{
	assert_true(weekday < 7 && hour < 24);
	return words("", "", "");
}

static const struct ledger_reader reader = {
	.usage = on_usage,
	.meter = on_meter,
	.counter = on_counter,
	.mark = on_mark,
	.block = on_block,
	.name = on_name,
	.alone = on_alone,
	.span = on_span,
	.event = on_event,
	.try = on_try,
};

/* Every question there is. A damaged row may be an error, and never more. */
static size_t read_all(struct folder *f, struct ledger *l)
{
	const struct ledger_event_query events = { .most = 1000 };
	const struct ledger_declared_query declared = { .until_usec = USEC_INFINITY >> 1,
		.most = 1000 };
	struct ledger_held held = { 0 };
	struct ledger_last last;
	int32_t day;

	told = 0;
	ledger_read_last(l, BOOT, &last);
	ledger_read(l, &reader, 0, BOOT, NULL);
	ledger_read_events(l, &events, on_event, NULL);
	ledger_read_declared(l, &declared, on_event, NULL);
	ledger_first_day(l, &day);
	ledger_was_stopped(l);
	for (int i = 0; i < 2; i++) {
		const struct ledger_day_query days = { .person = i ? "anna" : NULL,
			.last_day = INT32_MAX };
		const struct ledger_report_query report = { i ? "anna" : NULL, 0, INT32_MAX };

		ledger_read_spans(l, &days, on_span, NULL);
		ledger_read_details(l, &days, on_detail, NULL);
		ledger_read_days(l, &report, on_day, NULL);
		ledger_read_hours(l, &report, on_hour, NULL);
		ledger_read_weeks(l, i ? "anna" : NULL, on_week, NULL);
	}
	ledger_read_passes(l, 0, on_pass, NULL);
	ledger_read_household(l, 0, on_household, NULL);
	ledger_read_held(f->dir, &held);
	ledger_held_done(&held);
	return told;
}

static void run(sqlite3 *db, const char *format, const char *a, const char *b)
{
	char *sql = sqlite3_mprintf(format, a, b), *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	sqlite3_free(sql);
}

static size_t list(sqlite3 *db, const char *sql, char ret[][NAME_MAX_], size_t most)
{
	sqlite3_stmt *s;
	size_t n = 0;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		assert_true(n < most);
		snprintf(ret[n++], NAME_MAX_, "%s", (const char *)sqlite3_column_text(s, 0));
	}
	sqlite3_finalize(s);
	return n;
}

/* The same rows in a table that promises nothing; unique in its key, as the writer's statements
 * want it. */
static void loosen(sqlite3 *db, const char *table)
{
	char columns[COLUMNS_MAX][NAME_MAX_], key[256] = "", sql[128];
	size_t n;

	snprintf(sql, sizeof(sql), "SELECT name FROM pragma_table_info('%s') WHERE pk ORDER BY pk",
		table);
	n = list(db, sql, columns, COLUMNS_MAX);
	for (size_t i = 0; i < n; i++) {
		strcat(key, i ? ", " : "");
		strcat(key, columns[i]);
	}
	run(db, "CREATE TABLE loose AS SELECT * FROM %s; DROP TABLE %s", table, table);
	run(db, "ALTER TABLE loose RENAME TO %s", table, NULL);
	if (n > 0) {
		char *index = sqlite3_mprintf(
			"CREATE UNIQUE INDEX loose_%s ON %s (%s)", table, table, key);

		run(db, "%s", index, NULL);
		sqlite3_free(index);
	}
}

static void test_nothing_where_something_should_be(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_ledger(f);
	char tables[TABLES_MAX][NAME_MAX_], columns[COLUMNS_MAX][NAME_MAX_], sql[128];
	size_t n_tables, n_cases = 0, whole;
	sqlite3 *db;

	put_state(l);
	put_leases(l);
	put_words(l);
	assert_int_equal(ledger_sync(l), 0);
	whole = read_all(f, l);
	assert_true(whole > 100);
	ledger_close(l);
	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	/* views are of tables that are gone for a moment */
	run(db, "PRAGMA legacy_alter_table = ON", NULL, NULL);
	n_tables = list(db,
		"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
		tables, TABLES_MAX);
	assert_true(n_tables > 10);
	for (size_t t = 0; t < n_tables; t++) {
		size_t n;

		snprintf(sql, sizeof(sql), "SELECT name FROM pragma_table_info('%s')", tables[t]);
		n = list(db, sql, columns, COLUMNS_MAX);
		run(db, "CREATE TABLE kept_%s AS SELECT * FROM %s", tables[t], tables[t]);
		loosen(db, tables[t]);
		for (size_t c = 0; c < n; c++, n_cases++) {
			run(db, "UPDATE %s SET %s = NULL", tables[t], columns[c]);
			l = open_ledger(f);
			assert_true(read_all(f, l) <= whole);
			ledger_close(l);
			run(db, "DELETE FROM %s", tables[t], NULL);
			run(db, "INSERT INTO %s SELECT * FROM kept_%s", tables[t], tables[t]);
		}
	}
	sqlite3_close(db);
	print_message("%zu columns of %zu tables\n", n_cases, n_tables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_nothing_where_something_should_be, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
