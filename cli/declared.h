#pragma once
/* What somebody declared, as the daemon tells it, and the words for it. */
#include "verbs.h"

struct declared {
	int64_t id;
	const char *person, *kind, *state, *target, *reason;
	int64_t span_sec, start_usec, end_usec; /* 0: not known yet */
};

/* The next one of a reply or of a list that is entered: 1, 0 at its end, or a negative errno. */
int declared_read(sd_bus_message *m, struct declared *ret);
/* Calls Declare of that kind for the verb's arguments, SITE|GROUP and SPAN. Fails with a sentence
 * on stderr: *ret_code. The reply keeps the strings. */
struct declared_reply {
	sd_bus_message *message;
	struct declared declared;
	uint32_t left; /* passes of today */
	int64_t left_sec;
};
bool declared_call(const struct invocation *i, const char *kind, struct declared_reply *ret,
	enum exit_code *ret_code);
/* The same for what Focus and Grant reply. -errno */
int declared_read_reply(struct declared_reply *r);
/* "alpha is open until 17:10." */
void declared_print_open(const struct declared *d);
