#pragma once
/* The keeper's end of the socket to the hook: RUNTIME/hook, one packet a message
 * (core/hook-message.h). One hook at a time speaks: one that has said HELLO and lives keeps its
 * place, any other connection gives way to a newer one. Only processes of the uid that the hook
 * runs as, or root, are let in (SO_PEERCRED). */
#include <sys/types.h>

#include "core/hook-message.h"

struct sd_event;
struct leases;

struct leases_events {
	void (*hello)(const struct hook_message *hello, pid_t pid, void *userdata);
	void (*ask)(const struct hook_message *ask, void *userdata);
	void (*lost)(void *userdata); /* the hook's connection ended */
	void *userdata;
	/* Where it answers other machines' devices; before hello. May be NULL. */
	void (*gateway)(const struct hook_message *ports, void *userdata);
	/* Which servers are silent. May be NULL. */
	void (*upstream)(const struct hook_message *silence, void *userdata);
};

/* Listens on DIR/hook (mode 0600 but for hook_uid, which owns it); a stale file is replaced. */
int leases_new(struct sd_event *event, const char *dir, uid_t hook_uid,
	const struct leases_events *events, struct leases **ret);
/* Closes the connection without a word: the hook goes on and comes back to a successor. */
struct leases *leases_free(struct leases *l);
/* -ENOTCONN when there is no hook; -EAGAIN when it does not read (the message is dropped). */
int leases_send(struct leases *l, const struct hook_message *message);
/* Sends SETUP with the bytes in a sealed memfd. */
int leases_send_setup(struct leases *l, const void *bytes, size_t size);
bool leases_connected(const struct leases *l);
