/* Reads a ruleset for two things: who redirects or translates port 53 in an output chain that the
 * kernel asks before ours (attach.c, priority -101), and who drops or rejects lease addresses while
 * they are still seen (before our translation at -100). Conditions such as uids are not judged: a
 * rule that may be in the way is told. */
#include "system/rivals.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "system/nft-run.h"

#define OUR_PREFIX         "focusd" /* of the names of all our tables */
#define REDIRECT_PRIORITY  (-101)
#define TRANSLATE_PRIORITY (-100)
#define DNS_PORT           53
#define JUMPS_MAX          8 /* levels of chains that call chains */

void rivals_done(struct rivals *r)
{
	strings_done(&r->redirects);
	strings_done(&r->drops);
}

/* One listing, and what is looked for in it now. */
struct look {
	json_t *objects;
	const struct prefix *ranges[2];
	const char *type; /* of the base chain */
	int before;       /* its priority is less than this */
	bool (*is_rival)(const struct look *l, const json_t *expressions);
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is_ours(const json_t *item)
{
	return strncmp(text_of(item, "table"), OUR_PREFIX, strlen(OUR_PREFIX)) == 0;
}

static bool same_table(const json_t *a, const json_t *b)
{
	return strcmp(text_of(a, "table"), text_of(b, "table")) == 0 &&
	       strcmp(text_of(a, "family"), text_of(b, "family")) == 0;
}

static bool is_base_chain(const struct look *l, const json_t *chain)
{
	return strcmp(text_of(chain, "hook"), "output") == 0 &&
	       (!l->type || strcmp(text_of(chain, "type"), l->type) == 0) &&
	       json_integer_value(json_object_get(chain, "prio")) < l->before;
}

/* 53 itself, or a set or range that holds it. */
static bool holds_dns_port(const json_t *value)
{
	const json_t *range = json_object_get(value, "range");
	const json_t *set = json_object_get(value, "set"), *item;
	size_t i;

	if (json_is_integer(value))
		return json_integer_value(value) == DNS_PORT;
	if (range)
		return json_integer_value(json_array_get(range, 0)) <= DNS_PORT &&
		       json_integer_value(json_array_get(range, 1)) >= DNS_PORT;
	json_array_foreach(set, i, item) if (holds_dns_port(item)) return true;
	return false;
}

static const char *matched_field(const json_t *match)
{
	return text_of(json_object_get(json_object_get(match, "left"), "payload"), "field");
}

/* xt: a rule of iptables-nft, which libnftables shows by name or not at all. */
static bool takes_look_ups(const struct look *l, const json_t *expressions)
{
	bool port = false, taken = false;
	const json_t *e;
	size_t i;

	json_array_foreach(expressions, i, e)
	{
		const json_t *match = json_object_get(e, "match");

		port |= match && strcmp(matched_field(match), "dport") == 0 &&
			holds_dns_port(json_object_get(match, "right"));
		taken |= json_object_get(e, "redirect") || json_object_get(e, "dnat") ||
			 json_object_get(e, "xt");
	}
	return port && taken;
}

static bool overlaps(const struct look *l, const json_t *value)
{
	const json_t *prefix = json_object_get(value, "prefix");
	const json_t *set = json_object_get(value, "set"), *item;
	const char *address = prefix                  ? text_of(prefix, "addr")
			      : json_is_string(value) ? json_string_value(value)
						      : "";
	struct prefix p;
	size_t i;

	json_array_foreach(set, i, item) if (overlaps(l, item)) return true;
	if (address_parse(address, &p.address) < 0)
		return false;
	p.bits = prefix ? (unsigned)json_integer_value(json_object_get(prefix, "len"))
			: (unsigned)address_size(p.address.family) * 8;
	return prefix_overlaps(l->ranges[0], &p) || prefix_overlaps(l->ranges[1], &p);
}

static bool drops_leases(const struct look *l, const json_t *expressions)
{
	bool lease = false, dropped = false;
	const json_t *e;
	size_t i;

	json_array_foreach(expressions, i, e)
	{
		const json_t *match = json_object_get(e, "match");

		lease |= match && strcmp(matched_field(match), "daddr") == 0 &&
			 strcmp(text_of(match, "op"), "!=") != 0 &&
			 overlaps(l, json_object_get(match, "right"));
		/* a verdict without a value is {"drop": null} */
		dropped |= json_object_get(e, "drop") || json_object_get(e, "reject");
	}
	return lease && dropped;
}

static int look_into(const struct look *l, const json_t *chain, const char *name, unsigned level,
	struct strings *found);

/* The chains that a rule calls. */
static int follow(const struct look *l, const json_t *chain, const json_t *expressions,
	unsigned level, struct strings *found)
{
	const json_t *e;
	size_t i;
	int r = 0;

	json_array_foreach(expressions, i, e)
	{
		const json_t *call = json_object_get(e, "jump");

		if (!call)
			call = json_object_get(e, "goto");
		if (call && r >= 0 && level < JUMPS_MAX)
			r = look_into(l, chain, text_of(call, "target"), level + 1, found);
	}
	return r;
}

static int look_into(const struct look *l, const json_t *chain, const char *name, unsigned level,
	struct strings *found)
{
	const json_t *object;
	size_t i;
	int r = 0;

