#pragma once
/* GetSittings, from the first day to the last, however many calls it takes. */
#include <stdbool.h>
#include <stdint.h>

#include "client.h"

struct sitting {
	const char *person, *site;
	int64_t start_usec, end_usec, used_usec;
	uint64_t down_bytes, up_bytes;
	int opens; /* the first stretch of a sitting; else it goes on in a new day or after a pause
		    */
};

/* since and until: days as GetSittings takes them, "" for all. A negative return of visit ends it
 * and is returned; *ret_error is filled for failed calls only, and its text is "" otherwise. */
struct sittings_request {
	const char *person, *since, *until;
};
int sittings_read(struct client *c, const struct sittings_request *request,
	int (*visit)(const struct sitting *s, void *userdata), void *userdata,
	struct client_error *ret_error);
