/* Which of two values is the stricter, key by key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/rule-table.h"

DEFINE_CLEANUP(struct config *, config_free);

static struct rule_keys rules_of(const char *lines)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(config_freep) struct config *c = NULL;

	assert_true(asprintf(&text, "[site a]\ndomain = a.example\n%s", lines) > 0);
	c = config_of_text(text);
	return c->sites[0].rules;
}

static char *line_of(const struct rule_row *row, const struct rule_keys *rules)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	row->write(f, rules);
	fclose(f);
	return text;
}

/* a and b tightened by each other, either way round. */
static const struct {
	unsigned key;
	const char *a, *b, *both;
} cases[] = {
	{ RULE_LIMIT_DAY, "limit = 1h per day\n", "limit = 2h per day\n", "limit = 1h per day\n" },
	{ RULE_LIMIT_DAY, "limit = none per day\n", "limit = 2h per day\n",
		"limit = 2h per day\n" },
	{ RULE_LIMIT_DAY, "limit = 0s per day\n", "limit = none per day\n",
		"limit = 0s per day\n" },
	{ RULE_LIMIT_WEEK, "limit = 3h per week\n", "", "limit = 3h per week\n" },
	{ RULE_OPEN, "open = daily 12:00-13:00\n", "", "open = daily 12:00-13:00\n" },
	{ RULE_OPEN, "open = daily 12:00-14:00\n", "open = mon 13:00-15:00\n",
		"open = mon 13:00-14:00\n" },
	{ RULE_OPEN, "open = mon 12:00-14:00\n", "open = tue 12:00-14:00\n", "open = never\n" },
	{ RULE_OPEN, "open = daily 22:00-02:00\n", "open = sat,sun 00:00-24:00\n",
		"open = sat 00:00-02:00\nopen = sat 22:00-02:00\nopen = sun 22:00-24:00\n" },
	{ RULE_OPEN, "open = daily 00:00-24:00\n", "open = fri 22:00-02:00\n",
		"open = fri 22:00-02:00\n" },
	{ RULE_OPEN, "open = never\n", "open = fri 22:00-02:00\n", "open = never\n" },
	{ RULE_LIMIT_SITTING, "limit = 20min per sitting\n", "limit = 10min per sitting\n",
		"limit = 10min per sitting\n" },
	{ RULE_BREAK, "break = 5min\n", "break = 1h\n", "break = 1h\n" },
	{ RULE_OPENS, "opens = 3 per day\n", "", "opens = 3 per day\n" },
	{ RULE_OPENS, "opens = 3 per day\n", "opens = 0 per day\n", "opens = 0 per day\n" },
	{ RULE_ROLLOVER, "rollover = 30min\n", "", "rollover = none\n" },
	{ RULE_UNCOUNTED, "uncounted = daily 12:00-14:00\n", "uncounted = mon 13:00-15:00\n",
		"uncounted = mon 13:00-14:00\n" },
	{ RULE_UNCOUNTED, "uncounted = daily 12:00-14:00\n", "", "uncounted =\n" },
	{ RULE_WHEN_SPENT, "when-spent = slow\n", "when-spent = notify\n", "when-spent = slow\n" },
	{ RULE_WHEN_SPENT, "when-spent = slow\n", "when-spent = block\n", "when-spent = block\n" },
	{ RULE_SLOW_RATE, "slow-rate = 1MB/s\n", "slow-rate = 64kB/s\n", "slow-rate = 64kB/s\n" },
};

static void check(const struct rule_row *row, const char *a, const char *b, const char *both)
{
	struct rule_keys rules = rules_of(a), by = rules_of(b);
	_cleanup_free_ char *text = NULL, *again = NULL;

	row->tighten(&rules, &by);
	text = line_of(row, &rules);
	assert_string_equal(text, both);
	row->tighten(&rules, &by);
	again = line_of(row, &rules);
	assert_string_equal(again, both);
}

static void test_the_stricter(void **state)
{
	size_t n;
	const struct rule_row *rows = rule_rows(&n);
	unsigned tried = 0, restricting = 0;

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		for (size_t k = 0; k < n; k++) {
			if (rows[k].key != cases[i].key)
				continue;
			check(&rows[k], cases[i].a, cases[i].b, cases[i].both);
			check(&rows[k], cases[i].b, cases[i].a, cases[i].both);
			tried |= rows[k].key;
		}
	for (size_t k = 0; k < n; k++)
		restricting |= rows[k].tighten ? rows[k].key : 0;
	assert_int_equal(tried, restricting); /* a new row needs its case */
}

/* What is strict enough stays as it was written. */
static void test_form_is_kept(void **state)
{
	size_t n;
	const struct rule_row *rows = rule_rows(&n);
	struct rule_keys rules = rules_of("open = mon 12:00-13:00\nopen = mon 12:30-14:00\n");
	const struct rule_keys by = rules_of("open = daily 10:00-20:00\n");

	for (size_t k = 0; k < n; k++)
		if (rows[k].tighten)
			rows[k].tighten(&rules, &by);
	assert_int_equal(rules.open.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_stricter),
		cmocka_unit_test(test_form_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
