/* One row a key about passes: fewer, shorter and later is stricter, more hours of focus are. */
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-values.h"
#include "core/config-write.h"
#include "core/window-set.h"

static void write_span(FILE *f, const char *key, int64_t sec, const char *per)
{
	char span[SPAN_TEXT_MAX];

	fprintf(f, "%s = %s%s\n", key, format_span(sec, span), per);
}

static void keep_less(int64_t *value, int64_t by)
{
	if (by < *value)
		*value = by;
}

static void write_number(FILE *f, const struct pass_rules *p)
{
	fprintf(f, "passes = %u per day\n", p->n_a_day);
}

static void tighten_number(struct pass_rules *p, const struct pass_rules *by)
{
	if (by->n_a_day < p->n_a_day)
		p->n_a_day = by->n_a_day;
}

static void write_time(FILE *f, const struct pass_rules *p)
{
	write_span(f, "pass-time", p->time_sec, " per day");
}

static void tighten_time(struct pass_rules *p, const struct pass_rules *by)
{
	keep_less(&p->time_sec, by->time_sec);
}

static void write_wait(FILE *f, const struct pass_rules *p)
{
	write_span(f, "pass-wait", p->wait_sec, "");
}

static void tighten_wait(struct pass_rules *p, const struct pass_rules *by)
{
	if (by->wait_sec > p->wait_sec)
		p->wait_sec = by->wait_sec;
}

static void write_max(FILE *f, const struct pass_rules *p)
{
	write_span(f, "pass-max", p->max_sec, "");
}

static void tighten_max(struct pass_rules *p, const struct pass_rules *by)
{
	keep_less(&p->max_sec, by->max_sec);
}

static void write_open_time(FILE *f, const struct pass_rules *p)
{
	write_span(f, "open-time", p->open_sec, " per day");
}

static void tighten_open_time(struct pass_rules *p, const struct pass_rules *by)
{
	keep_less(&p->open_sec, by->open_sec);
}

static void write_focus(FILE *f, const struct pass_rules *p)
{
	char text[WINDOW_TEXT_MAX];

	if (p->n_focus == 0)
		fputs("focus-time =\n", f);
	for (size_t i = 0; i < p->n_focus; i++)
		fprintf(f, "focus-time = %s\n", value_format_window(&p->focus[i], text));
}

_Static_assert(FOCUS_WINDOWS_MAX == CONFIG_WINDOWS_MAX, "one list may take the other's place");

/* The hours of both; all of the week where they are too many to be listed. */
static void tighten_focus(struct pass_rules *p, const struct pass_rules *by)
{
	struct window_set own, other, both, listed;

	window_set_fill(&own, p->focus, p->n_focus);
	window_set_fill(&other, by->focus, by->n_focus);
	both = own;
	window_set_unite(&both, &other);
	if (window_set_equal(&both, &own))
		return;
	if (window_set_equal(&both, &other)) {
		memcpy(p->focus, by->focus, sizeof(p->focus));
		p->n_focus = by->n_focus;
		return;
	}
	p->n_focus = window_set_list(&both, p->focus);
	window_set_fill(&listed, p->focus, p->n_focus);
	if (!window_set_equal(&listed, &both)) {
		p->focus[0] = (struct window){ .days = 0x7f, .from_min = 0, .to_min = 1440 };
		p->n_focus = 1;
	}
}

static const struct pass_row rows[] = {
	{ PASS_KEY_NUMBER, "passes", "passes", write_number, tighten_number },
	{ PASS_KEY_TIME, "passes", "pass-time", write_time, tighten_time },
	{ PASS_KEY_WAIT, "passes", "pass-wait", write_wait, tighten_wait },
	{ PASS_KEY_MAX, "passes", "pass-max", write_max, tighten_max },
	{ PASS_KEY_OPEN, "passes", "open-time", write_open_time, tighten_open_time },
	{ PASS_KEY_FOCUS, "focus", "focus-time", write_focus, tighten_focus },
};

const struct pass_row *pass_rows(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(rows);
	return rows;
}

void config_write_passes(FILE *f, const struct pass_rules *p)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (p->given & rows[i].key)
			rows[i].write(f, p);
}

void config_write_global_passes(FILE *f, const struct pass_rules *p)
{
	const char *section = "";

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		if (strcmp(section, rows[i].section) != 0)
			fprintf(f, "[%s]\n", rows[i].section);
		section = rows[i].section;
		rows[i].write(f, p);
	}
}
