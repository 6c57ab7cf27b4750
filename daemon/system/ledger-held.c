/* Rows for what is held, and back. */
#include "system/ledger-held.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "system/ledger-internal.h"
#include "system/ledger-open.h"

DEFINE_CLEANUP(struct ledger_batch *, ledger_batch_free);

void ledger_held_done(struct ledger_held *h)
{
	free(h->config);
	free(h->pending);
	free(h->boot_id);
}

static int add_moment(struct ledger_batch *b, const struct ledger_held *h)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_MOMENT);

	if (!row || ledger_row_text(row, 1, h->boot_id) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 0, 0);
	ledger_row_integer(row, 2, (int64_t)h->time_usec);
	ledger_row_integer(row, 3, (int64_t)h->boot_usec);
	ledger_row_integer(row, 4, (int64_t)h->wall_usec);
	return 0;
}

int ledger_put_held(struct ledger *l, const struct ledger_held *h)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = calloc(1, sizeof(*b));
	struct ledger_row *row = b ? ledger_batch_add(b, LEDGER_HELD) : NULL;

	if (!row || ledger_row_text(row, 1, h->config) < 0 ||
		ledger_row_text(row, 2, h->pending) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 0, 0);
	if (add_moment(b, h) < 0)
		return -ENOMEM;
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

int ledger_put_moment(struct ledger *l, const struct ledger_held *h)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = calloc(1, sizeof(*b));

	if (!b || add_moment(b, h) < 0)
		return -ENOMEM;
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

static char *copy_text(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return strdup(text ? text : "");
}

int ledger_held_row(sqlite3 *db, struct ledger_held *ret)
{
	static const char sql[] = "SELECT config, pending, boot_id, time_usec, boot_usec, wall_usec"
				  " FROM held JOIN moment USING (slot)";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (code == SQLITE_ERROR) /* an older ledger has no such table */
		return -ENOENT;
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? -ENOENT : ledger_errno(code);
	*ret = (struct ledger_held){
		.config = copy_text(s, 0),
		.pending = copy_text(s, 1),
		.boot_id = copy_text(s, 2),
		.time_usec = (usec_t)sqlite3_column_int64(s, 3),
		.boot_usec = (usec_t)sqlite3_column_int64(s, 4),
		.wall_usec = (usec_t)sqlite3_column_int64(s, 5),
	};
	if (ret->config && ret->pending && ret->boot_id)
		return 0;
	ledger_held_done(ret);
	return -ENOMEM;
}

int ledger_read_held(const char *dir, struct ledger_held *ret)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	_cleanup_free_ char *path = NULL;
	struct ledger_held held;
	int r;

	if (asprintf(&path, "%s/" LEDGER_FILE, dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (access(path, F_OK) < 0)
		return -errno;
	r = ledger_connect(path, SQLITE_OPEN_READWRITE, &db);
	if (ledger_is_refusal(r))
		r = ledger_copy(path, &db);
	if (r >= 0)
		r = ledger_held_row(db, &held);
	if (r >= 0)
		*ret = held;
	return r;
}
