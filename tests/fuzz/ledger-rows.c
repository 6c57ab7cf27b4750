/* The tables that are read are temporary ones of the same columns: SQLite finds those first, and
 * they hold what a damaged file may hold, but no rule lets in: no value at all, a text for a
 * number, a key twice. */
#include "ledger-rows.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "core/commitment.h"
#include "core/lease.h"
#include "core/passes.h"
#include "system/ledger-forget.h"
#include "system/ledger-held.h"
#include "system/ledger-household.h"
#include "system/ledger-internal.h"
#include "system/ledger-passes.h"
#include "system/ledger-past.h"
#include "system/ledger-report.h"
#include "system/ledger-schema.h"

#define ROWS_MAX 16
#define DAY_USEC (24 * 3600 * USEC_PER_SEC)
#define TODAY    20000

static struct ledger *ledger; /* of which is asked */
static sqlite3 *reader;       /* its connection, if it is ours */

static const struct instant now = { .boot_usec = 2 * DAY_USEC, .wall_usec = TODAY * DAY_USEC };

/* Every byte of a text is read. */
static void see(const char *text)
{
	must(strlen(text) < SIZE_MAX);
}

static void see_any(const char *text)
{
	if (text)
		see(text);
}

static int on_usage(const struct ledger_usage *u, void *userdata)
{
	see(u->person);
	see(u->target);
	return 0;
}

/* It goes on from where it was. */
static int on_meter(const struct ledger_meter *row, void *userdata)
{
	const struct meter_parameters p = {
		.burst_bytes = METER_BURST_BYTES,
		.burst_usec = METER_BURST_USEC,
		.bridge_usec = METER_BRIDGE_USEC,
		.tail_usec = METER_TAIL_USEC,
		.settle_usec = METER_SETTLE_USEC,
		.beacon_bytes = METER_BEACON_BYTES,
		.beacon_usec = METER_BEACON_USEC,
		.needs_media = true,
	};
	struct meter_credit credits[METER_CREDITS_MAX];
	struct meter m = row->meter;
	usec_t from = now.boot_usec;

	see(row->person);
	see(row->site);
	meter_open_gap(&m, &p, from);
	meter_live_until(&m, &p);
	meter_next(&m, &p, from);
	for (int i = 0; i < 6; i++, from += USEC_PER_SEC) {
		const struct meter_sample s = { .from_usec = from,
			.to_usec = from + USEC_PER_SEC,
			.feed_down_bytes = i == 4 ? 0 : 20000,
			.feed_up_bytes = 2000,
			.media_down_bytes = i == 4 ? 0 : 20000,
			.away = i == 5 };
		const int n = meter_feed(&m, &p, &s, credits);

		must(n <= METER_CREDITS_MAX && m.n_window <= METER_WINDOW_SAMPLES);
		for (int k = 0; k < n; k++)
			must(credits[k].from_usec <= credits[k].to_usec);
	}
	return 0;
}

static int on_counter(const struct ledger_counter *c, void *userdata)
{
	must(address_size(c->block.family) > 0);
	return 0;
}

static int on_mark(const char *person, uint32_t mark, void *userdata)
{
	see(person);
	return 0;
}

static int on_block(const struct lease_block *b, void *book)
{
	must(address_size(b->base.family) > 0 && b->kind < HOST_KINDS);
	see(b->site);
	lease_book_load_block(book, b);
	return 0;
}

static int on_name(const struct lease_name *n, void *book)
{
	struct address answer[LEASE_SLOTS_MAX];

	must(address_size(n->family) > 0 && n->n_slots <= LEASE_SLOTS_MAX);
	see(n->name);
	for (size_t i = 0; i < n->n_slots; i++)
		must(address_size(n->slots[i].lease.family) > 0);
	if (lease_book_load_name(book, n) >= 0)
		must(lease_answer(n, answer) <= LEASE_SLOTS_MAX &&
			lease_book_find(book, n->name, n->family) != NULL);
	return 0;
}

static int on_alone(const struct alone *a, void *userdata)
{
	must(address_size(a->address.family) > 0);
	return 0;
}

static int on_span(const struct ledger_span *s, void *userdata)
{
	see(s->person);
	see(s->site);
	return 0;
}

static int on_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	see(kind);
	see_any(person);
	see_any(site);
	see(text);
	return 0;
}

static int on_try(const struct ledger_try *t, void *userdata)
{
	return 0;
}

