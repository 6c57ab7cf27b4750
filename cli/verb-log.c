/* log: what happened, and to whom. */
#include <errno.h>
#include <jansson.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "dates.h"
#include "events.h"
#include "keeper-words.h"
#include "language.h"
#include "names.h"
#include "verbs.h"

#define LATEST 50 /* without --since: a screen or two */

static void add_line(struct libscols_table *table, const struct event *e)
{
	const time_t t = (time_t)(e->wall_usec / (int64_t)USEC_PER_SEC);
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char at[PRINT_TEXT_MAX], what[512], text[400];
	struct tm local;

	localtime_r(&t, &local);
	strftime(at, sizeof(at), _("%a %e %b %H:%M:%S"), &local);
	if (events_is_declared(e->kind))
		snprintf(what, sizeof(what), "%s: %s (%s)", *e->site ? e->site : _("everything"),
			events_declared(e->kind), e->text);
	else if (*e->site)
		snprintf(what, sizeof(what), _("%s is %s: %s"), e->site, events_state(e->kind),
			events_reason(e->text));
	else
		snprintf(what, sizeof(what), "%s: %s", e->kind,
			keeper_words(e->text, text, sizeof(text)));
	if (!line || scols_line_set_data(line, 0, at) != 0 ||
		scols_line_set_data(line, 1, *e->person ? e->person : "-") != 0 ||
		scols_line_set_data(line, 2, what) != 0)
		abort(); /* no memory for a line of text */
}

static int show_table(sd_bus_message *m)
{
	struct libscols_table *table = scols_new_table();
	struct event e;
	int r;

	scols_table_set_column_separator(table, "  ");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	scols_table_new_column(table, _("WHEN"), 0, 0);
	scols_table_new_column(table, _("WHO"), 0, 0);
	scols_table_new_column(table, _("WHAT"), 0, 0);
	while ((r = events_read(m, &e)) > 0)
		add_line(table, &e);
	if (scols_table_get_nlines(table) > 0)
		scols_print_table(table);
	else
		puts(_("Nothing has happened."));
	scols_unref_table(table);
	return r;
}

static int show_json(sd_bus_message *m)
{
	json_t *list = json_array();
	struct event e;
	int r;

	while ((r = events_read(m, &e)) > 0)
		json_array_append_new(list, event_json(&e));
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
	return r;
}

enum exit_code verb_log(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;
	int64_t since = 0;
	int r;

	if (i->since && dates_parse(i->since, (int64_t)clock_now().wall_usec, &since) < 0) {
		return verbs_expect_day(i->since);
	}
	if (client_call(i->client, "GetEvents", &reply, &error, "sxu", i->person, since,
		    (uint32_t)(i->since ? FOCUSD_EVENTS_MAX : LATEST)) < 0)
		return verbs_fail(&error);
	r = sd_bus_message_enter_container(reply, 'a', "(xssss)");
	if (r >= 0)
		r = i->json ? show_json(reply) : show_table(reply);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}
