#pragma once
/* Events as the daemon tells them, in values and in words. */
#include <jansson.h>
#include <stdbool.h>

#include "client.h"

struct event {
	int64_t wall_usec;
	const char *kind, *person, *site, *text; /* "" where it has none */
};

/* The next one of GetEvents' list, which is entered: 1, 0 at its end, or a negative errno. */
int events_read(sd_bus_message *m, struct event *ret);
bool events_about(const struct event *e, const char *person, const char *site);
json_t *event_json(const struct event *e);
/* Is it about what somebody declared, and what it says then. */
bool events_is_declared(const char *kind);
const char *events_declared(const char *kind);
/* What a kind says of a site, and a reason of rules; the word itself where there is no better. */
const char *events_state(const char *kind);
const char *events_reason(const char *reason);
