#pragma once
/* Other programs' nftables rules that stand in focusd's way. They are looked at on request and
 * never touched. */
#include "base/address.h"
#include "base/strings.h"

struct rivals {
	struct strings redirects; /* tables that take look-ups before us, and where */
	struct strings drops;     /* tables that drop leases before they are translated */
	struct strings offloads;  /* those that carry leases past all rules (flow add) */
	char version[32];         /* libnftables' own, "" where it does not say */
};
void rivals_done(struct rivals *r);

/* How one chain is listed as JSON: *ret is the caller's to free. */
typedef int (*rivals_list_fn)(
	const char *family, const char *table, const char *chain, char **ret, void *userdata);

/* Goes through the output chains, and those of what is forwarded, in a listing of all chains (JSON)
 * and lists those that come before ours, and what they call. Pure but for list. -EBADMSG; a chain
 * that can't be listed is passed over. */
int rivals_find(const char *chains, const struct prefix ranges[static 2], rivals_list_fn list,
	void *userdata, struct rivals *ret);
/* The same with the kernel's own. */
int rivals_look(const struct prefix ranges[static 2], struct rivals *ret);
