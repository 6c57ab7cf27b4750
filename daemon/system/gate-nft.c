/* The gate in nftables: conf/focusd.nft with our values, and elements in its sets. It remembers
 * what it was told, so that it can put everything back, and changes the kernel in whole
 * transactions. */
#include <ctype.h>
#include <errno.h>
#include <malloc.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/lease.h"
#include "system/gate-devices.h"
#include "system/gate-lanes.h"
#include "system/gate-listing.h"
#include "system/gate-nft-internal.h"
#include "system/gate-rules.h"
#include "system/gate-script.h"
#include "system/gate-seal.h"
#include "system/gate-watch.h"
#include "system/nft-run.h"
#include "system/range-check.h"

#define BULK_MAPPINGS 1000 /* a load that large leaves libnftables' heap in pieces */

static struct gate_nft *of(struct gate *g)
{
	return (struct gate_nft *)g;
}

static int compare_addresses(const struct address *a, const struct address *b)
{
	return a->family != b->family ? a->family - b->family
				      : memcmp(a->bytes, b->bytes, address_size(a->family));
}

static int compare_mappings(const void *a, const void *b)
{
	return compare_addresses(
		&((const struct gate_mapping *)a)->lease, &((const struct gate_mapping *)b)->lease);
}

static int compare_settings(const void *a, const void *b)
{
	const struct gate_setting *x = a, *y = b;
	const int order = compare_addresses(&x->block, &y->block);

	return order != 0 ? order : x->mark < y->mark ? -1 : x->mark > y->mark;
}

static struct gate *gate_nft_free(struct gate *gate)
{
	struct gate_nft *g = of(gate);

	gate_watch_free(g->watch);
	nft_run_free(g->nft);
	tdestroy(g->mappings, free);
	tdestroy(g->settings, free);
	free(g->rules);
	free(g->people);
	free(g->seal);
	free(g->gateway_rules);
	free(g->devices);
	free(g);
	return NULL;
}

static char family_digit(const struct address *a)
{
	return a->family == AF_INET6 ? '6' : '4';
}

static uint32_t shifted(const struct gate_nft *g, uint32_t mark)
{
	return mark << g->mark_shift & g->mark_mask;
}

static int gate_nft_set_people(struct gate *gate, const struct gate_person *people, size_t n)
{
	struct gate_nft *g = of(gate);
	_cleanup_(script_done) struct script s;
	_cleanup_free_ char *copy = NULL;
	int r;

	r = script_begin(&s);
	if (r < 0)
		return r;
	script_add(&s, "flush map " TABLE " people\n");
	for (size_t i = 0; i < n; i++) {
		script_add(&s, "add chain " TABLE " person-%u\nflush chain " TABLE " person-%u\n",
			people[i].mark, people[i].mark);
		script_add(&s,
			"add rule " TABLE " person-%u ct mark set ct mark & 0x%08x | 0x%08x\n",
			people[i].mark, ~g->mark_mask, shifted(g, people[i].mark));
		for (size_t k = 0; k < people[i].n_uids; k++)
			script_add(&s, "add element " TABLE " people { %u : jump person-%u }\n",
				people[i].uids[k], people[i].mark);
	}
	fflush(s.f);
	copy = strdup(s.text);
	if (!copy)
		return -ENOMEM;
	r = script_run(g->nft, &s);
	if (r < 0)
		return r;
	free(g->people);
	g->people = TAKE_PTR(copy);
	g->n_uids = 0;
	for (size_t i = 0; i < n; i++)
		g->n_uids += people[i].n_uids;
	return 0;
}

static void write_mapping(
	struct script *s, const struct gate_mapping *known, const struct gate_mapping *m)
{
	char lease[ADDRESS_TEXT_MAX], real[ADDRESS_TEXT_MAX];
	const char digit = family_digit(&m->lease);

	address_format(&m->lease, lease);
	if (known && known->real.family != AF_UNSPEC)
		script_add(s, "delete element " TABLE " real%c { %s }\n", digit, lease);
	if (m->real.family != AF_UNSPEC)
		script_add(s, "add element " TABLE " real%c { %s : %s }\n", digit, lease,
			address_format(&m->real, real));
}

