/* Memory to disk and back: what was used, where the meters and the kernel's counters stood, who has
 * which mark and which lease. One transaction holds all that one moment decided. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"
#include "manager-held.h"
#include "manager-household.h"
#include "manager-internal.h"
#include "manager-passes.h"
#include "manager-past.h"
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
	const uint64_t elsewhere = usage_elsewhere(m->usage, person, false, site).before_usec;

	return (struct ledger_usage){
		.person = m->people->items[person].name,
		.target = m->config->sites[site].name,
		.day = usage_day_before(m->usage),
		.used_usec = usage_get_before(m->usage, person, false, site) - elsewhere,
		.elsewhere_usec = elsewhere,
	};
}

static struct ledger_usage usage_row(const struct manager *m, size_t person, size_t site)
{
	const uint64_t elsewhere = usage_elsewhere(m->usage, person, false, site).day_usec;

	return (struct ledger_usage){
		.person = m->people->items[person].name,
		.target = m->config->sites[site].name,
		.day = usage_day(m->usage),
		.used_usec = usage_get(m->usage, person, false, site, LIMIT_DAY) - elsewhere,
		.elsewhere_usec = elsewhere,
	};
}

/* Without memory all of it waits for the next write: rows hold sums. */
static int put_all(struct manager *m, struct instant now)
{
	const size_t n_cells = m->people->n * m->config->n_sites;
	_cleanup_free_ struct ledger_usage *usage = calloc(2 * n_cells + 1, sizeof(*usage));
	_cleanup_free_ struct ledger_span *spans = calloc(n_cells + 1, sizeof(*spans));
	_cleanup_free_ struct ledger_meter *meters = calloc(n_cells + 1, sizeof(*meters));
	_cleanup_free_ struct ledger_counter *counters = calloc(m->n_seen + 1, sizeof(*counters));
	struct ledger_state state = {
		.boot_id = m->options.boot_id,
		.now_wall_usec = manager_wall(m, now),
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

	if (!usage || !spans || !meters || !counters)
		return -ENOMEM;
	for (size_t i = 0; i < n_cells; i++) {
		const size_t person = i / m->config->n_sites, site = i % m->config->n_sites;
		const struct track *t = m->tracks[i];

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
	}
	for (size_t i = 0; i < m->n_seen; i++)
		counters[i] = (struct ledger_counter){ m->seen[i].block, m->seen[i].mark,
			m->seen[i].down_bytes, m->seen[i].up_bytes };
	r = ledger_put_state(m->ledger, &state);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_cells; i++)
		if (m->tracks[i])
			m->tracks[i]->dirty = m->tracks[i]->before_dirty =
				m->tracks[i]->span.dirty = false;
	m->dirty = m->store_soon = m->tries_dirty = false;
	return 0;
}

int manager_store(struct manager *m, struct instant now)
{
	int r;

	if (!m->ledger)
		return 0;
	r = put_all(m, now);
	if (r < 0)
		log_warning_errno(r, "Can't queue the ledger's next write");
	manager_share_store(m);
	manager_store_details(m);
	manager_commitment_note(m, now);
	m->written_usec = now.boot_usec;
	return r;
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

struct span_load {
	struct manager *m;
	struct instant now;
};

/* The ledger has the time of the clock on the wall; a sitting goes on in that of the machine. */
static int load_span(const struct ledger_span *span, void *userdata)
{
	const struct span_load *l = userdata;
	const usec_t wall = manager_wall(l->m, l->now);
	struct usage_stretch s = {
		.day = span->day,
		.to_usec =
			span->end_usec > span->start_usec ? span->end_usec - span->start_usec : 0,
		.wall_usec = span->start_usec,
		.opens = span->opens,
	};

	if (find_cell(l->m, span->person, span->site, &s.person, &s.site) < 0)
		return 0;
	manager_share_add(l->m, s.person, s.site, span->day,
		(struct interval){ span->start_usec, span->end_usec });
	usage_load_span(l->m->usage, &s, wall > span->start_usec ? wall - span->start_usec : 0,
		l->now.boot_usec);
	return 0;
}

/* What memory knows and the disk does not (a full disk, no memory to write): used never falls. */
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

			if (person >= 0 && target >= 0)
				usage_raise(m->usage, (size_t)person, is_group, (size_t)target,
					before, p, old);
		}
}

