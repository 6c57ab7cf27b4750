/* Questions about the past, one prepared statement each; only the details are written here. */
#include "system/ledger-past.h"

#include <errno.h>

#include "base/cleanup.h"
#include "system/ledger-internal.h"

DEFINE_CLEANUP(struct ledger_batch *, ledger_batch_free);

static const char *text_or_null(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

/* A damaged file may hold none where the tables say that there is one. */
static const char *text_of(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

static int prepare(struct ledger *l, const char *sql, sqlite3_stmt **ret)
{
	return ledger_errno(sqlite3_prepare_v2(l->db, sql, -1, ret, NULL));
}

/* NULL stays unbound, which is NULL to SQL. */
static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

int ledger_read_events(struct ledger *l, const struct ledger_event_query *query,
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata),
	void *userdata)
{
	static const char sql[] =
		"SELECT wall_usec, kind, person, site, text FROM"
		" (SELECT * FROM event WHERE wall_usec >= ?1 AND"
		" (?2 IS NULL OR person IS NULL OR person = ?2) ORDER BY id DESC LIMIT ?3)"
		" ORDER BY id";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE, r;

	r = prepare(l, sql, &s);
	if (r < 0)
		return r;
	sqlite3_bind_int64(s, 1, (int64_t)query->since_usec);
	bind_text(s, 2, query->person);
	sqlite3_bind_int64(s, 3, query->most);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = event((usec_t)sqlite3_column_int64(s, 0), text_of(s, 1), text_or_null(s, 2),
			text_or_null(s, 3), text_of(s, 4), userdata);
	return r < 0 ? r : ledger_errno(code);
}

int ledger_was_stopped(struct ledger *l)
{
	static const char sql[] = "SELECT kind = 'stop' FROM event WHERE kind IN ('start', 'stop')"
				  " ORDER BY id DESC LIMIT 1";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code, r;

	r = prepare(l, sql, &s);
	if (r < 0)
		return r;
	code = sqlite3_step(s);
	return code == SQLITE_DONE  ? 1
	       : code == SQLITE_ROW ? sqlite3_column_int(s, 0)
				    : ledger_errno(code);
}

/* sql: with ?1 person, ?2 site, ?3 first day, ?4 last day. */
static int prepare_days(
	struct ledger *l, const char *sql, const struct ledger_day_query *query, sqlite3_stmt **ret)
{
	const int r = prepare(l, sql, ret);

	if (r < 0)
		return r;
	bind_text(*ret, 1, query->person);
	bind_text(*ret, 2, query->site);
	sqlite3_bind_int(*ret, 3, query->first_day);
	sqlite3_bind_int(*ret, 4, query->last_day);
	return 0;
}

int ledger_read_spans(struct ledger *l, const struct ledger_day_query *query,
	int (*visit)(const struct ledger_span *span, void *userdata), void *userdata)
{
	static const char sql[] =
		"SELECT " LEDGER_SPAN_COLUMNS " FROM span WHERE person = ?1 AND"
		" (?2 IS NULL OR site = ?2) AND day BETWEEN ?3 AND ?4 ORDER BY start_usec";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE, r;

	r = prepare_days(l, sql, query, &s);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW) {
		const struct ledger_span span = ledger_span_of(s);

		r = visit(&span, userdata);
	}
	return r < 0 ? r : ledger_errno(code);
}

int ledger_first_day(struct ledger *l, int32_t *ret)
{
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code, r;

	r = prepare(l, "SELECT min(day) FROM span WHERE day >= 0", &s);
	if (r < 0)
		return r;
	code = sqlite3_step(s);
	if (code != SQLITE_ROW)
		return ledger_errno(code);
	if (sqlite3_column_type(s, 0) == SQLITE_NULL)
		return -ENOENT;
	*ret = sqlite3_column_int(s, 0);
	return 0;
}

static int tell_detail(
	sqlite3_stmt *s, int (*visit)(const struct detail *d, void *userdata), void *userdata)
{
	const int kind = sqlite3_column_int(s, 3);
	const struct detail d = {
		.person = text_of(s, 0),
		.site = text_of(s, 1),
		.day = sqlite3_column_int(s, 2),
		.kind = (enum detail_kind)kind,
		.name = text_of(s, 4),
		.bytes = (uint64_t)sqlite3_column_int64(s, 5),
	};

	return kind >= 0 && kind < DETAIL_KINDS ? visit(&d, userdata) : -EBADMSG;
}

int ledger_read_details(struct ledger *l, const struct ledger_day_query *query,
	int (*visit)(const struct detail *d, void *userdata), void *userdata)
{
	static const char sql[] = "SELECT person, site, day, kind, name, bytes FROM detail WHERE"
				  " (?1 IS NULL OR person = ?1) AND (?2 IS NULL OR site = ?2) AND"
				  " day BETWEEN ?3 AND ?4";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE, r;

	r = prepare_days(l, sql, query, &s);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = tell_detail(s, visit, userdata);
	return r < 0 ? r : ledger_errno(code);
}

static int put_detail(const struct detail *d, void *userdata)
{
	struct ledger_row *row = ledger_batch_add(userdata, LEDGER_DETAIL);

	if (!row || ledger_row_text(row, 0, d->person) < 0 ||
		ledger_row_text(row, 1, d->site) < 0 || ledger_row_text(row, 4, d->name) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 2, d->day);
	ledger_row_integer(row, 3, d->kind);
	ledger_row_integer(row, 5, (int64_t)d->bytes);
	return 0;
}

int ledger_put_details(struct ledger *l, struct details *d, int32_t today)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = calloc(1, sizeof(*b));
	struct ledger_row *forget = b ? ledger_batch_add(b, LEDGER_DETAIL_FORGET) : NULL;
	int r;

	if (!forget)
		return -ENOMEM;
	ledger_row_integer(forget, 0, today - LEDGER_DETAIL_DAYS);
	r = details_tell(d, false, put_detail, b); /* the last that can fail: it is told now */
	if (r >= 0 && b->n > 1)
		ledger_writer_push(l->writer, TAKE_PTR(b));
	return r;
}
