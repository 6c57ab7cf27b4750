/* Sorts and formats; it knows no terminal. */
#include "watch-table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "language.h"

#define WIDE_COLUMNS 60 /* a narrower terminal gets short names */
#define TIME_COLUMNS 9
#define BAR_WIDTH    12
#define BARS_COLUMNS 76 /* a narrower terminal has no room for them */

static bool is_shut(const struct status_entry *e)
{
	return strcmp(e->state, "open") != 0;
}

static bool is_worth_a_line(const struct status_entry *e)
{
	return e->active || e->used_today_sec > 0 || is_shut(e) || e->limit_today_sec >= 0 ||
	       e->limit_week_sec >= 0;
}

static int by_name(const struct watch_line *x, const struct watch_line *y)
{
	const int order = strcmp(x->person, y->person);

	return order ? order : strcmp(x->entry->name, y->entry->name);
}

/* Without a limit there is more than anybody has left. */
static int by_left(const struct watch_line *x, const struct watch_line *y)
{
	const uint64_t a = (uint64_t)x->entry->left_sec, b = (uint64_t)y->entry->left_sec;

	return a < b ? -1 : a > b;
}

static int by_used(const struct watch_line *x, const struct watch_line *y)
{
	const int64_t a = x->entry->used_today_sec, b = y->entry->used_today_sec;

	return a > b ? -1 : a < b;
}

static int by_now(const struct watch_line *x, const struct watch_line *y)
{
	const int order = !!y->entry->active - !!x->entry->active;

	return order ? order : by_used(x, y);
}

static int compare(const void *a, const void *b, void *userdata)
{
	static int (*const orders[WATCH_ORDERS])(
		const struct watch_line *x, const struct watch_line *y) = { [WATCH_BY_NOW] = by_now,
		[WATCH_BY_LEFT] = by_left,
		[WATCH_BY_USED] = by_used,
		[WATCH_BY_NAME] = by_name };
	const int order = orders[*(const enum watch_order *)userdata](a, b);

	return order ? order : by_name(a, b);
}

const char *watch_order_name(enum watch_order order)
{
	static const char *const names[WATCH_ORDERS] = { [WATCH_BY_NOW] = N_("what moves"),
		[WATCH_BY_LEFT] = N_("time left"),
		[WATCH_BY_USED] = N_("time used"),
		[WATCH_BY_NAME] = N_("name") };

	return translated(names[order]);
}

int watch_lines(
	const struct status *s, enum watch_order order, struct watch_line **ret, size_t *ret_n)
{
	struct watch_line *lines;
	size_t n = 0, room = 1;

	for (size_t p = 0; p < s->n; p++)
		room += s->people[p].n;
	lines = calloc(room, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	for (size_t p = 0; p < s->n; p++)
		for (size_t k = 0; k < s->people[p].n; k++)
			if (is_worth_a_line(&s->people[p].entries[k]))
				lines[n++] = (struct watch_line){ s->people[p].name,
					&s->people[p].entries[k] };
	qsort_r(lines, n, sizeof(*lines), compare, &order);
	*ret = lines;
	*ret_n = n;
	return 0;
}

/* To the second: it is watched. */
static const char *clock_text(int64_t sec, char buffer[PRINT_TEXT_MAX])
{
	if (sec < 0)
		return "";
	snprintf(buffer, PRINT_TEXT_MAX, "%" PRId64 ":%02" PRId64 ":%02" PRId64, sec / SEC_PER_HOUR,
		sec % SEC_PER_HOUR / SEC_PER_MIN, sec % SEC_PER_MIN);
	return buffer;
}

static const char *state_text(
	const struct status_entry *e, int64_t now_usec, char buffer[PRINT_TEXT_MAX])
{
	const bool slow = strcmp(e->state, "slow") == 0;
	char until[PRINT_TEXT_MAX];

	if (!is_shut(e))
		return e->active ? _("in use") : "";
	if (e->until_usec <= 0)
		return slow ? _("slow") : _("shut");
	print_form(slow ? N_("slow until %s") : N_("shut until %s"),
		print_until(e->until_usec, now_usec, until), buffer, PRINT_TEXT_MAX);
	return buffer;
}

void watch_cut(char *text, unsigned columns)
{
	for (; *text; text++)
		if (((unsigned char)*text & 0xc0) != 0x80 && columns-- == 0) {
			*text = 0;
			return;
		}
}

static int person_columns(struct style style)
{
	return style.columns < WIDE_COLUMNS ? 6 : 10;
}

static int name_columns(struct style style)
{
	return style.columns < WIDE_COLUMNS ? 10 : 20;
}

const char *watch_head(struct style style, char buffer[WATCH_TEXT_MAX])
{
	const char *who = _("WHO"), *site = _("SITE"), *today = _("TODAY"), *left = _("LEFT");

	snprintf(buffer, WATCH_TEXT_MAX, "  %-*s %-*s %*s %*s",
		print_field(who, person_columns(style)), who,
		print_field(site, name_columns(style)), site, print_field(today, TIME_COLUMNS),
		today, print_field(left, TIME_COLUMNS), left);
	watch_cut(buffer, style.columns);
	return buffer;
}

const char *watch_format(const struct watch_line *line, struct style style, int64_t now_usec,
	char buffer[WATCH_TEXT_MAX])
{
	const struct status_entry *e = line->entry;
	const bool day = e->limit_today_sec >= 0;
	const int64_t whole = day ? e->limit_today_sec : e->limit_week_sec;
	char used[PRINT_TEXT_MAX], left[PRINT_TEXT_MAX], state[PRINT_TEXT_MAX];
	char bar[PRINT_BAR_MAX] = "";

	if (style.columns >= BARS_COLUMNS && whole >= 0)
		print_bar(style, day ? e->used_today_sec : e->used_week_sec, whole, BAR_WIDTH, bar);
	else if (style.columns >= BARS_COLUMNS)
		snprintf(bar, sizeof(bar), "%*s", BAR_WIDTH, "");
	snprintf(buffer, WATCH_TEXT_MAX, "%s %-*.*s %-*.*s %*s %*s%s%s  %s", e->active ? ">" : " ",
		person_columns(style), person_columns(style), line->person, name_columns(style),
		name_columns(style), e->name, TIME_COLUMNS, clock_text(e->used_today_sec, used),
		TIME_COLUMNS, clock_text(e->left_sec, left), *bar ? "  " : "", bar,
		state_text(e, now_usec, state));
	watch_cut(buffer, style.columns);
	return buffer;
}
