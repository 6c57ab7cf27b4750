/* status: a table for a person, or the contract's JSON for a program. */
#include <inttypes.h>
#include <jansson.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "gateway.h"
#include "keeper-words.h"
#include "language.h"
#include "status.h"
#include "verbs.h"

#define BAR_WIDTH    12
#define NEAR_PERCENT 80 /* of a limit: the colour warns */

static json_t *number_or_null(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *entry_json(const struct status_entry *e)
{
	char until[PRINT_TEXT_MAX];

	return json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:s, s:s, s:o, s:b, s:o}",
		e->is_group ? "group" : "site", e->name, "used_today_sec",
		(json_int_t)e->used_today_sec, "used_week_sec", (json_int_t)e->used_week_sec,
		"limit_today_sec", number_or_null(e->limit_today_sec), "limit_week_sec",
		number_or_null(e->limit_week_sec), "left_sec", number_or_null(e->left_sec), "state",
		e->state, "reason", e->reason, "until",
		e->until_usec > 0 ? json_string(print_instant(e->until_usec, until)) : json_null(),
		"active", e->active, "opens_left", number_or_null(e->opens_left));
}

static json_t *told_json(const struct status_person *p)
{
	json_t *list = json_array();
	char until[PRINT_TEXT_MAX];

	for (size_t i = 0; i < p->n_told; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s}", "device", p->told[i].device, "kind",
				      p->told[i].kind, "target", p->told[i].target, "until",
				      print_instant(p->told[i].until_usec, until)));
	return list;
}

static json_t *person_json(const struct status_person *p)
{
	json_t *sites = json_array(), *groups = json_array();

	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(
			p->entries[i].is_group ? groups : sites, entry_json(&p->entries[i]));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "person", p->name, "uid",
		p->uid == UINT32_MAX ? json_null() : json_integer(p->uid), "sites", sites, "groups",
		groups, "passes_left", number_or_null(p->passes_left), "passes_left_sec",
		number_or_null(p->passes_left_sec), "passes_elsewhere", told_json(p));
}

static enum exit_code print_json(const struct invocation *i, const struct status *s)
{
	json_t *people = json_array(), *problems = json_array();
	char now[PRINT_TEXT_MAX];
	json_t *root, *gateway;
	int r;

	for (size_t k = 0; k < s->n; k++)
		json_array_append_new(people, person_json(&s->people[k]));
	for (char **p = s->problems; p && *p; p++)
		json_array_append_new(problems, json_string(*p));
	root = json_pack("{s:s, s:s, s:b, s:o, s:o}", "now", print_instant(s->now_usec, now), "day",
		s->day, "enforcing", s->enforcing, "problems", problems, "people", people);
	gateway = gateway_json(i);
	if (gateway)
		json_object_set_new(root, "gateway", gateway);
	r = root ? json_dumpf(root, stdout, JSON_INDENT(2)) : -1;
	putchar('\n');
	json_decref(root);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* The limit that is nearest to its end decides the bar. */
static void tightest(const struct status_entry *e, int64_t *ret_part, int64_t *ret_whole)
{
	const bool day = e->limit_today_sec >= 0, week = e->limit_week_sec >= 0;
	const bool week_first = week && (!day || e->used_week_sec * e->limit_today_sec >
							 e->used_today_sec * e->limit_week_sec);

	*ret_part = week_first ? e->used_week_sec : e->used_today_sec;
	*ret_whole = week_first ? e->limit_week_sec : day ? e->limit_today_sec : -1;
}

static const char *colour_of(const struct status_entry *e)
{
	int64_t part, whole;

	tightest(e, &part, &whole);
	if (strcmp(e->state, "open") != 0 || e->left_sec == 0)
		return "red";
	if (whole < 0)
		return NULL;
	return part * 100 >= whole * NEAR_PERCENT ? "yellow" : "green";
}

static void limit_words(const struct status_entry *e, char *buffer, size_t size)
{
	char day[SPAN_TEXT_MAX], week[SPAN_TEXT_MAX];

	format_span(e->limit_today_sec, day);
	format_span(e->limit_week_sec, week);
	if (e->limit_today_sec >= 0 && e->limit_week_sec >= 0)
		snprintf(buffer, size, _("%s a day, %s a week"), day, week);
	else if (e->limit_today_sec >= 0)
		snprintf(buffer, size, _("%s a day"), day);
	else if (e->limit_week_sec >= 0)
		snprintf(buffer, size, _("%s a week"), week);
	else
		*buffer = 0;
}

/* How often it may be opened yet, after what is said already. */
static void add_opens(const struct status_entry *e, char *buffer, size_t size)
{
	const size_t n = strlen(buffer);

	if (e->opens_left >= 0)
		snprintf(buffer + n, size - n,
			ngettext("%s%" PRId64 " opening left", "%s%" PRId64 " openings left",
				(unsigned long)e->opens_left),
			n > 0 ? ", " : "", e->opens_left);
}

/* Of what is not simply open, with %s for the time until which, and where nobody knows that. */
struct state_form {
	const char *key, *until, *plain;
};
static const struct state_form state_forms[] = {
	{ "pass", N_("a pass until %s"), N_("a pass") },
	{ "break", N_("a break until %s"), N_("a break") },
	{ "limit-opens", N_("opened often enough, again %s"), N_("opened often enough") },
	{ "slow", N_("slow until %s"), N_("slow") },
	{ "focus", N_("focus until %s"), N_("focus") },
	{ "window", N_("closed until %s"), N_("closed") },
	{ "", N_("spent, open again %s"), N_("spent") },
};

static const struct state_form *find_form(const struct status_entry *e)
{
	const bool slow = strcmp(e->state, "slow") == 0 && strcmp(e->reason, "break") != 0 &&
			  strcmp(e->reason, "limit-opens") != 0;
	const struct state_form *f = state_forms;

	while (*f->key && strcmp(f->key, slow ? "slow" : e->reason) != 0)
		f++;
	return f;
}

static void form_words(const struct status_entry *e, int64_t now_usec, char *buffer, size_t size)
{
	const struct state_form *form = find_form(e);
	char until[PRINT_TEXT_MAX];

	if (e->until_usec > 0)
		print_form(form->until, print_until(e->until_usec, now_usec, until), buffer, size);
	else
		snprintf(buffer, size, "%s", translated(form->plain));
}

static void state_words(const struct status_entry *e, int64_t now_usec, char *buffer, size_t size)
{
	const bool open = strcmp(e->state, "open") == 0;
	const bool pass = open && strcmp(e->reason, "pass") == 0;
	const char *now = e->active ? _("in use now") : "";

	if (open && !pass && e->left_sec != 0) {
		snprintf(buffer, size, "%s", now);
		add_opens(e, buffer, size);
		return;
	}
	if (open && !pass)
		snprintf(buffer, size, "%s", _("spent, noted only"));
	else
		form_words(e, now_usec, buffer, size);
	if (*now && (open || strcmp(e->state, "slow") == 0))
		snprintf(buffer + strlen(buffer), size - strlen(buffer), ", %s", now);
}

enum column { COLUMN_NAME, COLUMN_USED, COLUMN_BAR, COLUMN_LIMIT, COLUMN_LEFT, COLUMN_STATE };

static void set_cell(
	struct libscols_line *line, enum column column, const char *text, const char *colour)
{
	struct libscols_cell *cell;

