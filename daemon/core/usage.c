/* Totals and the short memory that keeps a second from counting twice. It neither judges nor
 * stores. */
#include "core/usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/calendar.h"

#define COVERAGE_STRETCHES \
	64 /* disjoint stretches within USAGE_MEMORY_USEC; the oldest two are joined when full */

struct stretch {
	usec_t from_usec, to_usec;
};

/* What was covered lately, disjoint and in order. */
struct coverage {
	size_t n;
	struct stretch items[COVERAGE_STRETCHES];
};

struct usage_total {
	uint64_t day_usec, before_usec, week_usec; /* before: of the day before */
	struct coverage *coverage;                 /* NULL until something was credited */
};

struct usage {
	const struct config *config;
	size_t n_persons, n_targets; /* sites, then groups */
	int32_t day, day_before;
	struct usage_total totals[];
};

struct usage *usage_free(struct usage *u)
{
	if (!u)
		return NULL;
	for (size_t i = 0; i < u->n_persons * u->n_targets; i++)
		free(u->totals[i].coverage);
	free(u);
	return NULL;
}

int usage_new(const struct config *config, size_t n_persons, struct usage **ret)
{
	const size_t n_targets = config->n_sites + config->n_groups;
	struct usage *u = calloc(1, sizeof(*u) + n_persons * n_targets * sizeof(u->totals[0]));

	if (!u)
		return -ENOMEM;
	u->config = config;
	u->n_persons = n_persons;
	u->n_targets = n_targets;
	u->day = u->day_before = INT32_MIN;
	*ret = u;
	return 0;
}

bool usage_set_day(struct usage *u, int32_t day)
{
	const bool same_week =
		u->day != INT32_MIN && calendar_week_start(day) == calendar_week_start(u->day);

	if (day <= u->day)
		return false;
	u->day_before = u->day == INT32_MIN ? day - 1 : u->day;
	u->day = day;
	for (size_t i = 0; i < u->n_persons * u->n_targets; i++) {
		u->totals[i].before_usec = u->totals[i].day_usec;
		u->totals[i].day_usec = 0;
		if (!same_week)
			u->totals[i].week_usec = 0;
	}
	return true;
}

int32_t usage_day(const struct usage *u)
{
	return u->day;
}

int32_t usage_day_before(const struct usage *u)
{
	return u->day_before;
}

static struct usage_total *total_of(
	const struct usage *u, size_t person, bool is_group, size_t target)
{
	const size_t index = target + (is_group ? u->config->n_sites : 0);

	return (struct usage_total *)&u->totals[person * u->n_targets + index];
}

/* Adds to the totals that the day belongs to. */
static void add(struct usage *u, struct usage_total *t, int32_t day, uint64_t used_usec)
{
	if (day > u->day)
		return;
	if (day == u->day)
		t->day_usec += used_usec;
	else if (day == u->day_before)
		t->before_usec += used_usec;
	if (calendar_week_start(day) == calendar_week_start(u->day))
		t->week_usec += used_usec;
}

void usage_load(struct usage *u, size_t person, bool is_group, size_t target, int32_t day,
	uint64_t used_usec)
{
	add(u, total_of(u, person, is_group, target), day, used_usec);
}

static void coverage_remove(struct coverage *c, size_t at, size_t n)
{
	memmove(&c->items[at], &c->items[at + n], (c->n - at - n) * sizeof(c->items[0]));
	c->n -= n;
}

static void coverage_forget(struct coverage *c, usec_t before_usec)
{
	size_t n = 0;

	while (n < c->n && c->items[n].to_usec < before_usec)
		n++;
	coverage_remove(c, 0, n);
}

/* Adds a stretch and returns how much of it is new. */
static uint64_t coverage_add(struct coverage *c, struct stretch s)
{
	uint64_t fresh = s.to_usec - s.from_usec;
	size_t first = 0, end;

	while (first < c->n && c->items[first].to_usec < s.from_usec)
		first++;
	for (end = first; end < c->n && c->items[end].from_usec <= s.to_usec; end++) {
		const struct stretch *x = &c->items[end];
		const usec_t from = x->from_usec > s.from_usec ? x->from_usec : s.from_usec;
		const usec_t to = x->to_usec < s.to_usec ? x->to_usec : s.to_usec;

		fresh -= to - from;
	}
	if (end > first) {
		if (c->items[first].from_usec < s.from_usec)
			s.from_usec = c->items[first].from_usec;
		if (c->items[end - 1].to_usec > s.to_usec)
			s.to_usec = c->items[end - 1].to_usec;
		coverage_remove(c, first, end - first);
	}
	if (c->n == COVERAGE_STRETCHES) {
		c->items[1].from_usec = c->items[0].from_usec;
		coverage_remove(c, 0, 1);
		first = first > 0 ? first - 1 : 0;
	}
	memmove(&c->items[first + 1], &c->items[first], (c->n - first) * sizeof(c->items[0]));
	c->items[first] = s;
	c->n++;
	return fresh;
}

/* Remembers the stretch and returns how much of it is new. */
static uint64_t cover(struct usage_total *t, struct stretch s)
{
	if (!t->coverage)
		t->coverage = calloc(1, sizeof(*t->coverage));
	if (!t->coverage)
		return s.to_usec - s.from_usec; /* no memory: rather counted than lost */
	if (s.to_usec > USAGE_MEMORY_USEC)
		coverage_forget(t->coverage, s.to_usec - USAGE_MEMORY_USEC);
	return coverage_add(t->coverage, s);
}

void usage_load_stretch(struct usage *u, size_t person, bool is_group, size_t target,
	usec_t from_usec, usec_t to_usec)
{
	if (to_usec > from_usec)
		cover(total_of(u, person, is_group, target),
			(struct stretch){ from_usec, to_usec });
}

static bool group_has(const struct config_group *g, size_t site)
{
	for (size_t i = 0; i < g->n_sites; i++)
		if (g->sites[i] == site)
			return true;
	return false;
}

void usage_credit(
	struct usage *u, size_t person, size_t site, int32_t day, usec_t from_usec, usec_t to_usec)
{
	const struct stretch s = { from_usec, to_usec };
	struct usage_total *t = total_of(u, person, false, site);

	if (to_usec <= from_usec || (day != u->day && day != u->day_before))
		return;
	add(u, t, day, cover(t, s));
	for (size_t g = 0; g < u->config->n_groups; g++) {
		if (!group_has(&u->config->groups[g], site))
			continue;
		t = total_of(u, person, true, g);
		add(u, t, day, cover(t, s));
	}
}

uint64_t usage_get(const struct usage *u, size_t person, bool is_group, size_t target,
	enum limit_period period)
{
	const struct usage_total *t = total_of(u, person, is_group, target);

	return period == LIMIT_DAY ? t->day_usec : t->week_usec;
}

uint64_t usage_get_before(const struct usage *u, size_t person, bool is_group, size_t target)
{
	return total_of(u, person, is_group, target)->before_usec;
}
