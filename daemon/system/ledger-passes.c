/* Rows for what people declared, and back. */
#include "system/ledger-passes.h"

#include <errno.h>

#include "base/cleanup.h"
#include "system/ledger-internal.h"

DEFINE_CLEANUP(struct ledger_batch *, ledger_batch_free);

int ledger_put_pass(
	struct ledger *l, const struct pass *pass, const char *boot_id, struct instant at)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = calloc(1, sizeof(*b));
	struct ledger_row *row = b ? ledger_batch_add(b, LEDGER_PASS) : NULL;

	if (!row || ledger_row_text(row, 3, pass->person) < 0 ||
		ledger_row_text(row, 4, pass->target) < 0 ||
		ledger_row_text(row, 5, pass->reason) < 0 || ledger_row_text(row, 8, boot_id) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 0, pass->id);
	ledger_row_integer(row, 1, pass->kind);
	ledger_row_integer(row, 2, pass->state);
	ledger_row_integer(row, 6, pass->day);
	ledger_row_integer(row, 7, pass->span_sec);
	ledger_row_integer(row, 9, (int64_t)pass->start_usec);
	ledger_row_integer(row, 10, (int64_t)pass->end_usec);
	ledger_row_integer(row, 11, (int64_t)at.boot_usec);
	ledger_row_integer(row, 12, (int64_t)at.wall_usec);
	ledger_row_integer(row, 13, (int64_t)pass->wall_usec);
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

/* A damaged file may hold none where the tables say that there is one. */
static char *text_of(sqlite3_stmt *s, int column)
{
	static char none[] = "";
	char *text = (char *)sqlite3_column_text(s, column);

	return text ? text : none;
}

/* Numbers that nobody wrote: what is reckoned with them would overflow. */
static bool is_damaged(const struct pass *p)
{
	return p->id <= 0 || p->id > INT64_MAX / 2 || p->span_sec < 0 ||
	       p->span_sec > FOCUS_SEC_MAX;
}

static int visit_row(sqlite3_stmt *s, int (*visit)(const struct ledger_pass *row, void *userdata),
	void *userdata)
{
	const int kind = sqlite3_column_int(s, 1), state = sqlite3_column_int(s, 2);
	const struct ledger_pass row = {
		.pass = {
			.id = sqlite3_column_int64(s, 0),
			.kind = (enum pass_kind)kind,
			.state = (enum pass_state)state,
			.person = text_of(s, 3),
			.target = text_of(s, 4),
			.reason = text_of(s, 5),
			.day = sqlite3_column_int(s, 6),
			.span_sec = sqlite3_column_int64(s, 7),
			.start_usec = (usec_t)sqlite3_column_int64(s, 9),
			.end_usec = (usec_t)sqlite3_column_int64(s, 10),
			.wall_usec = (usec_t)sqlite3_column_int64(s, 13),
		},
		.boot_id = text_of(s, 8),
		.at = {
			.boot_usec = (usec_t)sqlite3_column_int64(s, 11),
			.wall_usec = (usec_t)sqlite3_column_int64(s, 12),
		},
	};

	if (kind < 0 || kind >= PASS_KINDS || state < 0 || state >= PASS_STATES ||
		is_damaged(&row.pass))
		return -EBADMSG;
	return visit(&row, userdata);
}

int ledger_read_passes(struct ledger *l, int32_t since_day,
	int (*visit)(const struct ledger_pass *row, void *userdata), void *userdata)
{
	/* asked, waiting and running come first in enum pass_state */
	static const char sql[] =
		"SELECT id, kind, state, person, target, reason, day, span_sec, boot_id, "
		"start_usec,"
		" end_usec, at_boot_usec, at_wall_usec, wall_usec FROM pass WHERE day >= ?1 OR "
		"state <= ?2 OR"
		" id = (SELECT max(id) FROM pass) ORDER BY id";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL), r = 0;

	if (code != SQLITE_OK)
		return ledger_errno(code);
	sqlite3_bind_int(s, 1, since_day);
	sqlite3_bind_int(s, 2, PASS_RUNNING);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = visit_row(s, visit, userdata);
	return r < 0 ? r : ledger_errno(code);
}
