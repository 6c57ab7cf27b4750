/* What explains a day: which hosts moved, and what moved without counting and why. Nothing here
 * decides; the meter did. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"
#include "manager-internal.h"

/* A sum of bytes for today. */
static void note(struct manager *m, size_t cell, struct detail *d)
{
	const size_t person = cell / m->config->n_sites, site = cell % m->config->n_sites;
	int r;

	d->person = m->people->items[person].name;
	d->site = m->config->sites[site].name;
	d->day = usage_day(m->usage);
	r = details_add(m->details, d);
	if (r < 0)
		log_debug_errno(r, "A day can't be explained whole");
}

static void note_uncounted(
	struct manager *m, size_t cell, enum detail_reason reason, uint64_t bytes)
{
	struct detail d = {
		.kind = DETAIL_UNCOUNTED, .name = detail_reason_name(reason), .bytes = bytes
	};

	if (bytes > 0)
		note(m, cell, &d);
}

void manager_sort_bytes(struct manager *m, size_t cell)
{
	struct track *t = m->tracks[cell];
	const struct meter_sample *s = &t->moved;
	const uint64_t down = s->feed_down_bytes + s->media_down_bytes;
	const uint64_t up = s->feed_up_bytes + s->media_up_bytes;

	if (t->meter.sitting || t->meter.settling) {
		t->down_bytes += down;
		t->up_bytes += up;
		return;
	}
	/* it began, and never became a visit */
	note_uncounted(m, cell, DETAIL_BRIEF, t->down_bytes + t->up_bytes);
	t->down_bytes = t->up_bytes = 0;
	note_uncounted(m, cell, s->away ? DETAIL_AWAY : DETAIL_BACKGROUND, down + up);
}

void manager_book_bytes(struct manager *m)
{
	for (size_t i = 0; i < m->people->n * m->config->n_sites; i++) {
		struct track *t = m->tracks[i];

		if (!t || !t->meter.sitting || !t->span.live || t->down_bytes + t->up_bytes == 0)
			continue;
		t->span.down_bytes += t->down_bytes;
		t->span.up_bytes += t->up_bytes;
		t->span.dirty = true;
		t->down_bytes = t->up_bytes = 0;
	}
}

/* What was last read of one lease's counter. */
struct seen_lease {
	struct address lease;
	uint32_t mark;
	uint64_t bytes;
};

static int compare_seen(const void *a, const void *b)
{
	const struct seen_lease *x = a, *y = b;
	const int order =
		x->lease.family != y->lease.family
			? x->lease.family - y->lease.family
			: memcmp(x->lease.bytes, y->lease.bytes, address_size(x->lease.family));

	return order != 0 ? order : x->mark < y->mark ? -1 : x->mark > y->mark;
}

/* What came since the last look; a counter that is smaller began anew. */
static uint64_t advance_lease(struct manager *m, const struct gate_counter *c)
{
	const struct seen_lease now = { c->block, c->mark, c->down_bytes };
	void **slot = tfind(&now, &m->seen_leases, compare_seen);
	struct seen_lease *seen = slot ? *slot : NULL;
	uint64_t before;

	if (!seen) {
		seen = malloc(sizeof(*seen));
		if (!seen)
			return 0;
		*seen = now;
		if (!tsearch(seen, &m->seen_leases, compare_seen)) {
			free(seen);
			return 0;
		}
		return m->leases_seen ? now.bytes : 0; /* what a predecessor has told is told */
	}
	before = seen->bytes;
	seen->bytes = now.bytes;
	return now.bytes >= before ? now.bytes - before : now.bytes;
}

static void note_lease(struct manager *m, const struct gate_counter *c)
{
	const struct lease_block *block = lease_book_block_of(m->book, &c->block);
	const int site = block ? config_find_site(m->config, block->site) : -ENOENT;
	const int person = manager_find_mark(m, c->mark);
	struct detail d = { .kind = DETAIL_HOST, .bytes = advance_lease(m, c) };
	const struct lease_name *name;

	if (d.bytes == 0 || site < 0 || person < 0)
		return;
	name = lease_book_name_of(m->book, &c->block);
	d.name = name ? name->name : "(a host of the past)";
	note(m, manager_cell(m, (size_t)person, (size_t)site), &d);
}

