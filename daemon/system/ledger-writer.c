/* Writes batches in order, each in one transaction, away from the event loop: the kernel's gate
 * must not wait for a disk. When the disk refuses, batches wait in memory, are joined into one in
 * which a later row takes the place of an earlier one of the same key, and are tried again. */
#include "system/ledger-writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "system/ledger-open.h"

#define RETRY_SEC    2
#define WAITING_ROWS 4096 /* joined when more wait */
#define WAITING_ROWS_MAX \
	65536 /* then the oldest events go: the rest has keys and can't grow so far */

struct ledger_writer {
	const char *path;
	sqlite3 *db; /* NULL: not yet */
	sqlite3_stmt *statements[LEDGER_STATEMENTS];
	int notify_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	/* Under the lock: */
	struct ledger_batch *first, *last;
	uint64_t pushed, settled; /* batches; settled: written, or tried in vain at least once */
	int state;
	bool stop, hurry;
	bool untidy; /* rows were deleted whose room nobody has given back yet */
};

static void row_done(struct ledger_row *row)
{
	for (size_t i = 0; i < LEDGER_VALUES_MAX; i++)
		free(row->values[i].bytes);
}

struct ledger_batch *ledger_batch_free(struct ledger_batch *b)
{
	if (!b)
		return NULL;
	for (size_t i = 0; i < b->n; i++)
		row_done(&b->rows[i]);
	free(b->rows);
	free(b);
	return NULL;
}

