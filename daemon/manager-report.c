/* Reports: the ledger's sums, set right by what is in memory. It waits for no disk: what was used
 * is memory's to say for today and the day before; of a stretch that grows, what has been added
 * since its last write. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "core/calendar.h"
#include "manager-internal.h"
#include "manager-report.h"

/* What memory knows of one person with one site on a day. */
struct present {
	struct ledger_day day;
	uint64_t grown_usec, down_bytes, up_bytes; /* since the last write */
	uint64_t opens;
	usec_t end_wall_usec;
	bool told;
};

struct report {
	const struct manager *m;
	const struct ledger_report_query *query;
	const struct manager_report_visitor *visitor;
	void *userdata;
	struct present *present;
	size_t n_present;
	uint64_t weeks_told; /* bit per person: MANAGER_PEOPLE_MAX is below 64 */
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t above(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static int add_growth(struct report *r, size_t person, size_t site, struct present *p)
{
	const struct ledger_span now = manager_span_row(r->m, person, site);
	struct ledger_span before = { 0 };
	int e;

	e = ledger_read_span(r->m->ledger, &now, &before);
	if (e < 0 && e != -ENOENT)
		return e;
	p->grown_usec = above(now.used_usec, before.used_usec);
	p->down_bytes = above(now.down_bytes, before.down_bytes);
	p->up_bytes = above(now.up_bytes, before.up_bytes);
	p->opens = now.opens && !before.opens;
	p->end_wall_usec = now.end_usec;
	p->day.longest_usec = now.used_usec;
	return 0;
}

static int add_cell(struct report *r, size_t person, size_t site)
{
	const struct manager *m = r->m;
	const struct track *t = m->tracks[manager_cell(m, person, site)];
	const int32_t days[] = { usage_day_before(m->usage), usage_day(m->usage) };
	int e = 0;

	for (size_t i = 0; e >= 0 && i < ELEMENTSOF(days); i++) {
		struct present *p = &r->present[r->n_present];

		*p = (struct present){
			.day.day = days[i],
			.day.person = m->people->items[person].name,
			.day.site = m->config->sites[site].name,
			.day.used_usec =
				days[i] == usage_day(m->usage)
					? usage_get(m->usage, person, false, site, LIMIT_DAY)
					: usage_get_before(m->usage, person, false, site),
		};
		if (t && t->span.live && t->span.day == days[i])
			e = add_growth(r, person, site, p);
		r->n_present += p->day.used_usec > 0;
	}
	return e;
}

static bool is_wanted(const struct report *r, const char *person, int32_t day)
{
	return day >= r->query->first_day && day <= r->query->last_day &&
	       (!r->query->person || strcmp(r->query->person, person) == 0);
}

static int gather_present(struct report *r)
{
	const struct manager *m = r->m;
	int e = 0;

	r->present = calloc(2 * m->people->n * m->config->n_sites + 1, sizeof(*r->present));
	if (!r->present)
		return -ENOMEM;
	for (size_t p = 0; e >= 0 && p < m->people->n; p++)
		for (size_t s = 0; e >= 0 && s < m->config->n_sites; s++)
			e = add_cell(r, p, s);
	return e;
}

static struct present *find_present(struct report *r, const struct ledger_day *day)
{
	for (size_t i = 0; i < r->n_present; i++)
		if (r->present[i].day.day == day->day &&
			strcmp(r->present[i].day.person, day->person) == 0 &&
			strcmp(r->present[i].day.site, day->site) == 0)
			return &r->present[i];
	return NULL;
}

static int tell_present(struct report *r, struct present *p, const struct ledger_day *written)
{
	struct ledger_day day = p->day;

	p->told = true;
	day.used_usec = larger(day.used_usec, written->used_usec);
	day.longest_usec = larger(day.longest_usec, written->longest_usec);
	day.opens = written->opens + p->opens;
	day.down_bytes = written->down_bytes + p->down_bytes;
	day.up_bytes = written->up_bytes + p->up_bytes;
	return r->visitor->day(&day, r->userdata);
}

static int tell_day(const struct ledger_day *day, void *userdata)
{
	struct report *r = userdata;
	struct present *p = day->day >= usage_day_before(r->m->usage) ? find_present(r, day) : NULL;

	return p ? tell_present(r, p, day) : r->visitor->day(day, r->userdata);
}

static unsigned hour_of(usec_t wall_usec)
{
	const time_t t = (time_t)(wall_usec / USEC_PER_SEC);
	struct tm local = { 0 };

	localtime_r(&t, &local);
	return (unsigned)local.tm_hour;
}

/* The hour that grows. */
static int tell_hour(const struct report *r, const struct present *p)
{
	const int32_t day = p->day.day;

	if (!r->visitor->hour || p->grown_usec == 0 || day < r->visitor->hours_first_day)
		return 0;
	return r->visitor->hour((unsigned)(day - calendar_week_start(day)),
		hour_of(p->end_wall_usec), p->grown_usec, r->userdata);
}

/* What the ledger has no row of yet, and the hours that grow. */
static int tell_rest(struct report *r)
{
	static const struct ledger_day nothing = { 0 };
	int e = 0;

	for (size_t i = 0; e >= 0 && i < r->n_present; i++) {
		struct present *p = &r->present[i];

		if (!is_wanted(r, p->day.person, p->day.day))
			continue;
		if (!p->told)
			e = tell_present(r, p, &nothing);
		if (e >= 0)
			e = tell_hour(r, p);
	}
	return e;
}

static int tell_hours(struct report *r)
{
	struct ledger_report_query query = *r->query;

	if (!r->visitor->hour)
		return 0;
	if (query.first_day < r->visitor->hours_first_day)
		query.first_day = r->visitor->hours_first_day;
	return ledger_read_hours(r->m->ledger, &query, r->visitor->hour, r->userdata);
}

/* Of the sites that are configured now. */
static uint64_t week_used(const struct manager *m, size_t person)
{
	uint64_t used = 0;

	for (size_t s = 0; s < m->config->n_sites; s++)
		used += usage_get(m->usage, person, false, s, LIMIT_WEEK);
	return used;
}

static int tell_week(int32_t week, const char *person, uint64_t used_usec, void *userdata)
{
	struct report *r = userdata;
	const int p = manager_find_person(r->m, person);

	if (p < 0 || week < calendar_week_start(usage_day(r->m->usage)))
		return r->visitor->week(week, person, used_usec, r->userdata);
	r->weeks_told |= UINT64_C(1) << p;
	return r->visitor->week(
		week, person, larger(used_usec, week_used(r->m, (size_t)p)), r->userdata);
}

static int tell_weeks(struct report *r)
{
	const int32_t week = calendar_week_start(usage_day(r->m->usage));
	int e;

	if (!r->visitor->week)
		return 0;
	e = ledger_read_weeks(r->m->ledger, r->query->person, tell_week, r);
	for (size_t p = 0; e >= 0 && p < r->m->people->n; p++) {
		const char *name = r->m->people->items[p].name;
		const uint64_t used = week_used(r->m, p);

		if (used > 0 && !(r->weeks_told & (UINT64_C(1) << p)) &&
			(!r->query->person || strcmp(name, r->query->person) == 0))
			e = r->visitor->week(week, name, used, r->userdata);
	}
	return e;
}

#define DECLARED_MOST 1000 /* of the latest: more are no pleasure to read */

int manager_read_declared(const struct manager *m, const struct ledger_report_query *query,
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata),
	void *userdata)
{
	struct ledger_declared_query q = { .person = query->person, .most = DECLARED_MOST };
	usec_t ignored;

	if (!m->ledger)
		return -ENOENT;
	manager_day_span(m, query->first_day, &q.since_usec, &ignored);
	manager_day_span(m, query->last_day, &ignored, &q.until_usec);
	return ledger_read_declared(m->ledger, &q, event, userdata);
}

int manager_read_report(struct manager *m, const struct ledger_report_query *query,
	const struct manager_report_visitor *visitor, void *userdata)
{
	struct report r = { .m = m, .query = query, .visitor = visitor, .userdata = userdata };
	int e;

	if (!m->ledger)
		return -ENOENT;
	e = gather_present(&r);
	if (e >= 0)
		e = ledger_read_days(m->ledger, query, tell_day, &r);
	if (e >= 0)
		e = tell_hours(&r);
	if (e >= 0)
		e = tell_rest(&r);
	if (e >= 0)
		e = tell_weeks(&r);
	free(r.present);
	return e;
}
