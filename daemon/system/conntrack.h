#pragma once
/* What the kernel remembers of flows, so that it forgets some: the next packet of such a flow goes
 * the way that holds now. It counts nothing and follows nothing. */
#include "base/address.h"

struct conntrack_flow {
	struct address destination; /* as the one who opened it said; AF_UNSPEC: none */
	uint16_t port;              /* host order; 0: none */
	bool answered;              /* something has come back */
};

/* Every flow for which `which` says so. One pass over all flows of the machine. -EPERM without
 * CAP_NET_ADMIN. */
int conntrack_forget(
	bool (*which)(const struct conntrack_flow *flow, void *userdata), void *userdata);
