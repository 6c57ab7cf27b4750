/* The sums of reports, held against what they are sums of, in a real file. */
#include "system/ledger-report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"

#define DAY  20780 /* 2026-11-23, a Monday */
#define WEEK DAY
#define SEC  USEC_PER_SEC

struct folder {
	char dir[64], file[96];
	struct ledger *ledger;
};

static struct ledger *open_it(const struct folder *f)
{
	struct ledger *l = NULL;
	char *error = NULL;

	assert_int_equal(ledger_open(f->dir, NULL, NULL, NULL, &l, &error), 0);
	return l;
}

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/focusd-test-XXXXXX");
	*state = f;
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->file, sizeof(f->file), "%s/" LEDGER_FILE, f->dir);
	f->ledger = open_it(f);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "", "-wal", "-shm" };
	struct folder *f = *state;
	char path[128];

	ledger_close(f->ledger);
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		snprintf(path, sizeof(path), "%s%s", f->file, names[i]);
		unlink(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

/* By the clock of the zone. */
static usec_t at(int day, int hour, int min)
{
	struct tm tm = {
		.tm_year = 70, .tm_mday = 1 + day, .tm_hour = hour, .tm_min = min, .tm_isdst = -1
	};

	return (usec_t)mktime(&tm) * SEC;
}

static struct ledger_span span_of(usec_t start_usec, unsigned minutes, bool opens)
{
	return (struct ledger_span){
		.person = "anna",
		.site = "x",
		.day = DAY,
		.start_usec = start_usec,
		.end_usec = start_usec + minutes * 60 * SEC,
		.used_usec = minutes * 60 * SEC,
		.down_bytes = minutes * 1000,
		.up_bytes = minutes,
		.opens = opens,
	};
}

static void put(struct ledger *l, const struct ledger_span *spans, size_t n, unsigned minutes)
{
	const struct ledger_usage usage = {
		.person = "anna", .target = "x", .day = DAY, .used_usec = minutes * 60 * SEC
	};
	const struct ledger_state state = {
		.boot_id = "b",
		.day = DAY,
		.usage = &usage,
		.n_usage = 1,
		.spans = spans,
		.n_spans = n,
	};

	assert_int_equal(ledger_put_state(l, &state), 0);
	assert_int_equal(ledger_sync(l), 0);
}

struct found {
	struct ledger_day day; /* its strings are gone */
	size_t n_days, n_weeks;
	uint64_t hours_usec[24], week_usec;
	int32_t week;
};

static int find_day(const struct ledger_day *day, void *userdata)
{
	struct found *f = userdata;

	f->day = *day;
	f->n_days++;
	return 0;
}

static int find_hour(unsigned weekday, unsigned hour, uint64_t used_usec, void *userdata)
{
	assert_int_equal(weekday, 0);
	((struct found *)userdata)->hours_usec[hour] += used_usec;
	return 0;
}

static int find_week(int32_t week, const char *person, uint64_t used_usec, void *userdata)
{
	struct found *f = userdata;

	f->week = week;
	f->week_usec = used_usec;
	f->n_weeks++;
	return 0;
}

static struct found find(struct ledger *l, const char *person)
{
	const struct ledger_report_query query = { person, DAY - 7, DAY + 7 };
	struct found f = { 0 };

	assert_int_equal(ledger_read_days(l, &query, find_day, &f), 0);
	assert_int_equal(ledger_read_hours(l, &query, find_hour, &f), 0);
	assert_int_equal(ledger_read_weeks(l, person, find_week, &f), 0);
	return f;
}

/* One sitting of 40 and 20 minutes over three hours of the clock, and one of 30. */
static void put_day(struct ledger *l)
{
	struct ledger_span spans[] = {
		span_of(at(DAY, 19, 50), 10, true),
		span_of(at(DAY, 20, 45), 20, false),
		span_of(at(DAY, 22, 0), 30, true),
	};

	put(l, spans, 1, 10);
	spans[0] = span_of(at(DAY, 19, 50), 40, true); /* it grows */
	put(l, spans, 1, 40);
	put(l, spans, 3, 90);
}

static void expect_day(const struct found *f)
{
	assert_int_equal(f->n_days, 1);
	assert_int_equal(f->day.day, DAY);
	assert_int_equal(f->day.used_usec, 90 * 60 * SEC);
	assert_int_equal(f->day.longest_usec, 60 * 60 * SEC);
	assert_int_equal(f->day.opens, 2);
	assert_int_equal(f->day.down_bytes, 90000);
	assert_int_equal(f->day.up_bytes, 90);
	assert_int_equal(f->hours_usec[19], 10 * 60 * SEC);
	assert_int_equal(f->hours_usec[20], 45 * 60 * SEC);
	assert_int_equal(f->hours_usec[21], 5 * 60 * SEC);
	assert_int_equal(f->hours_usec[22], 30 * 60 * SEC);
	assert_int_equal(f->n_weeks, 1);
	assert_int_equal(f->week, WEEK);
	assert_int_equal(f->week_usec, 90 * 60 * SEC);
}

static void test_sums_follow_what_grows(void **state)
{
	struct folder *folder = *state;
	struct found f;

	put_day(folder->ledger);
	f = find(folder->ledger, NULL);
	expect_day(&f);
	f = find(folder->ledger, "anna");
	expect_day(&f);
	assert_int_equal(find(folder->ledger, "ben").n_days, 0);
	assert_int_equal(find(folder->ledger, "ben").n_weeks, 0);
}

static void run_sql(const struct folder *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* Zones with half hours split at their own. */
static void test_hours_are_the_zones(void **state)
{
	struct folder *folder = *state;
	struct ledger_span span;
	struct found f;

	setenv("TZ", "Asia/Kathmandu", 1);
	tzset();
	span = span_of(at(DAY, 8, 30), 60, true);
	put(folder->ledger, &span, 1, 60);
	f = find(folder->ledger, NULL);
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	assert_int_equal(f.hours_usec[8], 30 * 60 * SEC);
	assert_int_equal(f.hours_usec[9], 30 * 60 * SEC);
}

#define WEEKS 60

static void expect_mondays(struct folder *f, int first_week, int last_week, int n)
{
	const struct ledger_report_query query = { NULL, DAY + 7 * first_week - 3,
		DAY + 7 * last_week + 3 };
	struct found found = { 0 };

	assert_int_equal(ledger_read_hours(f->ledger, &query, find_hour, &found), 0);
	assert_int_equal(found.hours_usec[9], n * 10 * 60 * SEC);
	assert_int_equal(found.hours_usec[8] + found.hours_usec[10], 0);
}

/* Wherever the range begins and ends: among days, or among what is summed by seasons. */
static void test_hours_of_a_long_time(void **state)
{
	struct folder *folder = *state;
	struct ledger_span spans[WEEKS];

	for (int week = 0; week < WEEKS; week++) {
		spans[week] = span_of(at(DAY + 7 * week, 9, 20), 10, true);
		spans[week].day = DAY + 7 * week;
	}
	put(folder->ledger, spans, WEEKS, 10);
	for (int first = 0; first < WEEKS; first += 7)
		for (int last = first; last < WEEKS; last += 5)
			expect_mondays(folder, first, last, last - first + 1);
	expect_mondays(folder, -100, 200, WEEKS);
	run_sql(folder, "DELETE FROM span WHERE (day / 7) % 2");
	expect_mondays(folder, 0, WEEKS - 1, WEEKS / 2);
	expect_mondays(folder, 10, 49, 20);
	run_sql(folder, "DELETE FROM span");
	expect_mondays(folder, -100, 200, 0);
}

/* What is deleted is in no sum, and leaves no empty rows. */
static void test_sums_follow_what_goes(void **state)
{
	struct folder *folder = *state;
	struct found f;

	put_day(folder->ledger);
	run_sql(folder, "DELETE FROM span WHERE opens = 0");
	f = find(folder->ledger, NULL);
	assert_int_equal(f.day.longest_usec, 40 * 60 * SEC);
	assert_int_equal(f.hours_usec[20], 30 * 60 * SEC);
	run_sql(folder, "DELETE FROM span; DELETE FROM usage");
	f = find(folder->ledger, NULL);
	assert_int_equal(f.n_days, 0);
	assert_int_equal(f.n_weeks, 0);
	for (int h = 0; h < 24; h++)
		assert_int_equal(f.hours_usec[h], 0);
}

/* Stretches of an older ledger are summed when it grows; no new one comes twice. */
static void test_an_older_ledger_is_summed(void **state)
{
	struct folder *folder = *state;
	struct found f;

	put_day(folder->ledger);
	folder->ledger = ledger_close(folder->ledger);
	run_sql(folder, "DROP TRIGGER usage_insert; DROP TRIGGER usage_update;"
			"DROP TRIGGER usage_delete; DROP TRIGGER span_insert_before;"
			"DROP TRIGGER span_insert; DROP TRIGGER span_update_before;"
			"DROP TRIGGER span_update; DROP TRIGGER span_delete_before;"
			"DROP TRIGGER span_delete; DROP VIEW span_hour; DROP TABLE quarter;"
			"DROP TABLE daily; DROP TABLE hourly; DROP TABLE weekly;"
			"DROP TABLE heat; DROP TABLE forget; DROP INDEX event_declared;"
			"DROP TABLE household; ALTER TABLE usage DROP COLUMN elsewhere_usec;"
			"DROP TABLE told_pass; ALTER TABLE pass DROP COLUMN wall_usec;"
			"PRAGMA user_version = 6");
	folder->ledger = open_it(folder);
	f = find(folder->ledger, NULL);
	expect_day(&f);
	put_day(folder->ledger);
	f = find(folder->ledger, NULL);
	expect_day(&f);
}

static void test_a_stretch_is_found_by_its_key(void **state)
{
	struct folder *folder = *state;
	struct ledger_span key = span_of(at(DAY, 19, 50), 0, false), found;

	put_day(folder->ledger);
	assert_int_equal(ledger_read_span(folder->ledger, &key, &found), 0);
	assert_int_equal(found.used_usec, 40 * 60 * SEC);
	assert_true(found.opens);
	key.start_usec++;
	assert_int_equal(ledger_read_span(folder->ledger, &key, &found), -ENOENT);
}

static int hear(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	strcat(userdata, text);
	strcat(userdata, " ");
	return 0;
}

static void expect_declared(
	struct folder *f, const struct ledger_declared_query *query, const char *texts)
{
	char heard[128] = "";

	assert_int_equal(ledger_read_declared(f->ledger, query, hear, heard), 0);
	assert_string_equal(heard, texts);
}

static void test_what_was_declared(void **state)
{
	struct folder *f = *state;

	assert_int_equal(ledger_put_event(f->ledger, 10, "pass", "anna", "x", "1"), 0);
	assert_int_equal(ledger_put_event(f->ledger, 20, "blocked", "anna", "x", "2"), 0);
	assert_int_equal(ledger_put_event(f->ledger, 40, "focus", "ben", "", "4"), 0);
	assert_int_equal(ledger_put_event(f->ledger, 30, "opening", "anna", "x", "3"), 0);
	assert_int_equal(ledger_put_event(f->ledger, 50, "grant", "anna", "x", "5"), 0);
	assert_int_equal(ledger_put_event(f->ledger, 60, "pass-over", "anna", "x", "6"), 0);
	assert_int_equal(ledger_sync(f->ledger), 0);
	expect_declared(f, &(struct ledger_declared_query){ NULL, 0, 100, 9 }, "1 3 4 5 ");
	expect_declared(f, &(struct ledger_declared_query){ "ben", 0, 100, 9 }, "4 ");
	expect_declared(f, &(struct ledger_declared_query){ NULL, 10, 40, 9 }, "1 3 ");
	expect_declared(f, &(struct ledger_declared_query){ NULL, 0, 100, 2 }, "4 5 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sums_follow_what_grows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hours_are_the_zones, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hours_of_a_long_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sums_follow_what_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_was_declared, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_older_ledger_is_summed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_stretch_is_found_by_its_key, set_up, tear_down),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
