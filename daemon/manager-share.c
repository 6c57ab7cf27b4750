/* Keeps what the devices of a household said, in memory and in the ledger, and tells usage what it
 * adds. Without [share] there is none of it. */
#include "manager-share.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/broker.h"
#include "core/calendar.h"
#include "manager-household.h"
#include "manager-internal.h"
#include "system/ledger-household.h"

#define CALL_FIRST_USEC (60 * USEC_PER_SEC)      /* so long focusd-share may take to begin */
#define CALL_USEC       (15 * 60 * USEC_PER_SEC) /* it calls every five minutes at least */
#define PROBLEMS_MAX    16
#define PROBLEM_BYTES   400

struct manager_share {
	struct household *household;                /* NULL: nothing is shared */
	char told[SHARE_KEYS][SHARE_VALUE_MAX + 1]; /* what was shared, and where, when it began */
	bool news;                                  /* for who watches */
	void (*watch)(void *userdata);
	void *userdata;
	usec_t begun_usec, called_usec; /* boot time; 0: never */
	struct strings problems;        /* of focusd-share */
	bool full;                      /* somebody said more than there is room for */
};

struct manager_share *manager_share_free(struct manager_share *s)
{
	if (!s)
		return NULL;
	household_free(s->household);
	strings_done(&s->problems);
	free(s);
	return NULL;
}

bool manager_shares(const struct manager *m)
{
	return *m->config->share[SHARE_BROKER] != 0;
}

bool manager_shares_figures(const struct manager *m)
{
	return manager_shares(m) && strcmp(m->config->share[SHARE_HOME_ASSISTANT], "yes") == 0;
}

static struct household *household_of(const struct manager *m)
{
	return m->share ? m->share->household : NULL;
}

static int32_t first_day(const struct manager *m)
{
	const int32_t week = calendar_week_start(usage_day(m->usage));
	const int32_t before = usage_day_before(m->usage);

	return before < week ? before : week;
}

static void make_stale(struct manager *m)
{
	for (size_t i = 0; i < m->people->n * m->config->n_sites; i++)
		m->elsewhere_stale[i] = true;
}

int manager_share_begin(struct manager *m)
{
	struct manager_share *s = m->share ? m->share : calloc(1, sizeof(*s));
	int r = s ? 0 : -ENOMEM;

	m->share = s;
	if (r >= 0 && manager_shares(m) && !s->household)
		r = household_new(&s->household);
	if (r < 0)
		return r;
	if (!manager_shares(m))
		s->household = household_free(s->household);
	s->news |= memcmp(s->told, m->config->share, sizeof(s->told)) != 0;
	memcpy(s->told, m->config->share, sizeof(s->told));
	return manager_told_begin(m);
}

static int load(const struct ledger_household *row, void *userdata)
{
	struct household *h = userdata;
	const int r = household_add(h, &row->key, row->items, row->n);

	household_set_ahead(h, row->key.device, row->ahead_usec);
	return r == -E2BIG ? 0 : r;
}

int manager_share_load(struct manager *m, struct instant now)
{
	struct household *h = household_of(m);
	int r, told;

	if (!h)
		return 0;
	m->share->begun_usec = now.boot_usec;
	r = ledger_read_household(m->ledger, first_day(m), load, h);
	if (r < 0)
		log_warning_errno(r, "Can't read what other devices said");
	if (!m->dirty) /* else what was to be written just before could not be queued */
		household_clean(h);
	told = manager_told_load(m);
	manager_share_turn(m);
	return r == -ENOMEM ? r : told;
}

void manager_share_add(
	struct manager *m, size_t person, size_t site, int32_t day, struct interval i)
{
	struct household *h = household_of(m);
	const struct household_key key = { HOUSEHOLD_OWN, m->people->items[person].name,
		m->config->sites[site].name, day };
	int r;

	if (!h)
		return;
	r = household_add(h, &key, &i, 1);
	if (r < 0)
		log_warning_errno(r, "Can't note for other devices what was used");
	if (r > 0) {
		m->elsewhere_stale[manager_cell(m, person, site)] = true;
		m->share->news = true;
	}
}

/* How much of these stretches lies in uncounted hours. */
static usec_t uncounted_of(const struct intervals *set, const struct rule_keys *keys)
{
	usec_t sum = 0;

	for (size_t i = 0; keys->uncounted.n > 0 && i < set->n; i++) {
		usec_t at = set->items[i].from_usec, next, change;

		for (; at < set->items[i].to_usec; at = next) {
			const bool uncounted = calendar_windows_open(
				keys->uncounted.items, keys->uncounted.n, at, &change);

			next = change < set->items[i].to_usec ? change : set->items[i].to_usec;
			sum += uncounted ? next - at : 0;
		}
	}
	return sum;
}

