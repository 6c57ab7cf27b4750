/* The effective configuration is written as text, section by section, and read by the parser that
 * reads people's: it is no other kind of configuration, and what can be held can be kept on disk.
 *
 * The order of things matters in one place: who owns a name is decided before sites are written, so
 * that a site has hosts when its rules are. */
#include "core/commitment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "core/commitment-internal.h"

DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static void item_done(struct commitment_item *i)
{
	free(i->id);
	free(i->person);
	free(i->target);
	free(i->asked);
	free(i->now);
	free(i->then);
}

void commitment_items_done(struct commitment_items *list)
{
	for (size_t i = 0; i < list->n; i++)
		item_done(&list->items[i]);
	free(list->items);
	*list = (struct commitment_items){ 0 };
}

int commitment_items_add(struct commitment_items *list, const struct commitment_item *item)
{
	struct commitment_item *items = reallocarray(list->items, list->n + 1, sizeof(*items));
	struct commitment_item copy = *item;

	if (!items)
		return -ENOMEM;
	list->items = items;
	copy.id = strdup(item->id);
	copy.person = item->person ? strdup(item->person) : NULL;
	copy.target = strdup(item->target);
	copy.asked = strdup(item->asked);
	copy.now = strdup(item->now);
	copy.then = strdup(item->then);
	if (!copy.id || (item->person && !copy.person) || !copy.target || !copy.asked ||
		!copy.now || !copy.then) {
		item_done(&copy);
		return -ENOMEM;
	}
	list->items[list->n++] = copy;
	return 0;
}

usec_t commitment_next(const struct commitment_items *list)
{
	usec_t next = USEC_INFINITY;

	for (size_t i = 0; i < list->n; i++)
		if (!list->items[i].cancelled && list->items[i].due_usec < next)
			next = list->items[i].due_usec;
	return next;
}

usec_t commitment_time(
	const struct commitment_moment *then, const char *boot_id, struct instant now)
{
	if (strcmp(then->boot_id, boot_id) == 0 && now.boot_usec >= then->boot_usec)
		return then->time_usec + (now.boot_usec - then->boot_usec);
	return now.wall_usec > then->wall_usec ? then->time_usec + (now.wall_usec - then->wall_usec)
					       : then->time_usec;
}

static const struct commitment_item *find_pending(const struct merging *m, const char *id)
{
	for (size_t i = 0; i < m->pending->n; i++)
		if (strcmp(m->pending->items[i].id, id) == 0)
			return &m->pending->items[i];
	return NULL;
}

/* Lines to one line. */
static char *flatten(const char *lines)
{
	char *text = NULL;
	size_t size;
	FILE *f = text_open(&text, &size);

	for (; f && *lines; lines++) {
		if (*lines != '\n')
			fputc(*lines, f);
		else if (lines[1])
			fputs(", ", f);
	}
	return f && text_close(f, &text) >= 0 ? text : NULL;
}

static int add_item(struct merging *m, const struct commitment_item *item)
{
	if (m->items.n == COMMITMENT_ITEMS_MAX)
		return -E2BIG;
	return commitment_items_add(&m->items, item);
}

/* When in doubt (no memory) it waits, and the whole merge fails. */
bool merging_waits(struct merging *m, const struct difference *d)
{
	_cleanup_free_ char *id = NULL, *now = flatten(d->now), *then = flatten(d->then);
	const struct commitment_item *before;
	struct commitment_item item = {
		.person = (char *)d->subject->person,
		.target = (char *)d->subject->target,
		.asked = (char *)(d->asked ? d->asked : d->then),
		.now = now,
		.then = then,
		.due_usec = m->now_usec + (usec_t)m->held->loosen_after_sec * USEC_PER_SEC,
	};

	if (asprintf(&id, "[%s] %s", d->subject->section, d->key) < 0)
		id = NULL;
	if (m->r >= 0 && (!id || !now || !then))
		m->r = -ENOMEM;
	if (m->r < 0)
		return true;
	item.id = id;
	before = find_pending(m, id);
	if (before && strcmp(before->asked, item.asked) == 0) {
		item.due_usec = before->due_usec;
		item.cancelled = before->cancelled;
	}
	if (!item.cancelled && item.due_usec <= m->now_usec)
		return false;
	m->r = add_item(m, &item);
	return true;
}

