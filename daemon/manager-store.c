/* Memory to disk and back: what was used, where the meters and the kernel's counters stood, who has
 * which mark and which lease. One transaction holds all that one moment decided. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"
#include "manager-internal.h"
#include "manager-passes.h"
#include "manager-seal.h"

struct ledger_span manager_span_row(const struct manager *m, size_t person, size_t site)
{
	const struct track_span *span = &m->tracks[manager_cell(m, person, site)]->span;

	return (struct ledger_span){
		.person = m->people->items[person].name,
		.site = m->config->sites[site].name,
		.day = span->day,
		.start_usec = span->start_wall_usec,
		.end_usec = span->end_wall_usec,
		.used_usec = span->used_usec,
		.down_bytes = span->down_bytes,
		.up_bytes = span->up_bytes,
		.opens = span->opens,
	};
}

static struct ledger_usage row_of_before(const struct manager *m, size_t person, size_t site)
{
	return (struct ledger_usage){
		.person = m->people->items[person].name,
		.target = m->config->sites[site].name,
		.day = usage_day_before(m->usage),
		.used_usec = usage_get_before(m->usage, person, false, site),
	};
}

static struct ledger_usage usage_row(const struct manager *m, size_t person, size_t site)
{
	return (struct ledger_usage){
		.person = m->people->items[person].name,
		.target = m->config->sites[site].name,
		.day = usage_day(m->usage),
		.used_usec = usage_get(m->usage, person, false, site, LIMIT_DAY),
	};
}

void manager_store(struct manager *m, struct instant now)
{
	const size_t n_cells = m->people->n * m->config->n_sites;
	_cleanup_free_ struct ledger_usage *usage = calloc(2 * n_cells + 1, sizeof(*usage));
	_cleanup_free_ struct ledger_span *spans = calloc(n_cells + 1, sizeof(*spans));
	_cleanup_free_ struct ledger_meter *meters = calloc(n_cells + 1, sizeof(*meters));
	_cleanup_free_ struct ledger_counter *counters = calloc(m->n_seen + 1, sizeof(*counters));
	struct ledger_state state = {
		.boot_id = m->options.boot_id,
		.now_wall_usec = now.wall_usec,
		.now_boot_usec = now.boot_usec,
		.day = usage_day(m->usage),
		.usage = usage,
		.spans = spans,
		.meters = meters,
		.counters = counters,
		.n_counters = m->n_seen,
		.tries = m->tries,
		.n_tries = m->tries_dirty ? m->n_tries : 0,
	};
	int r;

	if (!m->ledger || !usage || !spans || !meters || !counters)
		return;
	for (size_t i = 0; i < n_cells; i++) {
		const size_t person = i / m->config->n_sites, site = i % m->config->n_sites;
		struct track *t = m->tracks[i];

		if (!t || (!t->dirty && !t->span.dirty))
			continue;
		usage[state.n_usage++] = usage_row(m, person, site);
		if (t->before_dirty)
			usage[state.n_usage++] = row_of_before(m, person, site);
		meters[state.n_meters++] = (struct ledger_meter){
			.person = m->people->items[person].name,
			.site = m->config->sites[site].name,
			.meter = t->meter,
		};
		if (t->span.live && t->span.dirty)
			spans[state.n_spans++] = manager_span_row(m, person, site);
		t->dirty = t->before_dirty = t->span.dirty = false;
	}
	for (size_t i = 0; i < m->n_seen; i++)
		counters[i] = (struct ledger_counter){ m->seen[i].block, m->seen[i].mark,
			m->seen[i].down_bytes, m->seen[i].up_bytes };
	r = ledger_put_state(m->ledger, &state);
	if (r < 0)
		log_warning_errno(r, "Can't queue the ledger's next write");
	manager_store_details(m);
	m->dirty = m->store_soon = m->tries_dirty = false;
	m->written_usec = now.boot_usec;
}

static int find_cell(const struct manager *m, const char *person, const char *site,
	size_t *ret_person, size_t *ret_site)
{
	const int p = manager_find_person(m, person);
	const int s = config_find_site(m->config, site);

	if (p < 0 || s < 0)
		return -ENOENT;
	*ret_person = (size_t)p;
	*ret_site = (size_t)s;
	return 0;
}

static int load_usage(const struct ledger_usage *u, void *userdata)
{
	struct manager *m = userdata;
	size_t person, site;

	if (find_cell(m, u->person, u->target, &person, &site) == 0 && !u->is_group)
		usage_load(m->usage, person, false, site, u->day, u->used_usec);
	return 0;
}

static int load_meter(const struct ledger_meter *row, void *userdata)
{
	struct manager *m = userdata;
	size_t person, site;
	struct track *t;

	if (find_cell(m, row->person, row->site, &person, &site) < 0)
		return 0;
	t = manager_track(m, person, site);
	if (!t)
		return -ENOMEM;
	t->meter = row->meter;
	return 0;
}

static int load_counter(const struct ledger_counter *row, void *userdata)
{
	struct manager *m = userdata;
	struct seen_counter *seen = reallocarray(m->seen, m->n_seen + 1, sizeof(*seen));

	if (!seen)
		return -ENOMEM;
	m->seen = seen;
	m->seen[m->n_seen++] =
		(struct seen_counter){ row->block, row->mark, row->down_bytes, row->up_bytes };
	return 0;
}

static int load_block(const struct lease_block *block, void *userdata)
{
	struct manager *m = userdata;
	const int r = lease_book_load_block(m->book, block);

	if (r == -ERANGE) /* the range was moved in the configuration */
		return 0;
	return r;
}