	if (scols_line_set_data(line, column, text) != 0)
		abort(); /* no memory for a line of text */
	cell = scols_line_get_cell(line, column);
	if (colour && cell)
		scols_cell_set_color(cell, colour);
}

static void add_line(struct libscols_table *table, const struct status *s,
	const struct status_entry *e, struct style style)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	const char *colour = style.colour ? colour_of(e) : NULL;
	char text[128], span[PRINT_TEXT_MAX], bar[PRINT_BAR_MAX];
	int64_t part, whole;

	if (!line)
		return;
	if (e->is_group)
		snprintf(text, sizeof(text), _("  %s (group)"), e->name);
	else
		snprintf(text, sizeof(text), "  %s", e->name);
	set_cell(line, COLUMN_NAME, text, NULL);
	set_cell(line, COLUMN_USED, print_span(e->used_today_sec, span), NULL);
	tightest(e, &part, &whole);
	if (style.bars)
		set_cell(line, COLUMN_BAR,
			whole < 0 ? "" : print_bar(style, part, whole, BAR_WIDTH, bar), colour);
	limit_words(e, text, sizeof(text));
	set_cell(line, COLUMN_LIMIT, text, NULL);
	set_cell(line, COLUMN_LEFT,
		e->left_sec < 0    ? ""
		: e->left_sec == 0 ? _("none")
				   : print_span(e->left_sec, span),
		colour);
	state_words(e, s->now_usec, text, sizeof(text));
	set_cell(line, COLUMN_STATE, text, colour);
}

static struct libscols_table *new_table(struct style style)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_enable_colors(table, style.colour);
	scols_table_set_column_separator(table, "  ");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER); /* never cut to a width */
	scols_table_new_column(table, _("  SITE"), 0, 0);
	scols_table_new_column(table, _("TODAY"), 0, SCOLS_FL_RIGHT);
	scols_table_new_column(table, "", 0, style.bars ? 0 : SCOLS_FL_HIDDEN);
	scols_table_new_column(table, _("LIMIT"), 0, 0);
	scols_table_new_column(table, _("LEFT"), 0, SCOLS_FL_RIGHT);
	scols_table_new_column(table, "", 0, 0);
	return table;
}

