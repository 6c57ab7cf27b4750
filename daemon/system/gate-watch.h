#pragma once
/* What the kernel says by itself about the gate: traffic (NFLOG) and foreign hands on the table
 * (nftables notifications). Two netlink sockets on the event loop. */
#include <stdint.h>

struct sd_event;
struct gate_watch;

/* wake: a logged packet. touched: something of our table was removed, maybe by ourselves; told once
 * things have been quiet for a moment. -EPERM without CAP_NET_ADMIN; -EBUSY: the group is taken. */
int gate_watch_new(struct sd_event *event, uint16_t log_group, void (*wake)(void *userdata),
	void (*touched)(void *userdata), void *userdata, struct gate_watch **ret);
struct gate_watch *gate_watch_free(struct gate_watch *w);
