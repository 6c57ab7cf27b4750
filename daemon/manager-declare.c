/* What may be declared: each request comes to one answer, a sentence where it is no. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "manager-household.h"
#include "manager-internal.h"
#include "manager-passes-internal.h"

#define LIFTING        (1U << PASS_PASS | 1U << PASS_GRANT | 1U << PASS_OPEN)
#define FOCUS          (1U << PASS_FOCUS)
#define CLOCK_TEXT_MAX 32

static int refuse(char **ret_error, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int refuse(char **ret_error, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(ret_error, format, arguments) < 0)
		*ret_error = NULL;
	va_end(arguments);
	return r;
}

/* "17:00", or with its date where that is not within a day. */
static const char *clock_text(usec_t wall_usec, struct instant now, char text[CLOCK_TEXT_MAX])
{
	const time_t t = (time_t)(wall_usec / USEC_PER_SEC);
	const bool near = wall_usec < now.wall_usec + SEC_PER_DAY * USEC_PER_SEC;
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(text, CLOCK_TEXT_MAX, near ? "%H:%M" : "%Y-%m-%d %H:%M", &tm);
	return text;
}

static struct pass_view view_of(const struct pass *pass, struct instant now)
{
	const bool timed = pass->state == PASS_WAITING || pass->state == PASS_RUNNING;

	return (struct pass_view){
		.id = pass->id,
		.kind = pass->kind,
		.state = pass->state,
		.person = pass->person,
		.target = pass->target,
		.reason = pass->reason,
		.span_sec = pass->span_sec,
		.start_usec = timed ? manager_pass_wall(pass->start_usec, now) : 0,
		.end_usec = manager_pass_wall(pass->end_usec, now),
	};
}

static const char *person_of(const struct manager *m, const struct pass_request *q)
{
	return m->people->items[q->person].name;
}

/* What the rules say of a target, with an overlay of our own on top of nothing. */
static struct verdict judge(
	const struct manager *m, const struct pass_request *q, const struct rules_overlay *overlay)
{
	const struct rules_person p = { m->config, m->usage, q->person, person_of(m, q) };
	const struct rules_now now = manager_rules_now(m, q->now);
	const int site = config_find_site(m->config, q->targets[0]);
	const int group = site < 0 ? config_find_group(m->config, q->targets[0]) : -1;

	return site >= 0 ? rules_decide(&p, (size_t)site, overlay, now)
			 : rules_decide_group(&p, (size_t)group, overlay, now);
}

/* What is declared already; in the time that the rules go by, which nobody can set. */
static struct rules_overlay overlay_of(const struct manager *m, const struct pass_request *q)
{
	const struct instant believed = { q->now.boot_usec, manager_wall(m, q->now),
		q->now.asleep_usec };
	const int site = config_find_site(m->config, q->targets[0]);
	const int group = site < 0 ? config_find_group(m->config, q->targets[0]) : -1;

	return manager_overlay(m, q->person, site < 0, (size_t)(site < 0 ? group : site), believed);
}

static int check_form(const struct pass_request *q, char **ret_error)
{
	const int64_t most = q->kind == PASS_FOCUS ? FOCUS_SEC_MAX : SEC_PER_DAY;

	if (q->span_sec < PASS_SEC_MIN || q->span_sec > most)
		return refuse(ret_error, -EINVAL, "%" PRId64 " s: expected a span of at most %s",
			q->span_sec, q->kind == PASS_FOCUS ? "7d" : "24h");
	if ((q->kind == PASS_PASS || q->kind == PASS_GRANT) && !pass_reason_is_good(q->reason))
		return refuse(ret_error, -EINVAL,
			"What for? Expected a reason in one line of at most %d bytes, such as "
			"--for "
			"\"answer Anna\"",
			PASS_REASON_MAX);
	return 0;
}

