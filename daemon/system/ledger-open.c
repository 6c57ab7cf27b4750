/* A disk that is full or read-only refuses even those who only want to read a database that has a
 * log beside it: they would share an index in a file. So the copy is read by one who shares
 * nothing. */
#include "system/ledger-open.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int ledger_make(const char *path, sqlite3 **ret)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	int r;

	r = ledger_connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &db);
	if (r >= 0)
		r = ledger_migrate(db);
	if (r >= 0)
		*ret = TAKE_PTR(db);
	return r;
}

static int set_aside(const char *path)
{
	_cleanup_free_ char *aside = NULL;

	if (asprintf(&aside, "%s.broken-%" PRId64, path, (int64_t)time(NULL)) < 0) {
		aside = NULL;
		return -ENOMEM;
	}
	return rename(path, aside) < 0 ? -errno : 0;
}

/* What has a meaning in a URI is written in its other form (SQLite's uri.html). */
static char *escape(const char *path)
{
	char *escaped = malloc(3 * strlen(path) + 1), *end = escaped;

	if (!escaped)
		return NULL;
	for (const char *c = path; *c; c++)
		if (strchr("%?#", *c))
			end += sprintf(end, "%%%02X", (unsigned)*c);
		else
			*end++ = *c;
	*end = 0;
	return escaped;
}

/* 1: there is a log with something in it. */
static int has_log(const char *path)
{
	_cleanup_free_ char *log = NULL;
	struct stat st;

	if (asprintf(&log, "%s-wal", path) < 0) {
		log = NULL;
		return -ENOMEM;
	}
	if (stat(log, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	return st.st_size > 0;
}

/* With a log: its index in memory (a locking mode of SQLite), which wants a lock that a file that
 * can't be written does not give; so none. Without: as a file that nobody changes, as even an empty
 * log could not be made. */
static int open_as_it_is(const char *path, sqlite3 **ret)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	_cleanup_free_ char *escaped = escape(path), *uri = NULL;
	const int log = has_log(path);
	int code;

	if (log < 0)
		return log;
	if (!escaped || asprintf(&uri, "file:%s?mode=ro&%s", escaped,
				log ? "vfs=unix-none" : "immutable=1") < 0) {
		uri = NULL;
		return -ENOMEM;
	}
	code = sqlite3_open_v2(
		uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	/* nor is the log written into the file at the end */
	if (code == SQLITE_OK)
		code = sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		*ret = TAKE_PTR(db);
	return ledger_errno(code);
}

static int copy_all(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int code;

	if (!b)
		return ledger_errno(sqlite3_errcode(to));
	code = sqlite3_backup_step(b, -1);
	sqlite3_backup_finish(b);
	return ledger_errno(code);
}

int ledger_copy(const char *path, sqlite3 **ret)
{
	_cleanup_(sqlite3_closep) sqlite3 *disk = NULL, *copy = NULL;
	int r;

	r = ledger_errno(sqlite3_open_v2(":memory:", &copy,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
	if (r >= 0 && access(path, F_OK) == 0) {
		r = open_as_it_is(path, &disk);
		if (r >= 0)
			r = copy_all(disk, copy);
	}
	if (r >= 0)
		r = ledger_migrate(copy);
	if (r >= 0)
		*ret = TAKE_PTR(copy);
	return r;
}

/* A damaged file is moved aside, once. */
static int make_or_begin(const char *path, bool *ret_damaged, sqlite3 **ret)
{
	int r = ledger_make(path, ret);

	if (r != -EBADMSG)
		return r;
	r = set_aside(path);
	if (r < 0)
		return r;
	*ret_damaged = true;
	return ledger_make(path, ret);
}

int ledger_open_file(const char *path, struct ledger_opened *ret)
{
	_cleanup_(sqlite3_closep) sqlite3 *write = NULL, *read = NULL;
	bool damaged = false;
	int r, refused = 0;

	r = make_or_begin(path, &damaged, &write);
	if (r >= 0)
		r = ledger_connect(path, SQLITE_OPEN_READWRITE, &read);
	if (ledger_is_refusal(r)) {
		refused = r;
		sqlite3_close_v2(TAKE_PTR(write));
		r = ledger_copy(path, &read);
	}
	if (r < 0)
		return r;
	*ret = (struct ledger_opened){ TAKE_PTR(write), TAKE_PTR(read), damaged, refused };
	return 0;
}
