#pragma once
/* What the gate in nftables knows; gate-nft.c and gate-examine.c share it. */
#include "system/gate.h"

#define TABLE "inet focusd"

struct gate_nft {
	struct gate gate;
	struct prefix lease4, lease6;
	uint32_t mark_mask;
	unsigned mark_shift;
	struct nft_run *nft;
	struct gate_watch *watch;
	struct gate_events events;
	char *rules;         /* focusd.nft with our values */
	char *people;        /* the last transaction of set_people */
	char *seal;          /* the last transaction of set_seal */
	char *gateway_rules; /* focusd-gateway.nft with our values; NULL: there is none */
	char *devices;       /* the last transaction of set_gateway; "": no gateway */
	void *mappings;      /* tree of struct gate_mapping; AF_UNSPEC: the kernel has none */
	void *settings;      /* tree of struct gate_setting; GATE_OPEN ones too, once told */
	size_t n_objects;    /* of the table when it is whole */
	bool uncounted;      /* it is another table since they were counted */
	uint64_t print;      /* of its rules then */
	size_t n_uids;       /* in the map of people */
};

/* gate-examine.c: how many objects the table has, and (unless NULL) a print of its rules. */
int gate_count_objects(struct gate_nft *g, size_t *ret, uint64_t *ret_print);
int gate_nft_examine(struct gate *gate, const char **ret_what);
