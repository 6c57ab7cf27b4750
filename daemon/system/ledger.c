/* The ledger's desk: turns what must survive into rows for the writer, and rows back into values.
 */
#include "system/ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/cleanup.h"
#include "system/ledger-internal.h"
#include "system/ledger-open.h"

DEFINE_CLEANUP(struct ledger *, ledger_close);
DEFINE_CLEANUP(struct ledger_batch *, ledger_batch_free);

struct ledger *ledger_close(struct ledger *l)
{
	if (!l)
		return NULL;
	sd_event_source_disable_unref(l->source);
	ledger_writer_free(l->writer);
	sqlite3_close_v2(l->db);
	if (l->notify_fd >= 0)
		close(l->notify_fd);
	free(l->path);
	free(l);
	return NULL;
}

/* The disk takes it again: from now on the file is asked. */
static void leave_copy(struct ledger *l)
{
	sqlite3 *db;

	if (!l->is_copy || ledger_connect(l->path, SQLITE_OPEN_READWRITE, &db) < 0)
		return; /* or after the next write */
	sqlite3_close_v2(l->db);
	l->db = db;
	l->is_copy = false;
}

static int on_notify(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct ledger *l = userdata;
	uint64_t n;
	int r;

	if (read(fd, &n, sizeof(n)) < 0)
		return 0; /* somebody was quicker: nothing is lost */
	r = ledger_writer_state(l->writer);
	if (r >= 0)
		leave_copy(l);
	l->problem(r < 0 ? strerror(-r) : "", l->userdata);
	return 0;
}

static int fail(char **ret_error, const char *path, int r)
{
	const char *why = r == -EPROTONOSUPPORT
				  ? "it was written by a newer focusd; expected an older "
				    "or equal version"
				  : strerror(-r);

	if (asprintf(ret_error, "%s: can't open the ledger: %s", path, why) < 0)
		*ret_error = NULL;
	return r;
}

int ledger_open(const char *dir, struct sd_event *event, ledger_problem_fn problem, void *userdata,
	struct ledger **ret, char **ret_error)
{
	_cleanup_(ledger_closep) struct ledger *l = calloc(1, sizeof(*l));
	struct ledger_opened files;
	int r;

	if (!l)
		return -ENOMEM;
	l->notify_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->problem = problem;
	l->userdata = userdata;
	if (l->notify_fd < 0)
		return -errno;
	if (asprintf(&l->path, "%s/" LEDGER_FILE, dir) < 0) {
		l->path = NULL;
		return -ENOMEM;
	}
	r = ledger_open_file(l->path, &files);
	if (r < 0)
		return fail(ret_error, l->path, r);
	l->db = files.read;
	l->is_copy = files.refused < 0;
	if (files.damaged && problem)
		problem("it was damaged and set aside; counting began anew", userdata);
	if (files.refused < 0 && problem)
		problem(strerror(-files.refused), userdata);
	r = ledger_writer_new(l->path, files.write, l->notify_fd, &l->writer);
	if (r >= 0 && event)
		r = sd_event_add_io(event, &l->source, l->notify_fd, EPOLLIN, on_notify, l);
	if (r < 0)
		return fail(ret_error, l->path, r);
	*ret = TAKE_PTR(l);
	return 0;
}

int ledger_sync(struct ledger *l)
{
	const int r = ledger_writer_sync(l->writer);

	if (r >= 0)
		leave_copy(l);
	return r;
}

void ledger_rest(struct ledger *l)
{
	sqlite3_db_release_memory(l->db);
}

static int put_usage(struct ledger_batch *b, const struct ledger_usage *u)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_USAGE);

	if (!row || ledger_row_text(row, 0, u->person) < 0 ||
		ledger_row_text(row, 2, u->target) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 1, u->is_group);
	ledger_row_integer(row, 3, u->day);
	ledger_row_integer(row, 4, (int64_t)(u->used_usec + u->elsewhere_usec));
	ledger_row_integer(row, 5, (int64_t)u->elsewhere_usec);
	return 0;
}

