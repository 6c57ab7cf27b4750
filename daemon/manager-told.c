/* Keeps the passes of other devices, in memory and in the ledger, and says what there is to tell of
 * those of this one. */
#include "manager-told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "core/config-values.h"
#include "manager-household.h"
#include "manager-internal.h"
#include "manager-passes-internal.h"
#include "manager-share.h"
#include "system/ledger-household.h"

#define SHARED (1U << PASS_PASS | 1U << PASS_OPEN)

struct manager_told {
	struct told_passes passes;
	bool stale; /* to be judged anew */
	bool full;  /* somebody said more than there is room for */
};

static const struct passes no_book;

static const struct passes *book_of(const struct manager *m)
{
	return m->passes ? &m->passes->book : &no_book;
}

struct manager_told *manager_told_free(struct manager_told *t)
{
	if (!t)
		return NULL;
	told_passes_done(&t->passes);
	free(t);
	return NULL;
}

int manager_told_begin(struct manager *m)
{
	if (!manager_shares(m)) {
		m->told = manager_told_free(m->told);
		return 0;
	}
	if (!m->told)
		m->told = calloc(1, sizeof(*m->told));
	if (!m->told)
		return -ENOMEM;
	m->told->stale = true;
	return 0;
}

static int load(const struct told_pass *pass, void *userdata)
{
	const int r = told_passes_add(userdata, pass, 0);

	return r == -E2BIG ? 0 : r;
}

int manager_told_load(struct manager *m)
{
	int r;

	if (!m->told)
		return 0;
	r = ledger_read_told_passes(m->ledger, usage_day_before(m->usage), load, &m->told->passes);
	if (r < 0)
		log_warning_errno(r, "Can't read other devices' passes");
	if (!m->dirty) /* as manager_share_load() */
		told_passes_clean(&m->told->passes);
	manager_told_turn(m);
	return r == -ENOMEM ? r : 0;
}

void manager_told_store(struct manager *m)
{
	int r;

	if (!m->told || !m->ledger)
		return;
	r = ledger_put_told_passes(m->ledger, &m->told->passes);
	if (r < 0)
		log_warning_errno(r, "Can't queue other devices' passes");
	else
		told_passes_clean(&m->told->passes);
	m->dirty |= r < 0; /* the next write has them */
}

void manager_told_turn(struct manager *m)
{
	if (!m->told)
		return;
	told_passes_forget(&m->told->passes, usage_day_before(m->usage));
	m->told->stale = true;
	m->told->full = false;
}

void manager_told_noted(struct manager *m)
{
	if (!m->told)
		return;
	m->told->stale = true;
	manager_share_noted(m);
}

/* Whoever asks gets what is known now. */
static struct told_passes *judged(const struct manager *m)
{
	if (m->told->stale)
		told_passes_judge(&m->told->passes, book_of(m), m->config);
	m->told->stale = false;
	return &m->told->passes;
}

static void note(struct manager *m, const struct told_pass *pass)
{
	const int64_t sec = (int64_t)((pass->until_usec - pass->here_usec) / USEC_PER_SEC);
	char span[SPAN_TEXT_MAX], text[SPAN_TEXT_MAX + HOUSEHOLD_DEVICE_NAME_MAX + 16];

	m->dirty = true;
	if (manager_find_person(m, pass->person) < 0)
		return;
	snprintf(text, sizeof(text), "%s: on %s", format_span(sec, span), pass->device);
	manager_event(
		m, pass->kind == PASS_OPEN ? "opening" : "pass", pass->person, pass->target, text);
}

usec_t manager_told_step(struct manager *m, struct instant now)
{
	const usec_t wall_usec = manager_wall(m, now);
	const struct told_pass *pass;
	usec_t next;

	if (!m->told)
		return USEC_INFINITY;
	while ((pass = told_passes_step(judged(m), wall_usec)))
		note(m, pass);
	next = told_passes_next(judged(m), wall_usec);
	return next == USEC_INFINITY ? next : now.boot_usec + (next - wall_usec);
}

struct pass_use manager_told_used(const struct manager *m, const char *person, enum pass_kind kind)
{
	const struct told_question q = { book_of(m), person, kind, usage_day(m->usage) };

	return m->told ? told_passes_used(judged(m), &q) : (struct pass_use){ 0 };
}

const struct told_pass *manager_told_open(
	const struct manager *m, const char *person, const char *target, unsigned kinds)
{
	return m->told ? told_passes_open(judged(m), person, target, kinds) : NULL;
}

bool manager_told_is_full(const struct manager *m)
{
	return m->told && m->told->full;
}

int manager_told_each(const struct manager *m, size_t person, struct instant now,
	int (*visit)(const struct told_pass *pass, void *userdata), void *userdata)
{
	const struct told_passes *passes = m->told ? judged(m) : NULL;
	const usec_t wall_usec = manager_wall(m, now);
	int r = 0;

	for (size_t i = 0; passes && i < passes->n && r >= 0; i++)
		if (strcmp(passes->items[i].person, m->people->items[person].name) == 0 &&
			told_pass_is_open(&passes->items[i], wall_usec))
			r = visit(&passes->items[i], userdata);
	return r;
}

static bool is_to_be_told(const struct manager *m, const struct pass *pass)
{
	return (SHARED & (1U << pass->kind)) && pass->wall_usec > 0 && pass->state != PASS_ASKED &&
	       pass->state != PASS_EXPIRED && pass->day >= usage_day(m->usage) - 1;
}

int manager_told_own(const struct manager *m,
	int (*visit)(const struct told_pass *pass, void *userdata), void *userdata)
{
	const struct passes *book = book_of(m);
	static char own[] = HOUSEHOLD_OWN;
	int r = 0;

	for (size_t i = 0; m->told && i < book->n && r >= 0; i++) {
		const struct pass *pass = &book->items[i];
		const usec_t span_usec = (usec_t)pass->span_sec * USEC_PER_SEC;
		const struct told_pass told = {
			.device = own,
			.person = pass->person,
			.target = pass->target,
			.kind = pass->kind,
			.day = pass->day,
			.start_usec = pass->wall_usec,
			.end_usec =
				pass->wall_usec + (pass->state == PASS_CANCELLED ? 0 : span_usec),
		};

		if (is_to_be_told(m, pass))
			r = visit(&told, userdata);
	}
	return r;
}

static const char *doubt_of(
	const struct manager *m, const struct told_pass *claim, struct instant now)
{
	struct household_now here = {
		.wall_usec = manager_wall(m, now),
		.day = usage_day(m->usage),
	};

	if (!*claim->device)
		return "no device's name";
	manager_day_span(m, claim->day, &here.day_start_usec, &here.day_end_usec);
	return told_pass_doubt(claim, &here);
}

int manager_told_hear(struct manager *m, const struct told_pass *claim, struct instant now,
	const char **ret_doubt)
{
	struct told_pass pass = *claim;
	int r, moved;

	if (!m->told)
		return -ENOENT;
	moved = told_passes_set_ahead(&m->told->passes, claim->device, claim->ahead_usec);
	pass.ahead_usec = told_passes_ahead(&m->told->passes, claim->device, claim->ahead_usec);
	*ret_doubt = doubt_of(m, &pass, now);
	r = *ret_doubt ? -EINVAL : told_passes_add(&m->told->passes, &pass, manager_wall(m, now));
	m->told->full |= r == -E2BIG;
	if (r == -E2BIG)
		*ret_doubt = "more than there is room for; the rest is left out";
	if (r <= 0 && !moved)
		return r;
	m->told->stale = true;
	m->dirty = true;
	return r < 0 ? r : 1;
}