static int load_name(const struct lease_name *name, void *userdata)
{
	struct manager *m = userdata;
	const int r = lease_book_load_name(m->book, name);

	return r == -ERANGE ? 0 : r;
}

/* Spans of one person and one group, as intervals of wall time, to be united. */
struct interval {
	usec_t from_usec, to_usec;
	int32_t day;
};

struct union_load {
	const struct manager *m;
	size_t person, group;
	struct interval *items;
	size_t n;
};

static bool in_group(const struct config_group *group, size_t site)
{
	for (size_t i = 0; i < group->n_sites; i++)
		if (group->sites[i] == site)
			return true;
	return false;
}

static int load_interval(const struct ledger_span *span, void *userdata)
{
	struct union_load *u = userdata;
	struct interval *items;
	size_t person, site;

	if (find_cell(u->m, span->person, span->site, &person, &site) < 0 || person != u->person ||
		!in_group(&u->m->config->groups[u->group], site))
		return 0;
	items = reallocarray(u->items, u->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	u->items = items;
	u->items[u->n++] = (struct interval){ span->start_usec, span->end_usec, span->day };
	return 0;
}

static int compare_intervals(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return x->from_usec < y->from_usec ? -1 : x->from_usec > y->from_usec;
}

/* The ledger has wall time: what passed in this boot is told in its time. */
static void load_stretch(struct manager *m, size_t person, size_t group, usec_t from_usec,
	usec_t to_usec, struct instant now)
{
	const usec_t ago = now.wall_usec > from_usec ? now.wall_usec - from_usec : 0;

	if (ago < now.boot_usec && to_usec > from_usec)
		usage_load_stretch(m->usage, person, true, group, now.boot_usec - ago,
			now.boot_usec - ago + (to_usec - from_usec));
}

/* A group's past is the union of its sites' stretches: it holds also for a group that is new. */
static void load_group(
	struct manager *m, size_t person, size_t group, int32_t since_day, struct instant now)
{
	struct union_load u = { .m = m, .person = person, .group = group };
	const struct ledger_reader reader = { .span = load_interval };
	usec_t covered = 0;

	if (ledger_read(m->ledger, &reader, since_day, m->options.boot_id, &u) < 0)
		u.n = 0;
	if (u.n > 0)
		qsort(u.items, u.n, sizeof(*u.items), compare_intervals);
	for (size_t i = 0; i < u.n; i++) {
		const struct interval *x = &u.items[i];
		const usec_t from =
			x->from_usec > covered || (i > 0 && u.items[i - 1].day != x->day)
				? x->from_usec
				: covered;

		if (x->to_usec <= from)
			continue;
		usage_load(m->usage, person, true, group, x->day, x->to_usec - from);
		load_stretch(m, person, group, from, x->to_usec, now);
		covered = x->to_usec;
	}
	free(u.items);
}

/* What memory knows and the disk does not (a full disk): used never falls. */
static void raise_usage(struct manager *m, const struct usage *before, const struct config *config,
	const struct people *people)
{
	for (size_t p = 0; p < people->n; p++)
		for (size_t t = 0; t < config->n_sites + config->n_groups; t++) {
			const bool is_group = t >= config->n_sites;
			const size_t old = is_group ? t - config->n_sites : t;
			const int person = manager_find_person(m, people->items[p].name);
			const int target =
				is_group ? config_find_group(m->config, config->groups[old].name)
					 : config_find_site(m->config, config->sites[old].name);
			uint64_t was, is;

			if (person < 0 || target < 0)
				continue;
			was = usage_get(before, p, is_group, old, LIMIT_DAY);
			is = usage_get(
				m->usage, (size_t)person, is_group, (size_t)target, LIMIT_DAY);
			if (was > is)
				usage_load(m->usage, (size_t)person, is_group, (size_t)target,
					usage_day(before), was - is);
		}
}

void manager_load_usage(struct manager *m, const struct usage *before,
	const struct config *config_before, const struct people *people_before, struct instant now)
{
	const struct ledger_reader reader = { .usage = load_usage };
	const int32_t day = usage_day(before ? before : m->usage), week = calendar_week_start(day);
	int32_t since;
	int written, r;

	usage_set_day(m->usage, day);
	since = usage_day_before(m->usage) < week ? usage_day_before(m->usage) : week;
	written = ledger_sync(m->ledger);
	r = ledger_read(m->ledger, &reader, since, m->options.boot_id, m);
	if (r < 0)
		log_warning_errno(r, "Can't read this week's usage");
	for (size_t p = 0; p < m->people->n; p++)
		for (size_t g = 0; g < m->config->n_groups; g++)
			load_group(m, p, g, since, now);
	if (before && (written < 0 || r < 0))
		raise_usage(m, before, config_before, people_before);
}

struct mark_load {
	struct manager *m;
	uint64_t taken; /* bit per mark */
};

static int load_mark(const char *person, uint32_t mark, void *userdata)
{
	struct mark_load *l = userdata;
	const int p = manager_find_person(l->m, person);

	if (mark == 0 || mark > MANAGER_PEOPLE_MAX)
		return 0;
	l->taken |= UINT64_C(1) << mark;
	if (p >= 0 && l->m->marks[p] == 0)
		l->m->marks[p] = mark;
	return 0;
}

/* A person keeps the mark they were given first: the kernel's counters are keyed by it. When all
 * are taken, those of people who are gone are given out again. */
void manager_assign_marks(struct manager *m)
{
	struct mark_load l = { .m = m, .taken = m->marks_taken };
	const struct ledger_reader reader = { .mark = load_mark };
	uint64_t used = 0;
	int r;

	(void)ledger_sync(
		m->ledger); /* a disk that fails is told; who is here has their mark in memory */
	r = ledger_read(m->ledger, &reader, 0, m->options.boot_id, &l);
	if (r < 0)
		log_warning_errno(r, "Can't read who had which mark");
	for (size_t p = 0; p < m->people->n; p++)
		used |= UINT64_C(1) << m->marks[p];
	for (size_t p = 0; p < m->people->n; p++) {
		uint32_t mark = 1;

		if (m->marks[p] != 0)
			continue;
		while (mark <= MANAGER_PEOPLE_MAX && (l.taken & (UINT64_C(1) << mark)))
			mark++;
		if (mark > MANAGER_PEOPLE_MAX)
			for (mark = 1; used & (UINT64_C(1) << mark);)
				mark++;
		m->marks[p] = mark;
		l.taken |= UINT64_C(1) << mark;
		used |= UINT64_C(1) << mark;
		r = ledger_put_mark(m->ledger, m->people->items[p].name, mark);
		if (r < 0)
			log_warning_errno(r, "Can't note a person's mark");
	}
	m->marks_taken = l.taken;
}

int manager_read_events(const struct manager *m, const struct ledger_event_query *query,
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata),
	void *userdata)
{
	return m->ledger ? ledger_read_events(m->ledger, query, event, userdata) : -ENOENT;
}

