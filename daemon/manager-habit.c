/* How long a person was at each site and group on each of the last days, as the ledger has it: what
 * a limit is proposed from. Today is not over and does not count. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "manager-internal.h"

struct stretch {
	size_t site;
	usec_t start_usec, end_usec;
	uint64_t used_usec;
	int32_t day;
};

struct stretches {
	const struct config *config;
	struct stretch *items; /* in the order of their start */
	size_t n, room;
	int32_t first_day; /* of all that were read */
};

static int add_stretch(const struct ledger_span *span, void *userdata)
{
	struct stretches *s = userdata;
	const int site = config_find_site(s->config, span->site);

	if (s->first_day == 0 || span->day < s->first_day)
		s->first_day = span->day;
	if (site < 0)
		return 0;
	if (s->n == s->room) {
		const size_t room = s->room ? 2 * s->room : 256;
		struct stretch *items = reallocarray(s->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		s->items = items;
		s->room = room;
	}
	s->items[s->n++] = (struct stretch){ (size_t)site, span->start_usec, span->end_usec,
		span->used_usec, span->day };
	return 0;
}

static bool is_member(const struct config_group *group, size_t site)
{
	for (size_t i = 0; i < group->n_sites; i++)
		if (group->sites[i] == site)
			return true;
	return false;
}

static void add_up(uint64_t *days, int32_t first_day, int32_t day, uint64_t usec)
{
	if (day >= first_day && day < first_day + MANAGER_HABIT_DAYS)
		days[day - first_day] += usec;
}

/* A second with several of its sites counts once. */
static void sum_group(const struct stretches *s, const struct config_group *group,
	int32_t first_day, uint64_t days[MANAGER_HABIT_DAYS])
{
	usec_t covered = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct stretch *t = &s->items[i];
		const usec_t start = t->start_usec > covered ? t->start_usec : covered;

		if (!is_member(group, t->site) || t->end_usec <= start)
			continue;
		add_up(days, first_day, t->day, t->end_usec - start);
		covered = t->end_usec;
	}
}

static void sum_site(const struct stretches *s, size_t site, int32_t first_day,
	uint64_t days[MANAGER_HABIT_DAYS])
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].site == site)
			add_up(days, first_day, s->items[i].day, s->items[i].used_usec);
}

static void fill(const struct manager *m, const struct stretches *s, struct manager_habit *habits,
	int32_t first)
{
	for (size_t i = 0; i < manager_n_entries(m); i++) {
		uint64_t days[MANAGER_HABIT_DAYS] = { 0 };

		if (i < m->config->n_sites)
			sum_site(s, i, first, days);
		else
			sum_group(s, &m->config->groups[i - m->config->n_sites], first, days);
		for (size_t d = 0; d < MANAGER_HABIT_DAYS; d++)
			habits[i].used_sec[d] = (uint32_t)(days[d] / USEC_PER_SEC);
	}
}

int manager_read_habits(const struct manager *m, size_t person, struct manager_habit **ret,
	unsigned *ret_known_days)
{
	const int32_t today = usage_day(m->usage);
	const struct ledger_day_query query = {
		.person = m->people->items[person].name,
		.first_day = today - 2 * MANAGER_HABIT_DAYS, /* when did it begin? */
		.last_day = today - 1,
	};
	struct stretches s = { .config = m->config };
	struct manager_habit *habits = calloc(manager_n_entries(m) + 1, sizeof(*habits));
	int32_t known;
	int r;

	r = habits ? ledger_read_spans(m->ledger, &query, add_stretch, &s) : -ENOMEM;
	if (r >= 0)
		fill(m, &s, habits, today - MANAGER_HABIT_DAYS);
	free(s.items);
	if (r < 0) {
		free(habits);
		return r;
	}
	known = s.first_day ? today - s.first_day : 0;
	*ret_known_days = known > MANAGER_HABIT_DAYS ? MANAGER_HABIT_DAYS : (unsigned)known;
	*ret = habits;
	return 0;
}
