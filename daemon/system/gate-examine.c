/* Is the table still as it was told to be? For the gate itself, and closer for people who ask. It
 * changes nothing. */
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "system/gate-listing.h"
#include "system/gate-nft-internal.h"
#include "system/nft-run.h"

int gate_count_objects(struct gate_nft *g, size_t *ret, uint64_t *ret_print)
{
	_cleanup_free_ char *json = NULL;
	int r;

	r = nft_run_list(g->nft, "list table " TABLE, true, &json);
	if (r >= 0 && ret_print)
		r = gate_listing_print(json, ret_print);
	return r < 0 ? r : gate_listing_size(json, ret);
}

static int count_elements(struct gate_nft *g, const char *kind, const char *name, size_t *n)
{
	_cleanup_free_ char *json = NULL, *command = NULL;
	int r;

	if (asprintf(&command, "list %s " TABLE " %s", kind, name) < 0) {
		command = NULL;
		return -ENOMEM;
	}
	r = nft_run_list(g->nft, command, false, &json);
	return r < 0 ? r : gate_listing_count(json, kind, n);
}

static void count_shut(const void *node, VISIT which, void *closure)
{
	const struct gate_setting *setting = *(struct gate_setting *const *)node;

	if ((which == postorder || which == leaf) && setting->state == GATE_SHUT)
		++*(size_t *)closure;
}

static void count_mapping(const void *node, VISIT which, void *closure)
{
	const struct gate_mapping *mapping = *(struct gate_mapping *const *)node;

	if ((which == postorder || which == leaf) && mapping->real.family != AF_UNSPEC)
		++*(size_t *)closure;
}

/* Are the elements that we put into the sets still as many? *ret_what: which are not. */
static int examine_elements(struct gate_nft *g, const char **ret_what)
{
	size_t people = 0, leases = 0, shut = 0, told_leases = 0, told_shut = 0;
	int r;

	twalk_r(g->mappings, count_mapping, &told_leases);
	twalk_r(g->settings, count_shut, &told_shut);
	r = count_elements(g, "map", "people", &people);
	if (r >= 0)
		r = count_elements(g, "map", "real4", &leases);
	if (r >= 0)
		r = count_elements(g, "map", "real6", &leases);
	if (r >= 0)
		r = count_elements(g, "set", "shut4", &shut);
	if (r >= 0)
		r = count_elements(g, "set", "shut6", &shut);
	if (r < 0)
		return r;
	*ret_what = people != g->n_uids     ? "the people"
		    : leases != told_leases ? "the leases"
		    : shut != told_shut     ? "what is shut"
					    : NULL;
	return 0;
}

int gate_nft_examine(struct gate *gate, const char **ret_what)
{
	struct gate_nft *g = (struct gate_nft *)gate;
	uint64_t print = 0;
	size_t n;
	int r;

	r = gate_count_objects(g, &n, &print);
	if (r < 0)
		return r;
	if (print == g->print && n >= g->n_objects)
		return examine_elements(g, ret_what);
	*ret_what = "the rules";
	return 0;
}
