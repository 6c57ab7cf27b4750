/* grant: starts what somebody asked for, or lists what waits for an answer. */
#include <inttypes.h>
#include <jansson.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "declared.h"
#include "language.h"
#include "names.h"

static void add_line(struct libscols_table *table, const struct declared *d)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char id[24], span[PRINT_TEXT_MAX];

	snprintf(id, sizeof(id), "%" PRId64, d->id);
	if (!line || scols_line_set_data(line, 0, id) != 0 ||
		scols_line_set_data(line, 1, d->person) != 0 ||
		scols_line_set_data(line, 2, d->target) != 0 ||
		scols_line_set_data(line, 3, print_span(d->span_sec, span)) != 0 ||
		scols_line_set_data(line, 4, d->reason) != 0)
		abort(); /* no memory for a line of text */
}

static json_t *declared_json(const struct declared *d)
{
	char start[PRINT_TEXT_MAX], end[PRINT_TEXT_MAX];
	const bool begun = d->start_usec > 0;

	return json_pack("{s:I, s:s, s:s, s:I, s:s, s:s, s:s?, s:s?}", "id", (json_int_t)d->id,
		"person", d->person, "target", d->target, "span_sec", (json_int_t)d->span_sec,
		"reason", d->reason, "state", d->state, "start",
		begun ? print_instant(d->start_usec, start) : NULL, "end",
		begun ? print_instant(d->end_usec, end) : NULL);
}

static int print_json(json_t *json)
{
	const int r = json ? json_dumpf(json, stdout, JSON_INDENT(2)) : -1;

	putchar('\n');
	json_decref(json);
	return r;
}

static int show_json(sd_bus_message *m)
{
	json_t *list = json_array();
	struct declared d;
	int r;

	while ((r = declared_read(m, &d)) > 0)
		if (strcmp(d.state, "asked") == 0)
			json_array_append_new(list, declared_json(&d));
	return print_json(list) < 0 ? -1 : r;
}

static int show_table(sd_bus_message *m)
{
	static const char *const columns[] = { N_("ID"), N_("WHO"), N_("WHAT"), N_("FOR"),
		N_("REASON") };
	struct libscols_table *table = scols_new_table();
	struct declared d;
	int r;

	scols_table_set_column_separator(table, "  ");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < ELEMENTSOF(columns); i++)
		scols_table_new_column(table, translated(columns[i]), 0, 0);
	while ((r = declared_read(m, &d)) > 0)
		if (strcmp(d.state, "asked") == 0)
			add_line(table, &d);
	if (scols_table_get_nlines(table) > 0)
		scols_print_table(table);
	else
		puts(_("Nobody waits for an answer."));
	scols_unref_table(table);
	return r;
}

static enum exit_code list(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;
	int r;

	if (client_call(i->client, "ListDeclared", &reply, &error, "s", "") < 0)
		return verbs_fail(&error);
	r = sd_bus_message_enter_container(reply, 'a', FOCUSD_PASS_SIGNATURE);
	if (r >= 0)
		r = i->json ? show_json(reply) : show_table(reply);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

enum exit_code verb_grant(const struct invocation *i)
{
	struct declared_reply r = { 0 };
	struct client_error error;
	uint64_t id = 0;

	if (i->n_arguments == 0)
		return list(i);
	if (i->n_arguments == 1 && parse_uint64(i->arguments[0], INT64_MAX, &id) < 0) {
		fprintf(stderr,
			_("focusctl: %s: expected an id that focusctl grant shows, or a "
			  "person and a site\n"),
			i->arguments[0]);
		return EXIT_USAGE;
	}
	if (client_call(i->client, "Grant", &r.message, &error, "xss", (int64_t)id,
		    i->n_arguments == 2 ? i->arguments[0] : "",
		    i->n_arguments == 2 ? i->arguments[1] : "") < 0)
		return verbs_fail(&error);
	if (declared_read_reply(&r) < 0) {
		sd_bus_message_unref(r.message);
		return EXIT_FAILED;
	}
	if (i->json) {
		print_json(declared_json(&r.declared));
	} else {
		printf("%s: ", r.declared.person);
		declared_print_open(&r.declared);
	}
	sd_bus_message_unref(r.message);
	return EXIT_DONE;
}
