/* What a ledger on a disk that refuses is known to hold, and when it is written after all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "system/ledger-open.h"
#include "system/ledger-writer.h"

struct folder {
	char dir[64], file[96];
};

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	/* letters that mean something else in a URI */
	strcpy(f->dir, "/tmp/focusd-test?#%41-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/ledger", f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void run_sql(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static int count(sqlite3 *db, const char *sql)
{
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	return sqlite3_column_int(s, 0);
}

static int n_marks(sqlite3 *db)
{
	return count(db, "SELECT count(*) FROM mark");
}

/* -1: there is none. */
static off_t size_of(const struct folder *f, const char *suffix)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", f->file, suffix);
	return stat(path, &st) < 0 ? -1 : st.st_size;
}

static void test_a_file_with_nothing_beside_it_is_known(void **state)
{
	struct folder *f = *state;
	_cleanup_(sqlite3_closep) sqlite3 *copy = NULL;
	sqlite3 *db;

	assert_int_equal(ledger_make(f->file, &db), 0);
	run_sql(db, "INSERT INTO mark VALUES ('anna', 1), ('ben', 2)");
	sqlite3_close_v2(db);
	assert_int_equal(size_of(f, "-wal"), -1);
	assert_int_equal(ledger_copy(f->file, &copy), 0);
	assert_int_equal(n_marks(copy), 2);
	assert_int_equal(size_of(f, "-wal"), -1);
	assert_int_equal(size_of(f, "-shm"), -1);
	/* what is written to a copy stays there */
	run_sql(copy, "DELETE FROM mark");
	sqlite3_close_v2(TAKE_PTR(copy));
	assert_int_equal(ledger_copy(f->file, &copy), 0);
	assert_int_equal(n_marks(copy), 2);
}

/* As one that was killed leaves it. */
static void test_so_is_what_is_in_the_log_alone(void **state)
{
	struct folder *f = *state;
	_cleanup_(sqlite3_closep) sqlite3 *writes = NULL, *copy = NULL;
	char command[512];
	off_t size, log;

	assert_int_equal(ledger_make(f->file, &writes), 0);
	run_sql(writes, "PRAGMA wal_checkpoint(TRUNCATE)");
	run_sql(writes, "INSERT INTO mark VALUES ('anna', 1)");
	snprintf(command, sizeof(command), "cp '%s' '%s/left' && cp '%s-wal' '%s/left-wal'",
		f->file, f->dir, f->file, f->dir);
	assert_int_equal(system(command), 0);
	snprintf(f->file, sizeof(f->file), "%s/left", f->dir);
	size = size_of(f, "");
	log = size_of(f, "-wal");
	assert_true(log > 0);
	assert_int_equal(ledger_copy(f->file, &copy), 0);
	assert_int_equal(n_marks(copy), 1);
	/* it is left as it was */
	assert_int_equal(size_of(f, ""), size);
	assert_int_equal(size_of(f, "-wal"), log);
	assert_int_equal(size_of(f, "-shm"), -1);
}

static void test_none_is_an_empty_one(void **state)
{
	struct folder *f = *state;
	_cleanup_(sqlite3_closep) sqlite3 *copy = NULL;
	FILE *file;

	assert_int_equal(ledger_copy(f->file, &copy), 0);
	assert_int_equal(n_marks(copy), 0);
	assert_int_equal(size_of(f, ""), -1);
	sqlite3_close_v2(TAKE_PTR(copy));
	/* nor was there room for its first page */
	file = fopen(f->file, "w");
	fclose(file);
	assert_int_equal(ledger_copy(f->file, &copy), 0);
	assert_int_equal(n_marks(copy), 0);
	assert_int_equal(size_of(f, ""), 0);
}

static void test_an_older_one_is_brought_up_to_date_in_the_copy(void **state)
{
	struct folder *f = *state;
	_cleanup_(sqlite3_closep) sqlite3 *copy = NULL;
	sqlite3 *db;

	/* from before there was any of our tables */
	assert_int_equal(
		ledger_connect(f->file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &db), 0);
	run_sql(db, "CREATE TABLE older (n); INSERT INTO older VALUES (7)");
	sqlite3_close_v2(db);
	assert_int_equal(ledger_copy(f->file, &copy), 0);
	assert_int_equal(count(copy, "PRAGMA user_version"), LEDGER_SCHEMA);
	assert_int_equal(n_marks(copy), 0);
	assert_int_equal(count(copy, "SELECT n FROM older"), 7);
}

static void test_a_damaged_or_newer_one_is_no_empty_one(void **state)
{
	struct folder *f = *state;
	sqlite3 *copy = NULL, *db;
	FILE *file;

	assert_int_equal(ledger_make(f->file, &db), 0);
	run_sql(db, "PRAGMA user_version = 1000");
	sqlite3_close_v2(db);
	assert_int_equal(ledger_copy(f->file, &copy), -EPROTONOSUPPORT);
	file = fopen(f->file, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", file);
	fclose(file);
	assert_int_equal(ledger_copy(f->file, &copy), -EBADMSG);
	assert_null(copy);
}

/* (A folder that is not there yet is as good as a disk that refuses.) */
static void test_the_writer_goes_on_trying(void **state)
{
	struct folder *f = *state;
	const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct ledger_batch *batch = calloc(1, sizeof(*batch));
	struct ledger_row *row = ledger_batch_add(batch, LEDGER_MARK);
	struct ledger_writer *w;
	char dir[96], path[128];
	uint64_t told;
	sqlite3 *db;

	snprintf(dir, sizeof(dir), "%s/later", f->dir);
	snprintf(path, sizeof(path), "%s/ledger", dir);
	assert_int_equal(ledger_writer_new(path, NULL, fd, &w), 0);
	assert_true(ledger_writer_state(w) < 0);
	assert_int_equal(ledger_row_text(row, 0, "anna"), 0);
	ledger_row_integer(row, 1, 1);
	ledger_writer_push(w, batch);
	assert_int_equal(ledger_writer_sync(w), -EACCES);
	assert_int_equal(read(fd, &told, sizeof(told)), sizeof(told));
	assert_int_equal(mkdir(dir, 0700), 0);
	while (ledger_writer_sync(w) < 0)
		usleep(10000);
	assert_int_equal(ledger_writer_state(w), 0);
	assert_int_equal(read(fd, &told, sizeof(told)), sizeof(told));
	ledger_writer_free(w);
	close(fd);
	assert_int_equal(ledger_make(path, &db), 0);
	assert_int_equal(n_marks(db), 1);
	sqlite3_close_v2(db);
}

static void test_a_new_file_is_the_owners_alone(void **state)
{
	struct folder *f = *state;
	const mode_t mask = umask(0);
	struct stat st;
	sqlite3 *db;

	assert_int_equal(ledger_make(f->file, &db), 0);
	umask(mask);
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	sqlite3_close_v2(db);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_file_with_nothing_beside_it_is_known),
		T(test_so_is_what_is_in_the_log_alone),
		T(test_none_is_an_empty_one),
		T(test_an_older_one_is_brought_up_to_date_in_the_copy),
		T(test_a_damaged_or_newer_one_is_no_empty_one),
		T(test_the_writer_goes_on_trying),
		T(test_a_new_file_is_the_owners_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