static int on_detail(const struct detail *d, void *details)
{
	must(d->kind < DETAIL_KINDS);
	see(d->person);
	return details_add(details, d);
}

static int on_pass(const struct ledger_pass *row, void *book)
{
	struct pass *pass;

	see(row->boot_id);
	must(passes_add(book, &row->pass, &pass) >= 0);
	if (pass_is_live(pass))
		pass_restore(pass, strcmp(row->boot_id, "boot") == 0, row->at, now);
	return 0;
}

static int on_household(const struct ledger_household *row, void *household)
{
	household_add(household, &row->key, row->items, row->n);
	household_set_ahead(household, row->key.device, row->ahead_usec);
	return 0;
}

static int on_told_pass(const struct told_pass *pass, void *told)
{
	told_passes_add(told, pass, now.wall_usec);
	return 0;
}

static int on_day(const struct ledger_day *day, void *userdata)
{
	see(day->person);
	see(day->site);
	return 0;
}

static int on_hour(unsigned weekday, unsigned hour, uint64_t used_usec, void *userdata)
{
	must(weekday < 7 && hour < 24);
	return 0;
}

static int on_week(int32_t week, const char *person, uint64_t used_usec, void *userdata)
{
	see(person);
	return 0;
}

static void read_with(const struct ledger_reader *r, void *userdata)
{
	ledger_read(ledger, r, 0, "boot", userdata);
}

static void ask_meta(void)
{
	struct ledger_last last;

	ledger_read_last(ledger, "boot", &last);
}

static void ask_usage(void)
{
	int32_t day;

	read_with(&(struct ledger_reader){ .usage = on_usage }, NULL);
	ledger_knows(ledger, "anna", "alpha");
	ledger_last_day(ledger, INT32_MAX, &day);
}

static void ask_span(void)
{
	const struct ledger_day_query q = { .person = "anna", .last_day = INT32_MAX };
	const struct ledger_span key = { .person = "anna", .site = "alpha", .start_usec = 1 };
	struct ledger_span span;
	int32_t day;

	read_with(&(struct ledger_reader){ .span = on_span }, NULL);
	ledger_read_spans(ledger, &q, on_span, NULL);
	if (ledger_read_span(ledger, &key, &span) >= 0)
		on_span(&span, NULL);
	ledger_first_day(ledger, &day);
}

static void ask_meter(void)
{
	read_with(&(struct ledger_reader){ .meter = on_meter }, NULL);
}

static void ask_counter(void)
{
	read_with(&(struct ledger_reader){ .counter = on_counter }, NULL);
}

static void ask_mark(void)
{
	read_with(&(struct ledger_reader){ .mark = on_mark }, NULL);
}

static void ask_leases(void)
{
	struct lease_book *book;
	struct prefix range4, range6;

	must(prefix_parse("198.19.128.0/17", &range4) >= 0 &&
		prefix_parse("2001:2:0:f000::/52", &range6) >= 0);
	must(lease_book_new(&range4, &range6, &book) >= 0);
	read_with(&(struct ledger_reader){ .block = on_block, .name = on_name }, book);
	lease_book_free(book);
}

static void ask_alone(void)
{
	read_with(&(struct ledger_reader){ .alone = on_alone }, NULL);
}

static void ask_event(void)
{
	const struct ledger_event_query events = { .person = "anna", .most = 1000 };
	const struct ledger_declared_query declared = { .until_usec = INT64_MAX, .most = 1000 };

	read_with(&(struct ledger_reader){ .event = on_event }, NULL);
	ledger_read_events(ledger, &events, on_event, NULL);
	ledger_read_declared(ledger, &declared, on_event, NULL);
	ledger_was_stopped(ledger);
}

static void ask_try(void)
{
	read_with(&(struct ledger_reader){ .try = on_try }, NULL);
}

static void ask_detail(void)
{
	const struct ledger_day_query q = { .last_day = INT32_MAX };
	struct details *details;

	must(details_new(&details) >= 0);
	ledger_read_details(ledger, &q, on_detail, details);
	details_forget(details, TODAY);
	details_free(details);
}

static void ask_pass(void)
{
	struct passes book = { 0 };

	ledger_read_passes(ledger, 0, on_pass, &book);
	passes_next(&book);
	passes_used(&book, "anna", PASS_PASS, TODAY);
	for (size_t i = 0; i <= book.n && passes_step(&book, now.boot_usec); i++)
		;
	passes_forget(&book, TODAY);
	passes_done(&book);
}