/* Everybody's book is finite. */
static int check_bounds(const struct manager *m, const struct pass_request *q, char **ret_error)
{
	const struct passes *book = &m->passes->book;

	if (passes_count(book, person_of(m, q), usage_day(m->usage)) >= PASS_A_DAY_MAX)
		return refuse(ret_error, -EPERM, "%d declarations today: tomorrow is another day",
			PASS_A_DAY_MAX);
	if (q->kind == PASS_GRANT && passes_asked(book, person_of(m, q)) >= PASS_ASKED_MAX)
		return refuse(ret_error, -EPERM,
			"%d requests wait for an answer already; focusctl cancel takes them back",
			PASS_ASKED_MAX);
	return 0;
}

/* Is there anything to lift, and would this lift it? */
static int check_need(const struct manager *m, const struct pass_request *q, char **ret_error)
{
	const struct pass *live =
		passes_find_live(&m->passes->book, person_of(m, q), q->targets[0], LIFTING);
	const struct told_pass *told =
		manager_told_open(m, person_of(m, q), q->targets[0], LIFTING);
	const struct rules_overlay declared = overlay_of(m, q);
	const usec_t wall_usec = manager_wall(m, q->now);
	const struct rules_overlay open = { .open_until_usec = wall_usec + USEC_PER_SEC };
	const struct verdict v = judge(m, q, NULL);
	char until[CLOCK_TEXT_MAX];

	if (live && live->state == PASS_ASKED && q->kind == PASS_GRANT)
		return refuse(ret_error, -EINVAL, "%s: asked for already, and not answered yet",
			q->targets[0]);
	if (told && told->until_usec > wall_usec)
		return refuse(ret_error, -EINVAL,
			"%s: on another device it was opened until %s already, and here with it",
			q->targets[0], clock_text(told->until_usec, q->now, until));
	if (live && live->state != PASS_ASKED)
		return refuse(ret_error, -EINVAL,
			live->kind == PASS_OPEN ? "%s: opened until %s already"
						: "%s: a pass holds until %s already",
			q->targets[0],
			clock_text(manager_pass_wall(live->end_usec, q->now), q->now, until));
	if (declared.focus_until_usec > wall_usec)
		return refuse(ret_error, -EPERM, "%s: focus until %s, and nothing lifts that",
			q->targets[0], clock_text(declared.focus_until_usec, q->now, until));
	if (v.state == GATE_OPEN)
		return refuse(ret_error, -EINVAL, "%s is open: use it as it is", q->targets[0]);
	if (q->kind == PASS_OPEN && judge(m, q, &open).state != GATE_OPEN)
		return refuse(ret_error, -EPERM,
			"%s: not its hours are the matter, its time is spent; that takes a pass",
			q->targets[0]);
	return 0;
}

/* Of today, on all devices of the household. */
static struct pass_use used_today(const struct manager *m, const char *who, enum pass_kind kind)
{
	struct pass_use used = passes_used(&m->passes->book, who, kind, usage_day(m->usage));
	const struct pass_use others = manager_told_used(m, who, kind);

	used.n += others.n;
	used.sec += others.sec;
	return used;
}

static int check_allowance(const struct manager *m, const struct pass_request *q, char **ret_error)
{
	const struct pass_rules rules = config_passes(m->config, person_of(m, q));
	const struct pass_use used = used_today(m, person_of(m, q), q->kind);
	const bool opening = q->kind == PASS_OPEN;
	char left[SPAN_TEXT_MAX], all[SPAN_TEXT_MAX];
	int64_t left_sec;

	switch (passes_judge(&rules, q->kind, q->span_sec, used, &left_sec)) {
	case PASS_ALLOWED:
		return 0;
	case PASS_NONE_AT_ALL:
		return refuse(ret_error, -EPERM,
			opening ? "There are no declared openings here; an administrator can be "
				  "asked: focusctl ask"
				: "There are no passes here; an administrator can be asked: "
				  "focusctl ask");
	case PASS_TOO_LONG:
		return refuse(
			ret_error, -EPERM, "A pass is %s at most", format_span(rules.max_sec, all));
	case PASS_NUMBER_SPENT:
		return refuse(ret_error, -EPERM,
			"All %u passes of today are used; an administrator can be asked: focusctl "
			"ask",
			rules.n_a_day);
	case PASS_TIME_SPENT:
		format_span(opening ? rules.open_sec : rules.time_sec, all);
		if (left_sec > 0)
			return refuse(ret_error, -EPERM,
				opening ? "Of today's %s for declared openings %s is left"
					: "Of today's %s for passes %s is left",
				all, format_span(left_sec, left));
		return refuse(ret_error, -EPERM,
			opening ? "Of today's %s for declared openings nothing is left"
				: "Of today's %s for passes nothing is left",
			all);
	}
	return -EINVAL;
}

