/* Totals and the short memory that keeps a second from counting twice. It neither judges nor
 * stores. */
#include "core/usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/calendar.h"
#include "core/window-set.h"

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
	struct usage_sums used, uncounted;                /* here; uncounted: of what was used */
	struct usage_sums elsewhere, elsewhere_uncounted; /* beyond that, in the household */
	struct usage_sums told;                           /* all of it, when that was set */
	unsigned opens;
	uint64_t sitting_usec;
	int64_t sitting_end_usec;  /* INT64_MIN: never */
	int64_t touched_usec;      /* boot time of the last use, uncounted too */
	int64_t loaded_usec;       /* what the ledger brought reaches so far, boot time */
	usec_t live_usec;          /* of a site: usage_set_live() */
	struct coverage *coverage; /* NULL until something was credited */
};

struct usage {
	const struct config *config;
	size_t n_persons, n_targets; /* sites, then groups */
	int32_t day, day_before;
	const char **names; /* per person */
	struct usage_total totals[];
};

struct usage *usage_free(struct usage *u)
{
	if (!u)
		return NULL;
	for (size_t i = 0; i < u->n_persons * u->n_targets; i++)
		free(u->totals[i].coverage);
	free(u->names);
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
	u->names = calloc(n_persons + 1, sizeof(*u->names));
	if (!u->names) {
		usage_free(u);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n_persons * n_targets; i++)
		u->totals[i].sitting_end_usec = u->totals[i].touched_usec =
			u->totals[i].loaded_usec = INT64_MIN;
	*ret = u;
	return 0;
}

void usage_set_name(struct usage *u, size_t person, const char *name)
{
	u->names[person] = name;
}