/* Room for at least that many rows; doubled, so that thousands of batches join in linear time. */
static int make_room(struct ledger_batch *b, size_t n)
{
	size_t room = b->room ? b->room : 8;
	struct ledger_row *rows;

	if (n <= b->room)
		return 0;
	while (room < n)
		room *= 2;
	rows = reallocarray(b->rows, room, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	b->rows = rows;
	b->room = room;
	return 0;
}

struct ledger_row *ledger_batch_add(struct ledger_batch *b, enum ledger_statement statement)
{
	if (make_room(b, b->n + 1) < 0)
		return NULL;
	b->rows[b->n] = (struct ledger_row){ .statement = statement };
	return &b->rows[b->n++];
}

int ledger_row_text(struct ledger_row *row, unsigned column, const char *text)
{
	if (!text)
		return 0;
	row->values[column].bytes = strdup(text);
	row->values[column].type = LEDGER_TEXT;
	return row->values[column].bytes ? 0 : -ENOMEM;
}

int ledger_row_blob(struct ledger_row *row, unsigned column, const void *bytes, size_t n)
{
	row->values[column].bytes = malloc(n);
	row->values[column].type = LEDGER_BLOB;
	row->values[column].integer = (sqlite3_int64)n;
	if (!row->values[column].bytes)
		return -ENOMEM;
	memcpy(row->values[column].bytes, bytes, n);
	return 0;
}

static int bind_value(sqlite3_stmt *s, int column, const struct ledger_value *v)
{
	switch (v->type) {
	case LEDGER_NULL:
		return sqlite3_bind_null(s, column);
	case LEDGER_INTEGER:
		return sqlite3_bind_int64(s, column, v->integer);
	case LEDGER_TEXT:
		return sqlite3_bind_text(s, column, v->bytes, -1, SQLITE_STATIC);
	case LEDGER_BLOB:
		return sqlite3_bind_blob(s, column, v->bytes, (int)v->integer, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

static int write_row(struct ledger_writer *w, const struct ledger_row *row)
{
	const struct ledger_statement_row *how = &ledger_statements[row->statement];
	sqlite3_stmt **s = &w->statements[row->statement];
	int code = SQLITE_OK;

	if (!*s)
		code = sqlite3_prepare_v2(w->db, how->sql, -1, s, NULL);
	for (unsigned i = 0; code == SQLITE_OK && i < how->n_values; i++)
		code = bind_value(*s, (int)i + 1, &row->values[i]);
	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(*s);
	sqlite3_reset(*s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int write_batch(struct ledger_writer *w, const struct ledger_batch *b)
{
	int code, r;

	if (!w->db) {
		r = ledger_make(w->path, &w->db);
		if (r < 0)
			return r;
	}
	code = sqlite3_exec(w->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return ledger_errno(code);
	for (size_t i = 0; code == SQLITE_OK && i < b->n; i++)
		code = write_row(w, &b->rows[i]);
	if (code == SQLITE_OK)
		code = sqlite3_exec(w->db, "COMMIT", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	return ledger_errno(code);
}

static int compare_values(const struct ledger_value *a, const struct ledger_value *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type == LEDGER_TEXT)
		return strcmp(a->bytes, b->bytes);
	return a->integer < b->integer ? -1 : a->integer > b->integer;
}

struct ranked {
	const struct ledger_row *row;
	size_t rank;
};

/* By statement, key, and time. */
static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int order = (int)x->row->statement - (int)y->row->statement;

	for (unsigned i = 0; order == 0 && i < ledger_statements[x->row->statement].keys; i++)
		order = compare_values(&x->row->values[i], &y->row->values[i]);
	if (order == 0)
		order = x->rank < y->rank ? -1 : 1;
	return order;
}

static bool same_key(const struct ranked *x, const struct ranked *y)
{
	const unsigned keys = ledger_statements[x->row->statement].keys;

	if (x->row->statement != y->row->statement || keys == 0)
		return false;
	for (unsigned i = 0; i < keys; i++)
		if (compare_values(&x->row->values[i], &y->row->values[i]) != 0)
			return false;
	return true;
}

/* Drops rows that a later one replaces, and the oldest events beyond the bound. */
static void compact(struct ledger_batch *b)
{
	struct ranked *order = calloc(b->n + 1, sizeof(*order));
	size_t kept = 0, excess;

	if (!order)
		return;
	for (size_t i = 0; i < b->n; i++)
		order[i] = (struct ranked){ &b->rows[i], i };
	qsort(order, b->n, sizeof(*order), compare_ranked);
	for (size_t i = 0; i + 1 < b->n; i++)
		if (same_key(&order[i], &order[i + 1]))
			b->rows[order[i].rank].statement = LEDGER_STATEMENTS;
	free(order);
	for (size_t i = 0; i < b->n; i++) {
		if (b->rows[i].statement == LEDGER_STATEMENTS)
			row_done(&b->rows[i]);
		else
			b->rows[kept++] = b->rows[i];
	}
	b->n = kept;
	excess = b->n > WAITING_ROWS_MAX ? b->n - WAITING_ROWS_MAX : 0;
	for (size_t i = kept = 0; i < b->n; i++) {
		if (excess > 0 && b->rows[i].statement == LEDGER_EVENT) {
			row_done(&b->rows[i]);
			excess--;
		} else {
			b->rows[kept++] = b->rows[i];
		}
	}
	b->n = kept;
}

/* Joins all that waits into one batch. Under the lock. */
static void join_waiting(struct ledger_writer *w)
{
	struct ledger_batch *all = w->first;

	while (all && all->next) {
		struct ledger_batch *b = all->next;

		if (b->n > 0) {
			if (make_room(all, all->n + b->n) < 0)
				return;
			memcpy(all->rows + all->n, b->rows, b->n * sizeof(*b->rows));
			all->n += b->n;
		}
		all->tidy |= b->tidy;
		all->next = b->next;
		free(b->rows);
		free(b);
	}
	w->last = all;
	if (all && all->n > WAITING_ROWS)
		compact(all);
}

static void set_state(struct ledger_writer *w, int r)
{
	static const uint64_t one = 1;

	if (w->state == r)
		return;
	w->state = r;
	if (write(w->notify_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: somebody is being told already */
}

static void wait_before_retry(struct ledger_writer *w)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RETRY_SEC;
	while (!w->stop && !w->hurry)
		if (pthread_cond_timedwait(&w->work, &w->lock, &until) == ETIMEDOUT)
			break;
	w->hurry = false;
}

#define TIDY_PAGES "128" /* half a megabyte, some milliseconds: then whoever waits has a turn */

static int64_t read_pragma(sqlite3 *db, const char *sql)
{
	_cleanup_(sqlite3_finalizep) sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
		return 0;
	return sqlite3_column_int64(s, 0);
}

/* Gives some room back to the disk; false: there is no more. A file of the days before that could
 * be is written anew, once. The log is emptied too: it has copies of what was forgotten. */
static bool tidy(sqlite3 *db)
{
	bool more = true;

	if (read_pragma(db, "PRAGMA auto_vacuum") == 0)
		more = sqlite3_exec(db, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM", NULL, NULL,
			       NULL) == SQLITE_OK;
	if (more)
		more = sqlite3_exec(db, "PRAGMA incremental_vacuum(" TIDY_PAGES ")", NULL, NULL,
			       NULL) == SQLITE_OK &&
		       read_pragma(db, "PRAGMA freelist_count") > 0;
	if (!more)
		sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	return more;
}

/* Until there is something to write. Under the lock, which is let go of meanwhile. */
static void wait_for_work(struct ledger_writer *w)
{
	while (!w->first && !w->stop) {
		bool more;

		if (!w->untidy) {
			pthread_cond_wait(&w->work, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		more = tidy(w->db);
		pthread_mutex_lock(&w->lock);
		w->untidy = more;
	}
}

/* The thread: takes the first batch, writes it, keeps it when that fails. */
static void *run(void *userdata)
{
	struct ledger_writer *w = userdata;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		struct ledger_batch *b;
		uint64_t settled;
		int r;

		wait_for_work(w);
		if (!w->first)
			break;
		join_waiting(w);
		b = w->first;
		w->first = b->next;
		b->next = NULL;
		if (!w->first)
			w->last = NULL;
		settled = w->first ? w->settled : w->pushed;
		pthread_mutex_unlock(&w->lock);
		r = write_batch(w, b);
		pthread_mutex_lock(&w->lock);
		set_state(w, r);
		w->settled = settled;
		pthread_cond_broadcast(&w->done);
		if (r >= 0) {
			w->untidy |= b->tidy;
			ledger_batch_free(b);
			continue;
		}
		b->next = w->first;
		w->first = b;
		if (!w->last)
			w->last = b;
		if (w->stop)
			break;
		wait_before_retry(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int ledger_writer_new(const char *path, sqlite3 *db, int notify_fd, struct ledger_writer **ret)
{
	struct ledger_writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t monotonic;
	sigset_t all, before;
	int r;

	if (!w) {
		sqlite3_close_v2(db);
		return -ENOMEM;
	}
	w->path = path;
	w->db = db;
	w->state = db ? 0 : -EAGAIN; /* the first try tells */
	w->notify_fd = notify_fd;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &monotonic);
	pthread_cond_init(&w->done, &monotonic);
	pthread_condattr_destroy(&monotonic);
	/* signals are the event loop's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r < 0) {
		sqlite3_close_v2(db);
		free(w);
		return r;
	}
	*ret = w;
	return 0;
}

struct ledger_writer *ledger_writer_free(struct ledger_writer *w)
{
	if (!w)
		return NULL;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	while (w->first) {
		struct ledger_batch *next = w->first->next;

		ledger_batch_free(w->first);
		w->first = next;
	}
	for (size_t i = 0; i < LEDGER_STATEMENTS; i++)
		sqlite3_finalize(w->statements[i]);
	sqlite3_close_v2(w->db);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->done);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return NULL;
}

void ledger_writer_push(struct ledger_writer *w, struct ledger_batch *batch)
{
	pthread_mutex_lock(&w->lock);
	if (w->last)
		w->last->next = batch;
	else
		w->first = batch;
	w->last = batch;
	w->pushed++;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

int ledger_writer_sync(struct ledger_writer *w)
{
	uint64_t wanted;
	int r;

	pthread_mutex_lock(&w->lock);
	wanted = w->pushed;
	w->hurry = w->first != NULL;
	pthread_cond_broadcast(&w->work);
	while (w->settled < wanted)
		pthread_cond_wait(&w->done, &w->lock);
	r = w->state;
	pthread_mutex_unlock(&w->lock);
	return r;
}

int ledger_writer_state(struct ledger_writer *w)
{
	int r;

	pthread_mutex_lock(&w->lock);
	r = w->state;
	pthread_mutex_unlock(&w->lock);
	return r;
}
