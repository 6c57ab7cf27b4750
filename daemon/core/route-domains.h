#pragma once
/* Which names a resolver that routes by suffix must send to us: the fewest suffixes that cover
 * every metered name. */
#include "core/hook-table.h"

/* The metered names (of equal ones the last says so) that lie under no other one, sorted; *ret is
 * the caller's, its strings are names'. A free name below one of them comes along: whoever answers
 * passes it on. -ENOMEM. */
int route_domains_choose(
	const struct hook_name *names, size_t n_names, const char ***ret, size_t *ret_n);
