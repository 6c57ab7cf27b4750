/* The rules' keys: how long, how often, when, and what then. One function a row of the table in
 * config-keys.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-setters.h"
#include "core/config-values.h"

#define RATE_MIN      1000 /* bytes a second: below it the slow lane is a block in disguise */
#define BREAK_SEC_MIN SEC_PER_MIN /* the bridge's default: a shorter pause is none */
#define OPENS_MAX     1000        /* a day: above that a limit is none */

static const unsigned limit_keys[LIMIT_PERIODS] = {
	[LIMIT_DAY] = RULE_LIMIT_DAY,
	[LIMIT_WEEK] = RULE_LIMIT_WEEK,
	[LIMIT_SITTING] = RULE_LIMIT_SITTING,
};

/* An empty value lifts the limits of all periods; one of each may follow in the same text. */
static int lift_limits(struct config_builder *b)
{
	struct rule_keys *rules = config_section_rules(b);
	_cleanup_free_ char *id = NULL;

	if (asprintf(&id, "%s\nlimit ", b->section_text) < 0) {
		id = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < b->seen.n; i++)
		if (strncmp(b->seen.items[i], id, strlen(id)) == 0)
			b->seen.items[i][0] = 0;
	for (int period = 0; period < LIMIT_PERIODS; period++) {
		rules->limit_sec[period] = LIMIT_NONE;
		rules->given |= limit_keys[period];
	}
	return 0;
}

/* One for each period in one text. */
int config_set_limit(struct config_builder *b, const char *value)
{
	struct rule_keys *rules = config_section_rules(b);
	_cleanup_free_ char *id = NULL;
	enum limit_period period;
	int64_t sec;
	int r;

	if (!*value)
		return lift_limits(b);
	r = value_parse_limit(value, CONFIG_LIMIT_SEC_MAX, &period, &sec);
	if (r < 0)
		return r;
	if (asprintf(&id, "%s\nlimit %d", b->section_text, (int)period) < 0) {
		id = NULL;
		return -ENOMEM;
	}
	if (strings_contain(&b->seen, id))
		return config_fail(b, b->place,
			"limit = %s: a limit per %s is given twice in [%s] of this file, expected "
			"one",
			value, limit_period_names[period], b->section_text);
	rules->limit_sec[period] = sec;
	rules->given |= limit_keys[period];
	return strings_add(&b->seen, id);
}

int config_set_break(struct config_builder *b, const char *value)
{
	struct rule_keys *rules = config_section_rules(b);
	int64_t sec;

	if (parse_span(value, &sec) < 0 || sec < BREAK_SEC_MIN || sec > SEC_PER_DAY)
		return -EINVAL;
	rules->break_sec = sec;
	rules->given |= RULE_BREAK;
	return 0;
}

int config_set_opens(struct config_builder *b, const char *value)
{
	struct rule_keys *rules = config_section_rules(b);
	_cleanup_free_ char *word = NULL;
	uint64_t n;
	int end = 0;

	rules->given |= RULE_OPENS;
	if (!*value || strcmp(value, "none per day") == 0) {
		rules->opens = LIMIT_NONE;
		return 0;
	}
	errno = 0;
	if (sscanf(value, "%ms per day%n", &word, &end) != 1)
		return value_scan_error();
	if (end == 0 || value[end] || parse_uint64(word, OPENS_MAX, &n) < 0)
		return -EINVAL;
	rules->opens = (int64_t)n;
	return 0;
}

int config_set_rollover(struct config_builder *b, const char *value)
{
	struct rule_keys *rules = config_section_rules(b);
	int64_t sec = 0;

	if (strcmp(value, "none") != 0 &&
		(parse_span(value, &sec) < 0 || sec < 0 || sec > SEC_PER_DAY))
		return -EINVAL;
	rules->rollover_sec = sec;
	rules->given |= RULE_ROLLOVER;
	return 0;
}

static int add_window(struct config_builder *b, const char *value, struct windows *list)
{
	struct window w;
	int r;

	if (!*value) {
		list->n = 0;
		return 0;
	}
	r = value_parse_window(value, &w);
	if (r < 0)
		return r;
	if (list->n == CONFIG_WINDOWS_MAX)
		return config_fail(
			b, b->place, "more than %d windows in one section", CONFIG_WINDOWS_MAX);
	list->items[list->n++] = w;
	return 0;
}

int config_set_open(struct config_builder *b, const char *value)
{
	struct rule_keys *rules = config_section_rules(b);

	rules->given |= RULE_OPEN;
	return add_window(b, value, &rules->open);
}

int config_set_uncounted(struct config_builder *b, const char *value)
{
	struct rule_keys *rules = config_section_rules(b);

	rules->given |= RULE_UNCOUNTED;
	return add_window(b, value, &rules->uncounted);
}

static int add_warning(struct config_builder *b, const char *word)
{
	struct rule_keys *rules = config_section_rules(b);
	size_t i = rules->n_warn;
	int64_t sec;

	if (parse_span(word, &sec) < 0 || sec < 1 || sec > CONFIG_LIMIT_SEC_MAX)
		return -EINVAL;
	if (rules->n_warn == CONFIG_WARNINGS_MAX)
		return config_fail(b, b->place, "more than %d warnings", CONFIG_WARNINGS_MAX);
	for (; i > 0 && rules->warn_sec[i - 1] < sec; i--)
		rules->warn_sec[i] = rules->warn_sec[i - 1];
	rules->warn_sec[i] = (unsigned)sec;
	rules->n_warn++;
	return 0;
}

int config_set_warn(struct config_builder *b, const char *value)
{
	struct rule_keys *rules = config_section_rules(b);

	rules->n_warn = 0;
	rules->given |= RULE_WARN;
	return config_each_word(b, value, add_warning);
}

int config_set_when_spent(struct config_builder *b, const char *value)
{
	static const char *const words[] = { [WHEN_SPENT_BLOCK] = "block",
		[WHEN_SPENT_SLOW] = "slow",
		[WHEN_SPENT_NOTIFY] = "notify" };
	const int i = value_choose(value, words, ELEMENTSOF(words));
	struct rule_keys *rules = config_section_rules(b);

	if (i < 0)
		return i;
	rules->when_spent = (enum when_spent)i;
	rules->given |= RULE_WHEN_SPENT;
	return 0;
}

int config_set_slow_rate(struct config_builder *b, const char *value)
{
	struct rule_keys *rules = config_section_rules(b);
	uint64_t bytes;

	if (parse_rate(value, &bytes) < 0 || bytes < RATE_MIN || bytes > UINT32_MAX)
		return -EINVAL;
	rules->slow_rate_bytes = bytes;
	rules->given |= RULE_SLOW_RATE;
	return 0;
}
