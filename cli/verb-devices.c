/* devices: what a gateway sees on its network, and whose it is. */
#include <jansson.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "language.h"
#include "names.h"
#include "print.h"
#include "verbs.h"

#define SHOWN_ADDRESSES 2 /* of a device with more, --json tells all */
#define LINE_MAX_BYTES  160

struct device_row {
	const char *device, *name, *person;
	char **addresses;
	int64_t seen_usec;
};

static void row_done(struct device_row *row)
{
	for (char **a = row->addresses; a && *a; a++)
		free(*a);
	free(row->addresses);
}

/* 1: a row, whose words are the message's; 0: the end. */
static int read_row(sd_bus_message *m, struct device_row *ret)
{
	int r;

	*ret = (struct device_row){ 0 };
	r = sd_bus_message_enter_container(m, 'r', "sasssx");
	if (r <= 0)
		return r;
	r = sd_bus_message_read(m, "s", &ret->device);
	if (r >= 0)
		r = sd_bus_message_read_strv(m, &ret->addresses);
	if (r >= 0)
		r = sd_bus_message_read(m, "ssx", &ret->name, &ret->person, &ret->seen_usec);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r < 0 ? r : 1;
}

static const char *addresses_text(const struct device_row *row, char buffer[LINE_MAX_BYTES])
{
	size_t n = 0, at = 0;

	for (char **a = row->addresses; a && *a; a++, n++)
		if (n < SHOWN_ADDRESSES)
			at += (size_t)snprintf(
				buffer + at, LINE_MAX_BYTES - at, "%s%s", n > 0 ? " " : "", *a);
	if (n > SHOWN_ADDRESSES)
		snprintf(buffer + at, LINE_MAX_BYTES - at, " +%zu", n - SHOWN_ADDRESSES);
	return n > 0 ? buffer : "-";
}

static const char *seen_text(const struct device_row *row, char buffer[PRINT_TEXT_MAX])
{
	const int64_t ago_sec =
		((int64_t)clock_now().wall_usec - row->seen_usec) / (int64_t)USEC_PER_SEC;
	char span[PRINT_TEXT_MAX];

	if (row->seen_usec == 0)
		return _("not now");
	if (ago_sec < SEC_PER_MIN)
		return _("now");
	snprintf(buffer, PRINT_TEXT_MAX, _("%s ago"), print_span(ago_sec, span));
	return buffer;
}

static void set(struct libscols_line *line, size_t column, const char *text)
{
	if (!line || scols_line_set_data(line, column, text) != 0)
		abort(); /* no memory for a line of text */
}

static void add_line(struct libscols_table *table, const struct device_row *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char addresses[LINE_MAX_BYTES], seen[PRINT_TEXT_MAX];

	set(line, 0, row->device);
	set(line, 1, addresses_text(row, addresses));
	set(line, 2, *row->name ? row->name : "-");
	set(line, 3, *row->person ? row->person : _("unknown"));
	set(line, 4, seen_text(row, seen));
}

static int show_table(sd_bus_message *m)
{
	static const char *const heads[] = { N_("DEVICE"), N_("ADDRESS"), N_("NAME"), N_("WHOSE"),
		N_("SEEN") };
	struct libscols_table *table = scols_new_table();
	struct device_row row;
	int r;

	scols_table_set_column_separator(table, "  ");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < ELEMENTSOF(heads); i++)
		scols_table_new_column(table, translated(heads[i]), 0, 0);
	while ((r = read_row(m, &row)) > 0) {
		add_line(table, &row);
		row_done(&row);
	}
	if (scols_table_get_nlines(table) > 0)
		scols_print_table(table);
	else
		puts(_("No device is there, and none is configured."));
	scols_unref_table(table);
	return r;
}

static json_t *row_json(const struct device_row *row)
{
	json_t *addresses = json_array();
	char when[PRINT_TEXT_MAX];

	for (char **a = row->addresses; a && *a; a++)
		json_array_append_new(addresses, json_string(*a));
	return json_pack("{s:s, s:o, s:s?, s:s?, s:s?}", "device", row->device, "addresses",
		addresses, "name", *row->name ? row->name : NULL, "person",
		*row->person ? row->person : NULL, "seen",
		row->seen_usec ? print_instant(row->seen_usec, when) : NULL);
}

static int show_json(sd_bus_message *m)
{
	json_t *list = json_array();
	struct device_row row;
	int r;

	while ((r = read_row(m, &row)) > 0) {
		json_array_append_new(list, row_json(&row));
		row_done(&row);
	}
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
	return r;
}

static enum exit_code list(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;
	int r;

	if (client_call(i->client, "ListDevices", &reply, &error, "") < 0)
		return verbs_fail(&error);
	r = sd_bus_message_enter_container(reply, 'a', FOCUSD_DEVICE_ITEM);
	if (r >= 0)
		r = i->json ? show_json(reply) : show_table(reply);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static enum exit_code assign(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *device = i->arguments[1], *person = i->arguments[2];
	const bool nobody = strcmp(person, "none") == 0;
	struct client_error error;

	if (client_call(i->client, "AssignDevice", &reply, &error, "ss", device,
		    nobody ? "" : person) < 0)
		return verbs_fail(&error);
	if (nobody)
		printf(_("%s: nobody's from now on\n"), device);
	else
		printf(_("%s: %s's from now on\n"), device, person);
	return EXIT_DONE;
}

enum exit_code verb_devices(const struct invocation *i)
{
	if (i->n_arguments == 0)
		return list(i);
	if (i->n_arguments == 3 && strcmp(i->arguments[0], "assign") == 0)
		return assign(i);
	fputs(_("focusctl: devices: expected nothing, or assign, a device and a person\n"), stderr);
	return EXIT_USAGE;
}