static int remember(
	void **tree, const void *item, size_t size, int (*compare)(const void *, const void *))
{
	void **slot = tfind(item, tree, compare);
	void *copy;

	if (slot) {
		memcpy(*slot, item, size);
		return 0;
	}
	copy = malloc(size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, item, size);
	if (tsearch(copy, tree, compare))
		return 0;
	free(copy);
	return -ENOMEM;
}

static void forget_mapping(struct gate_nft *g, const struct gate_mapping *m)
{
	void **slot = tfind(m, &g->mappings, compare_mappings);
	void *item = slot ? *slot : NULL;

	tdelete(m, &g->mappings, compare_mappings);
	free(item);
}

/* What the kernel has taken must not be forgotten for want of memory: there is room for each
 * before it is told. */
static int make_room(struct gate_nft *g, const struct gate_mapping *mapping)
{
	const struct gate_mapping room = { .lease = mapping->lease };

	if (mapping->real.family == AF_UNSPEC || tfind(&room, &g->mappings, compare_mappings))
		return 0;
	return remember(&g->mappings, &room, sizeof(room), compare_mappings);
}

static int gate_nft_map(struct gate *gate, const struct gate_mapping *mappings, size_t n)
{
	struct gate_nft *g = of(gate);
	_cleanup_(script_done) struct script s;
	int r;

	r = script_begin(&s);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = make_room(g, &mappings[i]);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		void **slot = tfind(&mappings[i], &g->mappings, compare_mappings);
		const struct gate_mapping *known = slot ? *slot : NULL;

		if (known ? !address_equal(&known->real, &mappings[i].real)
			  : mappings[i].real.family != AF_UNSPEC)
			write_mapping(&s, known, &mappings[i]);
	}
	r = script_run(g->nft, &s);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		if (mappings[i].real.family == AF_UNSPEC)
			forget_mapping(g, &mappings[i]);
		else
			r = remember(
				&g->mappings, &mappings[i], sizeof(mappings[i]), compare_mappings);
	}
	if (n >= BULK_MAPPINGS)
		malloc_trim(0);
	return r;
}

struct counting_set {
	const char *command; /* NULL: the end of the list */
	bool up;
};

static int read_sets(const struct gate_nft *g, const struct counting_set *set,
	struct gate_counter **ret, size_t *ret_n)
{
	struct gate_counters counters = { 0 };
	int r = 0;

	for (; r >= 0 && set->command; set++) {
		_cleanup_free_ char *json = NULL;

		r = nft_run_list(g->nft, set->command, false, &json);
		if (r >= 0)
			r = gate_listing_counters(json, set->up, g->mark_shift, &counters);
	}
	if (r < 0) {
		free(counters.items);
		return r;
	}
	*ret = counters.items;
	*ret_n = counters.n;
	return 0;
}

static int gate_nft_read(struct gate *gate, struct gate_counter **ret, size_t *ret_n)
{
	static const struct counting_set sets[] = { { "list set " TABLE " down4", false },
		{ "list set " TABLE " up4", true }, { "list set " TABLE " down6", false },
		{ "list set " TABLE " up6", true }, { NULL, false } };

	return read_sets(of(gate), sets, ret, ret_n);
}

static int gate_nft_read_leases(struct gate *gate, struct gate_counter **ret, size_t *ret_n)
{
	static const struct counting_set sets[] = { { "list set " TABLE " leases4", false },
		{ "list set " TABLE " leases6", false }, { NULL, false } };

	return read_sets(of(gate), sets, ret, ret_n);
}

/* Adding what is there is no error, and so deleting after adding never is one. */
static void write_setting(const struct gate_nft *g, struct script *s,
	const struct gate_setting *known, const struct gate_setting *setting)
{
	char block[ADDRESS_TEXT_MAX], key[ADDRESS_TEXT_MAX + 16];
	const char digit = family_digit(&setting->block);

	snprintf(key, sizeof(key), "%s . 0x%08x", address_format(&setting->block, block),
		shifted(g, setting->mark));
	script_add(s, "add element " TABLE " shut%c { %s }\n", digit, key);
	if (setting->state != GATE_SHUT)
		script_add(s, "delete element " TABLE " shut%c { %s }\n", digit, key);
	if (known && known->state == GATE_SLOW)
		script_add(s, "delete element " TABLE " slow%c { %s }\n", digit, key);
	if (setting->state == GATE_SLOW)
		gate_lane_write(s, setting, digit, key);
}