static void ask_household(void)
{
	struct household *h;

	must(household_new(&h) >= 0);
	ledger_read_household(ledger, 0, on_household, h);
	household_free(h);
}

static void ask_told_pass(void)
{
	struct told_passes told = { 0 };

	ledger_read_told_passes(ledger, 0, on_told_pass, &told);
	told_passes_next(&told, now.wall_usec);
	told_passes_step(&told, now.wall_usec);
	told_passes_forget(&told, TODAY);
	told_passes_done(&told);
}

static void ask_report(void)
{
	const struct ledger_report_query q = { .person = NULL, .last_day = INT32_MAX };

	ledger_read_days(ledger, &q, on_day, NULL);
	ledger_read_hours(ledger, &q, on_hour, NULL);
	ledger_read_weeks(ledger, NULL, on_week, NULL);
}

static void ask_held(void)
{
	struct commitment_items pending = { 0 };
	struct commitment_moment then;
	struct ledger_held held;

	if (ledger_held_row(ledger->db, &held) < 0)
		return;
	then = (struct commitment_moment){ held.boot_id, held.time_usec, held.boot_usec,
		held.wall_usec };
	see(held.config);
	commitment_time(&then, "boot", now);
	if (commitment_items_read(held.pending, &pending) == 0)
		commitment_next(&pending);
	commitment_items_done(&pending);
	ledger_held_done(&held);
}

/* What the writer does about wishes, here on the tables that are read; and a day that counts. */
static struct {
	enum ledger_statement what;
	sqlite3_stmt *run;
} forgetting[] = {
	{ .what = LEDGER_FORGET_SPANS },
	{ .what = LEDGER_FORGET_USAGE },
	{ .what = LEDGER_FORGET_DETAILS },
	{ .what = LEDGER_FORGET_PASSES },
	{ .what = LEDGER_FORGET_EVENTS },
	{ .what = LEDGER_FORGET_DONE },
};
static sqlite3_stmt *put_day, *take_day;

static void step(sqlite3_stmt *s)
{
	must(sqlite3_step(s) == SQLITE_DONE && sqlite3_reset(s) == SQLITE_OK);
}

/* Whatever somebody wants forgotten, what still counts stays. */
static void ask_forget(void)
{
	const struct ledger_bounds bounds = { .counts_day = TODAY, .counts_usec = now.wall_usec };

	if (ledger->db != reader) {
		must(ledger_tidy(ledger, NULL, &bounds) == 0);
		return;
	}
	step(put_day);
	for (size_t i = 0; i < ELEMENTSOF(forgetting); i++) {
		must(sqlite3_bind_int64(forgetting[i].run, 1,
			     forgetting[i].what == LEDGER_FORGET_EVENTS ? (int64_t)now.wall_usec
									: TODAY) == SQLITE_OK);
		step(forgetting[i].run);
	}
	step(take_day);
	must(sqlite3_changes(reader) == 1);
}

/* Whom to ask about each table: a new one comes last, since inputs know them by number. */
static struct table {
	const char *name;
	void (*ask)(void);
	sqlite3_stmt *put, *clear;
	int n_columns;
} tables[] = {
	{ .name = "meta", .ask = ask_meta },
	{ .name = "usage", .ask = ask_usage },
	{ .name = "span", .ask = ask_span },
	{ .name = "meter", .ask = ask_meter },
	{ .name = "counter", .ask = ask_counter },
	{ .name = "mark", .ask = ask_mark },
	{ .name = "block", .ask = ask_leases },
	{ .name = "name", .ask = ask_leases },
	{ .name = "alone", .ask = ask_alone },
	{ .name = "event", .ask = ask_event },
	{ .name = "try", .ask = ask_try },
	{ .name = "detail", .ask = ask_detail },
	{ .name = "pass", .ask = ask_pass },
	{ .name = "household", .ask = ask_household },
	{ .name = "told_pass", .ask = ask_told_pass },
	{ .name = "daily", .ask = ask_report },
	{ .name = "hourly", .ask = ask_report },
	{ .name = "heat", .ask = ask_report },
	{ .name = "weekly", .ask = ask_report },
	{ .name = "held", .ask = ask_held },
	{ .name = "moment", .ask = ask_held },
	{ .name = "forget", .ask = ask_forget },
};