void manager_passes_left(const struct manager *m, size_t person, unsigned *ret_n, int64_t *ret_sec)
{
	const char *who = m->people->items[person].name;
	const struct pass_rules rules = config_passes(m->config, who);
	const struct pass_use used = used_today(m, who, PASS_PASS);

	*ret_n = used.n < rules.n_a_day ? rules.n_a_day - used.n : 0;
	*ret_sec = used.sec < rules.time_sec ? rules.time_sec - used.sec : 0;
}

/* A new entry, not yet begun. */
static int add(
	struct manager *m, const struct pass_request *q, const char *target, struct pass **ret)
{
	const struct pass pass = {
		.kind = q->kind,
		.state = PASS_ASKED,
		.person = m->people->items[q->person].name,
		.target = (char *)target,
		.reason = (char *)q->reason,
		.day = usage_day(m->usage),
		.span_sec = q->span_sec,
		.end_usec = q->now.boot_usec + PASS_ASKED_USEC,
	};

	return passes_add(&m->passes->book, &pass, ret);
}

/* May this focus be what is asked, beside the one that holds? */
static int check_focus(
	const struct manager *m, const struct pass_request *q, const char *target, char **ret_error)
{
	const struct pass *live =
		passes_find_live(&m->passes->book, person_of(m, q), target, FOCUS);
	const usec_t end = q->now.boot_usec + (usec_t)q->span_sec * USEC_PER_SEC;
	char until[CLOCK_TEXT_MAX];

	if (!live || q->admin || end >= live->end_usec)
		return 0;
	return refuse(ret_error, -EPERM,
		"The focus holds until %s: it can be made longer, and shorter by an administrator "
		"only",
		clock_text(manager_pass_wall(live->end_usec, q->now), q->now, until));
}

static int set_focus(
	struct manager *m, const struct pass_request *q, const char *target, struct pass **ret)
{
	struct pass *pass = passes_find_live(&m->passes->book, person_of(m, q), target, FOCUS);
	int r;

	if (pass) {
		pass->end_usec = q->now.boot_usec + (usec_t)q->span_sec * USEC_PER_SEC;
		pass->span_sec = (int64_t)((pass->end_usec - pass->start_usec) / USEC_PER_SEC);
	} else {
		r = add(m, q, target, &pass);
		if (r < 0)
			return r;
		pass_begin(pass, q->now.boot_usec, 0);
	}
	manager_note_pass(m, pass, q->now);
	*ret = pass;
	return 0;
}

static int focus(
	struct manager *m, const struct pass_request *q, struct pass **ret, char **ret_error)
{
	static const char *const everything[] = { "" };
	const char *const *targets = q->n_targets > 0 ? q->targets : everything;
	const size_t n = q->n_targets > 0 ? q->n_targets : 1;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = check_focus(m, q, targets[i], ret_error);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = set_focus(m, q, targets[i], ret);
	return r;
}

/* From now on other devices may hear of it. */
static void begin(const struct manager *m, struct pass *pass, struct instant now, int64_t wait_sec)
{
	pass_begin(pass, now.boot_usec, wait_sec);
	pass->wall_usec = manager_wall(m, now) + (usec_t)wait_sec * USEC_PER_SEC;
}

