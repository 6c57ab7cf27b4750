#pragma once
/* What is held against upstream servers, each for a while. A value; it asks nobody. */
#include <stdbool.h>

#include "base/address.h"
#include "base/clock.h"

#define STANDING_MAX 16 /* notes; the oldest makes room */

enum standing_fault {
	STANDING_SILENT,   /* did not answer, or is not there: asked last */
	STANDING_CASELESS, /* answers in other letters than it was asked in, or not at all */
};

struct standing {
	struct {
		struct endpoint server;
		enum standing_fault fault;
		usec_t until_usec;
	} notes[STANDING_MAX];
	size_t next;
	struct endpoint suspect;
	unsigned n_suspicions;
};

void standing_note(struct standing *s, enum standing_fault fault, const struct endpoint *server,
	usec_t until_usec);
void standing_clear(struct standing *s, enum standing_fault fault, const struct endpoint *server);
bool standing_has(const struct standing *s, enum standing_fault fault,
	const struct endpoint *server, usec_t now_usec);

/* Faults that one silence does not prove: how often in a row this server was suspected, this time
 * included. A server that is cleared, or another one, begins anew. */
unsigned standing_suspect(struct standing *s, const struct endpoint *server);
void standing_trust(struct standing *s, const struct endpoint *server);
