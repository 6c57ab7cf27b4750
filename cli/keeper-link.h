#pragma once
/* The keeper's signals about one's own time, for as long as somebody listens: found again when the
 * keeper or the bus restarts. Nobody else's are let through. */
#include <systemd/sd-event.h>

#include "client.h"
#include "notice-board.h"

struct keeper_link;

struct keeper_link_events {
	/* It is there (again): how it stands with us. */
	void (*joined)(
		const struct status *status, const struct status_person *own, void *userdata);
	void (*heard)(const struct notice_signal *signal, void *userdata);
	/* A program of ours was kept from a server for encrypted look-ups. */
	void (*refused)(const char *server, void *userdata);
	void *userdata;
};

/* Takes no ownership of client. */
int keeper_link_new(sd_event *event, struct client *client, const struct keeper_link_events *events,
	struct keeper_link **ret);
struct keeper_link *keeper_link_free(struct keeper_link *k);