static const struct gate_setting *find_known(
	const struct gate_nft *g, const struct gate_setting *setting)
{
	void **slot = tfind(setting, &g->settings, compare_settings);

	return slot ? *slot : NULL;
}

static int gate_nft_set(
	struct gate *gate, const struct gate_setting *settings, size_t n, const char *reason)
{
	struct gate_nft *g = of(gate);
	_cleanup_free_ struct gate_setting *before = calloc(n + 1, sizeof(*before));
	_cleanup_(script_done) struct script s;
	int r;

	r = script_begin(&s);
	if (r < 0)
		return r;
	if (!before)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct gate_setting *known = find_known(g, &settings[i]);

		if (known)
			before[i] = *known;
		if (!known || !gate_setting_same(known, &settings[i]))
			write_setting(g, &s, known, &settings[i]);
	}
	if (s.n > 0)
		log_debug("gate: %zu elements (%s)", s.n, reason);
	r = script_run(g->nft, &s);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = remember(&g->settings, &settings[i], sizeof(settings[i]), compare_settings);
	return r < 0 ? r : gate_lanes_end(g->nft, g->settings, before, n);
}

static int gate_nft_set_seal(struct gate *gate, const struct gate_seal *seal)
{
	return gate_seal_set(of(gate)->nft, seal, &of(gate)->seal);
}

/* The table is another one then: it is measured anew. */
static int gate_nft_set_gateway(struct gate *gate, const struct gate_gateway *gateway)
{
	struct gate_nft *g = of(gate);
	const struct gate_devices_place place = { g->nft, g->rules, g->gateway_rules,
		g->mark_mask };
	int r;

	r = gate_devices_set(&place, gateway, &g->devices);
	if (r < 0)
		return r;
	g->uncounted |= r > 0;
	if (!g->uncounted)
		return 0;
	r = gate_count_objects(g, &g->n_objects, &g->print);
	g->uncounted = r < 0;
	return r;
}

static int gate_nft_read_tries(struct gate *gate, struct gate_try **ret, size_t *ret_n)
{
	return gate_seal_read(of(gate)->nft, ret, ret_n);
}

static int gate_nft_check(struct gate *gate)
{
	struct gate_nft *g = of(gate);
	size_t n;
	int r;

	r = gate_count_objects(g, &n, NULL);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	return g->uncounted || n >= g->n_objects;
}

struct rewrite {
	struct gate_nft *g;
	struct script s;
};

static void rewrite_mapping(const void *node, VISIT which, void *closure)
{
	struct rewrite *w = closure;

	if (which == postorder || which == leaf)
		write_mapping(&w->s, NULL, *(struct gate_mapping *const *)node);
}

static void rewrite_setting(const void *node, VISIT which, void *closure)
{
	struct rewrite *w = closure;

	if (which == postorder || which == leaf)
		write_setting(w->g, &w->s, NULL, *(struct gate_setting *const *)node);
}

static int gate_nft_restore(struct gate *gate)
{
	struct gate_nft *g = of(gate);
	struct rewrite w = { .g = g };
	int r;

	r = script_begin(&w.s);
	if (r < 0)
		return r;
	/* Half a table is worse than none to build on. */
	script_add(&w.s, "add table " TABLE "\ndelete table " TABLE "\n%s", g->rules);
	if (g->people)
		script_add(&w.s, "%s", g->people);
	if (g->seal)
		script_add(&w.s, "%s", g->seal);
	if (g->devices)
		script_add(&w.s, "%s", g->devices);
	twalk_r(g->mappings, rewrite_mapping, &w);
	twalk_r(g->settings, rewrite_setting, &w);
	r = script_run(g->nft, &w.s);
	script_done(&w.s);
	return r;
}

static const struct gate_ops gate_nft_ops = {
	.free = gate_nft_free,
	.set_people = gate_nft_set_people,
	.map = gate_nft_map,
	.read = gate_nft_read,
	.read_leases = gate_nft_read_leases,
	.set = gate_nft_set,
	.set_seal = gate_nft_set_seal,
	.set_gateway = gate_nft_set_gateway,
	.read_tries = gate_nft_read_tries,
	.check = gate_nft_check,
	.examine = gate_nft_examine,
	.restore = gate_nft_restore,
};

