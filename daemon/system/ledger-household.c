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

int ledger_read_household(struct ledger *l, int32_t since_day,
	int (*visit)(const struct ledger_household *row, void *userdata), void *userdata)
{
	static const char sql[] = "SELECT device, person, site, day, ahead_usec, stretches"
				  " FROM household WHERE day >= ?";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL), r = 0;

	if (code == SQLITE_OK)
		code = sqlite3_bind_int(s, 1, since_day);
	if (code != SQLITE_OK)
		return ledger_errno(code);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = tell(s, visit, userdata);
	return r < 0 ? r : ledger_errno(code);
}
