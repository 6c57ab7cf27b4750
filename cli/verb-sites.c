/* sites: what is metered, and by which hosts. */
#include <errno.h>
#include <jansson.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "names.h"
#include "verbs.h"

struct site {
	const char *name, *title, *category;
	char **feed, **cdn, **free_hosts;
	int needs_media;
};

static void strv_free(char **list)
{
	for (char **s = list; s && *s; s++)
		free(*s);
	free(list);
}

static void site_done(struct site *s)
{
	strv_free(s->feed);
	strv_free(s->cdn);
	strv_free(s->free_hosts);
}

/* 1: one was read, 0: the list is at its end. */
static int read_site(sd_bus_message *m, struct site *s)
{
	int r;

	r = sd_bus_message_enter_container(m, 'r', "sssasasasb");
	if (r <= 0)
		return r;
	r = sd_bus_message_read(m, "sss", &s->name, &s->title, &s->category);
	if (r >= 0)
		r = sd_bus_message_read_strv(m, &s->feed);
	if (r >= 0)
		r = sd_bus_message_read_strv(m, &s->cdn);
	if (r >= 0)
		r = sd_bus_message_read_strv(m, &s->free_hosts);
	if (r >= 0)
		r = sd_bus_message_read(m, "b", &s->needs_media);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r < 0 ? r : 1;
}

static json_t *hosts_json(char **hosts)
{
	json_t *list = json_array();

	for (char **h = hosts; h && *h; h++)
		json_array_append_new(list, json_string(*h));
	return list;
}

static json_t *site_json(const struct site *s)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "site", s->name, "title", s->title,
		"category", s->category, "domain", hosts_json(s->feed), "cdn", hosts_json(s->cdn),
		"free", hosts_json(s->free_hosts), "sitting", s->needs_media ? "both" : "any");
}

/* The first host stands for all; how many more there are is told. */
static void add_line(struct libscols_table *table, const struct site *s)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char **first = s->feed && *s->feed ? s->feed : s->cdn;
	size_t n = 0;
	char hosts[300];

	for (char **h = s->feed; h && *h; h++)
		n++;
	for (char **h = s->cdn; h && *h; h++)
		n++;
	if (n > 1)
		snprintf(hosts, sizeof(hosts), "%s and %zu more", *first, n - 1);
	else
		snprintf(hosts, sizeof(hosts), "%s", first && *first ? *first : "");
	if (!line || scols_line_set_data(line, 0, s->name) != 0 ||
		scols_line_set_data(line, 1, s->title) != 0 ||
		scols_line_set_data(line, 2, s->category) != 0 ||
		scols_line_set_data(line, 3, hosts) != 0)
		abort(); /* no memory for a line of text */
}

static int show(sd_bus_message *m, struct libscols_table *table, json_t *list)
{
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(sssasasasb)");
	while (r >= 0) {
		_cleanup_(site_done) struct site s = { 0 };

		r = read_site(m, &s);
		if (r <= 0)
			break;
		if (list)
			json_array_append_new(list, site_json(&s));
		else
			add_line(table, &s);
	}
	return r;
}

enum exit_code verb_sites(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct libscols_table *table = scols_new_table();
	json_t *list = i->json ? json_array() : NULL;
	struct client_error error;
	int r;

	if (client_call(i->client, "ListSites", &reply, &error, "") < 0) {
		scols_unref_table(table);
		json_decref(list);
		return verbs_fail(&error);
	}
	scols_table_set_column_separator(table, "  ");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	scols_table_new_column(table, "SITE", 0, 0);
	scols_table_new_column(table, "NAME", 0, 0);
	scols_table_new_column(table, "KIND", 0, 0);
	scols_table_new_column(table, "HOSTS", 0, 0);
	r = show(reply, table, list);
	if (r >= 0 && list) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (r >= 0) {
		scols_print_table(table);
	}
	scols_unref_table(table);
	json_decref(list);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}
