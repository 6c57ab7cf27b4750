/* The past as a whole, for whoever takes it elsewhere. */
#include <errno.h>

#include "manager-internal.h"
#include "manager-past.h"

struct history {
	const struct manager *m;
	size_t person;
	int (*visit)(const struct ledger_span *span, void *userdata);
	void *userdata;
};

static const struct track *track_of(const struct history *h, const char *site)
{
	const int found = config_find_site(h->m->config, site);

	return found >= 0 ? h->m->tracks[manager_cell(h->m, h->person, (size_t)found)] : NULL;
}

/* Those that grow are newer in memory than on the disk. */
static int tell_past(const struct ledger_span *span, void *userdata)
{
	const struct history *h = userdata;
	const struct track *t = track_of(h, span->site);

	return t && t->span.live && span->start_usec == t->span.start_wall_usec
		       ? 0
		       : h->visit(span, h->userdata);
}

int manager_read_history(const struct manager *m, const struct ledger_day_query *query,
	int (*visit)(const struct ledger_span *span, void *userdata), void *userdata)
{
	const int person = manager_find_person(m, query->person);
	struct history h = { m, (size_t)person, visit, userdata };
	int r;

	if (person < 0)
		return -ENOENT;
	r = ledger_read_spans(m->ledger, query, tell_past, &h);
	for (size_t s = 0; s < m->config->n_sites && r >= 0; s++) {
		const struct track *t = m->tracks[manager_cell(m, h.person, s)];
		struct ledger_span now;

		if (!t || !t->span.live || t->span.day < query->first_day ||
			t->span.day > query->last_day)
			continue;
		now = manager_span_row(m, h.person, s);
		r = visit(&now, userdata);
	}
	return r;
}

int manager_first_day(const struct manager *m, int32_t *ret)
{
	const int r = ledger_first_day(m->ledger, ret);

	if (r == -ENOENT)
		*ret = usage_day(m->usage);
	return r == -ENOENT ? 0 : r;
}
