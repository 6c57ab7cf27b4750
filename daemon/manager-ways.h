#pragma once
/* The keeper and its hook, and the ways by which look-ups reach it. */
#include <stdbool.h>
#include <stddef.h>

#include "core/hook-table.h"
#include "system/attach-devices.h"
#include "system/own-link.h"
#include "system/resolved.h"

struct file_watch;
struct manager;
struct sd_event_source;

/* systemd-resolved's own look-ups. */
struct manager_resolved {
	struct resolved *bus;
	struct file_watch *uplinks; /* tells when its list of uplinks changes */
	struct own_links links;
	struct sd_event_source *keep_timer;
	bool asks_hook; /* the hook that runs can be asked by it */
	char *problem;
};

/* Other machines' devices, where this one routes for them. */
struct manager_gateway {
	bool started;          /* as one: sockets and rules are there for it */
	uint16_t port4, port6; /* where the hook answers devices; 0: nowhere */
	char *problem;
};

/* Whose look-ups are taken. */
struct manager_devices {
	struct attach_devices plan;
	struct device *limited, *observed;
};

/* manager-gateway.c */
/* Tells the kernel whose devices are whose; after the people. 0 or a negative errno. */
int manager_tell_gateway(struct manager *m);
/* How many people's devices are refused encrypted look-ups; unknown ones that are shut are one. */
size_t manager_n_sealed_devices(const struct manager *m);
/* 1: there is a plan; 0: nobody's are to be; or -ENOMEM. */
int manager_plan_devices(struct manager *m, struct manager_devices *ret);
void manager_devices_done(struct manager_devices *d);

/* manager-hook.c */
int manager_map_leases(struct manager *m);
void manager_send_setup(struct manager *m);
void manager_attach(struct manager *m);
/* Are the bypass names (core/bypass.h) to be answered? */
bool manager_wants_canary(const struct manager *m);

/* manager-network.c */
/* Watches resolv.conf and the network. */
void manager_network_start(struct manager *m);
/* Whom names are asked of, into m->upstream. */
void manager_read_upstream(struct manager *m);
/* The addresses that programs send their look-ups to. Returns the number. */
size_t manager_system_resolvers(
	const struct manager *m, struct address ret[2 * HOOK_UPSTREAMS_MAX]);
/* Which of them the hook has found silent: bits of enum hook_silence. */
void manager_note_upstream(struct manager *m, uint8_t silent);
/* "192.0.2.53, 192.0.2.54" */
#define SERVERS_TEXT_MAX (HOOK_UPSTREAMS_MAX * (ADDRESS_TEXT_MAX + 2))
const char *manager_format_servers(
	const struct endpoint *servers, size_t n, char buffer[SERVERS_TEXT_MAX]);
/* Whom names are asked of may have changed. */
void manager_read_resolvers(struct manager *m);

/* manager-resolved.c */
void manager_resolved_start(struct manager *m);
void manager_resolved_free(struct manager *m);
/* Something that it hangs on may be new: the names, the hook, its port, the configuration. */
void manager_resolved_update(struct manager *m);
/* No hook: resolved goes past us. */
void manager_resolved_lift(struct manager *m);

/* manager-hosts.c */
/* Whether the hosts file is to have lines, and which, is found out anew: a new configuration,
 * another network, another way for look-ups. Any of these may be called at any time. */
void manager_hosts_update(struct manager *m);
/* Another way to the hook has come or gone. */
void manager_hosts_reconsider(struct manager *m);
/* Has the hook find out where the names lead: there is a new one. missing_only: those that led
 * nowhere, which may be otherwise now. */
void manager_hosts_ask(struct manager *m, bool missing_only);
void manager_hosts_leased(struct manager *m, const char *name);
/* Something moved: are the addresses of the site's hosts still right? */
void manager_hosts_moved(struct manager *m, size_t site);
/* Waits until nobody writes the file any more. */
void manager_hosts_stop(struct manager *m);
void manager_hosts_free(struct manager *m);

/* manager-passes.c */
void manager_free_passes(struct manager *m);
/* Whose look-ups are taken: is there anything that may shut for this person, by the rules or by a
 * focus that they declared? */
bool manager_limits_person(const struct manager *m, size_t person);