static int put_span(struct ledger_batch *b, const struct ledger_span *s)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_SPAN);

	if (!row || ledger_row_text(row, 0, s->person) < 0 || ledger_row_text(row, 1, s->site) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 2, (int64_t)s->start_usec);
	ledger_row_integer(row, 3, s->day);
	ledger_row_integer(row, 4, (int64_t)s->end_usec);
	ledger_row_integer(row, 5, (int64_t)s->used_usec);
	ledger_row_integer(row, 6, (int64_t)s->down_bytes);
	ledger_row_integer(row, 7, (int64_t)s->up_bytes);
	ledger_row_integer(row, 8, s->opens);
	return 0;
}

static int put_meter(struct ledger_batch *b, const struct ledger_meter *m, const char *boot_id)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_METER);

	if (!row || ledger_row_text(row, 0, m->person) < 0 ||
		ledger_row_text(row, 1, m->site) < 0 || ledger_row_text(row, 2, boot_id) < 0)
		return -ENOMEM;
	return ledger_row_blob(row, 3, &m->meter, sizeof(m->meter));
}

static int put_counter(struct ledger_batch *b, const struct ledger_counter *c, const char *boot_id)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_COUNTER);
	char block[ADDRESS_TEXT_MAX];

	if (!row || ledger_row_text(row, 0, address_format(&c->block, block)) < 0 ||
		ledger_row_text(row, 2, boot_id) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 1, c->mark);
	ledger_row_integer(row, 3, (int64_t)c->down_bytes);
	ledger_row_integer(row, 4, (int64_t)c->up_bytes);
	return 0;
}

/* "192.0.2.1 443"; "* 853" for what is not known. */
#define SERVER_TEXT_MAX (ADDRESS_TEXT_MAX + 8)
static int put_try(struct ledger_batch *b, const struct ledger_try *t, const char *boot_id)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_TRY);
	char address[ADDRESS_TEXT_MAX] = "*", server[SERVER_TEXT_MAX];

	if (t->server.address.family != AF_UNSPEC)
		address_format(&t->server.address, address);
	snprintf(server, sizeof(server), "%s %u", address, t->server.port);
	if (!row || ledger_row_text(row, 1, server) < 0 || ledger_row_text(row, 2, boot_id) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 0, t->uid);
	ledger_row_integer(row, 3, (int64_t)t->count);
	ledger_row_integer(row, 4, (int64_t)t->seen);
	ledger_row_integer(row, 5, (int64_t)t->last_usec);
	return 0;
}

static int put_meta(struct ledger_batch *b, const char *key, int64_t value)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_META);

	if (!row || ledger_row_text(row, 0, key) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 1, value);
	return 0;
}

static int put_meta_text(struct ledger_batch *b, const char *key, const char *value)
{
	struct ledger_row *row = ledger_batch_add(b, LEDGER_META);

	return row && ledger_row_text(row, 0, key) >= 0 && ledger_row_text(row, 1, value) >= 0
		       ? 0
		       : -ENOMEM;
}

int ledger_put_state(struct ledger *l, const struct ledger_state *state)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = calloc(1, sizeof(*b));
	int r = b ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < state->n_usage; i++)
		r = put_usage(b, &state->usage[i]);
	for (size_t i = 0; r >= 0 && i < state->n_spans; i++)
		r = put_span(b, &state->spans[i]);
	for (size_t i = 0; r >= 0 && i < state->n_meters; i++)
		r = put_meter(b, &state->meters[i], state->boot_id);
	for (size_t i = 0; r >= 0 && i < state->n_counters; i++)
		r = put_counter(b, &state->counters[i], state->boot_id);
	for (size_t i = 0; r >= 0 && i < state->n_tries; i++)
		r = put_try(b, &state->tries[i], state->boot_id);
	if (r >= 0)
		r = put_meta(b, "day", state->day);
	if (r >= 0)
		r = put_meta(b, "wall_usec", (int64_t)state->now_wall_usec);
	if (r >= 0)
		r = put_meta(b, "boot_usec", (int64_t)state->now_boot_usec);
	if (r >= 0)
		r = put_meta_text(b, "boot_id", state->boot_id);
	if (r >= 0)
		ledger_writer_push(l->writer, TAKE_PTR(b));
	return r;
}

