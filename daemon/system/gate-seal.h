#pragma once
/* The gate's part against encrypted look-ups: what libnftables is told, and what it lists. */
#include "system/gate.h"

struct nft_run;

/* Makes this seal the one in force, in one transaction. *told (owned by the caller, NULL at first)
 * is the last one's text: it can be run again, and is not where nothing changed. */
int gate_seal_set(struct nft_run *nft, const struct gate_seal *seal, char **told);
/* As gate_read_tries(). */
int gate_seal_read(struct nft_run *nft, struct gate_try **ret, size_t *ret_n);
