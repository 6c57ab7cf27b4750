#pragma once
/* The hook: every question ends in exactly one of a lease, "there is nothing", what upstream says,
 * or an error that says why. */
#include <stddef.h>

struct sd_event;
struct server;

/* fds: bound sockets, which stay the caller's; keeper_path must outlive it. */
int server_new(struct sd_event *event, const int *fds, size_t n_fds, const char *keeper_path,
	struct server **ret);
struct server *server_free(struct server *s);
