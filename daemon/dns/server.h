#pragma once
/* The hook: every question ends in exactly one of a lease, "there is nothing", what upstream says,
 * or an error that says why. */
#include "dns/listener.h"

struct sd_event;
struct server;

/* Bound sockets; they stay the caller's. */
struct server_sockets {
	int dns[LISTENER_SOCKETS_MAX];
	size_t n_dns;
	int resolved; /* where systemd-resolved asks (resolved-hook.h); -1: none */
};

/* keeper_path must outlive it. */
int server_new(struct sd_event *event, const struct server_sockets *sockets,
	const char *keeper_path, struct server **ret);
struct server *server_free(struct server *s);
