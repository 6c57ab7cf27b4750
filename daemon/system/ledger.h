#pragma once
/* What must survive: usage, meters, counters' last readings, people's marks, leases and events, in
 * SQLite (WAL, synchronous=FULL). A writer thread owns the write connection: calls queue a copy and
 * return at once; one queue entry is one transaction, in order. Reads use a connection of their own
 * and see what was written before ledger_sync(). Disk full or read-only: the queue keeps the newest
 * state in memory (bounded: whole states replace older ones), the problem callback is told, and
 * writing goes on when it can. */
#include "core/alone.h"
#include "core/lease.h"
#include "core/meter.h"

#define LEDGER_FILE "ledger.sqlite"

struct ledger;
struct sd_event;

/* problem: "" when it is well again; called on the event loop. */
typedef void (*ledger_problem_fn)(const char *problem, void *userdata);

/* Opens or creates DIR/ledger.sqlite (mode 0600) and migrates it. A schema newer than ours:
 * -EPROTONOSUPPORT; a file that is no database is set aside as ledger.sqlite.broken-TIME and a new
 * one begun, told through problem. event may be NULL in tests. */
int ledger_open(const char *dir, struct sd_event *event, ledger_problem_fn problem, void *userdata,
	struct ledger **ret, char **ret_error);
struct ledger *ledger_close(struct ledger *l); /* writes what is queued */
/* Waits until everything queued before is on disk (or has failed: the negative errno). */
int ledger_sync(struct ledger *l);
/* Gives back the memory that is kept for the next question. */
void ledger_rest(struct ledger *l);

/* One attended stretch's row: (person, site, start) is its key; a later write of the same key grows
 * it. */
struct ledger_span {
	const char *person, *site;
	int32_t day;
	usec_t start_usec, end_usec; /* wall time */
	uint64_t used_usec;
	uint64_t down_bytes, up_bytes;
	bool opens;
};

struct ledger_usage {
	const char *person;
	bool is_group;
	const char *target;
	int32_t day;
	uint64_t used_usec;      /* here, the total of that day: replaces, never adds */
	uint64_t elsewhere_usec; /* on other devices alone; reports show the sum */
};

struct ledger_meter {
	const char *person, *site;
	struct meter meter;
};

struct ledger_counter {
	struct address block;
	uint32_t mark;
	uint64_t down_bytes, up_bytes;
};

/* Who tried encrypted look-ups at one server (AF_UNSPEC: any that is not known). */
struct ledger_try {
	uid_t uid;
	struct endpoint server;
	uint64_t count; /* of all time */
	uint64_t seen;  /* the kernel's counter at the last look */
	usec_t last_usec;
};

/* Everything one tick decided, in one transaction: it all holds, or none of it does. */
struct ledger_state {
	const char *boot_id; /* of the machine: meters and counters of another boot are worthless */
	usec_t now_wall_usec, now_boot_usec;
	int32_t day;
	const struct ledger_usage *usage;
	size_t n_usage;
	const struct ledger_span *spans;
	size_t n_spans;
	const struct ledger_meter *meters;
	size_t n_meters;
	const struct ledger_counter *counters;
	size_t n_counters;
	const struct ledger_try *tries;
	size_t n_tries;
};
int ledger_put_state(struct ledger *l, const struct ledger_state *state);
/* An event: kind is a word (start, stop, limit, clock-jump, flush, tamper …); person and site may
 * be NULL. */
int ledger_put_event(struct ledger *l, usec_t wall_usec, const char *kind, const char *person,
	const char *site, const char *text);
int ledger_put_block(struct ledger *l, const struct lease_block *block);
int ledger_put_name(struct ledger *l, const struct lease_name *name);
int ledger_put_mark(struct ledger *l, const char *person, uint32_t mark);
/* known_usec 0: it is alone no more. */
int ledger_put_alone(struct ledger *l, const struct address *a, usec_t known_usec);

/* Reading back, by callbacks in a sensible order; a callback's negative return ends it and is
 * returned. */
struct ledger_reader {
	int (*usage)(const struct ledger_usage *u, void *userdata);
	int (*meter)(const struct ledger_meter *m, void *userdata);
	int (*counter)(const struct ledger_counter *c, void *userdata);
	int (*mark)(const char *person, uint32_t mark, void *userdata);
	int (*block)(const struct lease_block *block, void *userdata);
	int (*name)(const struct lease_name *name,
		void *userdata); /* its block: by lease_book_block_of() */
	int (*alone)(const struct alone *alone, void *userdata);
	int (*span)(const struct ledger_span *span, void *userdata);
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata);
	int (*try)(const struct ledger_try *t, void *userdata); /* oldest first */
};
/* NULL members are skipped. usage and spans from since_day on; meters and counters of boot_id only.
 */
int ledger_read(struct ledger *l, const struct ledger_reader *reader, int32_t since_day,
	const char *boot_id, void *userdata);
/* When the last state was put: 0 or -ENOENT for an empty ledger. */
struct ledger_last {
	int32_t day;
	usec_t wall_usec;
	bool same_boot; /* in this one: boot_usec is a time of it */
	usec_t boot_usec;
};
int ledger_read_last(struct ledger *l, const char *boot_id, struct ledger_last *ret);