static void next_day(struct usage_sums *s, bool same_week)
{
	s->before_usec = s->day_usec;
	s->day_usec = 0;
	if (!same_week)
		s->week_usec = 0;
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
		next_day(&u->totals[i].used, same_week);
		next_day(&u->totals[i].uncounted, same_week);
		next_day(&u->totals[i].elsewhere, same_week);
		next_day(&u->totals[i].elsewhere_uncounted, same_week);
		next_day(&u->totals[i].told, same_week);
		u->totals[i].opens = 0;
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

/* Adds to the sums that the day belongs to. */
static void add(const struct usage *u, struct usage_sums *s, int32_t day, uint64_t usec)
{
	if (day > u->day)
		return;
	if (day == u->day)
		s->day_usec += usec;
	else if (day == u->day_before)
		s->before_usec += usec;
	if (calendar_week_start(day) == calendar_week_start(u->day))
		s->week_usec += usec;
}

void usage_load(struct usage *u, size_t person, bool is_group, size_t target, int32_t day,
	uint64_t used_usec)
{
	add(u, &total_of(u, person, is_group, target)->used, day, used_usec);
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

/* A stretch on its way to one target's total. */
struct booking {
	struct usage *usage;
	const struct usage_stretch *stretch;
	struct usage_total *total;
	struct rule_keys keys;
	int64_t from_usec; /* boot time, perhaps before this boot */
	bool is_group, is_loading;
};

/* What of a piece is new: a group's second counts once. */
static uint64_t fresh_part(struct booking *b, int64_t from_usec, int64_t to_usec)
{
	struct usage_total *t = b->total;
	int64_t begin = from_usec;

	if (!b->is_loading)
		return cover(t, (struct stretch){ (usec_t)from_usec, (usec_t)to_usec });
	if (b->is_group && t->loaded_usec > begin)
		begin = t->loaded_usec;
	if (to_usec <= begin)
		return 0;
	t->loaded_usec = to_usec;
	if (b->is_group && begin >= 0)
		cover(t, (struct stretch){ (usec_t)begin, (usec_t)to_usec });
	return (uint64_t)(to_usec - begin);
}

/* A sitting, for its limit, goes on until a pause that is as long as a break. */
static void prolong_sitting(struct booking *b, int64_t from_usec, int64_t to_usec, uint64_t fresh)
{
	struct usage_total *t = b->total;
	const int64_t break_usec = b->keys.break_sec * (int64_t)USEC_PER_SEC;

	if (t->sitting_end_usec == INT64_MIN || from_usec - t->sitting_end_usec >= break_usec)
		t->sitting_usec = 0;
	t->sitting_usec += fresh;
	if (to_usec > t->sitting_end_usec)
		t->sitting_end_usec = to_usec;
}

/* A piece that lies in uncounted hours as a whole, or outside them. */
static void book_piece(struct booking *b, int64_t from_usec, int64_t to_usec, bool uncounted)
{
	const uint64_t fresh = fresh_part(b, from_usec, to_usec);
	const int32_t day = b->stretch->day;

	if (b->is_group || !b->is_loading)
		add(b->usage, &b->total->used, day, fresh);
	if (uncounted)
		add(b->usage, &b->total->uncounted, day, fresh);
	else
		prolong_sitting(b, from_usec, to_usec, fresh);
}

/* A group is opened when none of its sites was in use a moment before. */
static void book_opening(struct booking *b, bool uncounted)
{
	const struct usage_stretch *s = b->stretch;
	const int64_t bridge = (int64_t)b->usage->config->sites[s->site].meter.bridge_usec;
	const int64_t end = b->total->touched_usec;

	if (!s->opens || uncounted || s->day != b->usage->day)
		return;
	if (b->is_group && end != INT64_MIN && b->from_usec <= end + bridge)
		return;
	b->total->opens++;
}

static bool is_uncounted(const struct rule_keys *keys, usec_t wall_usec, usec_t *ret_change_usec)
{
	*ret_change_usec = USEC_INFINITY;
	return keys->uncounted.n > 0 && calendar_windows_open(keys->uncounted.items,
						keys->uncounted.n, wall_usec, ret_change_usec);
}

static void book(struct booking *b)
{
	const struct usage_stretch *s = b->stretch;
	const int64_t end = b->from_usec + (int64_t)(s->to_usec - s->from_usec);
	int64_t at = b->from_usec;
	usec_t wall = s->wall_usec, change;
	bool uncounted = is_uncounted(&b->keys, wall, &change);

	book_opening(b, uncounted);
	while (at < end) {
		int64_t next = end;

		if (change != USEC_INFINITY && change - wall < (usec_t)(end - at))
			next = at + (int64_t)(change - wall);
		book_piece(b, at, next, uncounted);
		wall += (usec_t)(next - at);
		at = next;
		uncounted = is_uncounted(&b->keys, wall, &change);
	}
	if (end > b->total->touched_usec)
		b->total->touched_usec = end;
}

/* To the site, and to its groups. */
static void book_everywhere(
	struct usage *u, const struct usage_stretch *s, int64_t from_usec, bool is_loading)
{
	const struct config *c = u->config;
	const char *name = u->names[s->person];
	struct booking b = { .usage = u,
		.stretch = s,
		.from_usec = from_usec,
		.is_loading = is_loading,
		.total = total_of(u, s->person, false, s->site),
		.keys = config_rules(c, name, false, s->site) };

	book(&b);
	b.is_group = true;
	for (size_t g = 0; g < c->n_groups; g++) {
		if (!config_group_has(&c->groups[g], s->site))
			continue;
		b.total = total_of(u, s->person, true, g);
		b.keys = config_rules(c, name, true, g);
		book(&b);
	}
}

void usage_credit(struct usage *u, const struct usage_stretch *s)
{
	if (s->to_usec > s->from_usec && (s->day == u->day || s->day == u->day_before))
		book_everywhere(u, s, (int64_t)s->from_usec, false);
}

void usage_load_span(
	struct usage *u, const struct usage_stretch *s, usec_t ago_usec, usec_t now_boot_usec)
{
	if (s->to_usec > s->from_usec)
		book_everywhere(u, s, (int64_t)now_boot_usec - (int64_t)ago_usec, true);
}

void usage_set_live(struct usage *u, size_t person, size_t site, usec_t until_usec)
{
	total_of(u, person, false, site)->live_usec = until_usec;
}

usec_t usage_live_until(const struct usage *u, size_t person, bool is_group, size_t target)
{
	const struct config_group *g = is_group ? &u->config->groups[target] : NULL;
	usec_t until = 0;

	if (!g)
		return total_of(u, person, false, target)->live_usec;
	for (size_t i = 0; i < g->n_sites; i++) {
		const usec_t live = total_of(u, person, false, g->sites[i])->live_usec;

		until = live > until ? live : until;
	}
	return until;
}

/* What others add, or more where that would make the sum fall; *told: the sum. */
static uint64_t never_less(uint64_t elsewhere_usec, uint64_t here_usec, uint64_t *told)
{
	if (here_usec + elsewhere_usec > *told)
		*told = here_usec + elsewhere_usec;
	return *told - here_usec;
}

void usage_set_elsewhere(struct usage *u, size_t person, bool is_group, size_t target,
	const struct usage_sums *used, const struct usage_sums *uncounted)
{
	struct usage_total *t = total_of(u, person, is_group, target);

	t->elsewhere = (struct usage_sums){
		never_less(used->day_usec, t->used.day_usec, &t->told.day_usec),
		never_less(used->before_usec, t->used.before_usec, &t->told.before_usec),
		never_less(used->week_usec, t->used.week_usec, &t->told.week_usec),
	};
	t->elsewhere_uncounted = *uncounted;
}

struct usage_sums usage_elsewhere(
	const struct usage *u, size_t person, bool is_group, size_t target)
{
	return total_of(u, person, is_group, target)->elsewhere;
}

uint64_t usage_get(const struct usage *u, size_t person, bool is_group, size_t target,
	enum limit_period period)
{
	const struct usage_total *t = total_of(u, person, is_group, target);

	switch (period) {
	case LIMIT_DAY:
		return t->used.day_usec + t->elsewhere.day_usec;
	case LIMIT_WEEK:
		return t->used.week_usec + t->elsewhere.week_usec;
	case LIMIT_SITTING:
		return t->sitting_usec;
	case LIMIT_PERIODS:
		break;
	}
	return 0;
}

uint64_t usage_get_before(const struct usage *u, size_t person, bool is_group, size_t target)
{
	const struct usage_total *t = total_of(u, person, is_group, target);

	return t->used.before_usec + t->elsewhere.before_usec;
}

static uint64_t less(uint64_t used_usec, uint64_t uncounted_usec)
{
	return used_usec > uncounted_usec ? used_usec - uncounted_usec : 0;
}

struct usage_counted usage_counted(
	const struct usage *u, size_t person, bool is_group, size_t target)
{
	const struct usage_total *t = total_of(u, person, is_group, target);

	return (struct usage_counted){
		.day_usec = less(t->used.day_usec, t->uncounted.day_usec) +
			    less(t->elsewhere.day_usec, t->elsewhere_uncounted.day_usec),
		.before_usec = less(t->used.before_usec, t->uncounted.before_usec) +
			       less(t->elsewhere.before_usec, t->elsewhere_uncounted.before_usec),
		.week_usec = less(t->used.week_usec, t->uncounted.week_usec) +
			     less(t->elsewhere.week_usec, t->elsewhere_uncounted.week_usec),
		.opens = t->opens,
		.sitting_usec = t->sitting_usec,
		.sitting_end_usec = t->sitting_end_usec,
	};
}

static struct usage_sums larger(const struct usage_sums *a, const struct usage_sums *b)
{
	return (struct usage_sums){
		.day_usec = usec_later(a->day_usec, b->day_usec),
		.before_usec = usec_later(a->before_usec, b->before_usec),
		.week_usec = usec_later(a->week_usec, b->week_usec),
	};
}

static void fill_uncounted(
	struct window_set *set, const struct usage *u, size_t person, bool is_group, size_t target)
{
	const struct rule_keys keys = config_rules(u->config, u->names[person], is_group, target);

	window_set_fill(set, keys.uncounted.items, keys.uncounted.n);
}

void usage_raise(struct usage *u, size_t person, bool is_group, size_t target,
	const struct usage *other, size_t other_person, size_t other_target)
{
	struct usage_total *t = total_of(u, person, is_group, target);
	const struct usage_total *o = total_of(other, other_person, is_group, other_target);
	struct window_set now, before;

	t->used = larger(&t->used, &o->used);
	fill_uncounted(&now, u, person, is_group, target);
	fill_uncounted(&before, other, other_person, is_group, other_target);
	if (window_set_equal(&now, &before)) /* of other hours nobody can tell any more */
		t->uncounted = larger(&t->uncounted, &o->uncounted);
	if (o->opens > t->opens)
		t->opens = o->opens;
	if (o->touched_usec > t->touched_usec)
		t->touched_usec = o->touched_usec;
	if (o->sitting_end_usec > t->sitting_end_usec) {
		t->sitting_end_usec = o->sitting_end_usec;
		t->sitting_usec = o->sitting_usec;
	}
}