/* A focus on everything is one line, not one for each site. */
static const struct status_entry *find_focus(const struct status_person *p)
{
	const struct status_entry *found = NULL;

	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->entries[i].state, "blocked") != 0)
			return NULL;
		if (strcmp(p->entries[i].reason, "focus") == 0)
			found = &p->entries[i];
	}
	return found;
}

static void print_focus(const struct status_entry *focus, int64_t now_usec)
{
	char until[PRINT_TEXT_MAX];

	printf(_("  Focus on everything until %s\n"),
		print_until(focus->until_usec, now_usec, until));
}

static bool is_worth_a_line(const struct status_entry *e, bool focus)
{
	if (focus && strcmp(e->reason, "focus") == 0 && e->limit_today_sec < 0 &&
		e->limit_week_sec < 0 && e->opens_left < 0)
		return e->used_today_sec > 0 || e->used_week_sec > 0;
	return e->used_today_sec > 0 || e->used_week_sec > 0 || e->limit_today_sec >= 0 ||
	       e->limit_week_sec >= 0 || e->opens_left >= 0 || e->active ||
	       strcmp(e->state, "open") != 0;
}

/* smartcols fills the last column with blanks; nobody wants them in a file. */
static void print_table(struct libscols_table *table)
{
	_cleanup_free_ char *text = NULL;

	if (scols_print_table_to_string(table, &text) != 0 || !text)
		return;
	for (char *line = text, *next; *line; line = next) {
		size_t n = strcspn(line, "\n");

		next = line + n + (line[n] == '\n');
		while (n > 0 && line[n - 1] == ' ')
			n--;
		printf("%.*s\n", (int)n, line);
	}
}

static bool is_limited(const struct status_entry *e)
{
	return e->limit_today_sec >= 0 || e->limit_week_sec >= 0 || e->left_sec >= 0 ||
	       e->opens_left >= 0 || strcmp(e->state, "open") != 0;
}

/* Who has no limit needs no pass. */
static void print_passes(const struct status_person *p)
{
	char span[PRINT_TEXT_MAX];
	bool limited = false;

	for (size_t i = 0; i < p->n; i++)
		limited |= is_limited(&p->entries[i]);
	if (p->passes_left < 0 || !limited)
		return;
	if (p->passes_left == 0 || p->passes_left_sec == 0)
		puts(_("  Passes left today: none"));
	else
		printf(_("  Passes left today: %" PRId64 ", %s in all\n"), p->passes_left,
			print_span(p->passes_left_sec, span));
}

/* What is open because of another device, and which. */
static void print_told(const struct status_person *p, int64_t now_usec)
{
	char until[PRINT_TEXT_MAX];

	for (size_t i = 0; i < p->n_told; i++)
		printf(_("  Opened on %s: %s until %s\n"), p->told[i].device, p->told[i].target,
			print_until(p->told[i].until_usec, now_usec, until));
}

static void print_person(
	const struct status *s, const struct status_person *p, const struct invocation *i)
{
	struct libscols_table *table = new_table(i->style);
	const struct status_entry *focus = find_focus(p);
	size_t n = 0;

	if (!table)
		return;
	printf("\n%s%s%s\n", i->style.colour ? "\033[1m" : "", p->name,
		i->style.colour ? "\033[0m" : "");
	if (focus)
		print_focus(focus, s->now_usec);
	for (size_t k = 0; k < p->n; k++)
		if (i->all || is_worth_a_line(&p->entries[k], focus != NULL)) {
			add_line(table, s, &p->entries[k], i->style);
			n++;
		}
	if (n > 0)
		print_table(table);
	else
		puts(_("  No feed was used this week."));
	print_told(p, s->now_usec);
	print_passes(p);
	scols_unref_table(table);
}

static void print_head(const struct status *s)
{
	struct tm day = { 0 };
	char words[PRINT_TEXT_MAX];

	if (!strptime(s->day, "%Y-%m-%d", &day) ||
		strftime(words, sizeof(words), _("%A, %e %B %Y"), &day) == 0)
		snprintf(words, sizeof(words), "%s", s->day);
	printf("%s: %s\n", words,
		s->enforcing ? _("limits are in force") : _("no limit is set, focusd observes"));
}

enum exit_code verb_status(const struct invocation *i)
{
	_cleanup_(status_done) struct status s = { 0 };
	struct client_error error;
	char problem[512];

	if (status_get(i->client, i->person, &s, &error) < 0)
		return verbs_fail(&error);
	if (i->json)
		return print_json(i, &s);
	print_head(&s);
	for (size_t k = 0; k < s.n; k++)
		print_person(&s, &s.people[k], i);
	gateway_print(i);
	if (s.problems && *s.problems)
		printf("\n%s%s%s\n", i->style.colour ? "\033[33m" : "", _("Problems"),
			i->style.colour ? "\033[0m" : "");
	for (char **p = s.problems; p && *p; p++)
		printf("  %s\n", keeper_words(*p, problem, sizeof(problem)));
	return EXIT_DONE;
}
