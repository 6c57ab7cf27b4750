/* One row a rule key. A smaller limit is stricter and none is the loosest; of windows both have to
 * be open; what slows and what only tells is looser than what shuts. */
#include "core/rule-table.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-values.h"
#include "core/window-set.h"

static void write_limit(FILE *f, const struct rule_keys *rules, enum limit_period period)
{
	static const char *const words[] = { [LIMIT_DAY] = "day", [LIMIT_WEEK] = "week" };
	char span[SPAN_TEXT_MAX];

	fprintf(f, "limit = %s per %s\n",
		rules->limit_sec[period] == LIMIT_NONE
			? "none"
			: format_span(rules->limit_sec[period], span),
		words[period]);
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

static void write_open(FILE *f, const struct rule_keys *rules)
{
	char text[WINDOW_TEXT_MAX];

	if (rules->n_windows == 0)
		fputs("open =\n", f);
	for (size_t i = 0; i < rules->n_windows; i++)
		fprintf(f, "open = %s\n", value_format_window(&rules->windows[i], text));
}

static void copy_windows(struct rule_keys *rules, const struct rule_keys *from)
{
	memcpy(rules->windows, from->windows, sizeof(rules->windows));
	rules->n_windows = from->n_windows;
}

static void tighten_open(struct rule_keys *rules, const struct rule_keys *by)
{
	struct window_set own, other, both;

	if (by->n_windows == 0)
		return;
	if (rules->n_windows == 0) {
		copy_windows(rules, by);
		return;
	}
	window_set_fill(&own, rules->windows, rules->n_windows);
	window_set_fill(&other, by->windows, by->n_windows);
	both = own;
	window_set_intersect(&both, &other);
	if (window_set_equal(&both, &own))
		return;
	if (window_set_equal(&both, &other))
		copy_windows(rules, by);
	else
		rules->n_windows = window_set_list(&both, rules->windows);
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
	{ RULE_OPEN, "open", write_open, tighten_open },
	{ RULE_WARN, "warn", write_warn, NULL },
	{ RULE_WHEN_SPENT, "when-spent", write_when_spent, tighten_when_spent },
	{ RULE_SLOW_RATE, "slow-rate", write_slow_rate, tighten_slow_rate },
};

const struct rule_row *rule_rows(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(rows);
	return rows;
}