	json_array_foreach(l->objects, i, object)
	{
		const json_t *rule = json_object_get(object, "rule");
		const json_t *expressions = json_object_get(rule, "expr");
		char where[256];

		if (!rule || r < 0 || !same_table(rule, chain) ||
			strcmp(text_of(rule, "chain"), name) != 0)
			continue;
		r = follow(l, chain, expressions, level, found);
		if (r < 0 || !l->is_rival(l, expressions))
			continue;
		snprintf(where, sizeof(where), "%s %s, chain %s", text_of(rule, "family"),
			text_of(rule, "table"), name);
		if (!strings_contain(found, where))
			r = strings_add(found, where);
	}
	return r;
}

static int look(const struct look *l, struct strings *found)
{
	const json_t *object;
	size_t i;
	int r = 0;

	json_array_foreach(l->objects, i, object)
	{
		const json_t *chain = json_object_get(object, "chain");

		if (chain && r >= 0 && !is_ours(chain) && is_base_chain(l, chain))
			r = look_into(l, chain, text_of(chain, "name"), 0, found);
	}
	return r;
}

static void read_version(const json_t *objects, char *version, size_t size)
{
	const json_t *object;
	size_t i;

	*version = 0;
	json_array_foreach(objects, i, object) if (json_object_get(object, "metainfo")) snprintf(
		version, size, "%s", text_of(json_object_get(object, "metainfo"), "version"));
}

int rivals_read(const char *json, const struct prefix *range4, const struct prefix *range6,
	struct rivals *ret)
{
	json_t *root = json_loads(json, 0, NULL);
	const struct look redirects = { json_object_get(root, "nftables"), { range4, range6 },
		"nat", REDIRECT_PRIORITY, takes_look_ups };
	const struct look drops = { json_object_get(root, "nftables"), { range4, range6 }, NULL,
		TRANSLATE_PRIORITY, drops_leases };
	struct rivals found = { 0 };
	int r;

	r = json_is_array(redirects.objects) ? look(&redirects, &found.redirects) : -EBADMSG;
	if (r >= 0)
		r = look(&drops, &found.drops);
	if (r >= 0) {
		read_version(redirects.objects, found.version, sizeof(found.version));
		*ret = found;
	} else {
		rivals_done(&found);
	}
	json_decref(root);
	return r;
}

int rivals_look(const struct prefix *range4, const struct prefix *range6, struct rivals *ret)
{
	_cleanup_free_ char *json = NULL;
	struct nft_run *nft = NULL;
	int r;

	r = nft_run_new(&nft);
	if (r >= 0)
		r = nft_run_list(nft, "list ruleset", true, &json);
	nft_run_free(nft);
	return r < 0 ? r : rivals_read(json, range4, range6, ret);
}
