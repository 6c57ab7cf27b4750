/* Rows for what others said, and back. */
#include "system/ledger-household.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "system/ledger-internal.h"

DEFINE_CLEANUP(struct ledger_batch *, ledger_batch_free);

_Static_assert(sizeof(struct interval) == 2 * sizeof(int64_t), "pairs of numbers, no gaps");

static int put(struct ledger_batch *b, const struct ledger_household *h)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_HOUSEHOLD);

	if (!row || ledger_row_text(row, 0, h->key.device) < 0 ||
		ledger_row_text(row, 1, h->key.person) < 0 ||
		ledger_row_text(row, 2, h->key.site) < 0 ||
		ledger_row_blob(row, 5, h->items, h->n * sizeof(*h->items)) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 3, h->key.day);
	ledger_row_integer(row, 4, h->ahead_usec);
	return 0;
}

int ledger_put_household(struct ledger *l, const struct ledger_household *rows, size_t n)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = calloc(1, sizeof(*b));
	int r = b ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = put(b, &rows[i]);
	if (r < 0)
		return r;
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

/* A damaged file may hold none where the tables say that there is one. */
static const char *text_of(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

static int tell(sqlite3_stmt *s, int (*visit)(const struct ledger_household *row, void *userdata),
	void *userdata)
{
	struct interval items[HOUSEHOLD_STRETCHES_MAX];
	size_t n = (size_t)sqlite3_column_bytes(s, 5) / sizeof(items[0]);
	const struct ledger_household row = {
		.key = { text_of(s, 0), text_of(s, 1), text_of(s, 2), sqlite3_column_int(s, 3) },
		.ahead_usec = sqlite3_column_int64(s, 4),
		.items = items,
		.n = n < ELEMENTSOF(items) ? n : ELEMENTSOF(items),
	};

	if (n > 0)
		memcpy(items, sqlite3_column_blob(s, 5), row.n * sizeof(items[0]));
	return visit(&row, userdata);
}

static int select_since(struct ledger *l, const char *sql, int32_t since_day, sqlite3_stmt **ret)
{
	int code = sqlite3_prepare_v2(l->db, sql, -1, ret, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_int(*ret, 1, since_day);
	return code == SQLITE_OK ? 0 : ledger_errno(code);
}

int ledger_read_household(struct ledger *l, int32_t since_day,
	int (*visit)(const struct ledger_household *row, void *userdata), void *userdata)
{
	static const char sql[] = "SELECT device, person, site, day, ahead_usec, stretches"
				  " FROM household WHERE day >= ?";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE, r = select_since(l, sql, since_day, &s);

	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = tell(s, visit, userdata);
	return r < 0 ? r : ledger_errno(code);
}

static int put_pass(struct ledger_batch *b, const struct told_pass *p)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_TOLD_PASS);

	if (!row || ledger_row_text(row, 0, p->device) < 0 ||
		ledger_row_text(row, 1, p->person) < 0 || ledger_row_text(row, 2, p->target) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 3, p->kind);
	ledger_row_integer(row, 4, (int64_t)p->start_usec);
	ledger_row_integer(row, 5, (int64_t)p->end_usec);
	ledger_row_integer(row, 6, p->day);
	ledger_row_integer(row, 7, p->ahead_usec);
	ledger_row_integer(row, 8, (int64_t)p->here_usec);
	ledger_row_integer(row, 9, (int64_t)p->had_usec);
	return 0;
}

int ledger_put_told_passes(struct ledger *l, const struct told_passes *passes)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = NULL;
	int r = 0;

	for (size_t i = 0; i < passes->n && r >= 0; i++) {
		if (!passes->items[i].dirty)
			continue;
		if (!b)
			b = calloc(1, sizeof(*b));
		r = b ? put_pass(b, &passes->items[i]) : -ENOMEM;
	}
	if (r >= 0 && b)
		ledger_writer_push(l->writer, TAKE_PTR(b));
	return r;
}

/* A damaged file may say anything. */
static int tell_pass(
	sqlite3_stmt *s, int (*visit)(const struct told_pass *pass, void *userdata), void *userdata)
{
	const int kind = sqlite3_column_int(s, 3);
	const struct told_pass pass = {
		.device = (char *)text_of(s, 0),
		.person = (char *)text_of(s, 1),
		.target = (char *)text_of(s, 2),
		.kind = (enum pass_kind)kind,
		.start_usec = (usec_t)sqlite3_column_int64(s, 4),
		.end_usec = (usec_t)sqlite3_column_int64(s, 5),
		.day = sqlite3_column_int(s, 6),
		.ahead_usec = sqlite3_column_int64(s, 7),
		.here_usec = (usec_t)sqlite3_column_int64(s, 8),
		.had_usec = (usec_t)sqlite3_column_int64(s, 9),
	};

	if ((kind != PASS_PASS && kind != PASS_OPEN) || pass.end_usec < pass.start_usec ||
		pass.end_usec > INT64_MAX / 4 || pass.here_usec > INT64_MAX / 4 ||
		pass.had_usec > INT64_MAX / 4 || !household_is_ahead(pass.ahead_usec))
		return 0;
	return visit(&pass, userdata);
}

int ledger_read_told_passes(struct ledger *l, int32_t since_day,
	int (*visit)(const struct told_pass *pass, void *userdata), void *userdata)
{
	static const char sql[] = "SELECT device, person, target, kind, start_usec, end_usec, day,"
				  " ahead_usec, here_usec, had_usec FROM told_pass WHERE day >= ?";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE, r = select_since(l, sql, since_day, &s);

	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = tell_pass(s, visit, userdata);
	return r < 0 ? r : ledger_errno(code);
}