/* One value as lines. */
struct lines {
	char *text;
	size_t size;
	FILE *f;
};

static void lines_open(struct lines *l)
{
	*l = (struct lines){ 0 };
	l->f = text_open(&l->text, &l->size);
}

/* The text, the caller's; "" where there is no memory for one. */
static char *lines_take(struct lines *l)
{
	return l->f && text_close(l->f, &l->text) >= 0 ? l->text : NULL;
}

/* Did tightening change it, and is the way back to wait? */
static bool keep_tightened(struct merging *m, const struct subject *s, const char *key,
	struct lines *wanted, struct lines *tightened)
{
	_cleanup_free_ char *then = lines_take(wanted), *now = lines_take(tightened);

	if (!then || !now) {
		m->r = -ENOMEM;
		return true;
	}
	return strcmp(then, now) != 0 &&
	       merging_waits(m, &(struct difference){ s, key, NULL, now, then });
}

void merging_rules(struct merging *m, const struct subject *s, struct rule_keys *e,
	const struct rule_keys *held, unsigned keys)
{
	size_t n;
	const struct rule_row *rows = rule_rows(&n);

	for (size_t i = 0; i < n && m->r >= 0; i++) {
		struct rule_keys tight = *e;
		struct lines wanted, tightened;
		char key[64];

		if (!(keys & rows[i].key) || !rows[i].tighten)
			continue;
		rows[i].tighten(&tight, held);
		lines_open(&wanted);
		lines_open(&tightened);
		if (wanted.f && tightened.f) {
			rows[i].write(wanted.f, e);
			rows[i].write(tightened.f, &tight);
		}
		snprintf(key, sizeof(key), "%s %u", rows[i].name, rows[i].key);
		if (keep_tightened(m, s, key, &wanted, &tightened)) {
			*e = tight;
			e->given |= rows[i].key;
		}
	}
}

void merging_passes(struct merging *m, const struct subject *s, struct pass_rules *e,
	const struct pass_rules *held, unsigned keys)
{
	size_t n;
	const struct pass_row *rows = pass_rows(&n);

	for (size_t i = 0; i < n && m->r >= 0; i++) {
		struct pass_rules tight = *e;
		struct lines wanted, tightened;

		if (!(keys & rows[i].key) || !rows[i].tighten)
			continue;
		rows[i].tighten(&tight, held);
		lines_open(&wanted);
		lines_open(&tightened);
		if (wanted.f && tightened.f) {
			rows[i].write(wanted.f, e);
			rows[i].write(tightened.f, &tight);
		}
		if (keep_tightened(m, s, rows[i].name, &wanted, &tightened)) {
			*e = tight;
			e->given |= rows[i].key;
		}
	}
}

/* A copy that shares all but what the rows below change. */
static int copy_globals(const struct config *c, struct config *ret)
{
	int r = 0;

	*ret = *c;
	ret->people = (struct strings){ 0 };
	for (size_t i = 0; i < c->people.n && r >= 0; i++)
		r = strings_add(&ret->people, c->people.items[i]);
	return r;
}

static void merge_global(struct merging *m, struct config *e, const struct global_row *row)
{
	const struct subject s = { .section = row->section, .target = "" };
	struct config tight;
	struct lines wanted, tightened;
	int r;

	r = copy_globals(e, &tight);
	if (r >= 0)
		r = row->tighten(&tight, m->held);
	lines_open(&wanted);
	lines_open(&tightened);
	if (wanted.f && tightened.f) {
		row->write(wanted.f, e);
		row->write(tightened.f, &tight);
	}
	if (r < 0)
		m->r = r;
	if (keep_tightened(m, &s, row->name, &wanted, &tightened)) {
		strings_done(&e->people);
		*e = tight;
	} else {
		strings_done(&tight.people);
	}
}

static int merge_globals(struct merging *m)
{
	size_t n;
	const struct global_row *rows = global_rows(&n);
	struct config e;

	m->r = copy_globals(m->wanted, &e);
	for (size_t i = 0; i < n && m->r >= 0; i++)
		if (rows[i].tighten)
			merge_global(m, &e, &rows[i]);
	merging_passes(
		m, &(struct subject){ "passes", NULL, "" }, &e.passes, &m->held->passes, ~0U);
	config_write_globals(m->f, &e);
	strings_done(&e.people);
	return m->r;
}

