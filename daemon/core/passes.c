/* Keeps the book of what people declared, and moves each entry through its states. */
#include "core/passes.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

const char *pass_kind_name(enum pass_kind kind)
{
	static const char *const names[PASS_KINDS] = {
		[PASS_PASS] = "pass",
		[PASS_OPEN] = "open",
		[PASS_GRANT] = "grant",
		[PASS_FOCUS] = "focus",
	};

	return names[kind];
}

const char *pass_state_name(enum pass_state state)
{
	static const char *const names[PASS_STATES] = {
		[PASS_ASKED] = "asked",
		[PASS_WAITING] = "waiting",
		[PASS_RUNNING] = "running",
		[PASS_OVER] = "over",
		[PASS_CANCELLED] = "cancelled",
		[PASS_EXPIRED] = "expired",
	};

	return names[state];
}

static void pass_done(struct pass *pass)
{
	free(pass->person);
	free(pass->target);
	free(pass->reason);
	*pass = (struct pass){ 0 };
}

void passes_done(struct passes *p)
{
	for (size_t i = 0; i < p->n; i++)
		pass_done(&p->items[i]);
	free(p->items);
	*p = (struct passes){ 0 };
}

int passes_add(struct passes *p, const struct pass *pass, struct pass **ret)
{
	struct pass *items = reallocarray(p->items, p->n + 1, sizeof(*items));
	struct pass copy = *pass;

	if (!items)
		return -ENOMEM;
	p->items = items;
	copy.id = pass->id ? pass->id : p->last_id + 1;
	copy.person = strdup(pass->person);
	copy.target = strdup(pass->target);
	copy.reason = strdup(pass->reason);
	if (!copy.person || !copy.target || !copy.reason) {
		pass_done(&copy);
		return -ENOMEM;
	}
	if (copy.id > p->last_id)
		p->last_id = copy.id;
	items[p->n++] = copy;
	if (ret)
		*ret = &items[p->n - 1];
	return 0;
}

bool pass_is_live(const struct pass *pass)
{
	return pass->state == PASS_ASKED || pass->state == PASS_WAITING ||
	       pass->state == PASS_RUNNING;
}

void passes_forget(struct passes *p, int32_t first_day)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (pass_is_live(&p->items[i]) || p->items[i].unwritten ||
			p->items[i].day >= first_day)
			p->items[kept++] = p->items[i];
		else
			pass_done(&p->items[i]);
	}
	p->n = kept;
}

struct pass *passes_find(const struct passes *p, int64_t id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].id == id)
			return &p->items[i];
	return NULL;
}

static bool is_about(
	const struct pass *pass, const char *person, const char *target, unsigned kinds)
{
	return (kinds & (1U << pass->kind)) && strcmp(pass->person, person) == 0 &&
	       strcmp(pass->target, target) == 0;
}

struct pass *passes_find_live(
	const struct passes *p, const char *person, const char *target, unsigned kinds)
{
	for (size_t i = 0; i < p->n; i++)
		if (pass_is_live(&p->items[i]) && is_about(&p->items[i], person, target, kinds))
			return &p->items[i];
	return NULL;
}

/* When its state changes by itself. */
static usec_t next_change(const struct pass *pass)
{
	switch (pass->state) {
	case PASS_WAITING:
		return pass->start_usec;
	case PASS_ASKED:
	case PASS_RUNNING:
		return pass->end_usec;
	case PASS_OVER:
	case PASS_CANCELLED:
	case PASS_EXPIRED:
	case PASS_STATES:
		return USEC_INFINITY;
	}
	return USEC_INFINITY;
}

struct pass *passes_step(struct passes *p, usec_t boot_usec)
{
	for (size_t i = 0; i < p->n; i++) {
		struct pass *pass = &p->items[i];

		if (next_change(pass) > boot_usec)
			continue;
		pass->state = pass->state == PASS_WAITING ? PASS_RUNNING
			      : pass->state == PASS_ASKED ? PASS_EXPIRED
							  : PASS_OVER;
		return pass;
	}
	return NULL;
}

usec_t passes_next(const struct passes *p)
{
	usec_t next = USEC_INFINITY;

	for (size_t i = 0; i < p->n; i++)
		if (next_change(&p->items[i]) < next)
			next = next_change(&p->items[i]);
	return next;
}

