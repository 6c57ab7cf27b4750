#pragma once
/* What was declared in a time, and why, from the daemon's events. */
#include "client.h"

enum report_pass_kind { REPORT_PASS, REPORT_OPEN, REPORT_GRANT, REPORT_FOCUS, REPORT_PASS_KINDS };

struct report_pass {
	int64_t start_usec;
	enum report_pass_kind kind;
	const char *person, *target; /* target "": everything */
	const char *text;            /* 10min: for the recipe */
};

struct report_passes {
	sd_bus_message *message; /* holds the texts */
	struct report_pass *items;
	size_t n;
};

/* Those that began in [since_usec, until_usec), oldest first; of the latest FOCUSD_EVENTS_MAX
 * events. */
struct report_passes_request {
	const char *person;
	int64_t since_usec, until_usec;
};
int report_passes_fetch(struct client *c, const struct report_passes_request *request,
	struct report_passes *ret, struct client_error *ret_error);
void report_passes_done(struct report_passes *p);
