/* pending: what is to become looser, and from when on. */
#include <jansson.h>
#include <libsmartcols.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "language.h"
#include "pending.h"

static void set(struct libscols_line *line, size_t column, const char *text)
{
	if (!line || scols_line_set_data(line, column, text) != 0)
		abort(); /* no memory for a line of text */
}

static void add_line(const struct pending *p, void *userdata)
{
	struct libscols_line *line = scols_table_new_line(userdata, NULL);
	char number[16], when[PRINT_TEXT_MAX];

	snprintf(number, sizeof(number), "L%u", p->number);
	set(line, 0, number);
	set(line, 1, *p->person ? p->person : _("everybody"));
	set(line, 2, *p->target ? p->target : "-");
	set(line, 3, p->now);
	set(line, 4, p->then);
	set(line, 5, p->due_usec ? pending_when(p->due_usec, when) : _("cancelled: it stays"));
}

static struct libscols_table *new_table(void)
{
	static const char *const heads[] = { "", N_("WHO"), N_("WHAT"), N_("NOW"), N_("THEN"),
		N_("FROM") };
	struct libscols_table *table = scols_new_table();

	scols_table_set_column_separator(table, "  ");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < ELEMENTSOF(heads); i++)
		scols_table_new_column(table, translated(heads[i]), 0, 0);
	return table;
}

static enum exit_code show_table(const struct invocation *i)
{
	struct libscols_table *table = new_table();
	char span[PRINT_TEXT_MAX];
	int64_t loosen_after_sec;
	const enum exit_code code = pending_list(i, &loosen_after_sec, add_line, table);

	if (code == EXIT_DONE && scols_table_get_nlines(table) > 0)
		scols_print_table(table);
	else if (code == EXIT_DONE && loosen_after_sec > 0)
		printf(_("Nothing waits. What loosens a rule waits %s.\n"),
			print_span(loosen_after_sec, span));
	else if (code == EXIT_DONE)
		puts(_("Nothing waits, and nothing has to: [commitment] loosen-after is not set."));
	scols_unref_table(table);
	return code;
}

static void add_json(const struct pending *p, void *userdata)
{
	char when[PRINT_TEXT_MAX];

	json_array_append_new(
		userdata, json_pack("{s:i, s:s?, s:s?, s:s, s:s, s:s?, s:b}", "number",
				  (int)p->number, "person", *p->person ? p->person : NULL, "target",
				  *p->target ? p->target : NULL, "now", p->now, "then", p->then,
				  "from", p->due_usec ? print_instant(p->due_usec, when) : NULL,
				  "cancelled", p->due_usec == 0));
}

static enum exit_code show_json(const struct invocation *i)
{
	json_t *list = json_array(), *all;
	int64_t loosen_after_sec;
	const enum exit_code code = pending_list(i, &loosen_after_sec, add_json, list);

	if (code != EXIT_DONE) {
		json_decref(list);
		return code;
	}
	all = json_pack(
		"{s:I, s:o}", "loosen_after_sec", (json_int_t)loosen_after_sec, "pending", list);
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
	return EXIT_DONE;
}

enum exit_code verb_pending(const struct invocation *i)
{
	return i->json ? show_json(i) : show_table(i);
}
