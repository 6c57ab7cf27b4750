#pragma once
/* What is held against upstream servers, each for a while. A value; it asks nobody. */
#include <stdbool.h>

#include "base/address.h"
#include "base/clock.h"

#define STANDING_MAX 16 /* notes; the oldest makes room */

enum standing_fault {
	STANDING_SILENT, /* did not answer, or is not there: asked last */
};

struct standing {
	struct {
		struct endpoint server;
		enum standing_fault fault;
		usec_t until_usec;
	} notes[STANDING_MAX];
	size_t next;
};

void standing_note(struct standing *s, enum standing_fault fault, const struct endpoint *server,
	usec_t until_usec);
void standing_clear(struct standing *s, enum standing_fault fault, const struct endpoint *server);
bool standing_has(const struct standing *s, enum standing_fault fault,
	const struct endpoint *server, usec_t now_usec);
