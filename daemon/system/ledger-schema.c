/* What the ledger's file looks like, and how an older one becomes like it. */
#include "system/ledger-schema.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MSEC 5000
#define CACHE_KIB "512" /* of pages, for each connection: five years' reports take no longer */

/* migrations[n] leads from schema n to n + 1. Never change one that was released: add the next. */
static const char *const migrations[] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	/* used_usec of a quota day: the truth of `used`; groups are the union of spans */
	"CREATE TABLE usage (person TEXT, is_group INTEGER, target TEXT, day INTEGER,"
	" used_usec INTEGER NOT NULL, PRIMARY KEY (person, is_group, target, day)) WITHOUT ROWID;"
	"CREATE INDEX usage_day ON usage (day);"
	/* a stretch of attention; times of the wall clock */
	"CREATE TABLE span (person TEXT, site TEXT, start_usec INTEGER, day INTEGER NOT NULL,"
	" end_usec INTEGER NOT NULL, used_usec INTEGER NOT NULL, down_bytes INTEGER NOT NULL,"
	" up_bytes INTEGER NOT NULL, opens INTEGER NOT NULL,"
	" PRIMARY KEY (person, site, start_usec)) WITHOUT ROWID;"
	"CREATE INDEX span_day ON span (day);"
	/* where the meters and the kernel's counters stood; worthless after a boot */
	"CREATE TABLE meter (person TEXT, site TEXT, boot_id TEXT NOT NULL, state BLOB NOT NULL,"
	" PRIMARY KEY (person, site)) WITHOUT ROWID;"
	"CREATE TABLE counter (block TEXT, mark INTEGER, boot_id TEXT NOT NULL,"
	" down_bytes INTEGER NOT NULL, up_bytes INTEGER NOT NULL,"
	" PRIMARY KEY (block, mark)) WITHOUT ROWID;"
	"CREATE TABLE mark (person TEXT PRIMARY KEY, mark INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE block (base TEXT PRIMARY KEY, site TEXT NOT NULL, kind INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	/* slots: LEASE=REAL, separated by blanks */
	"CREATE TABLE name (name TEXT, family INTEGER, slots TEXT NOT NULL,"
	" used_usec INTEGER NOT NULL, PRIMARY KEY (name, family)) WITHOUT ROWID;"
	"CREATE TABLE event (id INTEGER PRIMARY KEY, wall_usec INTEGER NOT NULL, kind TEXT NOT "
	"NULL,"
	" person TEXT, site TEXT, text TEXT NOT NULL);",
	/* who tried encrypted look-ups where (ADDRESS PORT); `seen` is worthless after a boot */
	"CREATE TABLE try (uid INTEGER, server TEXT, boot_id TEXT NOT NULL,"
	" count INTEGER NOT NULL, seen INTEGER NOT NULL, last_usec INTEGER NOT NULL,"
	" PRIMARY KEY (uid, server)) WITHOUT ROWID;",
	/* real addresses that served metered names alone, and when that was last seen (0: no more)
	 */
	"CREATE TABLE alone (address TEXT PRIMARY KEY, known_usec INTEGER NOT NULL) WITHOUT ROWID;",
	/* what explains a day: hosts that moved, and what did not count (enum detail_kind) */
	"CREATE TABLE detail (person TEXT, site TEXT, day INTEGER, kind INTEGER, name TEXT,"
	" bytes INTEGER NOT NULL, PRIMARY KEY (person, site, day, kind, name)) WITHOUT ROWID;"
	"CREATE INDEX detail_day ON detail (day);",
	/* what people declared (enum pass_kind, enum pass_state); start and end in the boot's time,
	   at: when the row was written */
	"CREATE TABLE pass (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, state INTEGER NOT NULL,"
	" person TEXT NOT NULL, target TEXT NOT NULL, reason TEXT NOT NULL, day INTEGER NOT NULL,"
	" span_sec INTEGER NOT NULL, boot_id TEXT NOT NULL, start_usec INTEGER NOT NULL,"
	" end_usec INTEGER NOT NULL, at_boot_usec INTEGER NOT NULL, at_wall_usec INTEGER NOT NULL);"
	"CREATE INDEX pass_day ON pass (day);",
	/* what is held against loosening, what waits, and up to when time was counted */
	"CREATE TABLE held (slot INTEGER PRIMARY KEY, config TEXT NOT NULL, pending TEXT NOT NULL);"
	"CREATE TABLE moment (slot INTEGER PRIMARY KEY, boot_id TEXT NOT NULL,"
	" time_usec INTEGER NOT NULL, boot_usec INTEGER NOT NULL, wall_usec INTEGER NOT NULL);",
	ledger_sums,
	/* what is to be forgotten (site "": all of them), as soon as nothing counts it any more */
	"CREATE TABLE forget (person TEXT, site TEXT, first_day INTEGER, last_day INTEGER,"
	" since_usec INTEGER NOT NULL, until_usec INTEGER NOT NULL,"
	" PRIMARY KEY (person, site, first_day, last_day)) WITHOUT ROWID;",
	ledger_heat,
	/* one in a hundred events, for reports (ledger-report.c) */
	"CREATE INDEX event_declared ON event (wall_usec)"
	" WHERE kind IN (" LEDGER_DECLARED_KINDS ");",
	/* what other devices of the household said, in their own time (stretches: pairs of int64),
	   and what of used_usec is theirs alone */
	"CREATE TABLE household (device TEXT, person TEXT, site TEXT, day INTEGER,"
	" ahead_usec INTEGER NOT NULL, stretches BLOB NOT NULL,"
	" PRIMARY KEY (device, person, site, day)) WITHOUT ROWID;"
	"ALTER TABLE usage ADD COLUMN elsewhere_usec INTEGER NOT NULL DEFAULT 0;",
	/* passes of other devices (core/told-passes.h), and the name of one's own for them */
	"CREATE TABLE told_pass (device TEXT, person TEXT, target TEXT, kind INTEGER,"
	" start_usec INTEGER, end_usec INTEGER NOT NULL, day INTEGER NOT NULL,"
	" ahead_usec INTEGER NOT NULL, here_usec INTEGER NOT NULL, had_usec INTEGER NOT NULL,"
	" PRIMARY KEY (device, person, target, kind, start_usec)) WITHOUT ROWID;"
	"ALTER TABLE pass ADD COLUMN wall_usec INTEGER NOT NULL DEFAULT 0;",
};

