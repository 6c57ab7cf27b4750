/* One step of time: read the kernel's counters, let the meters turn bytes into attended seconds,
 * book them, judge, and shut or open what the verdicts say. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"
#include "manager-household.h"
#include "manager-internal.h"
#include "manager-passes.h"
#include "manager-past.h"
#include "manager-seal.h"

struct track *manager_track(struct manager *m, size_t person, size_t site)
{
	struct track **slot = &m->tracks[manager_cell(m, person, site)];

	if (!*slot)
		*slot = calloc(1, sizeof(**slot));
	return *slot;
}

static struct seen_counter *find_seen(struct manager *m, const struct gate_counter *c)
{
	struct seen_counter *seen;

	for (size_t i = 0; i < m->n_seen; i++)
		if (m->seen[i].mark == c->mark && address_equal(&m->seen[i].block, &c->block))
			return &m->seen[i];
	seen = reallocarray(m->seen, m->n_seen + 1, sizeof(*seen));
	if (!seen)
		return NULL;
	m->seen = seen;
	seen = &m->seen[m->n_seen++];
	*seen = (struct seen_counter){ .block = c->block, .mark = c->mark };
	return seen;
}

/* What came since the last reading. A counter that is smaller than before began anew. */
static uint64_t advance(uint64_t *seen, uint64_t value)
{
	const uint64_t delta = value >= *seen ? value - *seen : value;

	*seen = value;
	return delta;
}

int manager_find_mark(const struct manager *m, uint32_t mark)
{
	for (size_t p = 0; p < m->people->n; p++)
		if (m->marks[p] == mark)
			return (int)p;
	return -ENOENT;
}

static void book_counter(struct manager *m, const struct gate_counter *c)
{
	const struct lease_block *block = lease_book_block_of(m->book, &c->block);
	struct seen_counter *seen = find_seen(m, c);
	const int person = manager_find_mark(m, c->mark);
	const int site = block ? config_find_site(m->config, block->site) : -ENOENT;
	uint64_t down, up;
	struct track *t;

	if (!seen)
		return;
	down = advance(&seen->down_bytes, c->down_bytes);
	up = advance(&seen->up_bytes, c->up_bytes);
	if (person < 0 || site < 0 || (down == 0 && up == 0))
		return;
	t = manager_track(m, (size_t)person, (size_t)site);
	if (!t)
		return;
	manager_hosts_moved(m, (size_t)site);
	if (block->kind == HOST_CDN) {
		t->moved.media_down_bytes += down;
		t->moved.media_up_bytes += up;
	} else {
		t->moved.feed_down_bytes += down;
		t->moved.feed_up_bytes += up;
	}
}