/* A batch of one row; the row is NULL when there is no memory. */
static struct ledger_row *begin_row(struct ledger_batch **ret, enum ledger_statement statement)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? ledger_batch_add(*ret, statement) : NULL;
}

int ledger_put_event(struct ledger *l, usec_t wall_usec, const char *kind, const char *person,
	const char *site, const char *text)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = NULL;
	struct ledger_row *row = begin_row(&b, LEDGER_EVENT);

	if (!row || ledger_row_text(row, 1, kind) < 0 || ledger_row_text(row, 2, person) < 0 ||
		ledger_row_text(row, 3, site) < 0 || ledger_row_text(row, 4, text) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 0, (int64_t)wall_usec);
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

int ledger_put_block(struct ledger *l, const struct lease_block *block)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = NULL;
	struct ledger_row *row = begin_row(&b, LEDGER_BLOCK);
	char base[ADDRESS_TEXT_MAX];

	if (!row || ledger_row_text(row, 0, address_format(&block->base, base)) < 0 ||
		ledger_row_text(row, 1, block->site) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 2, block->kind);
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

int ledger_put_name(struct ledger *l, const struct lease_name *name)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = NULL;
	struct ledger_row *row = begin_row(&b, LEDGER_NAME);
	char slots[LEASE_SLOTS_MAX * 2 * (ADDRESS_TEXT_MAX + 1) + 1] = "";
	char *end = slots, lease[ADDRESS_TEXT_MAX], real[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < name->n_slots; i++)
		end += sprintf(end, "%s%s=%s", i > 0 ? " " : "",
			address_format(&name->slots[i].lease, lease),
			address_format(&name->slots[i].real, real));
	if (!row || ledger_row_text(row, 0, name->name) < 0 || ledger_row_text(row, 2, slots) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 1, name->family == AF_INET6 ? 6 : 4);
	ledger_row_integer(row, 3, (int64_t)name->used_usec);
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

int ledger_put_mark(struct ledger *l, const char *person, uint32_t mark)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = NULL;
	struct ledger_row *row = begin_row(&b, LEDGER_MARK);

	if (!row || ledger_row_text(row, 0, person) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 1, mark);
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

int ledger_put_alone(struct ledger *l, const struct address *a, usec_t known_usec)
{
	_cleanup_(ledger_batch_freep) struct ledger_batch *b = NULL;
	struct ledger_row *row = begin_row(&b, LEDGER_ALONE);
	char text[ADDRESS_TEXT_MAX];

	if (!row || ledger_row_text(row, 0, address_format(a, text)) < 0)
		return -ENOMEM;
	ledger_row_integer(row, 1, (int64_t)known_usec);
	ledger_writer_push(l->writer, TAKE_PTR(b));
	return 0;
}

/* What one listing needs: the parameters of its statement and where its rows go. */
struct listing {
	const struct ledger_reader *reader;
	void *userdata;
};

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

static int read_usage(sqlite3_stmt *s, const struct listing *l)
{
	return l->reader->usage(
		&(struct ledger_usage){
			.person = text_of(s, 0),
			.is_group = sqlite3_column_int(s, 1),
			.target = text_of(s, 2),
			.day = sqlite3_column_int(s, 3),
			.used_usec = (uint64_t)sqlite3_column_int64(s, 4),
			.elsewhere_usec = (uint64_t)sqlite3_column_int64(s, 5),
		},
		l->userdata);
}

struct ledger_span ledger_span_of(sqlite3_stmt *s)
{
	return (struct ledger_span){
		.person = text_of(s, 0),
		.site = text_of(s, 1),
		.start_usec = (usec_t)sqlite3_column_int64(s, 2),
		.day = sqlite3_column_int(s, 3),
		.end_usec = (usec_t)sqlite3_column_int64(s, 4),
		.used_usec = (uint64_t)sqlite3_column_int64(s, 5),
		.down_bytes = (uint64_t)sqlite3_column_int64(s, 6),
		.up_bytes = (uint64_t)sqlite3_column_int64(s, 7),
		.opens = sqlite3_column_int(s, 8),
	};
}

static int read_span(sqlite3_stmt *s, const struct listing *l)
{
	const struct ledger_span span = ledger_span_of(s);

	return l->reader->span(&span, l->userdata);
}