static void book(const struct manager *m, struct usage_sums *sums, int32_t day, usec_t usec)
{
	if (day == usage_day(m->usage))
		sums->day_usec += usec;
	if (day == usage_day_before(m->usage))
		sums->before_usec += usec;
	if (day <= usage_day(m->usage) && day >= calendar_week_start(usage_day(m->usage)))
		sums->week_usec += usec;
}

/* One target: a site, or the sites of a group. */
static int merge_target(struct manager *m, size_t person, bool is_group, size_t target,
	const char *const *sites, size_t n_sites)
{
	const char *who = m->people->items[person].name;
	const struct rule_keys keys = config_rules(m->config, who, is_group, target);
	struct usage_sums used = { 0 }, uncounted = { 0 };
	int r = 0;

	for (int32_t day = first_day(m); day <= usage_day(m->usage) && r >= 0; day++) {
		_cleanup_(intervals_done) struct intervals beyond = { 0 };
		const struct household_question q = { who, sites, n_sites, day };

		if (!household_has_others(household_of(m), who, day))
			continue;
		r = household_beyond(household_of(m), &q, &beyond);
		book(m, &used, day, intervals_measure(&beyond));
		book(m, &uncounted, day, uncounted_of(&beyond, &keys));
	}
	if (r >= 0)
		usage_set_elsewhere(m->usage, person, is_group, target, &used, &uncounted);
	return r;
}

static int merge_group(struct manager *m, size_t person, size_t group)
{
	const struct config_group *g = &m->config->groups[group];
	_cleanup_free_ const char **sites = calloc(g->n_sites + 1, sizeof(*sites));

	if (!sites)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_sites; i++)
		sites[i] = m->config->sites[g->sites[i]].name;
	return merge_target(m, person, true, group, sites, g->n_sites);
}

static bool any_stale(const struct manager *m, size_t person, const struct config_group *g)
{
	for (size_t i = 0; i < g->n_sites; i++)
		if (m->elsewhere_stale[manager_cell(m, person, g->sites[i])])
			return true;
	return false;
}

/* What others add belongs into the ledger's row of the day, and so does the day before's. */
static void note_row(struct manager *m, size_t person, size_t site, const struct usage_sums *before)
{
	const struct usage_sums now = usage_elsewhere(m->usage, person, false, site);
	struct track *t;

	if (now.day_usec == before->day_usec && now.before_usec == before->before_usec)
		return;
	t = manager_track(m, person, site);
	if (!t)
		return;
	t->dirty = true;
	t->before_dirty |= now.before_usec != before->before_usec;
	m->dirty = true;
}

static int merge_person(struct manager *m, size_t person)
{
	const struct config *c = m->config;
	int r = 0;

	for (size_t g = 0; g < c->n_groups && r >= 0; g++)
		if (any_stale(m, person, &c->groups[g]))
			r = merge_group(m, person, g);
	for (size_t s = 0; s < c->n_sites && r >= 0; s++) {
		const size_t cell = manager_cell(m, person, s);
		const struct usage_sums before = usage_elsewhere(m->usage, person, false, s);

		if (!m->elsewhere_stale[cell])
			continue;
		r = merge_target(m, person, false, s, (const char *const[]){ c->sites[s].name }, 1);
		m->elsewhere_stale[cell] = r < 0;
		note_row(m, person, s, &before);
	}
	return r;
}

void manager_share_judged(struct manager *m)
{
	if (m->share)
		m->share->news |= manager_shares_figures(m);
}

void manager_share_noted(struct manager *m)
{
	if (m->share)
		m->share->news = true;
}

void manager_share_merge(struct manager *m)
{
	int r = 0;

	for (size_t p = 0; household_of(m) && p < m->people->n && r >= 0; p++)
		r = merge_person(m, p);
	if (r < 0)
		log_warning_errno(r, "Can't add up what other devices said");
}

void manager_share_turn(struct manager *m)
{
	if (!household_of(m))
		return;
	household_forget(m->share->household, first_day(m));
	manager_told_turn(m);
	make_stale(m);
	m->share->full = false;
	m->share->news = true;
	manager_share_merge(m);
}

int manager_share_own(const struct manager *m,
	int (*visit)(const struct household_entry *e, void *userdata), void *userdata)
{
	return household_of(m) ? household_each(household_of(m), visit, userdata) : 0;
}

usec_t manager_share_now(const struct manager *m, struct instant now)
{
	return manager_wall(m, now);
}

static const char *doubt_of(
	const struct manager *m, const struct share_claim *claim, struct instant now)
{
	struct household_now here = {
		.wall_usec = manager_wall(m, now),
		.day = usage_day(m->usage),
	};

	manager_day_span(m, claim->key.day, &here.day_start_usec, &here.day_end_usec);
	return household_doubt(
		&(struct household_claim){ claim->key, claim->items, claim->n,
			household_believe(household_ahead(household_of(m), claim->key.device),
				claim->ahead_usec) },
		&here);
}

