#pragma once
/* Does a packet to an address find a route? It asks the kernel, and sends nothing. */
#include "base/address.h"

/* 1: it does; 0: it does not, or a route says that nobody gets there; or a negative errno. By
 * rtnetlink(7). */
int way_out_leads(const struct address *to);
