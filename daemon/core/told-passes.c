/* A list; a household has a handful of passes a day. */
#include "core/told-passes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/calendar.h"

static void pass_done(struct told_pass *p)
{
	free(p->device);
	free(p->person);
	free(p->target);
	*p = (struct told_pass){ 0 };
}

void told_passes_done(struct told_passes *t)
{
	for (size_t i = 0; i < t->n; i++)
		pass_done(&t->items[i]);
	free(t->items);
	*t = (struct told_passes){ 0 };
}

static bool is_same(const struct told_pass *a, const struct told_pass *b)
{
	return a->start_usec == b->start_usec && a->kind == b->kind &&
	       strcmp(a->target, b->target) == 0 && strcmp(a->person, b->person) == 0;
}

static struct told_pass *find(const struct told_passes *t, const struct told_pass *pass)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_same(&t->items[i], pass) && strcmp(t->items[i].device, pass->device) == 0)
			return &t->items[i];
	return NULL;
}

static size_t count_device(const struct told_passes *t, const char *device)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += strcmp(t->items[i].device, device) == 0;
	return n;
}

static int append(struct told_passes *t, const struct told_pass *pass)
{
	struct told_pass copy = *pass;
	struct told_pass *items;

	if (t->n == TOLD_PASSES_MAX || count_device(t, pass->device) >= TOLD_PASSES_DEVICE_MAX)
		return -E2BIG;
	items = reallocarray(t->items, t->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	t->items = items;
	copy.device = strdup(pass->device);
	copy.person = strdup(pass->person);
	copy.target = strdup(pass->target);
	copy.dirty = true;
	if (!copy.device || !copy.person || !copy.target) {
		pass_done(&copy);
		return -ENOMEM;
	}
	items[t->n++] = copy;
	return 1;
}

int told_passes_add(struct told_passes *t, const struct told_pass *pass, usec_t wall_usec)
{
	struct told_pass *known = find(t, pass);

	if (!known)
		return append(t, pass);
	if (pass->end_usec >= known->end_usec)
		return 0;
	/* what was open here was had here, whatever is said of it afterwards */
	if (known->here_usec > 0)
		known->had_usec =
			usec_later(known->had_usec, usec_earlier(wall_usec, known->until_usec));
	known->end_usec = pass->end_usec;
	known->dirty = true;
	return 1;
}

void told_passes_forget(struct told_passes *t, int32_t first_day)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->items[i].day >= first_day)
			t->items[kept++] = t->items[i];
		else
			pass_done(&t->items[i]);
	}
	t->n = kept;
}

int told_passes_set_ahead(struct told_passes *t, const char *device, int64_t ahead_usec)
{
	int moved = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct told_pass *p = &t->items[i];
		const int64_t believed = household_believe(p->ahead_usec, ahead_usec);

		if (strcmp(p->device, device) != 0 || believed == p->ahead_usec)
			continue;
		p->ahead_usec = believed;
		p->dirty = true;
		moved = 1;
	}
	return moved;
}

int64_t told_passes_ahead(const struct told_passes *t, const char *device, int64_t guess_usec)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->items[i].device, device) == 0)
			return t->items[i].ahead_usec;
	return household_believe(0, guess_usec);
}

void told_passes_clean(struct told_passes *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->items[i].dirty = false;
}

/* Once it has begun here, no other clock moves it. */
static usec_t start_here(const struct told_pass *p)
{
	const int64_t start = (int64_t)p->start_usec - p->ahead_usec;

	if (p->here_usec > 0)
		return p->here_usec;
	return start > 0 ? (usec_t)start : 1; /* 0 would be: it did not begin */
}

static usec_t length_of(const struct told_pass *p)
{
	const usec_t had = p->had_usec > p->here_usec ? p->had_usec - p->here_usec : 0;

	return usec_later(p->end_usec - p->start_usec, had);
}

/* A second begun is a second had. */
static int64_t seconds_of(usec_t usec)
{
	return (int64_t)((usec + USEC_PER_SEC - 1) / USEC_PER_SEC);
}

/* Is it in the book of this device, which knows better? */
static bool is_own(const struct passes *own, const struct told_pass *p)
{
	for (size_t i = 0; i < own->n; i++) {
		const struct pass *pass = &own->items[i];

		if (pass->wall_usec == p->start_usec && pass->kind == p->kind &&
			strcmp(pass->target, p->target) == 0 &&
			strcmp(pass->person, p->person) == 0)
			return true;
	}
	return false;
}

static bool counts(const struct told_pass *p, const struct told_question *q)
{
	return p->here_day == q->day && p->kind == q->kind && length_of(p) > 0 &&
	       strcmp(p->person, q->person) == 0 && !is_own(q->own, p);
}

/* Everybody sees them in the same order. */
static bool is_before(const struct told_pass *a, const struct told_pass *b)
{
	const int target = strcmp(a->target, b->target);

	if (start_here(a) != start_here(b))
		return start_here(a) < start_here(b);
	return target != 0 ? target < 0 : strcmp(a->device, b->device) < 0;
}

/* Of those before that one; NULL: of all. */
static struct pass_use used_by_others(
	const struct told_passes *t, const struct told_question *q, const struct told_pass *pass)
{
	struct pass_use used = { 0 };

	for (size_t i = 0; i < t->n; i++) {
		const struct told_pass *p = &t->items[i];

		if (!counts(p, q) || (pass && (p == pass || !is_before(p, pass))))
			continue;
		used.n++;
		used.sec += seconds_of(length_of(p));
	}
	return used;
}

