#pragma once
/* "May this caller …?", asked of polkit where an account's own rights end. It never blocks: the
 * method is run again when the answer is yes. Where polkit is missing, or silent, the answer is no.
 */
#include <systemd/sd-bus.h>

struct polkit;

/* For the callers of one bus connection, which must outlive it. */
int polkit_new(sd_bus *bus, struct polkit **ret);
struct polkit *polkit_free(struct polkit *p); /* open questions are forgotten */

/* A method's handler calls this when it would refuse, with the refusal in error. 1: allowed, go on
 * (this is the second run). 0: asked; the handler returns 1 without a reply, and on a yes runs
 * again with userdata, on a no the caller gets the refusal. Negative: refused, error stays. */
int polkit_ask(struct polkit *p, sd_bus_message *message, const char *action,
	sd_bus_message_handler_t again, void *userdata, sd_bus_error *error);
