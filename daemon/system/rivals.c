/* Reads a ruleset for three things: who redirects or translates port 53 in an output chain that the
 * kernel asks before ours (attach.c, priority -101), and who drops or rejects lease addresses while
 * they are still seen (before our translation at -100), and who puts forwarded flows into a flow
 * table, leases too. Conditions such as uids are not judged: a
 * rule that may be in the way is told.
 *
 * Chain by chain: in libnftables up to 1.0.6 a JSON listing of a table that has exactly one flag,
 * as ours of the redirect has, uses memory that it has freed (table_flags_json()). */
#include "system/rivals.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "system/nft-run.h"

#define OUR_PREFIX         "focusd" /* of the names of all our tables */
#define REDIRECT_PRIORITY  (-101)
#define TRANSLATE_PRIORITY (-100)
#define DNS_PORT           53
#define JUMPS_MAX          8 /* levels of chains that call chains */
#define LISTINGS_MAX       200

void rivals_done(struct rivals *r)
{
	strings_done(&r->redirects);
	strings_done(&r->drops);
	strings_done(&r->offloads);
}

/* What is looked for now. */
struct look {
	const struct prefix *ranges;
	rivals_list_fn list;
	void *userdata;
	const char *hook, *type; /* of the base chain; type NULL: any */
	int before;              /* its priority is less than this */
	bool (*is_rival)(const struct look *l, const json_t *expressions);
	struct strings *found;
	unsigned n_listed;
	unsigned *let_pass; /* lease ranges, a bit each, that rules before have let pass */
};

#define _cleanup_json_ _cleanup_(json_decrefp)

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is_ours(const json_t *item)
{
	return strncmp(text_of(item, "table"), OUR_PREFIX, strlen(OUR_PREFIX)) == 0;
}

static bool is_base_chain(const struct look *l, const json_t *chain)
{
	return strcmp(text_of(chain, "hook"), l->hook) == 0 &&
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
	return prefix_overlaps(&l->ranges[0], &p) || prefix_overlaps(&l->ranges[1], &p);
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

/* ct original ip daddr LEASES accept: what comes after it never sees them. */
static void note_let_pass(const struct look *l, const json_t *match)
{
	const json_t *ct = json_object_get(json_object_get(match, "left"), "ct");
	const json_t *prefix = json_object_get(json_object_get(match, "right"), "prefix");
	struct prefix p;

	if (!strstr(text_of(ct, "key"), "daddr") || strcmp(text_of(ct, "dir"), "original") != 0 ||
		strcmp(text_of(match, "op"), "==") != 0 ||
		address_parse(text_of(prefix, "addr"), &p.address) < 0)
		return;
	p.bits = (unsigned)json_integer_value(json_object_get(prefix, "len"));
	for (unsigned i = 0; i < 2; i++)
		if (p.bits <= l->ranges[i].bits && prefix_contains(&p, &l->ranges[i].address))
			*l->let_pass |= 1U << i;
}

static bool offloads_leases(const struct look *l, const json_t *expressions)
{
	const json_t *first = json_array_get(expressions, 0), *last = NULL, *e;
	bool offloads = false;
	size_t i;

	json_array_foreach(expressions, i, e)
	{
		offloads |= json_object_get(e, "flow") != NULL;
		last = e;
	}
	if (json_array_size(expressions) == 2 &&
		(json_object_get(last, "accept") || json_object_get(last, "return")))
		note_let_pass(l, json_object_get(first, "match"));
	return offloads && *l->let_pass != 3;
}

/* A name goes into a command. */
static bool is_plain(const char *name)
{
	return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789_-./")] == 0;
}

struct place {
	const char *family, *table, *chain;
};

static int look_into(struct look *l, struct place at, unsigned level);

/* The chains that a rule calls. */
static int follow(struct look *l, struct place at, const json_t *expressions, unsigned level)
{
	const json_t *e;
	size_t i;
	int r = 0;

	json_array_foreach(expressions, i, e)
	{
		const json_t *call = json_object_get(e, "jump");

		if (!call)
			call = json_object_get(e, "goto");
		if (!call || r < 0 || level >= JUMPS_MAX)
			continue;
		at.chain = text_of(call, "target");
		r = look_into(l, at, level + 1);
	}
	return r;
}

static int look_at_rule(struct look *l, struct place at, const json_t *rule, unsigned level)
{
	const json_t *expressions = json_object_get(rule, "expr");
	char where[256];
	int r;

	if (strcmp(text_of(rule, "chain"), at.chain) != 0)
		return 0;
	r = follow(l, at, expressions, level);
	if (r < 0 || !l->is_rival(l, expressions))
		return r;
	snprintf(where, sizeof(where), "%s %s, chain %s", at.family, at.table, at.chain);
	return strings_contain(l->found, where) ? 0 : strings_add(l->found, where);
}

static int look_into(struct look *l, struct place at, unsigned level)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ json_t *root = NULL;
	const json_t *object;
	size_t i;
	int r = 0;

	if (!is_plain(at.family) || !is_plain(at.table) || !is_plain(at.chain) ||
		l->n_listed++ >= LISTINGS_MAX)
		return 0;
	if (l->list(at.family, at.table, at.chain, &text, l->userdata) < 0)
		return 0;
	root = json_loads(text, 0, NULL);
	json_array_foreach(json_object_get(root, "nftables"), i, object)
	{
		const json_t *rule = json_object_get(object, "rule");

		if (rule && r >= 0)
			r = look_at_rule(l, at, rule, level);
	}
	return r;
}

