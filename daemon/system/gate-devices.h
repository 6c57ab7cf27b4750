#pragma once
/* The gateway's part of the gate: conf/focusd-gateway.nft and the devices in its maps. */
#include "system/gate.h"

struct nft_run;

struct gate_devices_place {
	struct nft_run *nft;
	const char *rules, *gateway_rules; /* the texts of both files; gateway_rules may be NULL */
	uint32_t mark_mask;
};

/* Puts the rules and maps there, or (NULL) takes them away, in one transaction. *told: the commands
 * that were run behind focusd.nft's ("" where there is no gateway; NULL: nobody knows), for a
 * restore. Returns 1 where the table was changed, 0 where all is as told, or a negative errno. */
int gate_devices_set(
	const struct gate_devices_place *place, const struct gate_gateway *gateway, char **told);