static int lift(
	struct manager *m, const struct pass_request *q, struct pass **ret, char **ret_error)
{
	const struct pass_rules rules = config_passes(m->config, person_of(m, q));
	int r;

	r = check_need(m, q, ret_error);
	if (r >= 0)
		r = check_allowance(m, q, ret_error);
	if (r >= 0)
		r = add(m, q, q->targets[0], ret);
	if (r < 0)
		return r;
	if (q->kind != PASS_GRANT)
		begin(m, *ret, q->now, q->kind == PASS_PASS ? rules.wait_sec : 0);
	manager_note_pass(m, *ret, q->now);
	return 0;
}

int manager_declare(
	struct manager *m, const struct pass_request *q, struct pass_view *ret, char **ret_error)
{
	struct pass *pass = NULL;
	int r;

	r = check_form(q, ret_error);
	if (r >= 0)
		r = check_bounds(m, q, ret_error);
	if (r >= 0)
		r = q->kind == PASS_FOCUS ? focus(m, q, &pass, ret_error)
					  : lift(m, q, &pass, ret_error);
	if (r < 0)
		return r;
	*ret = view_of(pass, q->now);
	manager_refresh(m, q->now);
	return 0;
}

int manager_grant(struct manager *m, const struct grant_request *q, struct pass_view *ret)
{
	struct passes *book = &m->passes->book;
	struct pass *pass = q->id > 0 ? passes_find(book, q->id) : NULL;

	for (size_t i = 0; q->id == 0 && i < book->n; i++)
		if (book->items[i].state == PASS_ASKED &&
			strcmp(book->items[i].person, q->person) == 0 &&
			strcmp(book->items[i].target, q->target) == 0)
			pass = &book->items[i];
	/* who asked may be metered no more */
	if (!pass || pass->state != PASS_ASKED || manager_find_person(m, pass->person) < 0)
		return -ENOENT;
	pass_begin(pass, q->now.boot_usec, 0);
	manager_note_pass(m, pass, q->now);
	*ret = view_of(pass, q->now);
	manager_refresh(m, q->now);
	return 0;
}

static bool is_meant(const struct pass *pass, const char *what)
{
	uint64_t id;

	if (!*what)
		return pass->state == PASS_ASKED || pass->state == PASS_WAITING;
	if (parse_uint64(what, INT64_MAX, &id) >= 0)
		return pass->id == (int64_t)id;
	if (strcmp(what, "focus") == 0)
		return pass->kind == PASS_FOCUS;
	return pass->kind != PASS_FOCUS && strcmp(pass->target, what) == 0;
}

int manager_cancel(struct manager *m, const struct cancel_request *q,
	int (*visit)(const struct pass_view *view, void *userdata), void *userdata)
{
	struct passes *book = &m->passes->book;
	const char *who = m->people->items[q->person].name;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < book->n && r >= 0; i++) {
		struct pass *pass = &book->items[i];
		struct pass_view view;

		if (!pass_is_live(pass) || strcmp(pass->person, who) != 0 ||
			!is_meant(pass, q->what))
			continue;
		if (pass->kind == PASS_FOCUS && !q->admin)
			return -EPERM;
		view = view_of(pass, q->now);
		r = visit(&view, userdata);
		pass_end(pass, q->now.boot_usec);
		manager_note_pass(m, pass, q->now);
		n++;
	}
	manager_refresh(m, q->now);
	return r < 0 ? r : n > 0 ? 0 : -ENOENT;
}

int manager_list_passes(const struct manager *m, const char *person, struct instant now,
	int (*visit)(const struct pass_view *view, void *userdata), void *userdata)
{
	const struct passes *book = &m->passes->book;
	int r = 0;

	for (size_t i = 0; i < book->n && r >= 0; i++) {
		const struct pass_view view = view_of(&book->items[i], now);

		if (pass_is_live(&book->items[i]) &&
			(!person || strcmp(book->items[i].person, person) == 0))
			r = visit(&view, userdata);
	}
	return r;
}
