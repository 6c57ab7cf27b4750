#pragma once
/* Which lines the hosts(5) file is to have: one for each lease of each host where people begin.
 * Leases stay with their names for good, so the lines stay the same while the real addresses
 * change. Pure: values in, text out. */
#include "core/lease.h"

struct hosts_name {
	const char *name; /* borrowed from the configuration */
	size_t site;
	bool claimed; /* others have lines for it in the file: theirs are the last word */
};

/* The main hosts of every site, in its order; the caller frees *ret only. -ENOMEM. */
int hosts_plan_names(const struct config *c, struct hosts_name **ret, size_t *ret_n);
/* Has it a lease, in either family? */
bool hosts_plan_has_lease(const struct lease_book *b, const char *name);

struct hosts_plan {
	char *block; /* the caller's to free; never NULL; lines for hosts_text_insert() */
	size_t n_bytes, n_lines;
	size_t n_left_out; /* names for which HOSTS_LINES_MAX had no room */
};
/* -ENOMEM. */
int hosts_plan_build(const struct lease_book *b, const struct hosts_name *names, size_t n_names,
	struct hosts_plan *ret);
