#pragma once
/* What the manager keeps of one person with one site, and what explains it. Only the files of the
 * manager include it. */
#include "core/meter.h"

struct manager;

/* A stretch that goes on: the ledger's row of it grows with every write. */
struct track_span {
	bool live, dirty;
	int32_t day;
	usec_t start_wall_usec, end_wall_usec;
	usec_t end_boot_usec;
	uint64_t used_usec, down_bytes, up_bytes;
	bool opens;
};

/* One person with one site. */
struct track {
	struct meter meter;
	struct meter_sample moved; /* bytes since the last tick */
	struct track_span span;
	uint64_t down_bytes, up_bytes; /* of a visit, or what may become one; not in the span yet */
	bool dirty;
	bool before_dirty; /* something was booked for the day before */
};

/* What was last read of one kernel counter. */
struct seen_counter {
	struct address block;
	uint32_t mark;
	uint64_t down_bytes, up_bytes;
};

/* manager-detail.c */
/* What a track's meter made of the bytes in `moved`: a visit's, or nobody's time. */
void manager_sort_bytes(struct manager *m, size_t cell);
/* Puts the bytes of sittings into their spans, which exist by now. */
void manager_book_bytes(struct manager *m);
void manager_note_hosts(struct manager *m);
void manager_store_details(struct manager *m);
int manager_load_details(struct manager *m);
void manager_free_details(struct manager *m);