void pass_begin(struct pass *pass, usec_t boot_usec, int64_t wait_sec)
{
	pass->state = wait_sec > 0 ? PASS_WAITING : PASS_RUNNING;
	pass->start_usec = boot_usec + (usec_t)wait_sec * USEC_PER_SEC;
	pass->end_usec = pass->start_usec + (usec_t)pass->span_sec * USEC_PER_SEC;
}

void pass_end(struct pass *pass, usec_t boot_usec)
{
	usec_t ran;

	if (pass->state != PASS_RUNNING) {
		pass->state = PASS_CANCELLED;
		return;
	}
	ran = boot_usec > pass->start_usec ? boot_usec - pass->start_usec : 0;
	if (boot_usec < pass->end_usec) {
		/* a second begun is a second had */
		pass->span_sec = (int64_t)((ran + USEC_PER_SEC - 1) / USEC_PER_SEC);
		pass->end_usec = boot_usec;
	}
	pass->state = PASS_OVER;
}

usec_t passes_until(const struct passes *p, const char *person, const char *target, unsigned kinds)
{
	usec_t until = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct pass *pass = &p->items[i];

		if (pass->state == PASS_RUNNING && is_about(pass, person, target, kinds) &&
			pass->end_usec > until)
			until = pass->end_usec;
	}
	return until;
}

struct pass_use passes_used(
	const struct passes *p, const char *person, enum pass_kind kind, int32_t day)
{
	struct pass_use used = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct pass *pass = &p->items[i];

		if (pass->kind != kind || pass->day != day || pass->state == PASS_CANCELLED ||
			strcmp(pass->person, person) != 0)
			continue;
		used.n++;
		used.sec += pass->span_sec;
	}
	return used;
}

unsigned passes_count(const struct passes *p, const char *person, int32_t day)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->items[i].day == day && strcmp(p->items[i].person, person) == 0;
	return n;
}

unsigned passes_asked(const struct passes *p, const char *person)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->items[i].state == PASS_ASKED && strcmp(p->items[i].person, person) == 0;
	return n;
}

enum pass_answer passes_judge(const struct pass_rules *rules, enum pass_kind kind, int64_t span_sec,
	struct pass_use used, int64_t *ret_left_sec)
{
	const int64_t all_sec = kind == PASS_OPEN ? rules->open_sec : rules->time_sec;
	const int64_t left_sec = used.sec < all_sec ? all_sec - used.sec : 0;

	*ret_left_sec = left_sec;
	if (kind != PASS_PASS && kind != PASS_OPEN)
		return PASS_ALLOWED;
	if (all_sec == 0 || (kind == PASS_PASS && rules->n_a_day == 0))
		return PASS_NONE_AT_ALL;
	if (kind == PASS_PASS && span_sec > rules->max_sec)
		return PASS_TOO_LONG;
	if (kind == PASS_PASS && used.n >= rules->n_a_day)
		return PASS_NUMBER_SPENT;
	return span_sec > left_sec ? PASS_TIME_SPENT : PASS_ALLOWED;
}

bool pass_reason_is_good(const char *text)
{
	const size_t n = strlen(text);
	bool blank = true;

	for (size_t i = 0; i < n; i++)
		blank &= isspace((unsigned char)text[i]) != 0;
	return !blank && n <= PASS_REASON_MAX && !strpbrk(text, "\t\r") && parse_is_text(text, n);
}

/* How far away a moment is now that was left_usec away when it was written: never more than then,
 * and less what the wall clock says has passed. */
static usec_t still_left(usec_t left_usec, struct instant at, struct instant now)
{
	const usec_t passed = now.wall_usec > at.wall_usec ? now.wall_usec - at.wall_usec : 0;

	return left_usec - usec_earlier(left_usec, passed);
}

static usec_t away(usec_t moment_usec, struct instant at)
{
	return moment_usec > at.boot_usec ? moment_usec - at.boot_usec : 0;
}

void pass_restore(struct pass *pass, bool same_boot, struct instant at, struct instant now)
{
	usec_t start_left, end_left, longest;

	if (same_boot)
		return;
	longest = (usec_t)pass->span_sec * USEC_PER_SEC;
	if (pass->state == PASS_ASKED)
		longest = PASS_ASKED_USEC;
	start_left = still_left(away(pass->start_usec, at), at, now);
	end_left = still_left(away(pass->end_usec, at), at, now);
	pass->start_usec = now.boot_usec + start_left;
	pass->end_usec = now.boot_usec + usec_earlier(end_left, start_left + longest);
}
