/* Keeps the book of what people declared: loads and stores it, begins and ends what is due, and
 * says what is declared for a site just now. Who may what is the bus's to ask; what may be declared
 * at all is in manager-declare.c. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "core/calendar.h"
#include "manager-household.h"
#include "manager-internal.h"
#include "manager-passes-internal.h"
#include "manager-seal.h"
#include "system/ledger-passes.h"

#define REWRITE_USEC \
	(60 * USEC_PER_SEC)          /* how old a living row may get while we are awake anyway */
#define CLOCK_MOVE_USEC USEC_PER_SEC /* the wall clock was set: rows must say where it stands */

/* A focus without a gap: its end is looked for again by then. */
#define ALWAYS_USEC (7 * (usec_t)SEC_PER_DAY * USEC_PER_SEC)

#define LIFTS       (1U << PASS_PASS | 1U << PASS_GRANT)
#define OPENS       (1U << PASS_OPEN)
#define SHUTS       (1U << PASS_FOCUS)

/* A person's weekly focus at one moment; found once for all sites. */
struct weekly {
	const struct config *config;
	usec_t wall_usec;
	usec_t until_usec, from_usec; /* wall time; 0: none holds, none comes */
};

/* The word for what has just become of it. */
static const char *event_kind(const struct pass *pass)
{
	static const char *const begins[PASS_KINDS] = { [PASS_PASS] = "pass",
		[PASS_OPEN] = "opening",
		[PASS_GRANT] = "grant",
		[PASS_FOCUS] = "focus" };

	switch (pass->state) {
	case PASS_ASKED:
		return "asked";
	case PASS_WAITING:
		return "pass-waiting";
	case PASS_RUNNING:
		return begins[pass->kind];
	case PASS_OVER:
		return pass->kind == PASS_FOCUS ? "focus-over" : "pass-over";
	case PASS_CANCELLED:
		return "cancelled";
	case PASS_EXPIRED:
		return "unanswered";
	case PASS_STATES:
		break;
	}
	return "pass";
}

/* Without memory it waits for the next write: what has ended must not come back after a restart. */
static void put(struct manager *m, struct pass *pass, struct instant now)
{
	const int r = ledger_put_pass(m->ledger, pass, m->options.boot_id, now);

	pass->unwritten = r < 0;
	if (r < 0)
		log_warning_errno(r, "Can't note what was declared");
}

bool manager_limits_person(const struct manager *m, size_t person)
{
	const char *who = m->people->items[person].name;

	if (config_limits_person(m->config, who))
		return true;
	for (size_t i = 0; m->passes && i < m->passes->book.n; i++) {
		const struct pass *pass = &m->passes->book.items[i];

		if (pass->kind == PASS_FOCUS && pass->state == PASS_RUNNING &&
			strcmp(pass->person, who) == 0)
			return true;
	}
	return false;
}

/* Somebody without limits is held to one by a focus, and not any more after it: whose look-ups are
 * taken, and whose encrypted ones are refused. */
static void hold_looks(struct manager *m, const struct pass *pass)
{
	if (pass->kind != PASS_FOCUS || config_limits_person(m->config, pass->person))
		return;
	manager_send_setup(m);
	manager_attach(m);
	if (manager_tell_seal(m) < 0)
		m->gate_stale = true;
}

void manager_note_pass(struct manager *m, struct pass *pass, struct instant now)
{
	char span[SPAN_TEXT_MAX], text[SPAN_TEXT_MAX + PASS_REASON_MAX + sizeof(": ")];

	snprintf(text, sizeof(text), "%s%s%s", format_span(pass->span_sec, span),
		*pass->reason ? ": " : "", pass->reason);
	put(m, pass, now);
	manager_event(m, event_kind(pass), pass->person, *pass->target ? pass->target : NULL, text);
	hold_looks(m, pass);
	manager_told_noted(m);
}

void manager_store_passes(struct manager *m, struct instant now)
{
	struct manager_passes *p = m->passes;

	if (!p || !m->ledger)
		return;
	for (size_t i = 0; i < p->book.n; i++)
		if (pass_is_live(&p->book.items[i]) || p->book.items[i].unwritten)
			put(m, &p->book.items[i], now);
	p->written = now;
}

static int load(const struct ledger_pass *row, void *userdata)
{
	struct manager *m = userdata;
	struct pass *pass;
	const int r = passes_add(&m->passes->book, &row->pass, &pass);

	if (r < 0)
		return r;
	if (pass_is_live(pass))
		pass_restore(pass, strcmp(row->boot_id, m->options.boot_id) == 0, row->at,
			m->passes->written);
	return 0;
}

int manager_load_passes(struct manager *m, struct instant now)
{
	int r;

	m->passes = calloc(1, sizeof(*m->passes));
	if (!m->passes)
		return -ENOMEM;
	m->passes->written = now;
	r = ledger_read_passes(m->ledger, usage_day_before(m->usage), load, m);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		log_warning_errno(r, "Can't read all that was declared");
	manager_store_passes(m, now);
	return 0;
}

void manager_free_passes(struct manager *m)
{
	if (!m->passes)
		return;
	passes_done(&m->passes->book);
	free(m->passes->weekly);
	free(m->passes);
	m->passes = NULL;
}