_Static_assert(ELEMENTSOF(migrations) == LEDGER_SCHEMA, "a migration for every schema");

/* A row of `table` before day ?1 that somebody wants forgotten; `site` is its column. */
#define FORGET(table, site)                                                          \
	"DELETE FROM " table " WHERE day < ?1 AND EXISTS (SELECT 1 FROM forget) AND" \
	" EXISTS (SELECT 1 FROM forget f WHERE f.person = " table ".person AND"      \
	" f.site IN ('', " table "." site ") AND"                                    \
	" " table ".day BETWEEN f.first_day AND f.last_day)"

const struct ledger_statement_row ledger_statements[LEDGER_STATEMENTS] = {
	[LEDGER_META] = { "INSERT OR REPLACE INTO meta VALUES (?, ?)", 2, 1 },
	[LEDGER_USAGE] = { "INSERT OR REPLACE INTO usage VALUES (?, ?, ?, ?, ?, ?)", 6, 4 },
	[LEDGER_SPAN] = { "INSERT OR REPLACE INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", 9, 3 },
	[LEDGER_METER] = { "INSERT OR REPLACE INTO meter VALUES (?, ?, ?, ?)", 4, 2 },
	[LEDGER_COUNTER] = { "INSERT OR REPLACE INTO counter VALUES (?, ?, ?, ?, ?)", 5, 2 },
	[LEDGER_MARK] = { "INSERT OR REPLACE INTO mark VALUES (?, ?)", 2, 1 },
	[LEDGER_BLOCK] = { "INSERT OR REPLACE INTO block VALUES (?, ?, ?)", 3, 1 },
	[LEDGER_NAME] = { "INSERT OR REPLACE INTO name VALUES (?, ?, ?, ?)", 4, 2 },
	[LEDGER_EVENT] = { "INSERT INTO event (wall_usec, kind, person, site, text) "
			   "VALUES (?, ?, ?, ?, ?)",
		5, 0 },
	[LEDGER_TRY] = { "INSERT OR REPLACE INTO try VALUES (?, ?, ?, ?, ?, ?)", 6, 2 },
	[LEDGER_ALONE] = { "INSERT OR REPLACE INTO alone VALUES (?, ?)", 2, 1 },
	[LEDGER_DETAIL] = { "INSERT OR REPLACE INTO detail VALUES (?, ?, ?, ?, ?, ?)", 6, 5 },
	[LEDGER_DETAIL_FORGET] = { "DELETE FROM detail WHERE day < ?", 1, 1 },
	[LEDGER_PASS] = { "INSERT OR REPLACE INTO pass VALUES "
			  "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		14, 1 },
	[LEDGER_HELD] = { "INSERT OR REPLACE INTO held VALUES (?, ?, ?)", 3, 1 },
	[LEDGER_MOMENT] = { "INSERT OR REPLACE INTO moment VALUES (?, ?, ?, ?, ?)", 5, 1 },
	[LEDGER_FORGET] = { "INSERT OR REPLACE INTO forget VALUES (?, ?, ?, ?, ?, ?)", 6, 4 },
	[LEDGER_FORGET_SPANS] = { FORGET("span", "site"), 1, 1 },
	[LEDGER_FORGET_USAGE] = { FORGET("usage", "target"), 1, 1 },
	[LEDGER_FORGET_DETAILS] = { FORGET("detail", "site"), 1, 1 },
	[LEDGER_FORGET_PASSES] = { FORGET("pass", "target"), 1, 1 },
	[LEDGER_FORGET_EVENTS] = { "DELETE FROM event WHERE wall_usec < ?1 AND EXISTS"
				   " (SELECT 1 FROM forget f WHERE f.person = event.person AND"
				   " f.site IN ('', event.site) AND"
				   " event.wall_usec >= f.since_usec AND"
				   " event.wall_usec < f.until_usec)",
		1, 1 },
	[LEDGER_FORGET_DONE] = { "DELETE FROM forget WHERE last_day < ?", 1, 1 },
	/* the sums follow by themselves (ledger-sums.c); a week without any use says nothing */
	[LEDGER_FORGET_WEEKS] = { "DELETE FROM weekly WHERE used_usec = 0 AND week + 7 <= ?", 1,
		1 },
	[LEDGER_HOUSEHOLD] = { "INSERT OR REPLACE INTO household VALUES (?, ?, ?, ?, ?, ?)", 6, 4 },
	[LEDGER_HOUSEHOLD_FORGET] = { "DELETE FROM household WHERE day < ?", 1, 1 },
	[LEDGER_TOLD_PASS] = { "INSERT OR REPLACE INTO told_pass VALUES "
			       "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		10, 5 },
	[LEDGER_TOLD_PASS_FORGET] = { "DELETE FROM told_pass WHERE day < ?", 1, 1 },
	[LEDGER_KEEP_SPANS] = { "DELETE FROM span WHERE day < ?", 1, 1 },
	[LEDGER_KEEP_USAGE] = { "DELETE FROM usage WHERE day < ?", 1, 1 },
	[LEDGER_KEEP_PASSES] = { "DELETE FROM pass WHERE day < ?", 1, 1 },
	[LEDGER_KEEP_EVENTS] = { "DELETE FROM event WHERE wall_usec < ?", 1, 1 },
};

int ledger_errno(int sqlite_code)
{
	switch (sqlite_code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	default: /* SQLite's own enum is open */
		return -EIO;
	}
}

bool ledger_is_refusal(int r)
{
	return r == -ENOSPC || r == -EDQUOT || r == -EROFS;
}

static bool is_read_only(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	return copy && access(dirname(copy), W_OK) < 0 && errno == EROFS;
}

/* What SQLite says of a disk with no room for its index is "input or output", and of a read-only
 * one "can't open". */
static int connect_errno(const char *path, sqlite3 *db, int code)
{
	const int why = -sqlite3_system_errno(db);

	if (ledger_is_refusal(why))
		return why;
	return is_read_only(path) ? -EROFS : ledger_errno(code);
}

/* A new file is ours alone; one that came out of a backup may be anybody's to read, and
 * what SQLite puts beside a file is as open as the file. Somebody else's can't be helped here. */
static void close_to_others(const char *path)
{
	static const char *const names[] = { "", "-wal", "-shm" };
	char name[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (snprintf(name, sizeof(name), "%s%s", path, names[i]) < (int)sizeof(name) &&
			lstat(name, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0077))
			(void)chmod(name, 0600);
}

int ledger_connect(const char *path, int flags, sqlite3 **ret)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	int code;

	if (flags & SQLITE_OPEN_CREATE) {
		/* (it is closed before there is any lock that would go with it) */
		const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd >= 0)
			close(fd);
	}
	close_to_others(path);
	/* each is one thread's: a lock around every value read is a third of a long report */
	code = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(db, BUSY_MSEC);
	/* what is forgotten is overwritten, and gives its room back (a new file's: ledger-writer.c
	 * sees to an older one) */
	if (code == SQLITE_OK)
		code = sqlite3_exec(db,
			"PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON;"
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			"PRAGMA cache_size = -" CACHE_KIB,
			NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return connect_errno(path, db, code);
	*ret = TAKE_PTR(db);
	return 0;
}

static int read_version(sqlite3 *db, int *ret)
{
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code != SQLITE_ROW)
		return ledger_errno(code);
	*ret = sqlite3_column_int(s, 0);
	return 0;
}

int ledger_migrate(sqlite3 *db)
{
	int version = 0, r;

	r = read_version(db, &version);
	if (r < 0)
		return r;
	if (version < 0) /* nobody wrote that */
		return -EBADMSG;
	if (version > LEDGER_SCHEMA)
		return -EPROTONOSUPPORT;
	for (; version < LEDGER_SCHEMA; version++) {
		char end[64];
		int code;

		snprintf(end, sizeof(end), "PRAGMA user_version = %d; COMMIT;", version + 1);
		code = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_exec(db, migrations[version], NULL, NULL, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_exec(db, end, NULL, NULL, NULL);
		if (code != SQLITE_OK) {
			sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
			return ledger_errno(code);
		}
	}
	return 0;
}
