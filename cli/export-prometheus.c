/* Gauges, a family a question, a sample for every person and site that was used this week or has a
 * limit: a site that nobody looks at makes no series. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "export.h"

/* A label's value: \, " and the end of a line are the format's own. */
static void print_value(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			putc('\\', f);
		if (*text == '\n')
			fputs("\\n", f);
		else
			putc(*text, f);
	}
}

static void print_labels(FILE *f, const struct status_person *p, const struct status_entry *e)
{
	fputs("{person=\"", f);
	print_value(f, p->name);
	fprintf(f, "\",%s=\"", e->is_group ? "group" : "site");
	print_value(f, e->name);
	putc('"', f);
}

static bool is_worth_telling(const struct status_entry *e)
{
	return e->used_week_sec > 0 || e->limit_today_sec >= 0 || e->limit_week_sec >= 0 ||
	       e->left_sec >= 0 || strcmp(e->state, "open") != 0 || e->active;
}

static int64_t used_today(const struct status_entry *e)
{
	return e->used_today_sec;
}

static int64_t used_week(const struct status_entry *e)
{
	return e->used_week_sec;
}

static int64_t limit_today(const struct status_entry *e)
{
	return e->limit_today_sec;
}

static int64_t limit_week(const struct status_entry *e)
{
	return e->limit_week_sec;
}

static int64_t left(const struct status_entry *e)
{
	return e->left_sec;
}

static int64_t active(const struct status_entry *e)
{
	return e->active;
}

static const struct family {
	const char *name, *help;
	int64_t (*value)(const struct status_entry *e); /* -1: it has none */
} families[] = {
	{ "used_today_seconds", "Time used since the quota day began", used_today },
	{ "used_week_seconds", "Time used since Monday", used_week },
	{ "limit_today_seconds", "The limit of a day", limit_today },
	{ "limit_week_seconds", "The limit of a week", limit_week },
	{ "left_seconds", "What the tightest limit leaves", left },
	{ "active", "Whether a sitting is open", active },
};

static void print_head(FILE *f, const char *what, const char *name, const char *help)
{
	fprintf(f, "# HELP focusd_%s%s %s.\n# TYPE focusd_%s%s gauge\n", what, name, help, what,
		name);
}

/* Sites and groups are families of their own: their sums must not meet. */
static void print_family(FILE *f, const struct status *s, const struct family *family, bool groups)
{
	const char *what = groups ? "group_" : "site_";

	print_head(f, what, family->name, family->help);
	for (size_t p = 0; p < s->n; p++)
		for (size_t i = 0; i < s->people[p].n; i++) {
			const struct status_entry *e = &s->people[p].entries[i];

			if ((e->is_group != 0) != groups || !is_worth_telling(e) ||
				family->value(e) < 0)
				continue;
			fprintf(f, "focusd_%s%s", what, family->name);
			print_labels(f, &s->people[p], e);
			fprintf(f, "} %" PRId64 "\n", family->value(e));
		}
}

/* One of these is 1. */
static void print_states(FILE *f, const struct status *s, bool groups)
{
	static const char *const states[] = { "open", "slow", "blocked" };
	const char *what = groups ? "group_" : "site_";

	print_head(f, what, "state", "1 for the state that it is in");
	for (size_t p = 0; p < s->n; p++)
		for (size_t i = 0; i < s->people[p].n; i++) {
			const struct status_entry *e = &s->people[p].entries[i];

			if ((e->is_group != 0) != groups || !is_worth_telling(e))
				continue;
			for (size_t k = 0; k < ELEMENTSOF(states); k++) {
				fprintf(f, "focusd_%sstate", what);
				print_labels(f, &s->people[p], e);
				fprintf(f, ",state=\"%s\"} %d\n", states[k],
					strcmp(states[k], e->state) == 0);
			}
		}
}

void export_prometheus(FILE *f, const struct status *s, const char *version)
{
	size_t problems = 0;

	while (s->problems && s->problems[problems])
		problems++;
	print_head(f, "", "build_info", "The version that runs");
	fputs("focusd_build_info{version=\"", f);
	print_value(f, version);
	fputs("\"} 1\n", f);
	print_head(f, "", "enforcing", "Whether anything is limited for anybody");
	fprintf(f, "focusd_enforcing %d\n", s->enforcing != 0);
	print_head(f, "", "problems", "How many problems status shows");
	fprintf(f, "focusd_problems %zu\n", problems);
	for (int groups = 0; groups < 2; groups++) {
		for (size_t i = 0; i < ELEMENTSOF(families); i++)
			print_family(f, s, &families[i], groups != 0);
		print_states(f, s, groups != 0);
	}
}
