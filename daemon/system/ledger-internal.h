#pragma once
/* What the files of the ledger share; nobody else includes it. */
#include <systemd/sd-event.h>

#include "system/ledger-writer.h"
#include "system/ledger.h"

struct ledger {
	char *path;
	sqlite3 *db;  /* for reading */
	bool is_copy; /* of what was on the disk when it refused to be written */
	struct ledger_writer *writer;
	int notify_fd;
	sd_event_source *source;
	ledger_problem_fn problem;
	void *userdata;
};

#define LEDGER_SPAN_COLUMNS \
	"person, site, start_usec, day, end_usec, used_usec, down_bytes, up_bytes, opens"
/* A row of these columns; its strings are the statement's. */
struct ledger_span ledger_span_of(sqlite3_stmt *s);

/* What is held, in this database: as ledger_read_held() says. */
struct ledger_held;
int ledger_held_row(sqlite3 *db, struct ledger_held *ret);
