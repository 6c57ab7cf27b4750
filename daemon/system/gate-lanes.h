#pragma once
/* Slow lanes: one limit of the kernel's for each person and site, whatever blocks the site has. */
#include "system/gate.h"

struct nft_run;
struct script;

/* Is it the same, for the same person and block? */
bool gate_setting_same(const struct gate_setting *a, const struct gate_setting *b);
/* The limit, and the element of map slow4 or slow6 (digit) that leads to it. */
void gate_lane_write(
	struct script *script, const struct gate_setting *s, char digit, const char *key);
/* Takes away what nobody drives in any more: of the n lanes there were before, those that are not
 * in the tree of settings. Negative errno. */
int gate_lanes_end(
	struct nft_run *nft, const void *settings, const struct gate_setting *before, size_t n);
/* Takes the limits of a predecessor away; nothing refers to them any more. Negative errno. */
int gate_lanes_clear(struct nft_run *nft);
