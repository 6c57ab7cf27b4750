/* The keys about passes, openings and weekly focus: one function each, named in the table of
 * config-keys.c, and the question which of them are in force for a person. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-setters.h"
#include "core/config-values.h"

#define WAIT_SEC_MAX SEC_PER_HOUR
#define PASS_SEC_MIN SEC_PER_MIN

/* Of [passes], [focus] or [person]. */
static struct pass_rules *section_passes(struct config_builder *b)
{
	struct config *c = b->config;

	return b->section == SECTION_PERSON ? &c->persons[b->person].passes : &c->passes;
}

/* "VALUE per day": the value. */
static int cut_per_day(const char *text, char value[SPAN_TEXT_MAX])
{
	const char *end = strstr(text, " per day");
	const size_t n = end ? (size_t)(end - text) : 0;

	if (n == 0 || n >= SPAN_TEXT_MAX || strcmp(end, " per day") != 0)
		return -EINVAL;
	snprintf(value, SPAN_TEXT_MAX, "%.*s", (int)n, text);
	return 0;
}

static int parse_day_span(const char *text, int64_t *ret_sec)
{
	char value[SPAN_TEXT_MAX];
	int64_t sec;

	if (cut_per_day(text, value) < 0 || parse_span(value, &sec) < 0 || sec > SEC_PER_DAY)
		return -EINVAL;
	*ret_sec = sec;
	return 0;
}

int config_set_pass_number(struct config_builder *b, const char *value)
{
	struct pass_rules *p = section_passes(b);
	char number[SPAN_TEXT_MAX];
	uint64_t n;

	if (cut_per_day(value, number) < 0 || parse_uint64(number, CONFIG_PASSES_MAX, &n) < 0)
		return -EINVAL;
	p->n_a_day = (unsigned)n;
	p->given |= PASS_KEY_NUMBER;
	return 0;
}

int config_set_pass_time(struct config_builder *b, const char *value)
{
	struct pass_rules *p = section_passes(b);

	if (parse_day_span(value, &p->time_sec) < 0)
		return -EINVAL;
	p->given |= PASS_KEY_TIME;
	return 0;
}

int config_set_open_time(struct config_builder *b, const char *value)
{
	struct pass_rules *p = section_passes(b);

	if (parse_day_span(value, &p->open_sec) < 0)
		return -EINVAL;
	p->given |= PASS_KEY_OPEN;
	return 0;
}

int config_set_pass_wait(struct config_builder *b, const char *value)
{
	struct pass_rules *p = section_passes(b);
	int64_t sec;

	if (parse_span(value, &sec) < 0 || sec > WAIT_SEC_MAX)
		return -EINVAL;
	p->wait_sec = sec;
	p->given |= PASS_KEY_WAIT;
	return 0;
}

int config_set_pass_max(struct config_builder *b, const char *value)
{
	struct pass_rules *p = section_passes(b);
	int64_t sec;

	if (parse_span(value, &sec) < 0 || sec < PASS_SEC_MIN || sec > SEC_PER_DAY)
		return -EINVAL;
	p->max_sec = sec;
	p->given |= PASS_KEY_MAX;
	return 0;
}

int config_set_focus_time(struct config_builder *b, const char *value)
{
	struct pass_rules *p = section_passes(b);
	struct window w;
	int r;

	p->given |= PASS_KEY_FOCUS;
	if (!*value) {
		p->n_focus = 0;
		return 0;
	}
	r = value_parse_window(value, &w);
	if (r < 0)
		return r;
	if (p->n_focus == FOCUS_WINDOWS_MAX)
		return config_fail(b, b->place, "more than %d times of focus in one section",
			FOCUS_WINDOWS_MAX);
	p->focus[p->n_focus++] = w;
	return 0;
}

struct pass_rules config_passes(const struct config *c, const char *person)
{
	struct pass_rules p = c->passes;
	const int found = person ? config_find_person(c, person) : -ENOENT;
	const struct pass_rules *by = found >= 0 ? &c->persons[found].passes : NULL;

	if (!by)
		return p;
	if (by->given & PASS_KEY_NUMBER)
		p.n_a_day = by->n_a_day;
	if (by->given & PASS_KEY_TIME)
		p.time_sec = by->time_sec;
	if (by->given & PASS_KEY_WAIT)
		p.wait_sec = by->wait_sec;
	if (by->given & PASS_KEY_MAX)
		p.max_sec = by->max_sec;
	if (by->given & PASS_KEY_OPEN)
		p.open_sec = by->open_sec;
	if (by->given & PASS_KEY_FOCUS) {
		memcpy(p.focus, by->focus, sizeof(p.focus));
		p.n_focus = by->n_focus;
	}
	return p;
}
