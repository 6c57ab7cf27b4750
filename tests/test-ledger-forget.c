/* Taking the past away, from a real file: what goes, what waits, and that nothing of it is left. */
#include "system/ledger-forget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "core/calendar.h"
#include "file-text.h"
#include "system/ledger-passes.h"
#include "system/ledger-past.h"

#define DAY_USEC (SEC_PER_DAY * USEC_PER_SEC)

struct folder {
	char dir[64], path[96];
};

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/focusd-test-XXXXXX");
	*state = f;
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/" LEDGER_FILE, f->dir);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "", "-wal", "-shm" };
	struct folder *f = *state;
	char path[128];

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		snprintf(path, sizeof(path), "%s%s", f->path, names[i]);
		unlink(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

static struct ledger *open_it(struct folder *f)
{
	struct ledger *l = NULL;
	char *error = NULL;

	assert_int_equal(ledger_open(f->dir, NULL, NULL, NULL, &l, &error), 0);
	return l;
}

/* A day's worth: a stretch, its sum, a host, an event. Day n begins at n * DAY_USEC here. */
static void use(struct ledger *l, const char *person, const char *site, int32_t day)
{
	const struct ledger_usage usage = {
		.person = person, .target = site, .day = day, .used_usec = 60
	};
	const usec_t start = (usec_t)day * DAY_USEC + 1000;
	const struct ledger_span span = { person, site, day, start, start + 60, 60, 1, 1, true };
	const struct ledger_state s = { .boot_id = "boot",
		.now_wall_usec = start,
		.day = day,
		.usage = &usage,
		.n_usage = 1,
		.spans = &span,
		.n_spans = 1 };
	struct detail d = {
		.person = person, .site = site, .day = day, .kind = DETAIL_HOST, .bytes = 9
	};
	struct details *details = NULL;

	d.name = "secret-host.example";
	assert_int_equal(details_new(&details), 0);
	assert_int_equal(details_add(details, &d), 0);
	assert_int_equal(ledger_put_state(l, &s), 0);
	assert_int_equal(ledger_put_details(l, details, day), 0);
	assert_int_equal(ledger_put_event(l, start, "blocked", person, site, "secret-reason"), 0);
	details_free(details);
}

static const char *const tables[] = { "span", "usage", "detail", "event" };

/* How many rows a condition finds, of all tables together. */
static int rows(struct folder *f, const char *where)
{
	sqlite3 *db = NULL;
	int n = 0;

	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	for (size_t i = 0; i < ELEMENTSOF(tables); i++) {
		char sql[200];
		sqlite3_stmt *s = NULL;

		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE %s", tables[i], where);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(s), SQLITE_ROW);
		n += sqlite3_column_int(s, 0);
		sqlite3_finalize(s);
	}
	sqlite3_close_v2(db);
	return n;
}

static int pragma(struct folder *f, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	int n;

	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close_v2(db);
	return n;
}

static struct ledger_forget wish(const char *person, const char *site, int32_t first, int32_t last)
{
	return (struct ledger_forget){ person, site, first, last, (usec_t)first * DAY_USEC,
		(usec_t)(last + 1) * DAY_USEC };
}

static struct ledger_bounds bounds(int32_t counts_day, int32_t keep_day)
{
	return (struct ledger_bounds){ counts_day, keep_day, (usec_t)counts_day * DAY_USEC,
		(usec_t)keep_day * DAY_USEC };
}

static void forget(struct ledger *l, struct ledger_forget w, struct ledger_bounds b)
{
	assert_int_equal(ledger_tidy(l, &w, &b), 0);
	assert_int_equal(ledger_sync(l), 0);
}

static void fill(struct ledger *l)
{
	for (int32_t day = 101; day <= 110; day++) {
		use(l, "anna", "x", day);
		use(l, "anna", "y", day);
		use(l, "ben", "x", day);
	}
	assert_int_equal(ledger_sync(l), 0);
}

static void test_a_site_and_some_days(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_it(f);

	fill(l);
	assert_int_equal(rows(f, "1"), 120);
	forget(l, wish("anna", "x", 103, 104), bounds(108, 0));
	assert_int_equal(rows(f, "1"), 112);
	assert_int_equal(rows(f, "person = 'ben'"), 40);
	ledger_close(l);
}

static void test_all_of_a_person(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_it(f);

	fill(l);
	forget(l, wish("anna", NULL, 0, 107), bounds(108, 0));
	assert_int_equal(rows(f, "person = 'anna'"), 24); /* three days, two sites */
	assert_int_equal(rows(f, "person = 'ben'"), 40);
	assert_int_equal(ledger_knows(l, "anna", "x"), 1);
	assert_int_equal(ledger_knows(l, "anna", "z"), 0);
	assert_int_equal(ledger_knows(l, "carl", NULL), 0);
	ledger_close(l);
}

/* Used time never falls while it counts: the wish waits, survives a restart, and is done then. */
static void test_what_counts_waits(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_it(f);
	const struct ledger_bounds later = bounds(115, 0);

	fill(l);
	forget(l, wish("anna", NULL, 0, 109), bounds(108, 0));
	assert_int_equal(rows(f, "person = 'anna'"), 24);
	ledger_close(l);
	l = open_it(f);
	use(l, "anna", "x", 111); /* after the wish: it is not meant */
	assert_int_equal(ledger_tidy(l, NULL, &later), 0);
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(rows(f, "person = 'anna'"), 12); /* days 110 and 111 */
	/* and it is done once: what comes in for these days later stays */
	use(l, "anna", "x", 109);
	assert_int_equal(ledger_tidy(l, NULL, &later), 0);
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(rows(f, "person = 'anna'"), 16);
	ledger_close(l);
}

static void test_only_so_much_is_kept(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_it(f);
	const struct ledger_bounds b = bounds(108, 105);
	int32_t day;

	fill(l);
	assert_int_equal(ledger_last_day(l, 110, &day), 0);
	assert_int_equal(day, 109);
	assert_int_equal(ledger_last_day(l, 101, &day), -ENOENT);
	assert_int_equal(ledger_tidy(l, NULL, &b), 0);
	assert_int_equal(ledger_sync(l), 0);
	/* six days of time and events; details go by a rule of their own */
	assert_int_equal(rows(f, "1"), 6 * 9 + 30);
	assert_int_equal(ledger_first_day(l, &day), 0);
	assert_int_equal(day, 105);
	ledger_close(l);
}

static bool file_has(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	size_t n = strlen(word), at = 0;
	bool found = false;
	int c;

	if (!file)
		return false;
	while (!found && (c = getc(file)) != EOF) {
		at = c == word[at] ? at + 1 : c == word[0];
		found = at == n;
	}
	fclose(file);
	return found;
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_size;
}

/* The room is given back when nothing else waits; a test gives it as long as it takes. */
static void wait_until_tidy(struct folder *f)
{
	char wal[128];

	snprintf(wal, sizeof(wal), "%s-wal", f->path);
	for (int i = 0; i < 3000; i++) {
		if (pragma(f, "PRAGMA freelist_count") == 0 && size_of(wal) == 0)
			return;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	fail_msg("the room was not given back");
}

static void test_nothing_of_it_is_left(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_it(f);
	off_t full;

	for (int32_t day = 1; day <= 300; day++)
		use(l, "anna", "x", day);
	use(l, "ben", "x", 1);
	assert_int_equal(ledger_sync(l), 0);
	ledger_close(l);
	l = open_it(f);
	full = size_of(f->path);
	assert_true(full > 100000);
	assert_int_equal(pragma(f, "PRAGMA auto_vacuum"), 2);
	forget(l, wish("anna", NULL, 0, 300), bounds(400, 0));
	wait_until_tidy(f);
	assert_true(size_of(f->path) < full * 3 / 4);
	assert_false(file_has(f->path, "anna"));
	assert_true(file_has(f->path, "ben"));
	ledger_close(l);
}

/* A ledger of the days before it could give room back is written anew, once. */
static void test_an_older_file_learns_it(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_it(f);
	sqlite3 *db = NULL;

	for (int32_t day = 1; day <= 300; day++)
		use(l, "anna", "x", day);
	ledger_close(l);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "PRAGMA auto_vacuum = NONE; VACUUM", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close_v2(db);
	assert_int_equal(pragma(f, "PRAGMA auto_vacuum"), 0);
	l = open_it(f);
	forget(l, wish("anna", NULL, 0, 290), bounds(400, 0));
	wait_until_tidy(f);
	assert_int_equal(pragma(f, "PRAGMA auto_vacuum"), 2);
	use(l, "anna", "x", 301); /* and goes on */
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(rows(f, "person = 'anna'"), 44);
	ledger_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_site_and_some_days, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_of_a_person, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_counts_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_only_so_much_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_of_it_is_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_older_file_learns_it, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
