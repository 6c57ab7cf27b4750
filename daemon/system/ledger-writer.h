#pragma once
/* The ledger's pen: a thread that owns the write connection and a queue of batches, each one
 * transaction. */
#include <stdbool.h>

#include "system/ledger-schema.h"

#define LEDGER_VALUES_MAX 14

struct ledger_value {
	enum { LEDGER_NULL, LEDGER_INTEGER, LEDGER_TEXT, LEDGER_BLOB } type;
	sqlite3_int64 integer; /* also the blob's size */
	void *bytes;           /* owned: text or blob */
};

struct ledger_row {
	enum ledger_statement statement;
	struct ledger_value values[LEDGER_VALUES_MAX];
};

struct ledger_batch {
	struct ledger_row *rows;
	size_t n, room;
	bool tidy; /* deletes: give room back afterwards */
	struct ledger_batch *next;
};

struct ledger_batch *ledger_batch_free(struct ledger_batch *b);
/* A blank row to fill in place; NULL: out of memory. */
struct ledger_row *ledger_batch_add(struct ledger_batch *b, enum ledger_statement statement);
int ledger_row_text(struct ledger_row *row, unsigned column, const char *text); /* NULL: null */
int ledger_row_blob(struct ledger_row *row, unsigned column, const void *bytes, size_t n);
static inline void ledger_row_integer(struct ledger_row *row, unsigned column, int64_t integer)
{
	row->values[column].type = LEDGER_INTEGER;
	row->values[column].integer = integer;
}

struct ledger_writer;
/* Takes db over; NULL: the disk refuses it, and the writer opens path when it can. path must
 * outlive it. notify_fd: an eventfd that is written when the outcome of writing changes. */
int ledger_writer_new(const char *path, sqlite3 *db, int notify_fd, struct ledger_writer **ret);
/* Writes what is queued (once), ends the thread, closes db. */
struct ledger_writer *ledger_writer_free(struct ledger_writer *w);
/* Takes the batch over, always. */
void ledger_writer_push(struct ledger_writer *w, struct ledger_batch *batch);
/* Waits until all that was pushed before is written, or has failed: the negative errno. */
int ledger_writer_sync(struct ledger_writer *w);
/* The outcome of the last try. */
int ledger_writer_state(struct ledger_writer *w);