/* A table of numbers from 0 on, for a trigger: nobody writes it, and nobody else reads it. */
#define UNREAD "quarter"

/* Words that lead further in than noise does. */
static const char *const words[] = { "", "anna", "alpha", "boot", "day", "wall_usec", "boot_usec",
	"boot_id", "start", "stop", "pass", "focus", "192.0.2.1", "198.19.128.0", "198.19.128.64",
	"198.19.128.1", "2001:2:0:f000::", "192.0.2.1 443", "* 853",
	"198.19.128.1=192.0.2.1 198.19.128.2=192.0.2.2", "2001:2:0:f000::1=2001:db8::1" };

static const int64_t numbers[] = { 0, 1, 2, 3, 4, 6, TODAY, -1, INT32_MAX, INT32_MIN, INT64_MAX,
	INT64_MIN, UINT32_MAX, (int64_t)(2 * DAY_USEC), (int64_t)(TODAY *DAY_USEC) };

static int64_t long_number(struct fuzz_input *in)
{
	const uint64_t high = fuzz_number(in, 4);

	return (int64_t)(high << 32 | fuzz_number(in, 4));
}

/* Up to 255 bytes of the input. */
static size_t length(struct fuzz_input *in)
{
	const size_t n = fuzz_number(in, 1);

	return n < in->n ? n : in->n;
}

static void skip(struct fuzz_input *in, size_t n)
{
	in->data += n;
	in->n -= n;
}

/* Of the size that is looked for; what the input lacks is nothing. */
static int bind_meter(sqlite3_stmt *s, int at, struct fuzz_input *in)
{
	uint8_t bytes[sizeof(struct meter)] = { 0 };
	const size_t n = in->n < sizeof(bytes) ? in->n : sizeof(bytes);

	memcpy(bytes, in->data, n);
	skip(in, n);
	return sqlite3_bind_blob(s, at, bytes, sizeof(bytes), SQLITE_TRANSIENT);
}

static int bind_any(sqlite3_stmt *s, int at, struct fuzz_input *in)
{
	const unsigned how = fuzz_number(in, 1), which = how / 8;
	const uint8_t *bytes;
	size_t n;

	switch (how % 8) {
	case 0:
		return sqlite3_bind_null(s, at);
	case 1:
		return sqlite3_bind_int64(s, at, numbers[which % ELEMENTSOF(numbers)]);
	case 2:
		return sqlite3_bind_int64(s, at, long_number(in));
	case 3:
		return sqlite3_bind_double(s, at, (double)long_number(in) / (1 + which));
	case 4:
		return bind_meter(s, at, in);
	case 5:
		return sqlite3_bind_text(
			s, at, words[which % ELEMENTSOF(words)], -1, SQLITE_STATIC);
	}
	n = length(in);
	bytes = in->data;
	skip(in, n);
	return how % 8 == 6 ? sqlite3_bind_text(s, at, (const char *)bytes, (int)n, SQLITE_STATIC)
			    : sqlite3_bind_blob(s, at, bytes, (int)n, SQLITE_STATIC);
}

static void put_row(const struct table *t, struct fuzz_input *in)
{
	for (int i = 0; i < t->n_columns; i++)
		must(bind_any(t->put, i + 1, in) == SQLITE_OK);
	must(sqlite3_step(t->put) == SQLITE_DONE && sqlite3_reset(t->put) == SQLITE_OK);
}

/* Called for each connection; the one that reads is opened last. */
static int on_connection(sqlite3 *db, const char **error, const void *api)
{
	reader = db;
	return SQLITE_OK;
}

static sqlite3_stmt *prepare_sql(const char *sql)
{
	sqlite3_stmt *s;

	must(sqlite3_prepare_v3(reader, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK);
	return s;
}

static sqlite3_stmt *prepare(const char *before, const char *table, const char *behind)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "%s%s%s", before, table, behind);
	return prepare_sql(sql);
}

static bool has_row(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(tables); i++)
		if (strcmp(tables[i].name, name) == 0)
			return true;
	return strcmp(name, UNREAD) == 0;
}

/* Of each table that the ledger has any values are read. */
static void check_tables(void)
{
	sqlite3_stmt *s = prepare_sql("SELECT name FROM main.sqlite_master WHERE type = 'table'");

	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);

		if (has_row(name))
			continue;
		fprintf(stderr, "%s: no row for the ledger's table %s\n", __FILE__, name);
		abort();
	}
	must(sqlite3_finalize(s) == SQLITE_OK);
}

