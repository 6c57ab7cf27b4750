/* Rows for the writer; what they mean stands beside the schema. */
#include "system/ledger-forget.h"

#include <errno.h>

#include "base/cleanup.h"
#include "system/ledger-internal.h"

DEFINE_CLEANUP(struct ledger_batch *, ledger_batch_free);

static int add_wish(struct ledger_batch *b, const struct ledger_forget *f)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_FORGET);

	if (!row || ledger_row_text(row, 0, f->person) < 0 ||
		ledger_row_text(row, 1, f->site ? f->site : "") < 0)
		return -ENOMEM;
	ledger_row_integer(row, 2, f->first_day);
	ledger_row_integer(row, 3, f->last_day);
	ledger_row_integer(row, 4, (int64_t)f->since_usec);
	ledger_row_integer(row, 5, (int64_t)f->until_usec);
	return 0;
}

static int add_bound(struct ledger_batch *b, enum ledger_statement statement, int64_t bound)
{
	struct ledger_row *row = ledger_batch_add(b, statement);

	if (!row)
		return -ENOMEM;
	ledger_row_integer(row, 0, bound);
	return 0;
}

static bool of_keeping(enum ledger_statement statement)
{
	return statement >= LEDGER_KEEP_SPANS && statement <= LEDGER_KEEP_EVENTS;
}

int ledger_tidy(
	struct ledger *l, const struct ledger_forget *wish, const struct ledger_bounds *bounds)
{
	const struct {
		enum ledger_statement statement;
		int64_t bound;
	} rows[] = {
		{ LEDGER_FORGET_SPANS, bounds->counts_day },
		{ LEDGER_FORGET_USAGE, bounds->counts_day },
		{ LEDGER_FORGET_DETAILS, bounds->counts_day },
		{ LEDGER_FORGET_PASSES, bounds->counts_day },
		{ LEDGER_FORGET_EVENTS, (int64_t)bounds->counts_usec },
		{ LEDGER_FORGET_DONE, bounds->counts_day },
		{ LEDGER_HOUSEHOLD_FORGET, bounds->counts_day },
		{ LEDGER_TOLD_PASS_FORGET, bounds->counts_day },
		/* what follows is for a history that ends */
		{ LEDGER_KEEP_SPANS, bounds->keep_day },
		{ LEDGER_KEEP_USAGE, bounds->keep_day },
		{ LEDGER_KEEP_PASSES, bounds->keep_day },
		{ LEDGER_KEEP_EVENTS, (int64_t)bounds->keep_usec },
		/* and this is for both */
		{ LEDGER_FORGET_WEEKS, bounds->counts_day },
	};
	const bool ends = bounds->keep_day > 0;
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = calloc(1, sizeof(*b));
	int r = b ? 0 : -ENOMEM;

	if (r >= 0 && wish)
		r = add_wish(b, wish);
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(rows); i++)
		if (ends || !of_keeping(rows[i].statement))
			r = add_bound(b, rows[i].statement, rows[i].bound);
	if (r < 0)
		return r;
	b->tidy = true;
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

int ledger_knows(struct ledger *l, const char *person, const char *site)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT 1 FROM span WHERE person = ?1 AND (?2 IS NULL OR site = ?2))"
		" OR EXISTS (SELECT 1 FROM usage WHERE person = ?1 AND"
		" (?2 IS NULL OR target = ?2))";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(s, 1, person, -1, SQLITE_STATIC);
	if (code == SQLITE_OK && site)
		code = sqlite3_bind_text(s, 2, site, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	return code == SQLITE_ROW ? sqlite3_column_int(s, 0) : ledger_errno(code);
}

int ledger_last_day(struct ledger *l, int32_t before_day, int32_t *ret)
{
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(
		l->db, "SELECT max(day) FROM usage WHERE day >= 0 AND day < ?", -1, &s, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_int(s, 1, before_day);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code != SQLITE_ROW)
		return ledger_errno(code);
	if (sqlite3_column_type(s, 0) == SQLITE_NULL)
		return -ENOENT;
	*ret = sqlite3_column_int(s, 0);
	return 0;
}
