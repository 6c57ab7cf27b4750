/* Names for limits, and the end of old ones. It sets nobody's lane. */
#include "system/gate-lanes.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "system/gate-listing.h"
#include "system/gate-script.h"
#include "system/nft-run.h"

#define NAME_MAX_BYTES 64
#define BURST_LEAST    4096 /* a few packets, or nothing at all would pass */

/* A rate never changes: another one is another limit. */
static const char *name_of(const struct gate_setting *s, char buffer[NAME_MAX_BYTES])
{
	snprintf(buffer, NAME_MAX_BYTES, "slow-%" PRIu32 "-%" PRIu32 "-%" PRIu64, s->mark, s->lane,
		s->slow_rate_bytes);
	return buffer;
}

/* Do both drive in the same lane? */
static bool is_same_lane(const struct gate_setting *a, const struct gate_setting *b)
{
	return a->state == GATE_SLOW && b->state == GATE_SLOW && a->mark == b->mark &&
	       a->lane == b->lane && a->slow_rate_bytes == b->slow_rate_bytes;
}

void gate_lane_write(
	struct script *script, const struct gate_setting *s, char digit, const char *key)
{
	const uint64_t rate = s->slow_rate_bytes > 0 ? s->slow_rate_bytes : 1000;
	char name[NAME_MAX_BYTES];

	name_of(s, name);
	script_add(script,
		"add limit inet focusd %s { rate over %" PRIu64 " bytes/second burst %" PRIu64
		" bytes; }\n"
		"add element inet focusd slow%c { %s : \"%s\" }\n",
		name, rate, rate / 4 > BURST_LEAST ? rate / 4 : BURST_LEAST, digit, key, name);
}

struct search {
	const struct gate_setting *lane;
	bool found;
};

static void look(const void *node, VISIT which, void *closure)
{
	struct search *s = closure;

	if (which == postorder || which == leaf)
		s->found |= is_same_lane(s->lane, *(struct gate_setting *const *)node);
}

int gate_lanes_end(
	struct nft_run *nft, const void *settings, const struct gate_setting *before, size_t n)
{
	_cleanup_(script_done) struct script s;
	char name[NAME_MAX_BYTES];
	int r;

	r = script_begin(&s);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		struct search search = { &before[i], false };

		for (size_t k = 0; k < i; k++) /* one limit ends once */
			search.found |= is_same_lane(&before[k], &before[i]);
		if (!search.found)
			twalk_r(settings, look, &search);
		if (before[i].state == GATE_SLOW && !search.found)
			script_add(&s, "delete limit inet focusd %s\n", name_of(&before[i], name));
	}
	return r < 0 ? r : script_run(nft, &s);
}

bool gate_setting_same(const struct gate_setting *a, const struct gate_setting *b)
{
	return a->state == b->state && (a->state != GATE_SLOW || is_same_lane(a, b));
}

static int write_end(const char *name, void *userdata)
{
	struct script *s = userdata;

	script_add(s, "delete limit inet focusd %s\n", name);
	return 0;
}

int gate_lanes_clear(struct nft_run *nft)
{
	_cleanup_free_ char *json = NULL;
	_cleanup_(script_done) struct script s;
	int r;

	r = script_begin(&s);
	if (r >= 0)
		r = nft_run_list(nft, "list limits table inet focusd", false, &json);
	if (r >= 0)
		r = gate_listing_limits(json, write_end, &s);
	return r < 0 ? r : script_run(nft, &s);
}