static void begin_forgetting(void)
{
	for (size_t i = 0; i < ELEMENTSOF(forgetting); i++)
		forgetting[i].run = prepare_sql(ledger_statements[forgetting[i].what].sql);
	put_day = prepare_sql("INSERT INTO temp.span (person, site, start_usec, day)"
			      " VALUES ('anna', 'alpha', 1, ?)");
	must(sqlite3_bind_int(put_day, 1, TODAY) == SQLITE_OK);
	take_day = prepare_sql("DELETE FROM temp.span");
}

static void end_forgetting(void)
{
	for (size_t i = 0; i < ELEMENTSOF(forgetting); i++)
		sqlite3_finalize(forgetting[i].run);
	sqlite3_finalize(put_day);
	sqlite3_finalize(take_day);
}

static void shadow(struct table *t)
{
	char sql[128], marks[64] = " VALUES (?";
	sqlite3_stmt *s = prepare("SELECT * FROM main.", t->name, "");

	t->n_columns = sqlite3_column_count(s);
	sqlite3_finalize(s);
	snprintf(sql, sizeof(sql), "CREATE TEMP TABLE %s AS SELECT * FROM main.%s WHERE 0", t->name,
		t->name);
	must(sqlite3_exec(reader, sql, NULL, NULL, NULL) == SQLITE_OK);
	for (int i = 1; i < t->n_columns; i++)
		strcat(marks, ",?");
	t->put = prepare("INSERT INTO temp.", t->name, strcat(marks, ")"));
	t->clear = prepare("DELETE FROM temp.", t->name, "");
}

static void leave(void)
{
	for (size_t i = 0; i < ELEMENTSOF(tables); i++) {
		sqlite3_finalize(tables[i].put);
		sqlite3_finalize(tables[i].clear);
	}
	end_forgetting();
	ledger = ledger_close(ledger);
}

/* A ledger as we make it. SQLite's small store of its own would hide what reads a text that is
 * gone. */
static void arrive(void)
{
	char folder[] = "/dev/shm/focusd-fuzz-XXXXXX", path[64], *error = NULL;

	must(mkdtemp(folder) != NULL &&
		sqlite3_auto_extension((void (*)(void))on_connection) == SQLITE_OK);
	must(ledger_open(folder, NULL, NULL, NULL, &ledger, &error) == 0);
	sqlite3_cancel_auto_extension((void (*)(void))on_connection);
	must(sqlite3_db_config(reader, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0) == SQLITE_OK);
	must(sqlite3_exec(reader, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL) == SQLITE_OK);
	check_tables();
	for (size_t i = 0; i < ELEMENTSOF(tables); i++)
		shadow(&tables[i]);
	begin_forgetting();
	must(atexit(leave) == 0);
	/* open, and gone from the disk */
	snprintf(path, sizeof(path), "%s/" LEDGER_FILE, folder);
	must(unlink(path) == 0);
	snprintf(path, sizeof(path), "%s/" LEDGER_FILE "-wal", folder);
	must(unlink(path) == 0);
	snprintf(path, sizeof(path), "%s/" LEDGER_FILE "-shm", folder);
	must(unlink(path) == 0 && rmdir(folder) == 0);
}

/* One question of an input, and rows of the tables that it is about. */
void rows_use(struct fuzz_input *in)
{
	size_t first, end;

	if (!ledger)
		arrive();
	first = end = fuzz_number(in, 1) % ELEMENTSOF(tables);
	while (first > 0 && tables[first - 1].ask == tables[first].ask)
		first--;
	while (end < ELEMENTSOF(tables) && tables[end].ask == tables[first].ask)
		end++;
	for (size_t i = 0; i < ROWS_MAX && in->n > 0; i++)
		put_row(&tables[first + fuzz_number(in, 1) % (end - first)], in);
	tables[first].ask();
	for (size_t i = first; i < end; i++)
		must(sqlite3_step(tables[i].clear) == SQLITE_DONE &&
			sqlite3_reset(tables[i].clear) == SQLITE_OK);
}

void rows_ask(struct ledger *l)
{
	struct ledger *own = ledger;

	ledger = l;
	for (size_t i = 0; i < ELEMENTSOF(tables); i++)
		if (i == 0 || tables[i].ask != tables[i - 1].ask)
			tables[i].ask();
	ledger = own;
}
