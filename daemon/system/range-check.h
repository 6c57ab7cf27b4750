#pragma once
/* Is anybody else using a range of addresses? */
#include "base/address.h"

/* -EADDRINUSE with *ret_error (owned by the caller), a sentence, when an address of this machine or
 * a route longer than /8 lies inside the range, or the range inside such a route; 0 when none does.
 * By rtnetlink(7). */
int range_check(const struct prefix *range, char **ret_error);
