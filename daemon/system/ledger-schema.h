#pragma once
/* The ledger's tables and its statements; shared by the two halves of the ledger. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

#define LEDGER_SCHEMA 12

/* The migrations that make the sums reports read (ledger-sums.c, ledger-heat.c). */
extern const char ledger_sums[], ledger_heat[];
#define LEDGER_SEASON_DAYS 91 /* hours are summed by so many, from a Monday on */

/* Kinds of events that say that something which somebody declared has begun, as SQL. */
#define LEDGER_DECLARED_KINDS "'pass', 'opening', 'grant', 'focus'"

enum ledger_statement {
	LEDGER_META,
	LEDGER_USAGE,
	LEDGER_SPAN,
	LEDGER_METER,
	LEDGER_COUNTER,
	LEDGER_MARK,
	LEDGER_BLOCK,
	LEDGER_NAME,
	LEDGER_EVENT,
	LEDGER_TRY,
	LEDGER_ALONE,
	LEDGER_DETAIL,
	LEDGER_DETAIL_FORGET,
	LEDGER_PASS,
	LEDGER_HELD,
	LEDGER_MOMENT,
	LEDGER_FORGET,
	LEDGER_FORGET_SPANS,
	LEDGER_FORGET_USAGE,
	LEDGER_FORGET_DETAILS,
	LEDGER_FORGET_PASSES,
	LEDGER_FORGET_EVENTS,
	LEDGER_FORGET_DONE,
	LEDGER_FORGET_WEEKS,
	LEDGER_HOUSEHOLD,
	LEDGER_HOUSEHOLD_FORGET,
	LEDGER_TOLD_PASS,
	LEDGER_TOLD_PASS_FORGET,
	LEDGER_KEEP_SPANS,
	LEDGER_KEEP_USAGE,
	LEDGER_KEEP_PASSES,
	LEDGER_KEEP_EVENTS,
	LEDGER_STATEMENTS
};

/* How a row is written; `keys` leading values are its key (0: every row is one of its own). */
struct ledger_statement_row {
	const char *sql;
	unsigned n_values, keys;
};
extern const struct ledger_statement_row ledger_statements[LEDGER_STATEMENTS];

/* Creates or migrates the tables. -EPROTONOSUPPORT: written by a newer focusd; -EBADMSG: no
 * database, or a damaged one; else what ledger_errno() says. */
int ledger_migrate(sqlite3 *db);
/* WAL, FULL, a busy timeout: the same for every connection. The files are the owner's alone. */
int ledger_connect(const char *path, int flags, sqlite3 **ret);
int ledger_errno(int sqlite_code);
/* Does the disk refuse what is written for a while, as a full or a read-only one does? Anything
 * else is for somebody to look at. */
bool ledger_is_refusal(int r);

static inline void sqlite3_closep(sqlite3 **db)
{
	sqlite3_close_v2(*db);
}

static inline void sqlite3_finalizep(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}
