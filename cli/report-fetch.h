#pragma once
/* GetReport as a value. */
#include "client.h"
#include "report.h"

struct report_reply {
	sd_bus_message *message; /* holds the rows and the texts */
	struct report report;
};

/* person: "" for everybody the caller may see; the rest as GetReport has it. */
struct report_request {
	const char *person, *since, *until, *shown_since;
};
int report_fetch(struct client *c, const struct report_request *request, struct report_reply *ret,
	struct client_error *ret_error);
void report_reply_done(struct report_reply *r);