static int remember_mapping(const struct gate_mapping *mapping, void *userdata)
{
	struct gate_nft *g = userdata;

	return remember(&g->mappings, mapping, sizeof(*mapping), compare_mappings);
}

/* What a predecessor left in the maps: a lease must not be pointed elsewhere by mistake. */
static int adopt_mappings(struct gate_nft *g)
{
	static const char *const commands[] = { "list map " TABLE " real4",
		"list map " TABLE " real6" };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(commands); i++) {
		_cleanup_free_ char *json = NULL;

		r = nft_run_list(g->nft, commands[i], false, &json);
		if (r >= 0)
			r = gate_listing_map(json, remember_mapping, g);
	}
	return r;
}

/* An older focusd's table may not take our sets: then it makes way, and its counters with it. */
static int create_table(struct gate_nft *g, char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	int r;

	r = nft_run(g->nft, g->rules, NULL, &error);
	if (r == -EEXIST || r == -EBUSY) {
		log_warning("The nftables table of an older focusd does not fit (%s): made anew",
			error);
		free(TAKE_PTR(error));
		r = gate_nft_restore(&g->gate);
	}
	if (r < 0 && asprintf(ret_error, "nftables refuses focusd's table: %s",
			     error ? error : strerror(-r)) < 0)
		*ret_error = NULL;
	return r;
}

static void on_wake(void *userdata)
{
	struct gate_nft *g = userdata;

	g->events.wake(g->events.userdata);
}

static void on_touched(void *userdata)
{
	struct gate_nft *g = userdata;

	if (gate_nft_check(&g->gate) != 1)
		g->events.lost(g->events.userdata);
}

static int fail(char **ret_error, int r, const char *what)
{
	if (asprintf(ret_error, "%s: %s", what, strerror(-r)) < 0)
		*ret_error = NULL;
	return r;
}

static int start(struct gate_nft *g, const struct gate_options *options, struct sd_event *event,
	char **ret_error)
{
	int r;

	r = nft_run_new(&g->nft); /* first: libnftables dies on a descriptor of 1024 and above */
	if (r < 0)
		return fail(ret_error, r, "libnftables");
	r = range_check(&options->lease4, ret_error);
	if (r >= 0)
		r = range_check(&options->lease6, ret_error);
	if (r < 0)
		return *ret_error ? r : fail(ret_error, r, "rtnetlink");
	r = gate_rules_read(options, options->rules_file, &g->rules);
	if (r < 0)
		return fail(ret_error, r, options->rules_file);
	r = options->gateway_file
		    ? gate_rules_read(options, options->gateway_file, &g->gateway_rules)
		    : 0;
	if (r < 0)
		return fail(ret_error, r, options->gateway_file);
	r = create_table(g, ret_error);
	if (r < 0)
		return r;
	r = adopt_mappings(g);
	if (r >= 0)
		r = gate_lanes_clear(g->nft);
	if (r >= 0)
		r = gate_count_objects(g, &g->n_objects, &g->print);
	if (r < 0)
		return fail(ret_error, r, "focusd's table can't be read back");
	if (!event)
		return 0;
	r = gate_watch_new(event, options->log_group, on_wake, on_touched, g, &g->watch);
	return r < 0 ? fail(ret_error, r, "the kernel's log of lease traffic") : 0;
}

int gate_nft_new(const struct gate_options *options, struct sd_event *event,
	const struct gate_events *events, struct gate **ret, char **ret_error)
{
	struct gate_nft *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return -ENOMEM;
	g->gate.ops = &gate_nft_ops;
	g->lease4 = options->lease4;
	g->lease6 = options->lease6;
	g->mark_mask = options->mark_mask;
	g->mark_shift = (unsigned)__builtin_ctz(options->mark_mask);
	if (events)
		g->events = *events;
	*ret_error = NULL;
	r = start(g, options, event, ret_error);
	if (r < 0) {
		gate_nft_free(&g->gate);
		return r;
	}
	*ret = &g->gate;
	return 0;
}

int gate_nft_release(char **ret_error)
{
	struct nft_run *n = NULL;
	int r;

	r = nft_run_new(&n);
	if (r >= 0)
		r = nft_run(n, "add table " TABLE "\ndelete table " TABLE "\n", NULL, ret_error);
	nft_run_free(n);
	return r;
}