/* A meter of another version's size is worth nothing and no harm. */
static int read_meter(sqlite3_stmt *s, const struct listing *l)
{
	struct ledger_meter m = { .person = text_of(s, 0), .site = text_of(s, 1) };

	if (sqlite3_column_bytes(s, 2) != (int)sizeof(m.meter))
		return 0;
	memcpy(&m.meter, sqlite3_column_blob(s, 2), sizeof(m.meter));
	if (!meter_is_sound(&m.meter))
		return 0;
	return l->reader->meter(&m, l->userdata);
}

static int read_counter(sqlite3_stmt *s, const struct listing *l)
{
	struct ledger_counter c = {
		.mark = (uint32_t)sqlite3_column_int64(s, 1),
		.down_bytes = (uint64_t)sqlite3_column_int64(s, 2),
		.up_bytes = (uint64_t)sqlite3_column_int64(s, 3),
	};

	if (address_parse(text_of(s, 0), &c.block) < 0)
		return -EBADMSG;
	return l->reader->counter(&c, l->userdata);
}

static int read_try(sqlite3_stmt *s, const struct listing *l)
{
	struct ledger_try t = {
		.uid = (uid_t)sqlite3_column_int64(s, 0),
		.server.address.family = AF_UNSPEC,
		.count = (uint64_t)sqlite3_column_int64(s, 2),
		.seen = (uint64_t)sqlite3_column_int64(s, 3),
		.last_usec = (usec_t)sqlite3_column_int64(s, 4),
	};
	char address[ADDRESS_TEXT_MAX];

	if (sscanf(text_of(s, 1), "%45s %hu", address, &t.server.port) != 2 ||
		(*address != '*' && address_parse(address, &t.server.address) < 0))
		return -EBADMSG;
	return l->reader->try(&t, l->userdata);
}

static int read_mark(sqlite3_stmt *s, const struct listing *l)
{
	return l->reader->mark(text_of(s, 0), (uint32_t)sqlite3_column_int64(s, 1), l->userdata);
}

static int read_block(sqlite3_stmt *s, const struct listing *l)
{
	struct lease_block b = { .site = (char *)text_of(s, 1) };
	const int kind = sqlite3_column_int(s, 2);

	if (address_parse(text_of(s, 0), &b.base) < 0 || kind < 0 || kind > HOST_CDN)
		return -EBADMSG;
	b.kind = (enum host_kind)kind;
	return l->reader->block(&b, l->userdata);
}

static int parse_slot(const char *text, struct lease *ret)
{
	char lease[ADDRESS_TEXT_MAX], real[ADDRESS_TEXT_MAX];

	if (sscanf(text, "%45[^=]=%45s", lease, real) != 2 ||
		address_parse(lease, &ret->lease) < 0 || address_parse(real, &ret->real) < 0)
		return -EBADMSG;
	return 0;
}

static int read_name(sqlite3_stmt *s, const struct listing *l)
{
	struct lease_name n = { .name = (char *)text_of(s, 0),
		.family = sqlite3_column_int(s, 1) == 6 ? AF_INET6 : AF_INET,
		.used_usec = (usec_t)sqlite3_column_int64(s, 3) };
	_cleanup_free_ char *slots = strdup(text_of(s, 2));
	char *save = NULL;

	if (!slots)
		return -ENOMEM;
	for (char *w = strtok_r(slots, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (n.n_slots == LEASE_SLOTS_MAX || parse_slot(w, &n.slots[n.n_slots]) < 0)
			return -EBADMSG;
		n.n_slots++;
	}
	return l->reader->name(&n, l->userdata);
}

static int read_alone(sqlite3_stmt *s, const struct listing *l)
{
	struct alone a = { .known_usec = (usec_t)sqlite3_column_int64(s, 1) };

	if (address_parse(text_of(s, 0), &a.address) < 0)
		return -EBADMSG;
	return l->reader->alone(&a, l->userdata);
}

static int read_event(sqlite3_stmt *s, const struct listing *l)
{
	return l->reader->event((usec_t)sqlite3_column_int64(s, 0), text_of(s, 1),
		text_or_null(s, 2), text_or_null(s, 3), text_of(s, 4), l->userdata);
}

static int list(struct ledger *l, const char *sql, int32_t since_day, const char *boot_id,
	int (*read_row)(sqlite3_stmt *s, const struct listing *l), const struct listing *listing)
{
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL), r = 0, at;

	if (code != SQLITE_OK)
		return ledger_errno(code);
	at = sqlite3_bind_parameter_index(s, ":since");
	if (at > 0)
		sqlite3_bind_int(s, at, since_day);
	at = sqlite3_bind_parameter_index(s, ":boot");
	if (at > 0)
		sqlite3_bind_text(s, at, boot_id, -1, SQLITE_STATIC);
	while (r >= 0 && (code = sqlite3_step(s)) == SQLITE_ROW)
		r = read_row(s, listing);
	return r < 0 ? r : ledger_errno(code);
}