/* Of a device whose clock is another one than was thought: all that it said moves. */
static void find_stale(struct manager *m, const struct household_key *key, bool moved)
{
	const int p = manager_find_person(m, key->person);
	const int s = config_find_site(m->config, key->site);

	m->share->news |= manager_shares_figures(m);
	if (moved)
		make_stale(m);
	else if (p >= 0 && s >= 0)
		m->elsewhere_stale[manager_cell(m, (size_t)p, (size_t)s)] = true;
	m->dirty = true;
}

int manager_share_hear(struct manager *m, const struct share_claim *claim, struct instant now,
	const char **ret_doubt)
{
	struct household *h = household_of(m);
	bool moved;
	int r;

	if (!h)
		return -ENOENT;
	*ret_doubt = !*claim->key.device ? "no device's name" : doubt_of(m, claim, now);
	if (*ret_doubt)
		return -EINVAL;
	r = household_add(h, &claim->key, claim->items, claim->n);
	moved = household_set_ahead(h, claim->key.device, claim->ahead_usec) > 0;
	m->share->full |= r == -E2BIG;
	if (r == -E2BIG)
		*ret_doubt = "more than there is room for; the rest is left out";
	if (r != 0 || moved)
		find_stale(m, &claim->key, moved);
	return r < 0 ? r : (r > 0 || moved);
}

void manager_share_watch(struct manager *m, void (*news)(void *userdata), void *userdata)
{
	if (!m->share)
		return;
	m->share->watch = news;
	m->share->userdata = userdata;
}

void manager_share_tell(struct manager *m)
{
	struct manager_share *s = m->share;

	if (!s || !s->news)
		return;
	s->news = false;
	if (s->watch)
		s->watch(s->userdata);
}

struct rows {
	struct ledger_household *items;
	size_t n;
};

static int take_row(const struct household_entry *e, void *userdata)
{
	struct rows *rows = userdata;
	struct ledger_household *items;

	if (!e->dirty || !*e->key.device)
		return 0;
	items = reallocarray(rows->items, rows->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	rows->items = items;
	items[rows->n++] = (struct ledger_household){ e->key, 0, e->set.items, e->set.n };
	return 0;
}

void manager_share_store(struct manager *m)
{
	struct household *h = household_of(m);
	struct rows rows = { 0 };
	int r;

	if (!h || !m->ledger)
		return;
	manager_told_store(m);
	r = household_each(h, take_row, &rows);
	for (size_t i = 0; i < rows.n; i++)
		rows.items[i].ahead_usec = household_ahead(h, rows.items[i].key.device);
	if (r >= 0 && rows.n > 0)
		r = ledger_put_household(m->ledger, rows.items, rows.n);
	if (r < 0)
		log_warning_errno(r, "Can't queue what other devices said");
	else
		household_clean(h);
	m->dirty |= r < 0; /* the next write has it */
	free(rows.items);
}

/* So many bytes, and no half letter at the end: what is no text can be told to nobody. */
static int cut(const char *problem)
{
	size_t n = strnlen(problem, PROBLEM_BYTES);

	while (n > 0 && ((unsigned char)problem[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

int manager_share_called(
	struct manager *m, const char *const *problems, size_t n_problems, struct instant now)
{
	int r = 0;

	if (!m->share)
		return -ENOENT;
	strings_done(&m->share->problems);
	m->share->called_usec = now.boot_usec;
	for (size_t i = 0; i < n_problems && i < PROBLEMS_MAX && r >= 0; i++)
		r = strings_addf(
			&m->share->problems, "Sharing: %.*s", cut(problems[i]), problems[i]);
	return r;
}

static int add_silence(const struct manager_share *s, struct strings *list)
{
	const usec_t now = clock_now().boot_usec;
	const usec_t since = s->called_usec ? s->called_usec : s->begun_usec;

	if (now < since + (s->called_usec ? CALL_USEC : CALL_FIRST_USEC))
		return 0;
	return strings_add(list,
		"Sharing: focusd-share does not run; other devices hear nothing of this one: "
		"systemctl status focusd-share");
}

int manager_share_problems(const struct manager *m, struct strings *list)
{
	struct broker broker;
	int r = 0;

	if (!household_of(m))
		return 0;
	if (broker_parse(m->config->share[SHARE_BROKER], &broker) >= 0 && !broker.tls)
		r = strings_add(list,
			"Sharing: whoever is on the way to the broker can read and change what is "
			"said; mqtts:// protects it");
	if (r >= 0)
		r = add_silence(m->share, list);
	if (r >= 0 && (m->share->full || manager_told_is_full(m)))
		r = strings_add(list,
			"Sharing: other devices say more than there is room for; not all of it "
			"is counted");
	for (size_t i = 0; i < m->share->problems.n && r >= 0; i++)
		r = strings_add(list, m->share->problems.items[i]);
	return r;
}