static int look(struct look *l, const json_t *chains)
{
	const json_t *object;
	size_t i;
	int r = 0;

	json_array_foreach(chains, i, object)
	{
		const json_t *chain = json_object_get(object, "chain");
		const struct place at = { text_of(chain, "family"), text_of(chain, "table"),
			text_of(chain, "name") };

		if (chain && r >= 0 && !is_ours(chain) && is_base_chain(l, chain)) {
			*l->let_pass = 0;
			r = look_into(l, at, 0);
		}
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

int rivals_find(const char *chains, const struct prefix ranges[static 2], rivals_list_fn list,
	void *userdata, struct rivals *ret)
{
	_cleanup_json_ json_t *root = json_loads(chains, 0, NULL);
	const json_t *objects = json_object_get(root, "nftables");
	struct rivals found = { 0 };
	unsigned let_pass;
	struct look redirects = { ranges, list, userdata, "output", "nat", REDIRECT_PRIORITY,
		takes_look_ups, &found.redirects, 0, &let_pass };
	struct look drops = { ranges, list, userdata, "output", NULL, TRANSLATE_PRIORITY,
		drops_leases, &found.drops, 0, &let_pass };
	struct look offloads = { ranges, list, userdata, "forward", "filter", INT_MAX,
		offloads_leases, &found.offloads, 0, &let_pass };
	int r;

	r = json_is_array(objects) ? look(&redirects, objects) : -EBADMSG;
	if (r >= 0)
		r = look(&drops, objects);
	if (r >= 0)
		r = look(&offloads, objects);
	if (r < 0) {
		rivals_done(&found);
		return r;
	}
	read_version(objects, found.version, sizeof(found.version));
	*ret = found;
	return 0;
}

static int list_chain(
	const char *family, const char *table, const char *chain, char **ret, void *userdata)
{
	_cleanup_free_ char *command = NULL;

	if (asprintf(&command, "list chain %s %s %s", family, table, chain) < 0) {
		command = NULL;
		return -ENOMEM;
	}
	return nft_run_list(userdata, command, true, ret);
}

DEFINE_CLEANUP(struct nft_run *, nft_run_free);

int rivals_look(const struct prefix ranges[static 2], struct rivals *ret)
{
	_cleanup_(nft_run_freep) struct nft_run *nft = NULL;
	_cleanup_free_ char *chains = NULL;
	int r;

	r = nft_run_new(&nft);
	if (r >= 0)
		r = nft_run_list(nft, "list chains", true, &chains);
	return r < 0 ? r : rivals_find(chains, ranges, list_chain, nft, ret);
}
