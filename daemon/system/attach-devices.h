#pragma once
/* The gateway's part of the redirect: look-ups of other machines' devices, in the same table. It
 * writes commands and runs none. */
#include <stdio.h>

#include "core/device.h"
#include "core/network-keys.h"

#define ATTACH_LOOK_UPS "meta l4proto { tcp, udp } th dport 53" /* what is redirected, nftables */

struct attach_devices {
	const struct device *observed; /* their look-ups of this machine and of the resolvers */
	size_t n_observed;
	const struct device *limited; /* their look-ups of any server */
	size_t n_limited;
	enum { STRANGERS_FREE, STRANGERS_OBSERVED, STRANGERS_LIMITED } strangers;
	const char (*insides)[CONFIG_INTERFACE_SIZE]; /* interfaces where strangers are */
	size_t n_insides;
	uint16_t port4, port6; /* where the hook answers them; 0: not in that family */
};

/* The sets and the chain, empty; timeout_sec: how long an element of a set holds. */
void attach_devices_open(FILE *f, const char *table, int timeout_sec);
/* What open made goes. */
void attach_devices_close(FILE *f, const char *table);
/* The rules. The table has sets resolvers4 and resolvers6. */
void attach_devices_write_rules(FILE *f, const char *table, const struct attach_devices *devices);
/* The elements that time out, before and after a renewal. */
void attach_devices_flush(FILE *f, const char *table);
void attach_devices_write(FILE *f, const char *table, const struct attach_devices *devices);