static int read_counters(struct manager *m)
{
	_cleanup_free_ struct gate_counter *counters = NULL;
	size_t n;
	int r;

	r = gate_read(m->gate, &counters, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		book_counter(m, &counters[i]);
	return 0;
}

static bool sample_moved(const struct meter_sample *s)
{
	return s->feed_down_bytes || s->feed_up_bytes || s->media_down_bytes || s->media_up_bytes;
}

/* Books [from, to) of boot time for one day. */
static void book_stretch(struct manager *m, size_t person, size_t site,
	const struct meter_credit *credit, int32_t day, struct instant now)
{
	struct track *t = m->tracks[manager_cell(m, person, site)];

	if (credit->to_usec <= credit->from_usec)
		return;
	if (!t->span.live || credit->opens || t->span.day != day ||
		credit->from_usec > t->span.end_boot_usec) {
		if (t->span.dirty)
			manager_store(m, now);
		m->store_soon = true;
		t->span = (struct track_span){
			.live = true,
			.day = day,
			.start_wall_usec = day_clock_wall(&m->clock, credit->from_usec),
			.opens = credit->opens,
		};
	}
	usage_credit(m->usage,
		&(struct usage_stretch){ person, site, day, credit->from_usec, credit->to_usec,
			day_clock_wall(&m->clock, credit->from_usec), credit->opens });
	t->span.end_boot_usec = credit->to_usec;
	t->span.end_wall_usec = day_clock_wall(&m->clock, credit->to_usec);
	/* all of it: the two clocks are never quite of one mind about where a piece ends */
	manager_share_add(m, person, site, day,
		(struct interval){ t->span.start_wall_usec, t->span.end_wall_usec });
	t->span.used_usec += credit->to_usec - credit->from_usec;
	t->span.dirty = true;
	t->before_dirty |= day != usage_day(m->usage);
	m->dirty = true;
}

/* The day to count in. It follows the wall clock as long as real elapsed time explains where that
 * stands: a jump earns nobody a fresh quota. */
static int32_t step_day(struct manager *m, struct instant now)
{
	const unsigned day_start = m->config->day_start_min;

	if (day_clock_step(&m->clock, now, day_start)) {
		const char *text = day_clock_off(&m->clock, now) == 0
					   ? "the wall clock was put right"
					   : "the wall clock jumped; no quota was renewed";

		log_warning("%s", text);
		manager_event(m, "clock-jump", NULL, NULL, text);
	}
	return calendar_day(manager_wall(m, now), day_start);
}

#define CREDITS_MAX ((size_t)2 * METER_CREDITS_MAX) /* of a tick: what was slept, and the rest */

struct pending_credit {
	size_t person, site;
	struct meter_credit credit;
};

/* What a meter is fed, for who wants to replay it (tests/bench/to-samples reads this line). */
static int feed_noted(const struct manager *m, size_t cell, const struct meter_sample *s,
	struct meter_credit *credits)
{
	const size_t site = cell % m->config->n_sites;

	if (s->away || sample_moved(s))
		log_debug("sample %s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			  " %" PRIu64 "%s",
			m->people->items[cell / m->config->n_sites].name,
			m->config->sites[site].name, s->from_usec, s->to_usec, s->feed_down_bytes,
			s->feed_up_bytes, s->media_down_bytes, s->media_up_bytes,
			s->away ? " away" : "");
	return meter_feed(&m->tracks[cell]->meter, &m->config->sites[site].meter, s, credits);
}

/* More than the clocks differ by themselves: the machine was suspended since the last tick. */
#define SLEPT_USEC (100 * USEC_PER_MSEC)

/* The first tick of a keeper whose predecessor was killed. What moved since that one last wrote is
 * taken to have moved just then: later somebody may have been gone, and a new day have begun. */
static int feed_unseen(struct manager *m, size_t cell, struct instant now,
	struct meter_credit credits[CREDITS_MAX])
{
	struct meter_sample *moved = &m->tracks[cell]->moved;
	const struct meter_sample rest = { .from_usec = m->last.boot_usec + TICK_USEC,
		.to_usec = now.boot_usec };
	int n;

	moved->from_usec = m->last.boot_usec;
	moved->to_usec = rest.from_usec;
	n = feed_noted(m, cell, moved, credits);
	return n + feed_noted(m, cell, &rest, credits + n);
}

/* Feeds the time since the last tick, what was slept of it first: when exactly, nobody needs to
 * know, a gap is credited less that stretch. */
static int feed_track(struct manager *m, size_t cell, struct instant now,
	struct meter_credit credits[CREDITS_MAX])
{
	struct track *t = m->tracks[cell];
	const usec_t slept = now.asleep_usec - m->last.asleep_usec;
	usec_t from = m->last.boot_usec;
	int n = 0;

	if (m->unseen && now.boot_usec > from + TICK_USEC)
		return feed_unseen(m, cell, now, credits);
	t->moved.away = manager_is_away(m, cell / m->config->n_sites);
	if (!t->moved.away && slept > SLEPT_USEC && slept <= now.boot_usec - from) {
		const struct meter_sample asleep = {
			.from_usec = from, .to_usec = from + slept, .away = true
		};

		n = feed_noted(m, cell, &asleep, credits);
		from += slept;
	}
	if (!t->moved.away && m->quiet_usec > from)
		from = m->quiet_usec;
	t->moved.from_usec = from;
	t->moved.to_usec = now.boot_usec;
	return n + feed_noted(m, cell, &t->moved, credits + n);
}

/* Feeds every meter that has something to decide; returns the credits. */
static size_t feed_meters(
	struct manager *m, struct instant now, struct pending_credit *credits, usec_t *next)
{
	size_t n = 0;

	for (size_t i = 0; i < m->people->n * m->config->n_sites; i++) {
		struct track *t = m->tracks[i];
		const size_t site = i % m->config->n_sites;
		const struct meter_parameters *p = &m->config->sites[site].meter;
		struct meter_credit found[CREDITS_MAX];
		bool moved;
		int k;

		if (!t)
			continue;
		moved = sample_moved(&t->moved);
		k = feed_track(m, i, now, found);
		for (int j = 0; j < k; j++)
			credits[n++] =
				(struct pending_credit){ i / m->config->n_sites, site, found[j] };
		manager_sort_bytes(m, i);
		t->moved = (struct meter_sample){ 0 };
		t->dirty |= moved || k > 0;
		m->dirty |= moved;
		if (moved && now.boot_usec + TICK_USEC < *next)
			*next = now.boot_usec + TICK_USEC;
		else if (meter_next(&t->meter, p, now.boot_usec) < *next)
			*next = meter_next(&t->meter, p, now.boot_usec);
	}
	return n;
}

/* The boot time at which today began; 0 where that is not now: days never go back. */
static usec_t day_border(const struct manager *m, struct instant now)
{
	const unsigned day_start = m->config->day_start_min;
	const int32_t day = usage_day(m->usage);
	const usec_t wall = manager_wall(m, now);
	usec_t ago;

	if (calendar_day(wall, day_start) != day)
		return 0;
	ago = wall - calendar_day_start(day, day_start);
	return now.boot_usec > ago ? now.boot_usec - ago : 0;
}

static void turn_day(struct manager *m, int32_t day, struct instant now)
{
	const bool kept = manager_store(m, now) < 0;

	for (size_t i = 0; kept && i < m->people->n * m->config->n_sites; i++)
		if (m->tracks[i])
			m->tracks[i]->before_dirty |= m->tracks[i]->dirty;
	usage_set_day(m->usage, day);
	manager_share_turn(m);
	m->dirty = m->store_soon = true;
	manager_tidy(m);
}

/* Credits that lie before today's start belong to the day before. */
static void book_credits(
	struct manager *m, const struct pending_credit *credits, size_t n, struct instant now)
{
	const int32_t day = step_day(m, now);
	usec_t border;

	if (day > usage_day(m->usage))
		turn_day(m, day, now);
	border = day_border(m, now);
	for (size_t i = 0; i < n; i++) {
		struct meter_credit before = credits[i].credit, after = credits[i].credit;

		if (before.to_usec > border)
			before.to_usec = border;
		if (after.from_usec < border)
			after.from_usec = border;
		after.opens &= before.to_usec <= before.from_usec;
		book_stretch(m, credits[i].person, credits[i].site, &before,
			usage_day_before(m->usage), now);
		book_stretch(
			m, credits[i].person, credits[i].site, &after, usage_day(m->usage), now);
	}
}

/* One for all blocks of a site: the place of its first one in the book. */
static uint32_t lane_of(const struct lease_book *book, const struct lease_block *block)
{
	uint32_t lane = 0;

	while (strcmp(lease_book_block(book, lane)->site, block->site) != 0)
		lane++;
	return lane;
}

static void add_setting(struct manager *m, struct gate_setting *settings, size_t *n,
	const struct lease_block *block, size_t cell)
{
	settings[(*n)++] = (struct gate_setting){
		.block = block->base,
		.mark = m->marks[cell / m->config->n_sites],
		.state = m->applied[cell].state,
		.slow_rate_bytes = m->applied[cell].slow_rate_bytes,
		.lane = lane_of(m->book, block),
	};
}

/* Tells the kernel about the cells for which changed[] is set (NULL: all) on one block (NULL: all).
 */
static int set_gates(
	struct manager *m, const bool *changed, const struct lease_block *only, const char *reason)
{
	const size_t n_cells = m->people->n * m->config->n_sites;
	const size_t n_blocks = lease_book_n_blocks(m->book);
	_cleanup_free_ struct gate_setting *settings =
		calloc(n_blocks * m->people->n + 1, sizeof(*settings));
	size_t n = 0;

	if (!settings)
		return -ENOMEM;
	for (size_t b = 0; b < n_blocks; b++) {
		const struct lease_block *block = lease_book_block(m->book, b);
		const int site = config_find_site(m->config, block->site);

		if (site < 0 || (only && !address_equal(&only->base, &block->base)))
			continue;
		for (size_t cell = (size_t)site; cell < n_cells; cell += m->config->n_sites)
			if (!changed || changed[cell])
				add_setting(m, settings, &n, block, cell);
	}
	return n > 0 ? gate_set(m->gate, settings, n, reason) : 0;
}

static int tell_people(struct manager *m)
{
	_cleanup_free_ struct gate_person *people = calloc(m->people->n + 1, sizeof(*people));

	if (!people)
		return -ENOMEM;
	for (size_t p = 0; p < m->people->n; p++)
		people[p] = (struct gate_person){
			.mark = m->marks[p],
			.uids = m->people->items[p].uids,
			.n_uids = m->people->items[p].n_uids,
		};
	return gate_set_people(m->gate, people, m->people->n);
}

/* Opens what belongs to nobody any more: people or sites that left the configuration. */
static int open_strays(struct manager *m)
{
	const size_t n_blocks = lease_book_n_blocks(m->book);
	_cleanup_free_ struct gate_setting *settings =
		calloc(n_blocks * MANAGER_PEOPLE_MAX + 1, sizeof(*settings));
	size_t n = 0;

	if (!settings)
		return -ENOMEM;
	for (size_t b = 0; b < n_blocks; b++) {
		const struct lease_block *block = lease_book_block(m->book, b);
		const bool known = config_find_site(m->config, block->site) >= 0;

		for (uint32_t mark = 1; mark <= MANAGER_PEOPLE_MAX; mark++)
			if ((m->marks_taken & (UINT64_C(1) << mark)) &&
				(!known || manager_find_mark(m, mark) < 0))
				settings[n++] = (struct gate_setting){
					.block = block->base, .mark = mark, .state = GATE_OPEN
				};
	}
	return n > 0 ? gate_set(m->gate, settings, n, "nobody's any more") : 0;
}

void manager_tell_kernel(struct manager *m, const char *reason)
{
	int r;

	r = tell_people(m);
	if (r >= 0)
		r = manager_tell_gateway(m);
	if (r >= 0 && m->judged)
		r = set_gates(m, NULL, NULL, reason);
	if (r >= 0)
		r = open_strays(m);
	if (r >= 0)
		r = manager_tell_seal(m);
	m->gate_stale = r < 0 || !m->judged;
	if (r < 0)
		manager_set_problem(&m->gate_problem,
			"The kernel does not take who is who and what is shut: %s", strerror(-r));
	else
		manager_set_problem(&m->gate_problem, NULL);
}

void manager_apply_block(struct manager *m, const struct lease_block *block)
{
	if (!m->judged || set_gates(m, NULL, block, "a new block") < 0)
		m->gate_stale = true;
}

/* A focus shuts and opens all sites at once, and has an event of its own: only what somebody looks
 * at is worth one beside it. Whoever listens hears of each, to make one notice of them. */
static bool is_one_of_many(
	const struct applied_gate *before, const struct applied_gate *now, const struct track *t)
{
	if (now->focus)
		return !t || !t->meter.sitting;
	return before->focus && now->state == GATE_OPEN;
}

/* One person and one site; *changed is set when the kernel must hear of it. Returns when to look
 * again (boot time). */
static usec_t judge_cell(struct manager *m, size_t cell, struct rules_now now, bool *changed)
{
	struct applied_gate *applied = &m->applied[cell];
	const struct track *t = m->tracks[cell];
	const struct verdict v =
		manager_judge(m, cell / m->config->n_sites, false, cell % m->config->n_sites, now);
	const struct applied_gate wanted = { v.state, v.slow_rate_bytes, manager_is_only_noted(&v),
		v.state == GATE_SHUT && v.reason == REASON_FOCUS };
	usec_t next = USEC_INFINITY;

	if (manager_is_news(applied, &v))
		manager_tell_change(m, cell, &v, !is_one_of_many(applied, &wanted, t));
	*changed =
		applied->state != wanted.state ||
		(wanted.state == GATE_SLOW && applied->slow_rate_bytes != wanted.slow_rate_bytes);
	*applied = wanted;
	if (v.change_usec != USEC_INFINITY && v.change_usec > now.wall_usec)
		next = now.boot_usec + (v.change_usec - now.wall_usec);
	if (t && t->meter.sitting && v.left_sec > 0 && v.left_sec <= 2 && v.state == GATE_OPEN)
		next = usec_earlier(next, now.boot_usec + TICK_SHORT_USEC);
	return usec_earlier(next, manager_warn(m, cell, &v, now));
}

/* Judges everybody on everything and returns when to look again (boot time). */
static usec_t judge(struct manager *m, struct rules_now now)
{
	const size_t n_cells = m->people->n * m->config->n_sites;
	_cleanup_free_ bool *changed = calloc(n_cells + 1, sizeof(*changed));
	usec_t next = USEC_INFINITY;
	bool any = false, shut = false;

	if (!changed)
		return now.boot_usec + TICK_USEC;
	manager_note_sittings(m);
	m->judged = true;
	m->enforcing = manager_enforcing(m);
	for (size_t cell = 0; cell < n_cells; cell++) {
		next = usec_earlier(next, judge_cell(m, cell, now, &changed[cell]));
		any |= changed[cell];
		shut |= changed[cell] && m->applied[cell].state == GATE_SHUT;
	}
	if (any && set_gates(m, changed, NULL, "a verdict changed") < 0)
		m->gate_stale = true;
	if (shut)
		manager_end_shut(m);
	if (any)
		manager_share_judged(m);
	m->dirty |= any;
	m->store_soon |= any;
	return next;
}

/* The table, put back, and what has moved in it since. */
static int ask_kernel(struct manager *m)
{
	int r = 0;

	if (m->gate_lost)
		r = gate_restore(m->gate);
	if (r < 0) {
		manager_set_problem(&m->counter_problem,
			"focusd's nftables table was removed and can't be put back: %s",
			strerror(-r));
		return r;
	}
	m->gate_lost = false;
	r = read_counters(m);
	if (r < 0)
		manager_set_problem(&m->counter_problem, "The kernel's counters can't be read: %s",
			strerror(-r));
	else
		manager_set_problem(&m->counter_problem, NULL);
	return r;
}

usec_t manager_tick(struct manager *m, struct instant now)
{
	const size_t n_cells = m->people->n * m->config->n_sites;
	_cleanup_free_ struct pending_credit *credits =
		calloc(n_cells * CREDITS_MAX + 1, sizeof(*credits));
	usec_t next = USEC_INFINITY, rules_next;
	size_t n;
	int r;

	if (!credits)
		return now.boot_usec + TICK_USEC;
	r = ask_kernel(m);
	if (r < 0)
		return now.boot_usec + TICK_USEC;
	if (manager_read_tries(m, now))
		next = now.boot_usec + TICK_USEC; /* another may come before the kernel wakes us */
	n = feed_meters(m, now, credits, &next);
	book_credits(m, credits, n, now);
	manager_book_bytes(m);
	manager_share_merge(m);
	m->last = now;
	m->unseen = false;
	next = usec_earlier(next, manager_step_passes(m, now));
	rules_next = judge(m, manager_rules_now(m, now));
	if (m->gate_stale)
		manager_tell_kernel(m, "trying again");
	if (m->gate_stale && now.boot_usec + TICK_USEC < rules_next)
		rules_next = now.boot_usec + TICK_USEC;
	if (m->dirty && (m->store_soon || now.boot_usec >= m->written_usec + LEDGER_INTERVAL_USEC))
		manager_store(m, now);
	if (m->dirty && m->written_usec + LEDGER_INTERVAL_USEC < next)
		next = m->written_usec + LEDGER_INTERVAL_USEC;
	manager_share_tell(m);
	return rules_next < next ? rules_next : next;
}
