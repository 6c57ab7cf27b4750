#pragma once
/* Other programs' nftables rules that stand in focusd's way. They are looked at on request and
 * never touched. */
#include "base/address.h"
#include "base/strings.h"

struct rivals {
	struct strings redirects; /* tables that take look-ups before us, and where */
	struct strings drops;     /* tables that drop leases before they are translated */
	char version[32];         /* libnftables' own, "" where it does not say */
};
void rivals_done(struct rivals *r);

/* Reads a listing of the whole ruleset as JSON. Pure. -EBADMSG. */
int rivals_read(const char *json, const struct prefix *range4, const struct prefix *range6,
	struct rivals *ret);
/* Lists it and reads it. */
int rivals_look(const struct prefix *range4, const struct prefix *range6, struct rivals *ret);
