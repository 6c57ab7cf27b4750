#pragma once
/* The link to the keeper: names and leases come from it, it alone gives them out. Survives the
 * keeper: connects again for as long as it takes. */
#include "core/hook-message.h"
#include "core/hook-table.h"

struct sd_event;
struct keeper;

struct keeper_events {
	/* A new name table; borrowed until the next one. */
	void (*setup)(const struct hook_table *table, void *userdata);
	void (*leases)(const struct hook_message *leases, void *userdata);
	void (*resolve)(const struct hook_message *wish, void *userdata);
	void (*refresh)(void *userdata); /* the network is another one */
	void (*lost)(void *userdata);
	void (*quit)(void *userdata);
	void *userdata;
};

/* hellos: sent at every connection, in order; one of type 0 is none. path must outlive it. */
#define KEEPER_HELLOS 2
int keeper_new(struct sd_event *event, const char *path,
	const struct hook_message hellos[KEEPER_HELLOS], const struct keeper_events *events,
	struct keeper **ret);
struct keeper *keeper_free(struct keeper *k);
/* -ENOTCONN when there is no keeper, -EAGAIN when it does not read. */
int keeper_send(struct keeper *k, const struct hook_message *message);