struct pass_use told_passes_used(const struct told_passes *t, const struct told_question *q)
{
	return used_by_others(t, q, NULL);
}

/* So much of its span is allowed, in seconds. */
static int64_t allowed_sec(const struct pass_rules *rules, const struct told_pass *pass,
	int64_t span_sec, struct pass_use used)
{
	int64_t left_sec;

	if (pass->kind == PASS_PASS && span_sec > rules->max_sec)
		span_sec = rules->max_sec;
	switch (passes_judge(rules, pass->kind, span_sec, used, &left_sec)) {
	case PASS_ALLOWED:
		return span_sec;
	case PASS_TIME_SPENT:
		return left_sec;
	case PASS_NONE_AT_ALL:
	case PASS_TOO_LONG:
	case PASS_NUMBER_SPENT:
		return 0;
	}
	return 0;
}

/* All of this device come first, then what others began before. */
static usec_t until_of(const struct told_passes *t, const struct told_pass *pass,
	const struct passes *own, const struct pass_rules *rules)
{
	const struct told_question q = { own, pass->person, pass->kind, pass->here_day };
	const struct pass_use others = used_by_others(t, &q, pass);
	struct pass_use used = passes_used(own, pass->person, pass->kind, pass->here_day);
	const usec_t told_usec = pass->end_usec - pass->start_usec;
	int64_t sec;

	used.n += others.n;
	used.sec += others.sec;
	sec = told_usec > 0 && !is_own(own, pass)
		      ? allowed_sec(rules, pass, seconds_of(told_usec), used)
		      : 0;
	return sec > 0 ? start_here(pass) + usec_earlier(told_usec, (usec_t)sec * USEC_PER_SEC) : 0;
}

void told_passes_judge(struct told_passes *t, const struct passes *own, const struct config *config)
{
	for (size_t i = 0; i < t->n; i++)
		t->items[i].here_day =
			calendar_day(start_here(&t->items[i]), config->day_start_min);
	for (size_t i = 0; i < t->n; i++) {
		const struct pass_rules rules = config_passes(config, t->items[i].person);

		t->items[i].until_usec = until_of(t, &t->items[i], own, &rules);
	}
}

bool told_pass_is_open(const struct told_pass *pass, usec_t wall_usec)
{
	return start_here(pass) <= wall_usec && wall_usec < pass->until_usec;
}

struct told_pass *told_passes_step(struct told_passes *t, usec_t wall_usec)
{
	for (size_t i = 0; i < t->n; i++) {
		struct told_pass *p = &t->items[i];

		if (p->here_usec > 0 || !told_pass_is_open(p, wall_usec))
			continue;
		p->here_usec = start_here(p);
		p->dirty = true;
		return p;
	}
	return NULL;
}

usec_t told_passes_next(const struct told_passes *t, usec_t wall_usec)
{
	usec_t next = USEC_INFINITY;

	for (size_t i = 0; i < t->n; i++) {
		const struct told_pass *p = &t->items[i];
		const usec_t start = start_here(p);

		if (p->until_usec <= wall_usec)
			continue;
		if (start > wall_usec && start < next)
			next = start;
		else if (start <= wall_usec && p->until_usec < next)
			next = p->until_usec;
	}
	return next;
}

const struct told_pass *told_passes_open(
	const struct told_passes *t, const char *person, const char *target, unsigned kinds)
{
	const struct told_pass *found = NULL;

	for (size_t i = 0; i < t->n; i++) {
		const struct told_pass *p = &t->items[i];

		/* step() has seen those that began */
		if (p->here_usec > 0 && (kinds & (1U << p->kind)) &&
			strcmp(p->person, person) == 0 && strcmp(p->target, target) == 0 &&
			p->until_usec > (found ? found->until_usec : 0))
			found = p;
	}
	return found;
}

const char *told_pass_doubt(const struct told_pass *claim, const struct household_now *now)
{
	int64_t start;

	if (!household_is_name(claim->device, HOUSEHOLD_DEVICE_NAME_MAX) ||
		!household_is_name(claim->person, HOUSEHOLD_PERSON_NAME_MAX) ||
		!household_is_name(claim->target, HOUSEHOLD_SITE_NAME_MAX))
		return "a name that is none; expected one as in the configuration";
	if (claim->kind != PASS_PASS && claim->kind != PASS_OPEN)
		return "something else than a pass or an opening";
	if (claim->day < now->day - 1 || claim->day > now->day + 1)
		return "another day; expected today or a day beside it";
	if (claim->start_usec > INT64_MAX / 4 || claim->end_usec < claim->start_usec ||
		claim->end_usec - claim->start_usec > SEC_PER_DAY * USEC_PER_SEC)
		return "a pass that ends before it begins, or lasts longer than a day";
	start = (int64_t)claim->start_usec - claim->ahead_usec;
	if (start > (int64_t)(now->wall_usec + TOLD_PASS_WAIT_USEC + HOUSEHOLD_FUTURE_USEC))
		return "a pass that is still to come";
	if (start < (int64_t)now->day_start_usec - (int64_t)HOUSEHOLD_DAY_SLACK_USEC ||
		start > (int64_t)(now->day_end_usec + HOUSEHOLD_DAY_SLACK_USEC))
		return "a pass of another day than it says";
	return NULL;
}