static bool any_unwritten(const struct manager_passes *p)
{
	for (size_t i = 0; i < p->book.n; i++)
		if (p->book.items[i].unwritten)
			return true;
	return false;
}

/* Do the rows on the disk still say what became of them, and where the clocks stand? */
static bool rows_are_old(const struct manager_passes *p, struct instant now)
{
	const usec_t expected = p->written.wall_usec + (now.boot_usec - p->written.boot_usec);
	const usec_t off =
		now.wall_usec > expected ? now.wall_usec - expected : expected - now.wall_usec;

	return any_unwritten(p) ||
	       (passes_next(&p->book) != USEC_INFINITY &&
		       (off > CLOCK_MOVE_USEC ||
			       now.boot_usec > p->written.boot_usec + REWRITE_USEC));
}

usec_t manager_step_passes(struct manager *m, struct instant now)
{
	struct manager_passes *p = m->passes;
	struct pass *pass;
	usec_t next;

	if (!p)
		return USEC_INFINITY;
	p->n_weekly = 0; /* rules may be other ones */
	while ((pass = passes_step(&p->book, now.boot_usec)))
		manager_note_pass(m, pass, now);
	passes_forget(&p->book, usage_day_before(m->usage));
	if (rows_are_old(p, now))
		manager_store_passes(m, now);
	next = usec_earlier(manager_told_step(m, now), passes_next(&p->book));
	return any_unwritten(p) ? usec_earlier(next, now.boot_usec + REWRITE_USEC) : next;
}

/* The first moment at which no weekly focus holds, if one does; else when the next begins. */
static struct weekly find_weekly(const struct manager *m, size_t person, usec_t wall_usec)
{
	const struct pass_rules rules = config_passes(m->config, m->people->items[person].name);
	struct weekly w = { .config = m->config, .wall_usec = wall_usec };
	usec_t change;

	if (rules.n_focus == 0)
		return w;
	if (calendar_windows_open(rules.focus, rules.n_focus, wall_usec, &change))
		w.until_usec = change != USEC_INFINITY ? change : wall_usec + ALWAYS_USEC;
	else if (change != USEC_INFINITY)
		w.from_usec = change;
	return w;
}

static struct weekly weekly_of(const struct manager *m, size_t person, usec_t wall_usec)
{
	struct manager_passes *p = m->passes;
	struct weekly *grown;

	if (p->n_weekly < m->people->n) {
		grown = reallocarray(p->weekly, m->people->n, sizeof(*grown));
		if (!grown)
			return find_weekly(m, person, wall_usec);
		memset(grown + p->n_weekly, 0, (m->people->n - p->n_weekly) * sizeof(*grown));
		p->weekly = grown;
		p->n_weekly = m->people->n;
	}
	if (p->weekly[person].config != m->config || p->weekly[person].wall_usec != wall_usec)
		p->weekly[person] = find_weekly(m, person, wall_usec);
	return p->weekly[person];
}

struct target {
	size_t person;
	bool is_group;
	size_t index;
};

struct declared_kinds {
	unsigned kinds; /* bits of 1 << kind */
	struct instant now;
};

/* The latest end (wall time) of these kinds under that name, here and on other devices. */
static usec_t until_of(const struct manager *m, const struct target *t, const char *name,
	const struct declared_kinds *of)
{
	const char *who = m->people->items[t->person].name;
	const usec_t own =
		manager_pass_wall(passes_until(&m->passes->book, who, name, of->kinds), of->now);
	const struct told_pass *told = manager_told_open(m, who, name, of->kinds);

	return usec_later(own, told ? told->until_usec : 0);
}

/* The same for a target, for the groups of a site, and for everything. */
static usec_t find_until(
	const struct manager *m, const struct target *t, unsigned kinds, struct instant now)
{
	const struct declared_kinds of = { kinds, now };
	const char *name =
		t->is_group ? m->config->groups[t->index].name : m->config->sites[t->index].name;
	usec_t until = usec_later(until_of(m, t, name, &of), until_of(m, t, "", &of));

	for (size_t g = 0; !t->is_group && g < m->config->n_groups; g++) {
		if (config_group_has(&m->config->groups[g], t->index))
			until = usec_later(until, until_of(m, t, m->config->groups[g].name, &of));
	}
	return until;
}

usec_t manager_pass_wall(usec_t boot_usec, struct instant now)
{
	if (boot_usec == 0)
		return 0;
	return boot_usec > now.boot_usec ? now.wall_usec + (boot_usec - now.boot_usec)
					 : now.wall_usec - (now.boot_usec - boot_usec);
}

struct rules_overlay manager_overlay(
	const struct manager *m, size_t person, bool is_group, size_t target, struct instant now)
{
	const struct target t = { person, is_group, target };
	struct rules_overlay o = { 0 };
	struct weekly weekly;

	if (!m->passes)
		return o;
	weekly = weekly_of(m, person, now.wall_usec);
	o.focus_until_usec = weekly.until_usec;
	o.focus_from_usec = weekly.from_usec;
	if (m->told || passes_next(&m->passes->book) != USEC_INFINITY) {
		const usec_t focus = find_until(m, &t, SHUTS, now);

		o.pass_until_usec = find_until(m, &t, LIFTS, now);
		o.open_until_usec = find_until(m, &t, OPENS, now);
		if (focus > o.focus_until_usec)
			o.focus_until_usec = focus;
	}
	return o;
}