static void merge_site_row(struct merging *m, const struct subject *s, struct config_site *e,
	const struct config_site *held, const struct site_row *row)
{
	struct config_site tight = *e;
	struct lines wanted, tightened;

	row->tighten(&tight, held);
	lines_open(&wanted);
	lines_open(&tightened);
	if (wanted.f && tightened.f) {
		row->write(wanted.f, e);
		row->write(tightened.f, &tight);
	}
	if (keep_tightened(m, s, row->name, &wanted, &tightened))
		*e = tight;
}

/* A site of both configurations: e is the wanted one with the hosts that were decided. */
static int merge_site_keys(struct merging *m, struct config_site *e, const struct config_site *held)
{
	_cleanup_free_ char *section = NULL;
	struct subject s = { .target = e->name };
	size_t n;
	const struct site_row *rows = site_rows(&n);

	if (asprintf(&section, "site %s", e->name) < 0) {
		section = NULL;
		return -ENOMEM;
	}
	s.section = section;
	for (size_t i = 0; i < n && m->r >= 0; i++)
		if (rows[i].tighten)
			merge_site_row(m, &s, e, held, &rows[i]);
	merging_rules(m, &s, &e->rules, &held->rules, ~0U);
	return m->r;
}

/* Writes one site, unless all of its hosts are another's for now. */
static int merge_site(struct merging *m, const char *name)
{
	const int w = config_find_site(m->wanted, name), h = config_find_site(m->held, name);
	struct config_site e = w >= 0 ? m->wanted->sites[w] : m->held->sites[h];
	int r;

	memset(e.hosts, 0, sizeof(e.hosts));
	e.mains = (struct strings){ 0 };
	r = merging_hosts(m, name, &e);
	if (r >= 0 && w >= 0 && h >= 0)
		r = merge_site_keys(m, &e, &m->held->sites[h]);
	if (r >= 0 && e.hosts[HOST_FEED].n + e.hosts[HOST_CDN].n > 0) {
		config_write_site(m->f, &e);
		r = strings_add(&m->sites, name);
	}
	for (int k = 0; k < HOST_KINDS; k++)
		strings_done(&e.hosts[k]);
	strings_done(&e.mains);
	return r;
}

static int merge_sites(struct merging *m)
{
	int r = 0;

	for (size_t i = 0; i < m->wanted->n_sites && r >= 0; i++)
		r = merge_site(m, m->wanted->sites[i].name);
	for (size_t i = 0; i < m->held->n_sites && r >= 0; i++)
		if (m->site_kept[i] && config_find_site(m->wanted, m->held->sites[i].name) < 0)
			r = merge_site(m, m->held->sites[i].name);
	return r;
}

/* The names of a group's sites that the effective configuration has, without repetition. */
static int add_members(const struct merging *m, const struct config *c,
	const struct config_group *g, struct strings *ret)
{
	int r = 0;

	for (size_t i = 0; i < g->n_sites && r >= 0; i++) {
		const char *name = c->sites[g->sites[i]].name;

		if (strings_contain(&m->sites, name) && !strings_contain(ret, name))
			r = strings_add(ret, name);
	}
	return r;
}

static char *missing_members(
	const struct merging *m, const struct config_group *wanted, const struct config_group *held)
{
	struct lines l;

	lines_open(&l);
	for (size_t i = 0; l.f && i < held->n_sites; i++) {
		const char *name = m->held->sites[held->sites[i]].name;
		bool found = false;

		for (size_t k = 0; k < wanted->n_sites; k++)
			found |= strcmp(m->wanted->sites[wanted->sites[k]].name, name) == 0;
		if (!found)
			fprintf(l.f, "site = %s\n", name);
	}
	return lines_take(&l);
}

/* Does the group keep its members, or itself? */
static bool group_kept(struct merging *m, const struct subject *s,
	const struct config_group *wanted, const struct config_group *held)
{
	_cleanup_free_ char *missing = NULL;

	if (!wanted)
		return merging_waits(m, &(struct difference){ s, "", "", "a group", "no more" });
	missing = missing_members(m, wanted, held);
	if (!missing)
		m->r = -ENOMEM;
	return missing && *missing &&
	       merging_waits(
		       m, &(struct difference){ s, "site", missing, missing, "not in the group" });
}

