/* What no single section can know: names that must exist, hosts that belong to one site only, sites
 * that have hosts at all. Runs once, when every text is read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/catalogue.h"
#include "core/config-internal.h"
#include "core/domain.h"

/* Of a site that does not say where people begin: this many of its hosts of each kind. */
#define MAINS_GUESSED_MAX 8

DEFINE_CLEANUP(struct catalogue *, catalogue_free);

/* By name, and in the order in which they were said. */
static int compare_hosts(const void *a, const void *b)
{
	const struct config_host *x = *(struct config_host *const *)a,
				 *y = *(struct config_host *const *)b;
	const int r = strcmp(x->name, y->name);

	return r != 0 ? r : (x > y) - (x < y);
}

/* A host said again for its site has the later kind. In two sites it could not be counted: what the
 * catalogue says gives way to a person's own file, two files of the same standing are a mistake. */
static int settle_hosts(struct config_builder *b, struct config_host **sorted)
{
	const struct config *c = b->config;

	for (size_t i = 1; i < b->hosts.n; i++) {
		struct config_host *first = sorted[i - 1], *second = sorted[i];

		if (strcmp(first->name, second->name) != 0)
			continue;
		if (first->site != second->site && first->catalogue == second->catalogue)
			return config_fail(b, second->place,
				"%s belongs to site %s already (%s:%u); expected a host in one "
				"site",
				second->name, c->sites[first->site].name, first->place.path,
				first->place.line);
		first->superseded = true;
	}
	return 0;
}

/* Hands every host to its site, in the order in which they were said. */
static int finish_hosts(struct config_builder *b)
{
	_cleanup_free_ struct config_host **sorted = calloc(b->hosts.n + 1, sizeof(*sorted));
	struct config_host *hosts = b->hosts.items;
	int r;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < b->hosts.n; i++)
		sorted[i] = &hosts[i];
	qsort(sorted, b->hosts.n, sizeof(struct config_host *), compare_hosts);
	r = settle_hosts(b, sorted);
	for (size_t i = 0; i < b->hosts.n && r >= 0; i++)
		if (!hosts[i].superseded)
			r = strings_add(&b->config->sites[hosts[i].site].hosts[hosts[i].kind],
				hosts[i].name);
	return r;
}

/* Asking ourselves would go round for ever. */
static int finish_servers(struct config_builder *b)
{
	const struct config *c = b->config;
	char text[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < c->upstreams.n; i++)
		for (size_t j = 0; j < c->listens.n; j++)
			if (endpoint_equal(&c->upstreams.items[i], &c->listens.items[j]))
				return config_fail(b, b->upstream_place,
					"upstream = %s: focusd itself answers there (listen =); "
					"expected "
					"another server",
					endpoint_format(&c->upstreams.items[i], text));
	return 0;
}

static int finish_sites(struct config_builder *b)
{
	const struct config_site_note *notes = b->site_notes.items;
	char hint[CONFIG_HINT_MAX];

	for (size_t i = 0; i < b->config->n_sites; i++) {
		struct config_site *s = &b->config->sites[i];

		if (s->hosts[HOST_FEED].n == 0 && s->hosts[HOST_CDN].n == 0 &&
			!notes[i].catalogue && !b->held)
			return config_fail(b, notes[i].place,
				"site %s is not in the catalogue and has no domain =; expected one "
				"at least%s",
				s->name, config_site_hint(b->config, s->name, hint));
		s->meter.needs_media =
			!notes[i].any && s->hosts[HOST_FEED].n > 0 && s->hosts[HOST_CDN].n > 0;
		if (s->meter.tail_usec > s->meter.bridge_usec)
			return config_fail(b, notes[i].place,
				"site %s: its tail is longer than its bridge; expected at most as "
				"long",
				s->name);
	}
	return 0;
}

static bool is_metered(const struct catalogue *c, const char *name, size_t site)
{
	enum host_kind kind;
	size_t owner;

	return catalogue_find(c, name, &owner, &kind) >= 0 && owner == site && kind != HOST_FREE;
}

/* Only what is metered may be there: a line in /etc/hosts for anything else is none of ours. */
static int add_main(
	struct config_builder *b, const struct catalogue *c, size_t site, const char *name)
{
	struct strings *mains = &b->config->sites[site].mains;

	if (!is_metered(c, name, site) || strings_contain(mains, name))
		return 0;
	return strings_add(mains, name);
}

/* People type a domain with and without www. */
static int guess_mains(struct config_builder *b, const struct catalogue *c, size_t site)
{
	const struct strings *feed = &b->config->sites[site].hosts[HOST_FEED];
	const struct strings *media = &b->config->sites[site].hosts[HOST_CDN];
	char www[sizeof("www.") + DOMAIN_TEXT_MAX];
	int r = 0;

	for (size_t i = 0; i < feed->n && i < MAINS_GUESSED_MAX && r >= 0; i++) {
		strcat(strcpy(www, "www."), feed->items[i]);
		r = add_main(b, c, site, feed->items[i]);
		if (r >= 0 && strlen(www) <= DOMAIN_TEXT_MAX &&
			strncmp(feed->items[i], "www.", 4) != 0)
			r = add_main(b, c, site, www);
	}
	for (size_t i = 0; i < media->n && i < MAINS_GUESSED_MAX && r >= 0; i++)
		r = add_main(b, c, site, media->items[i]);
	return r;
}

