/* Whose is a name? Every name that either configuration lists is decided, so that all that lies
 * below it is, too: the longest listed suffix of any name is one of these, and neither
 * configuration knows a longer one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "core/catalogue.h"
#include "core/commitment-internal.h"
#include "core/domain.h"

DEFINE_CLEANUP(struct catalogue *, catalogue_free);

struct owner {
	const char *site; /* NULL: nobody's */
	enum host_kind kind;
};

struct named_host {
	const char *name;
	struct owner held, wanted, decided;
	bool listed; /* by the wanted configuration itself */
	bool included;
};

static bool is_metered(struct owner o)
{
	return o.site && o.kind != HOST_FREE;
}

static bool same_owner(struct owner a, struct owner b)
{
	if (!is_metered(a) || !is_metered(b))
		return is_metered(a) == is_metered(b);
	return a.kind == b.kind && strcmp(a.site, b.site) == 0;
}

/* What is metered under one name must not become free, another's, or another kind. */
static bool is_loosened(const struct named_host *n)
{
	return is_metered(n->held) && !same_owner(n->held, n->wanted);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named_host *)a)->name, ((const struct named_host *)b)->name);
}

static struct owner find_owner(
	const struct config *c, const struct catalogue *catalogue, const char *name)
{
	struct owner o = { 0 };
	size_t site;

	if (catalogue_find(catalogue, name, &site, &o.kind) >= 0)
		o.site = c->sites[site].name;
	return o;
}

