/* One prepared statement each; the sums have the order that is wanted as their key. */
#include "system/ledger-report.h"

#include <errno.h>

#include "base/cleanup.h"
#include "system/ledger-internal.h"

/* A damaged file may hold none where the tables say that there is one. */
static const char *text_of(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

/* Sums of what was taken out again in another zone may fall below nothing. */
static uint64_t amount_of(sqlite3_stmt *s, int column)
{
	const sqlite3_int64 n = sqlite3_column_int64(s, column);

	return n > 0 ? (uint64_t)n : 0;
}

/* sql: with ?1 first day, ?2 last day, ?3 person. */
static int prepare(struct ledger *l, const char *sql, const struct ledger_report_query *query,
	sqlite3_stmt **ret)
{
	const int code = sqlite3_prepare_v2(l->db, sql, -1, ret, NULL);

	if (code != SQLITE_OK)
		return ledger_errno(code);
	sqlite3_bind_int(*ret, 1, query->first_day);
	sqlite3_bind_int(*ret, 2, query->last_day);
	if (query->person)
		sqlite3_bind_text(*ret, 3, query->person, -1, SQLITE_STATIC);
	return 0;
}

int ledger_read_days(struct ledger *l, const struct ledger_report_query *query,
	int (*visit)(const struct ledger_day *day, void *userdata), void *userdata)
{
	static const char sql[] =
		"SELECT day, person, site, used_usec, longest_usec, opens, down_bytes, up_bytes"
		" FROM daily WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR person = ?3)"
		" ORDER BY day, person, site";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE, r;

	r = prepare(l, sql, query, &s);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW) {
		const struct ledger_day day = {
			.day = sqlite3_column_int(s, 0),
			.person = text_of(s, 1),
			.site = text_of(s, 2),
			.used_usec = amount_of(s, 3),
			.longest_usec = amount_of(s, 4),
			.opens = amount_of(s, 5),
			.down_bytes = amount_of(s, 6),
			.up_bytes = amount_of(s, 7),
		};

		r = visit(&day, userdata);
	}
	return r < 0 ? r : ledger_errno(code);
}

/* The seasons that lie wholly in [first, last]: the first one's first day, and the day behind the
 * last one's; both last + 1 where there is none. Mondays are days 4, 11, … */
static void find_seasons(int32_t first, int32_t last, int32_t *ret_begin, int32_t *ret_end)
{
	const int64_t shift = 3, n = LEDGER_SEASON_DAYS;
	const int64_t begin = ((int64_t)first + shift + n - 1) / n * n - shift;
	const int64_t end = ((int64_t)last + 1 + shift) / n * n - shift;
	const bool any = first >= 0 && begin < end;

	*ret_begin = any ? (int32_t)begin : last + 1;
	*ret_end = any ? (int32_t)end : last + 1;
}

int ledger_read_hours(struct ledger *l, const struct ledger_report_query *query,
	int (*visit)(unsigned weekday, unsigned hour, uint64_t used_usec, void *userdata),
	void *userdata)
{
	/* ?4 to ?5: whole seasons; by days before and behind them */
	static const char sql[] =
		"SELECT (day + 3) % 7, hour, used_usec FROM hourly"
		" WHERE day >= ?1 AND day < ?4 AND (?3 IS NULL OR person = ?3)"
		" UNION ALL SELECT weekday, hour, used_usec FROM heat"
		" WHERE season >= ?4 AND season < ?5 AND (?3 IS NULL OR person = ?3)"
		" UNION ALL SELECT (day + 3) % 7, hour, used_usec FROM hourly"
		" WHERE day >= ?5 AND day <= ?2 AND (?3 IS NULL OR person = ?3)";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE, r;
	int32_t begin, end;

	find_seasons(query->first_day, query->last_day, &begin, &end);
	r = prepare(l, sql, query, &s);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 4, begin);
	sqlite3_bind_int(s, 5, end);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW) {
		const int weekday = sqlite3_column_int(s, 0), hour = sqlite3_column_int(s, 1);

		if (weekday >= 0 && weekday < 7 && hour >= 0 && hour < 24)
			r = visit((unsigned)weekday, (unsigned)hour, amount_of(s, 2), userdata);
	}
	return r < 0 ? r : ledger_errno(code);
}

int ledger_read_weeks(struct ledger *l, const char *person,
	int (*visit)(int32_t week, const char *person, uint64_t used_usec, void *userdata),
	void *userdata)
{
	static const char sql[] = "SELECT week, person, used_usec FROM weekly"
				  " WHERE used_usec > 0 AND week BETWEEN ?1 AND ?2"
				  " AND (?3 IS NULL OR person = ?3)"
				  " ORDER BY week, person";
	const struct ledger_report_query query = { person, INT32_MIN, INT32_MAX };
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE, r;

	r = prepare(l, sql, &query, &s);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = visit(sqlite3_column_int(s, 0), text_of(s, 1), amount_of(s, 2), userdata);
	return r < 0 ? r : ledger_errno(code);
}

int ledger_read_declared(struct ledger *l, const struct ledger_declared_query *query,
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata),
	void *userdata)
{
	/* the kinds as the index has them, else it is not used */
	static const char sql[] = "SELECT wall_usec, kind, person, site, text FROM"
				  " (SELECT * FROM event WHERE kind IN (" LEDGER_DECLARED_KINDS ")"
				  " AND wall_usec >= ?1 AND wall_usec < ?2"
				  " AND (?3 IS NULL OR person = ?3)"
				  " ORDER BY wall_usec DESC LIMIT ?4) ORDER BY wall_usec, id";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL), r = 0;

	if (code != SQLITE_OK)
		return ledger_errno(code);
	sqlite3_bind_int64(s, 1, (int64_t)query->since_usec);
	sqlite3_bind_int64(s, 2, (int64_t)query->until_usec);
	if (query->person)
		sqlite3_bind_text(s, 3, query->person, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, query->most);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = event((usec_t)sqlite3_column_int64(s, 0), text_of(s, 1), text_of(s, 2),
			text_of(s, 3), text_of(s, 4), userdata);
	return r < 0 ? r : ledger_errno(code);
}

int ledger_read_span(struct ledger *l, const struct ledger_span *key, struct ledger_span *ret)
{
	static const char sql[] = "SELECT " LEDGER_SPAN_COLUMNS " FROM span"
				  " WHERE person = ? AND site = ? AND start_usec = ?";
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		return ledger_errno(code);
	sqlite3_bind_text(s, 1, key->person, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, key->site, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, (int64_t)key->start_usec);
	code = sqlite3_step(s);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? -ENOENT : ledger_errno(code);
	*ret = ledger_span_of(s);
	ret->person = key->person; /* the statement's die with it */
	ret->site = key->site;
	return 0;
}