static void on_ledger_problem(const char *problem, void *userdata)
{
	struct manager *m = userdata;

	if (*problem)
		manager_set_problem(&m->ledger_problem, "The ledger can't be written: %s", problem);
	else
		manager_set_problem(&m->ledger_problem, NULL);
}

int manager_load(struct manager *m, struct instant now, char **ret_error)
{
	const struct ledger_reader leases = { .block = load_block, .name = load_name };
	const struct ledger_reader running = {
		.meter = load_meter, .counter = load_counter, .try = manager_load_try
	};
	int32_t day = calendar_day(now.wall_usec, m->config->day_start_min), last_day;
	usec_t last_wall;
	int r;

	r = ledger_open(
		m->options.state_dir, m->event, on_ledger_problem, m, &m->ledger, ret_error);
	if (r < 0)
		return r;
	r = lease_book_new(&m->config->lease4, &m->config->lease6, &m->book);
	if (r >= 0)
		r = ledger_read(m->ledger, &leases, 0, m->options.boot_id, m);
	if (r >= 0)
		r = old_sockets_load(m, now.wall_usec);
	manager_assign_marks(m);
	if (r >= 0)
		r = ledger_read(m->ledger, &running, 0, m->options.boot_id, m);
	if (r < 0)
		return r;
	if (ledger_read_last(m->ledger, &last_day, &last_wall) == 0 && last_day > day)
		day = last_day; /* the day never goes backwards, whatever the clock says now */
	usage_set_day(m->usage, day);
	m->expected_wall_usec = now.wall_usec;
	manager_load_usage(m, NULL, NULL, NULL, now);
	r = manager_load_details(m);
	if (r >= 0)
		r = manager_load_passes(m, now);
	if (r < 0)
		return r;
	m->last = now;
	m->written_usec = now.boot_usec;
	return 0;
}