void manager_note_hosts(struct manager *m)
{
	_cleanup_free_ struct gate_counter *counters = NULL;
	size_t n = 0;
	int r;

	r = gate_read_leases(m->gate, &counters, &n);
	if (r < 0) {
		log_debug_errno(r, "The leases' counters can't be read");
		return;
	}
	for (size_t i = 0; i < n; i++)
		note_lease(m, &counters[i]);
	m->leases_seen = true;
}

void manager_store_details(struct manager *m)
{
	int r;

	manager_note_hosts(m);
	r = ledger_put_details(m->ledger, m->details, usage_day(m->usage));
	if (r < 0)
		log_warning_errno(r, "Can't queue what explains the day");
	details_forget(m->details, usage_day_before(m->usage));
}

/* Today's sums go on from where they were. */
static int load_detail(const struct detail *d, void *userdata)
{
	return details_add(userdata, d);
}

static int forget_change(const struct detail *d, void *userdata)
{
	return 0;
}

int manager_load_details(struct manager *m)
{
	const struct ledger_day_query today = { .first_day = usage_day_before(m->usage),
		.last_day = usage_day(m->usage) };
	int r;

	r = details_new(&m->details);
	if (r < 0)
		return r;
	r = ledger_read_details(m->ledger, &today, load_detail, m->details);
	details_tell(m->details, false, forget_change, NULL);
	if (r < 0)
		log_warning_errno(r, "Can't read what explains today");
	manager_note_hosts(m);
	return 0;
}

void manager_free_details(struct manager *m)
{
	m->details = details_free(m->details);
	tdestroy(m->seen_leases, free);
	m->seen_leases = NULL;
}

struct explanation {
	const struct manager *m;
	const struct ledger_day_query *query;
	struct details *list;
};

static bool is_asked(const struct explanation *e, const struct detail *d)
{
	return d->day >= e->query->first_day && d->day <= e->query->last_day &&
	       strcmp(d->person, e->query->person) == 0 && strcmp(d->site, e->query->site) == 0;
}

static int add_present(const struct detail *d, void *userdata)
{
	const struct explanation *e = userdata;

	return is_asked(e, d) ? details_add(e->list, d) : 0;
}

/* Memory has the last word on the days that it knows. */
static int add_past(const struct detail *d, void *userdata)
{
	const struct explanation *e = userdata;

	return d->day < usage_day_before(e->m->usage) ? details_add(e->list, d) : 0;
}

int manager_explain(struct manager *m, const struct ledger_day_query *query,
	int (*visit)(const struct detail *d, void *userdata), void *userdata)
{
	struct explanation e = { .m = m, .query = query };
	int r;

	manager_note_hosts(m);
	r = details_new(&e.list);
	if (r >= 0)
		r = details_tell(m->details, true, add_present, &e);
	if (r >= 0)
		r = ledger_read_details(m->ledger, query, add_past, &e);
	if (r >= 0)
		r = details_tell(e.list, true, visit, userdata);
	details_free(e.list);
	return r;
}

struct sittings {
	const struct manager *m;
	int (*visit)(const struct ledger_span *span, void *userdata);
	void *userdata;
	const struct track *track; /* of today */
};

/* The one that grows is newer in memory than on the disk. */
static int tell_sitting(const struct ledger_span *span, void *userdata)
{
	const struct sittings *s = userdata;
	const struct track *t = s->track;

	return t && t->span.live && span->start_usec == t->span.start_wall_usec
		       ? 0
		       : s->visit(span, s->userdata);
}

int manager_read_sittings(const struct manager *m, const struct ledger_day_query *query,
	int (*visit)(const struct ledger_span *span, void *userdata), void *userdata)
{
	const int person = manager_find_person(m, query->person);
	const int site = config_find_site(m->config, query->site);
	struct sittings s = { .m = m, .visit = visit, .userdata = userdata };
	struct ledger_span now;
	int r;

	if (person >= 0 && site >= 0)
		s.track = m->tracks[manager_cell(m, (size_t)person, (size_t)site)];
	r = ledger_read_spans(m->ledger, query, tell_sitting, &s);
	if (r < 0 || !s.track || !s.track->span.live)
		return r;
	now = manager_span_row(m, (size_t)person, (size_t)site);
	return now.day >= query->first_day && now.day <= query->last_day ? visit(&now, userdata)
									 : 0;
}
