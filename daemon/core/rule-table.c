/* One row a rule key. A smaller limit is stricter and none is the loosest, and so are fewer
 * openings, a longer break, less that is carried over; of windows both have to be open, or
 * uncounted; what slows and what only tells is looser than what shuts. */
#include "core/rule-table.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-values.h"
#include "core/window-set.h"

static void write_limit(FILE *f, const struct rule_keys *rules, enum limit_period period)
{
	char span[SPAN_TEXT_MAX];

	fprintf(f, "limit = %s per %s\n",
		rules->limit_sec[period] == LIMIT_NONE
			? "none"
			: format_span(rules->limit_sec[period], span),
		limit_period_names[period]);
}

static void tighten_limit(
	struct rule_keys *rules, const struct rule_keys *by, enum limit_period period)
{
	if (by->limit_sec[period] != LIMIT_NONE &&
		(rules->limit_sec[period] == LIMIT_NONE ||
			by->limit_sec[period] < rules->limit_sec[period]))
		rules->limit_sec[period] = by->limit_sec[period];
}

static void write_limit_day(FILE *f, const struct rule_keys *rules)
{
	write_limit(f, rules, LIMIT_DAY);
}

static void tighten_limit_day(struct rule_keys *rules, const struct rule_keys *by)
{
	tighten_limit(rules, by, LIMIT_DAY);
}

static void write_limit_week(FILE *f, const struct rule_keys *rules)
{
	write_limit(f, rules, LIMIT_WEEK);
}

static void tighten_limit_week(struct rule_keys *rules, const struct rule_keys *by)
{
	tighten_limit(rules, by, LIMIT_WEEK);
}

static void write_limit_sitting(FILE *f, const struct rule_keys *rules)
{
	write_limit(f, rules, LIMIT_SITTING);
}

static void tighten_limit_sitting(struct rule_keys *rules, const struct rule_keys *by)
{
	tighten_limit(rules, by, LIMIT_SITTING);
}

static void write_break(FILE *f, const struct rule_keys *rules)
{
	char span[SPAN_TEXT_MAX];

	fprintf(f, "break = %s\n", format_span(rules->break_sec, span));
}

static void tighten_break(struct rule_keys *rules, const struct rule_keys *by)
{
	if (by->break_sec > rules->break_sec)
		rules->break_sec = by->break_sec;
}

static void write_opens(FILE *f, const struct rule_keys *rules)
{
	if (rules->opens == LIMIT_NONE)
		fputs("opens = none per day\n", f);
	else
		fprintf(f, "opens = %" PRId64 " per day\n", rules->opens);
}

static void tighten_opens(struct rule_keys *rules, const struct rule_keys *by)
{
	if (by->opens != LIMIT_NONE && (rules->opens == LIMIT_NONE || by->opens < rules->opens))
		rules->opens = by->opens;
}

static void write_rollover(FILE *f, const struct rule_keys *rules)
{
	char span[SPAN_TEXT_MAX];

	fprintf(f, "rollover = %s\n",
		rules->rollover_sec == 0 ? "none" : format_span(rules->rollover_sec, span));
}

static void tighten_rollover(struct rule_keys *rules, const struct rule_keys *by)
{
	if (by->rollover_sec < rules->rollover_sec)
		rules->rollover_sec = by->rollover_sec;
}

static void write_windows(FILE *f, const char *key, const struct windows *list)
{
	char text[WINDOW_TEXT_MAX];

	if (list->n == 0)
		fprintf(f, "%s =\n", key);
	for (size_t i = 0; i < list->n; i++)
		fprintf(f, "%s = %s\n", key, value_format_window(&list->items[i], text));
}

/* What both have in common; a list that is no more than that stays as it was written. */
static void intersect(struct windows *list, const struct windows *by)
{
	struct window_set own, other, both;

	window_set_fill(&own, list->items, list->n);
	window_set_fill(&other, by->items, by->n);
	both = own;
	window_set_intersect(&both, &other);
	if (window_set_equal(&both, &own))
		return;
	if (window_set_equal(&both, &other))
		*list = *by;
	else
		list->n = window_set_list(&both, list->items);
}

static void write_open(FILE *f, const struct rule_keys *rules)
{
	write_windows(f, "open", &rules->open);
}

/* No hours mean all of them. */
static void tighten_open(struct rule_keys *rules, const struct rule_keys *by)
{
	if (by->open.n == 0)
		return;
	if (rules->open.n == 0)
		rules->open = by->open;
	else
		intersect(&rules->open, &by->open);
}

static void write_uncounted(FILE *f, const struct rule_keys *rules)
{
	write_windows(f, "uncounted", &rules->uncounted);
}

/* No hours mean none. */
static void tighten_uncounted(struct rule_keys *rules, const struct rule_keys *by)
{
	if (rules->uncounted.n > 0)
		intersect(&rules->uncounted, &by->uncounted);
}

static void write_warn(FILE *f, const struct rule_keys *rules)
{
	char span[SPAN_TEXT_MAX];

	fputs("warn =", f);
	for (size_t i = 0; i < rules->n_warn; i++)
		fprintf(f, " %s", format_span(rules->warn_sec[i], span));
	fputc('\n', f);
}

static void write_when_spent(FILE *f, const struct rule_keys *rules)
{
	static const char *const words[] = { [WHEN_SPENT_BLOCK] = "block",
		[WHEN_SPENT_SLOW] = "slow",
		[WHEN_SPENT_NOTIFY] = "notify" };

	fprintf(f, "when-spent = %s\n", words[rules->when_spent]);
}

/* The enum goes from strict to loose. */
static void tighten_when_spent(struct rule_keys *rules, const struct rule_keys *by)
{
	if (by->when_spent < rules->when_spent)
		rules->when_spent = by->when_spent;
}

static void write_slow_rate(FILE *f, const struct rule_keys *rules)
{
	char size[SIZE_TEXT_MAX];

	fprintf(f, "slow-rate = %s/s\n", value_format_size(rules->slow_rate_bytes, size));
}

static void tighten_slow_rate(struct rule_keys *rules, const struct rule_keys *by)
{
	if (by->slow_rate_bytes < rules->slow_rate_bytes)
		rules->slow_rate_bytes = by->slow_rate_bytes;
}

static const struct rule_row rows[] = {
	{ RULE_LIMIT_DAY, "limit", write_limit_day, tighten_limit_day },
	{ RULE_LIMIT_WEEK, "limit", write_limit_week, tighten_limit_week },
	{ RULE_LIMIT_SITTING, "limit", write_limit_sitting, tighten_limit_sitting },
	{ RULE_BREAK, "break", write_break, tighten_break },
	{ RULE_OPENS, "opens", write_opens, tighten_opens },
	{ RULE_ROLLOVER, "rollover", write_rollover, tighten_rollover },
	{ RULE_OPEN, "open", write_open, tighten_open },
	{ RULE_UNCOUNTED, "uncounted", write_uncounted, tighten_uncounted },
	{ RULE_WARN, "warn", write_warn, NULL },
	{ RULE_WHEN_SPENT, "when-spent", write_when_spent, tighten_when_spent },
	{ RULE_SLOW_RATE, "slow-rate", write_slow_rate, tighten_slow_rate },
};

const struct rule_row *rule_rows(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(rows);
	return rows;
}
