#pragma once
/* The client's own checks: what the calling account's programs meet. */
#include <stdbool.h>

#include "doctor.h"
#include "probe.h"

struct doctor_look {
	struct client *client;
	struct probe probe;     /* empty when the daemon does not run */
	struct metered metered; /* the same */
	bool online;            /* there is a default route */
	const char *bypass;     /* what was found to lead look-ups past focusd; NULL: nothing */
};

/* doctor-machine.c: files and settings, no network. Sets online and bypass. */
void doctor_check_machine(struct doctor_look *l, struct doctor *d);
/* doctor-chain.c: a look-up, step by step. Needs the daemon. */
void doctor_check_chain(const struct doctor_look *l, struct doctor *d);

/* doctor-bus.c: the other programs on the system bus. */
void doctor_check_bus(struct doctor *d);

/* For doctor-machine.c and its test: pure readers of text. */
/* The services of the hosts line of nsswitch.conf(5) without their actions, "files dns" as libc has
 * it where there is none. */
void doctor_read_nsswitch(FILE *f, char *ret, size_t size);
/* The first line of hosts(5) that leads a metered name elsewhere than to a lease: its number, or 0.
 * *ret_name: which (static until the next call). An address of this machine blocks it:
 * *ret_blocked.
 */
unsigned doctor_read_hosts(FILE *f, const struct metered *m, const struct probe *p,
	const char **ret_name, bool *ret_blocked);
/* The interface of the default route in /proc/net/route (v6: ipv6_route) text, or false. */
bool doctor_read_default_route(FILE *f, bool v6, char ret[32]);