static void gather(struct merging *m, const struct config *c, bool listed)
{
	for (size_t s = 0; s < c->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			for (size_t i = 0; i < c->sites[s].hosts[k].n; i++)
				m->names[m->n_names++] =
					(struct named_host){ .name = c->sites[s].hosts[k].items[i],
						.listed = listed };
}

static void unite_names(struct merging *m)
{
	size_t n = 0;

	qsort(m->names, m->n_names, sizeof(*m->names), by_name);
	for (size_t i = 0; i < m->n_names; i++) {
		if (n > 0 && strcmp(m->names[n - 1].name, m->names[i].name) == 0)
			m->names[n - 1].listed |= m->names[i].listed;
		else
			m->names[n++] = m->names[i];
	}
	m->n_names = n;
}

static size_t count_hosts(const struct config *c)
{
	size_t n = 0;

	for (size_t s = 0; s < c->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			n += c->sites[s].hosts[k].n;
	return n;
}

static const struct named_host *find_included(const struct merging *m, const char *name)
{
	for (; name; name = domain_parent(name)) {
		const struct named_host key = { .name = name }, *found;

		found = bsearch(&key, m->names, m->n_names, sizeof(key), by_name);
		if (found && found->included)
			return found;
	}
	return NULL;
}

/* The names of one site that would be let go, and to whom, line by line: what is asked. */
static char *loosened_names(const struct merging *m, const char *site)
{
	char *text = NULL;
	size_t size;
	FILE *f = text_open(&text, &size);

	for (size_t i = 0; f && i < m->n_names; i++) {
		const struct named_host *n = &m->names[i];

		if (is_loosened(n) && strcmp(n->held.site, site) == 0)
			fprintf(f, "%s %s %d\n", n->name, n->wanted.site ? n->wanted.site : "",
				(int)n->wanted.kind);
	}
	return f && text_close(f, &text) >= 0 ? text : NULL;
}

/* For people: the first names, and how many more. */
#define NAMES_SHOWN 3
static char *tell_names(const char *lines)
{
	char *text = NULL;
	size_t size, n = 0;
	FILE *f = text_open(&text, &size);

	for (const char *p = lines; f && *p; p = strchr(p, '\n') + 1)
		if (n++ < NAMES_SHOWN)
			fprintf(f, "%s%.*s", n > 1 ? ", " : "hosts ", (int)strcspn(p, " "), p);
	if (f && n > NAMES_SHOWN)
		fprintf(f, " and %zu more", n - NAMES_SHOWN);
	return f && text_close(f, &text) >= 0 ? text : NULL;
}

/* Does what is let go of a site wait? */
static int judge_site(struct merging *m, size_t held)
{
	const char *name = m->held->sites[held].name;
	const bool gone = config_find_site(m->wanted, name) < 0;
	_cleanup_free_ char *asked = loosened_names(m, name), *section = NULL, *told = NULL;
	struct subject s = { .target = name };

	if (!asked)
		return -ENOMEM;
	if (!gone && !*asked)
		return 0;
	told = gone ? strdup("metered") : tell_names(asked);
	if (!told || asprintf(&section, "site %s", name) < 0) {
		section = NULL;
		return -ENOMEM;
	}
	s.section = section;
	m->site_kept[held] = merging_waits(m, &(struct difference){ &s, gone ? "" : "hosts",
						      gone ? "" : asked, told, "no more" });
	return m->r;
}

static void decide(struct merging *m, struct named_host *n)
{
	const struct named_host *parent = find_included(m, domain_parent(n->name));
	const struct owner above = parent ? parent->decided : (struct owner){ 0 };

	n->decided = n->wanted;
	if (is_loosened(n) && m->site_kept[config_find_site(m->held, n->held.site)])
		n->decided = n->held;
	if (n->listed && n->decided.site) {
		n->included = true;
		return;
	}
	/* what the other one listed is needed only where it differs from what lies above */
	if (same_owner(n->decided, above))
		return;
	if (!n->decided.site)
		n->decided = (struct owner){ above.site, HOST_FREE };
	n->included = true;
}

static int by_length(const void *a, const void *b)
{
	const struct named_host *x = *(struct named_host *const *)a,
				*y = *(struct named_host *const *)b;
	const size_t n = strlen(x->name), k = strlen(y->name);

	return n != k ? (n < k ? -1 : 1) : strcmp(x->name, y->name);
}

int merging_names(struct merging *m)
{
	_cleanup_(catalogue_freep) struct catalogue *held = NULL, *wanted = NULL;
	const size_t n = count_hosts(m->held) + count_hosts(m->wanted);
	_cleanup_free_ struct named_host **sorted = calloc(n + 1, sizeof(*sorted));
	int r;

	m->names = calloc(n + 1, sizeof(*m->names));
	m->site_kept = calloc(m->held->n_sites + 1, sizeof(*m->site_kept));
	if (!sorted || !m->names || !m->site_kept)
		return -ENOMEM;
	gather(m, m->wanted, true);
	gather(m, m->held, false);
	unite_names(m);
	r = catalogue_new(m->held, &held);
	if (r >= 0)
		r = catalogue_new(m->wanted, &wanted);
	for (size_t i = 0; i < m->n_names && r >= 0; i++) {
		m->names[i].held = find_owner(m->held, held, m->names[i].name);
		m->names[i].wanted = find_owner(m->wanted, wanted, m->names[i].name);
		sorted[i] = &m->names[i];
	}
	for (size_t s = 0; s < m->held->n_sites && r >= 0; s++)
		r = judge_site(m, s);
	if (r < 0)
		return r;
	qsort(sorted, m->n_names, sizeof(struct named_host *), by_length);
	for (size_t i = 0; i < m->n_names; i++)
		decide(m, sorted[i]);
	return 0;
}

/* Whose is it in the wanted configuration? */
static struct owner wanted_owner(const struct merging *m, const char *name)
{
	for (; name; name = domain_parent(name)) {
		const struct named_host key = { .name = name }, *found;

		found = bsearch(&key, m->names, m->n_names, sizeof(key), by_name);
		if (found)
			return found->wanted;
	}
	return (struct owner){ 0 };
}

/* Does the effective configuration meter the name for that site? */
static bool is_site_s(const struct merging *m, const char *name, const char *site)
{
	const struct named_host *n = find_included(m, name);

	return n && is_metered(n->decided) && strcmp(n->decided.site, site) == 0;
}

/* Held main hosts that the wanted configuration meters and does not name any more, with blanks
 * between. NULL: no memory. */
static char *missing_mains(
	const struct merging *m, const struct config_site *wanted, const struct config_site *held)
{
	char *text = NULL;
	size_t size;
	FILE *f = text_open(&text, &size);

	for (size_t i = 0; f && i < held->mains.n; i++) {
		const char *name = held->mains.items[i];
		const struct owner o = wanted_owner(m, name);

		if (!strings_contain(&wanted->mains, name) && is_metered(o) &&
			strcmp(o.site, held->name) == 0 && is_site_s(m, name, held->name))
			fprintf(f, " %s", name);
	}
	return f && text_close(f, &text) >= 0 ? text : NULL;
}

/* Lines in /etc/hosts that would go though the host is metered as before. */
static bool mains_wait(
	struct merging *m, const struct config_site *wanted, const struct config_site *held)
{
	_cleanup_free_ char *missing = missing_mains(m, wanted, held), *section = NULL;

	if (missing && !*missing)
		return false;
	if (!missing || asprintf(&section, "site %s", held->name) < 0) {
		section = NULL;
		m->r = -ENOMEM;
		return true;
	}
	return merging_waits(
		m, &(struct difference){ &(struct subject){ section, NULL, held->name }, "main",
			   missing, "main hosts as before", "fewer main hosts" });
}

/* The main hosts of one configuration that the site meters now. */
static int add_mains(
	const struct merging *m, const struct strings *mains, const char *site, struct strings *ret)
{
	int r = 0;

	for (size_t i = 0; i < mains->n && r >= 0; i++)
		if (is_site_s(m, mains->items[i], site) && !strings_contain(ret, mains->items[i]))
			r = strings_add(ret, mains->items[i]);
	return r;
}

int merging_hosts(struct merging *m, const char *site, struct config_site *ret)
{
	const int w = config_find_site(m->wanted, site), h = config_find_site(m->held, site);
	bool kept;
	int r = 0;

	for (size_t i = 0; i < m->n_names && r >= 0; i++) {
		const struct named_host *n = &m->names[i];

		if (n->included && n->decided.site && strcmp(n->decided.site, site) == 0)
			r = strings_add(&ret->hosts[n->decided.kind], n->name);
	}
	if (r >= 0 && w >= 0)
		r = add_mains(m, &m->wanted->sites[w].mains, site, &ret->mains);
	if (r < 0 || h < 0)
		return r;
	kept = w < 0 || mains_wait(m, &m->wanted->sites[w], &m->held->sites[h]);
	if (kept || m->site_kept[h])
		r = add_mains(m, &m->held->sites[h].mains, site, &ret->mains);
	return r;
}

void merging_names_done(struct merging *m)
{
	free(m->names);
	free(m->site_kept);
}