static int merge_group(
	struct merging *m, const struct config_group *wanted, const struct config_group *held)
{
	struct config_group e = wanted ? *wanted : *held;
	_cleanup_(strings_done) struct strings members = { 0 };
	_cleanup_free_ char *section = NULL;
	struct subject s = { .target = e.name };
	bool kept;
	int r = 0;

	if (asprintf(&section, "group %s", e.name) < 0) {
		section = NULL;
		return -ENOMEM;
	}
	s.section = section;
	kept = held && group_kept(m, &s, wanted, held);
	if (!kept && !wanted)
		return m->r;
	if (wanted)
		r = add_members(m, m->wanted, wanted, &members);
	if (r >= 0 && kept)
		r = add_members(m, m->held, held, &members);
	if (r >= 0 && wanted && held)
		merging_rules(m, &s, &e.rules, &held->rules, ~0U);
	if (r < 0 || members.n == 0)
		return r;
	fprintf(m->f, "[group %s]\n", e.name);
	for (size_t i = 0; i < members.n; i++)
		fprintf(m->f, "site = %s\n", members.items[i]);
	config_write_rules(m->f, &e.rules, 0);
	r = strings_add(&m->groups, e.name);
	return r < 0 ? r : m->r;
}

static int merge_groups(struct merging *m)
{
	int r = 0;

	for (size_t i = 0; i < m->wanted->n_groups && r >= 0; i++) {
		const int h = config_find_group(m->held, m->wanted->groups[i].name);

		r = merge_group(m, &m->wanted->groups[i], h >= 0 ? &m->held->groups[h] : NULL);
	}
	for (size_t i = 0; i < m->held->n_groups && r >= 0; i++)
		if (config_find_group(m->wanted, m->held->groups[i].name) < 0)
			r = merge_group(m, NULL, &m->held->groups[i]);
	return r;
}

static int read_back(const char *text, struct config **ret, char **ret_error)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	int r;

	r = config_builder_new(&b);
	if (r < 0)
		return r;
	config_builder_allow_held(b);
	r = config_builder_text(b, "what is held", text, ret_error);
	return r < 0 ? r : config_builder_finish(b, ret, ret_error);
}

static int merge(struct merging *m)
{
	int (*const steps[])(struct merging *) = { merge_globals, merging_names, merge_sites,
		merge_groups, merging_people };

	for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
		int r = steps[i](m);

		if (r >= 0)
			r = m->r;
		if (r < 0)
			return r;
	}
	return 0;
}

/* As they fall due: the order that people see, and count by. */
static int by_time(const void *a, const void *b)
{
	const struct commitment_item *x = a, *y = b;

	if (x->cancelled != y->cancelled)
		return x->cancelled ? 1 : -1;
	if (x->due_usec != y->due_usec)
		return x->due_usec < y->due_usec ? -1 : 1;
	return strcmp(x->id, y->id);
}

static void merging_done(struct merging *m)
{
	merging_names_done(m);
	commitment_items_done(&m->items);
	strings_done(&m->sites);
	strings_done(&m->groups);
}

int commitment_merge(
	const struct commitment_question *q, struct commitment_answer *ret, char **ret_error)
{
	_cleanup_(merging_done) struct merging m = {
		.wanted = q->wanted,
		.held = q->held,
		.pending = q->pending,
		.now_usec = q->now_usec,
	};
	_cleanup_free_ char *text = NULL;
	struct config *effective = NULL;
	size_t size;
	int r;

	m.f = text_open(&text, &size);
	if (!m.f)
		return -ENOMEM;
	r = merge(&m);
	if (text_close(m.f, &text) < 0 && r >= 0)
		r = -ENOMEM;
	if (r >= 0 && m.items.n > 0)
		r = read_back(text, &effective, ret_error);
	if (r < 0)
		return r;
	if (m.items.n > 0)
		qsort(m.items.items, m.items.n, sizeof(*m.items.items), by_time);
	*ret = (struct commitment_answer){ effective, m.items };
	m.items = (struct commitment_items){ 0 };
	return 0;
}