/* -ENOMEM at a start, where there is no usage before. */
int manager_load_usage(struct manager *m, const struct usage *before,
	const struct config *config_before, const struct people *people_before, struct instant now)
{
	const struct ledger_reader totals = { .usage = load_usage }, spans = { .span = load_span };
	const int32_t day = usage_day(before ? before : m->usage), week = calendar_week_start(day);
	int32_t since;
	int written, r;

	usage_set_day(m->usage, day);
	r = manager_share_begin(m);
	if (r < 0)
		log_warning_errno(r, "Can't share what is used");
	for (size_t p = 0; p < m->people->n; p++)
		usage_set_name(m->usage, p, m->people->items[p].name);
	since = usage_day_before(m->usage) < week ? usage_day_before(m->usage) : week;
	written = ledger_sync(m->ledger);
	r = ledger_read(m->ledger, &totals, since, m->options.boot_id, m);
	if (r >= 0)
		r = ledger_read(m->ledger, &spans, since, m->options.boot_id,
			&(struct span_load){ m, now });
	if (r == -ENOMEM && !before)
		return r; /* nobody would have used anything: the next start has what it takes */
	if (r < 0)
		log_warning_errno(r, "Can't read this week's usage");
	/* dirty: what was to be written just before this could not be queued */
	if (before && (m->dirty || written < 0 || r < 0))
		raise_usage(m, before, config_before, people_before);
	return 0;
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
 * are taken, those of people who are gone are given out again. -ENOMEM at a start. */
int manager_assign_marks(struct manager *m)
{
	struct mark_load l = { .m = m, .taken = m->marks_taken };
	const struct ledger_reader reader = { .mark = load_mark };
	uint64_t used = 0;
	int r;

	(void)ledger_sync(
		m->ledger); /* a disk that fails is told; who is here has their mark in memory */
	r = ledger_read(m->ledger, &reader, 0, m->options.boot_id, &l);
	if (r == -ENOMEM && m->marks_taken == 0)
		return r; /* at the start: one would get another's */
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
	return 0;
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
	struct ledger_last last = { 0 };
	int32_t day;
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
	if (r >= 0)
		r = manager_assign_marks(m);
	if (r >= 0)
		r = ledger_read(m->ledger, &running, 0, m->options.boot_id, m);
	if (r < 0)
		return r;
	r = ledger_read_last(m->ledger, m->options.boot_id, &last);
	if (r == -ENOMEM)
		return r;
	if (r < 0 && r != -ENOENT)
		log_warning_errno(r, "Can't read when the ledger was last written");
	if (last.same_boot && last.boot_usec <= now.boot_usec)
		day_clock_continue(&m->clock, last.boot_usec, last.wall_usec);
	else
		day_clock_begin(&m->clock, now, last.wall_usec);
	day = calendar_day(manager_wall(m, now), m->config->day_start_min);
	if (r >= 0 && last.day > day)
		day = last.day; /* the day never goes backwards, whatever the clock says now */
	usage_set_day(m->usage, day);
	r = manager_load_usage(m, NULL, NULL, NULL, now);
	if (r < 0)
		return r;
	r = manager_share_load(m, now);
	manager_tidy(m);
	if (r >= 0)
		r = manager_load_details(m);
	if (r >= 0)
		r = manager_load_passes(m, now);
	if (r < 0)
		return r;
	m->last = now;
	m->unseen = last.same_boot && last.boot_usec < now.boot_usec;
	if (m->unseen)
		m->last.boot_usec = last.boot_usec;
	m->written_usec = now.boot_usec;
	return 0;
}