static int finish_mains(struct config_builder *b)
{
	_cleanup_(catalogue_freep) struct catalogue *c = NULL;
	const struct config_main *mains = b->mains.items;
	const struct config *config = b->config;
	int r;

	r = catalogue_new(config, &c);
	for (size_t i = 0; i < b->mains.n && r >= 0; i++) {
		if (!mains[i].catalogue && !is_metered(c, mains[i].name, mains[i].site))
			return config_fail(b, mains[i].place,
				"main = %s: expected a host that site %s meters (domain = or cdn "
				"=)",
				mains[i].name, config->sites[mains[i].site].name);
		r = add_main(b, c, mains[i].site, mains[i].name);
	}
	for (size_t i = 0; i < config->n_sites && r >= 0; i++)
		if (config->sites[i].mains.n == 0)
			r = guess_mains(b, c, i);
	return r;
}

static int add_member(struct config_group *g, size_t site)
{
	size_t *sites;

	for (size_t i = 0; i < g->n_sites; i++)
		if (g->sites[i] == site)
			return 0;
	sites = reallocarray(g->sites, g->n_sites + 1, sizeof(*sites));
	if (!sites)
		return -ENOMEM;
	g->sites = sites;
	g->sites[g->n_sites++] = site;
	return 0;
}

/* A category that no site has; the closest one is told. */
static int unknown_category(struct config_builder *b, const struct config_pending *member)
{
	_cleanup_(strings_done) struct strings words = { 0 };
	char hint[CONFIG_HINT_MAX];
	const int r = config_categories(b->config, &words);

	if (r < 0)
		return r;
	return config_fail(b, member->place,
		"site = %s: expected a category that some site has (category =)%s", member->name,
		config_hint(member->name + 1, (const char *const *)words.items, words.n, hint));
}

static int add_category(struct config_builder *b, const struct config_pending *member)
{
	struct config_group *group = &b->config->groups[member->owner];
	bool any = false;
	int r = 0;

	for (size_t i = 0; i < b->config->n_sites && r >= 0; i++)
		if (config_in_category(&b->config->sites[i], member->name + 1)) {
			any = true;
			r = add_member(group, i);
		}
	return r < 0 || any ? r : unknown_category(b, member);
}

static int add_site(struct config_builder *b, const struct config_pending *member)
{
	struct config *c = b->config;
	const int site = config_find_site(c, member->name);
	char hint[CONFIG_HINT_MAX];

	if (site < 0)
		return config_fail(b, member->place,
			"site = %s: expected a site of the catalogue or of a [site] section%s",
			member->name, config_site_hint(c, member->name, hint));
	return add_member(&c->groups[member->owner], (size_t)site);
}

static int finish_groups(struct config_builder *b)
{
	const struct config_pending *members = b->members.items;
	const struct config_place *places = b->group_notes.items;
	struct config *c = b->config;

	for (size_t i = 0; i < b->members.n; i++) {
		const bool category = *members[i].name == '@';
		const int r = category ? add_category(b, &members[i]) : add_site(b, &members[i]);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < c->n_groups; i++) {
		if (c->groups[i].n_sites == 0)
			return config_fail(b, places[i],
				"group %s has no site =; expected one at least", c->groups[i].name);
		if (!b->held && config_find_site(c, c->groups[i].name) >= 0)
			return config_fail(b, places[i],
				"group %s has the name of a site; expected another",
				c->groups[i].name);
	}
	return 0;
}

static const char *owner_of(const struct config *c, const char *user, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (strings_contain(&c->persons[i].users, user))
			return c->persons[i].name;
	return NULL;
}

/* Who names no account means the one of their name; who has devices may have none at all. What is
 * held names all that it means. */
static int default_user(const struct config_builder *b, struct config_person *p)
{
	const struct config *c = b->config;

	if (p->users.n > 0)
		return 0;
	if (p->devices.n > 0 && (b->held || owner_of(c, p->name, c->n_persons)))
		return 0;
	return strings_add(&p->users, p->name);
}

static int finish_persons(struct config_builder *b)
{
	const struct config_place *places = b->person_notes.items;
	struct config *c = b->config;

	for (size_t i = 0; i < c->n_persons; i++) {
		struct config_person *p = &c->persons[i];
		int r = default_user(b, p);

		if (r < 0)
			return r;
		for (size_t u = 0; u < p->users.n; u++) {
			const char *owner = owner_of(c, p->users.items[u], i);

			if (owner)
				return config_fail(b, places[i],
					"account %s belongs to person %s already; expected one "
					"person "
					"for an account",
					p->users.items[u], owner);
		}
	}
	return 0;
}

static int finish_exceptions(struct config_builder *b)
{
	const struct config_pending *targets = b->targets.items;
	struct config *c = b->config;
	char hint[CONFIG_HINT_MAX] = "";

	for (size_t i = 0; i < b->targets.n; i++) {
		const struct config_pending *t = &targets[i];
		const int found =
			t->is_group ? config_find_group(c, t->name) : config_find_site(c, t->name);

		if (found < 0)
			return config_fail(b, t->place, "[person %s %s %s]: no such %s%s",
				c->persons[t->owner].name, t->is_group ? "group" : "site", t->name,
				t->is_group ? "group" : "site",
				t->is_group ? "" : config_site_hint(c, t->name, hint));
		c->persons[t->owner].exceptions[t->exception].target = (size_t)found;
	}
	return 0;
}

int config_finish(struct config_builder *b)
{
	int (*const steps[])(struct config_builder *) = { finish_servers, finish_hosts,
		finish_sites, finish_mains, finish_groups, finish_persons, finish_exceptions,
		config_finish_share, config_finish_network };

	for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
		const int r = steps[i](b);

		if (r < 0)
			return r;
	}
	return 0;
}