int ledger_read(struct ledger *l, const struct ledger_reader *reader, int32_t since_day,
	const char *boot_id, void *userdata)
{
	const struct listing listing = { reader, userdata };
	const struct {
		bool wanted;
		const char *sql;
		int (*read_row)(sqlite3_stmt *s, const struct listing *l);
	} rows[] = {
		{ reader->usage,
			"SELECT person, is_group, target, day, used_usec - elsewhere_usec,"
			" elsewhere_usec FROM usage WHERE day >= :since",
			read_usage },
		{ reader->mark, "SELECT person, mark FROM mark", read_mark },
		{ reader->block, "SELECT base, site, kind FROM block", read_block },
		{ reader->name, "SELECT name, family, slots, used_usec FROM name", read_name },
		{ reader->alone, "SELECT address, known_usec FROM alone WHERE known_usec > 0",
			read_alone },
		{ reader->meter, "SELECT person, site, state FROM meter WHERE boot_id = :boot",
			read_meter },
		{ reader->counter,
			"SELECT block, mark, down_bytes, up_bytes FROM counter WHERE boot_id = "
			":boot",
			read_counter },
		{ reader->try,
			"SELECT uid, server, count, CASE boot_id WHEN :boot THEN seen ELSE 0 END, "
			"last_usec FROM try ORDER BY last_usec",
			read_try },
		{ reader->span,
			"SELECT " LEDGER_SPAN_COLUMNS " FROM span WHERE day >= :since"
			" ORDER BY day, start_usec",
			read_span },
		{ reader->event,
			"SELECT wall_usec, kind, person, site, text FROM event ORDER BY id",
			read_event },
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(rows); i++)
		if (rows[i].wanted)
			r = list(l, rows[i].sql, since_day, boot_id, rows[i].read_row, &listing);
	return r;
}

/* text: what it is compared with; NULL: a number is meant, and goes into *ret. */
static int read_meta(struct ledger *l, const char *key, const char *text, int64_t *ret)
{
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(l->db, "SELECT value FROM meta WHERE key = ?", -1, &s, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code == SQLITE_DONE)
		return -ENOENT;
	if (code != SQLITE_ROW)
		return ledger_errno(code);
	if (text) {
		const char *value = (const char *)sqlite3_column_text(s, 0);

		*ret = value && strcmp(value, text) == 0;
	} else {
		*ret = sqlite3_column_int64(s, 0);
	}
	return 0;
}

/* 9999-12-31: a later one was never written, and would be today for ever. */
#define LAST_DAY 2932896

int ledger_read_last(struct ledger *l, const char *boot_id, struct ledger_last *ret)
{
	int64_t day = -1, wall = 0, boot = 0, same = 0;
	int r;

	r = read_meta(l, "day", NULL, &day);
	if (r >= 0)
		r = read_meta(l, "wall_usec", NULL, &wall);
	if (r < 0)
		return r;
	/* an older focusd did not write these two */
	r = read_meta(l, "boot_usec", NULL, &boot);
	if (r >= 0)
		r = read_meta(l, "boot_id", boot_id, &same);
	if (r < 0 && r != -ENOENT)
		return r;
	if (day < 0 || day > LAST_DAY)
		return -EBADMSG;
	*ret = (struct ledger_last){
		.day = (int32_t)day,
		.wall_usec = (usec_t)wall,
		.same_boot = same != 0,
		.boot_usec = (usec_t)boot,
	};
	return 0;
}
