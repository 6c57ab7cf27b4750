#pragma once
/* Connections that were opened before their site was metered (manager-sockets.c). */
#include <stdbool.h>

#include "base/clock.h"

struct catalogue;
struct config;
struct hook_message;
struct manager;
struct old_sockets;

/* With what the ledger kept of whose an address is. */
int old_sockets_load(struct manager *m, usec_t now_wall_usec);
struct old_sockets *old_sockets_free(struct old_sockets *o);
/* The hook works, for the first time or again: what is open at the first is old. */
void old_sockets_begin(struct manager *m);
/* What the hook knows of the addresses for which a lease was given. */
void old_sockets_note(struct manager *m, const struct hook_message *ask);
/* Does the present configuration meter a name that this one, which it replaces, did not? */
bool old_sockets_wanted(
	const struct manager *m, const struct config *before, const struct catalogue *catalogue);
/* What is open now is old. */
void old_sockets_remember(struct manager *m);
