/* One call, read into memory: what is shown of it is the verb's. */
#include "sites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "language.h"

static void strv_free(char **list)
{
	for (char **s = list; s && *s; s++)
		free(*s);
	free(list);
}

static void site_done(struct site *s)
{
	free(s->name);
	free(s->title);
	free(s->category);
	strv_free(s->feed);
	strv_free(s->cdn);
	strv_free(s->free_hosts);
}

void sites_done(struct sites *s)
{
	for (size_t i = 0; i < s->n; i++)
		site_done(&s->items[i]);
	free(s->items);
	*s = (struct sites){ 0 };
}

static int read_words(sd_bus_message *m, struct site *s)
{
	const char *name, *title, *category;
	const int r = sd_bus_message_read(m, "sss", &name, &title, &category);

	if (r < 0)
		return r;
	s->name = strdup(name);
	s->title = strdup(title);
	s->category = strdup(category);
	return s->name && s->title && s->category ? 0 : -ENOMEM;
}

/* 1: one was read, 0: the list is at its end. */
static int read_site(sd_bus_message *m, struct site *s)
{
	int r, needs_media;

	r = sd_bus_message_enter_container(m, 'r', "sssasasasb");
	if (r <= 0)
		return r;
	r = read_words(m, s);
	if (r >= 0)
		r = sd_bus_message_read_strv(m, &s->feed);
	if (r >= 0)
		r = sd_bus_message_read_strv(m, &s->cdn);
	if (r >= 0)
		r = sd_bus_message_read_strv(m, &s->free_hosts);
	if (r >= 0)
		r = sd_bus_message_read(m, "b", &needs_media);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;
	s->needs_media = needs_media;
	return 1;
}

static int read_all(sd_bus_message *m, struct sites *s)
{
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(sssasasasb)");
	while (r >= 0) {
		struct site *items = reallocarray(s->items, s->n + 1, sizeof(*items));

		if (!items)
			return -ENOMEM;
		s->items = items;
		items[s->n] = (struct site){ 0 };
		r = read_site(m, &items[s->n]);
		if (r <= 0) {
			site_done(&items[s->n]);
			break;
		}
		s->n++;
	}
	return r;
}

int sites_get(struct client *client, struct sites *ret, struct client_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sites_done) struct sites s = { 0 };
	int r;

	r = client_call(client, "ListSites", &reply, ret_error, "");
	if (r < 0)
		return r;
	r = read_all(reply, &s);
	if (r < 0) {
		ret_error->kind = CLIENT_FAILED;
		snprintf(ret_error->text, sizeof(ret_error->text),
			_("focusd's answer can't be read: is it of another version?"));
		return r;
	}
	*ret = s;
	s = (struct sites){ 0 };
	return 0;
}

static bool any_mentions(char *const *hosts, const char *word)
{
	for (char *const *h = hosts; h && *h; h++)
		if (strcasestr(*h, word))
			return true;
	return false;
}

bool site_mentions(const struct site *s, const char *word)
{
	return strcasestr(s->name, word) || strcasestr(s->title, word) ||
	       strcasestr(s->category, word) || any_mentions(s->feed, word) ||
	       any_mentions(s->cdn, word) || any_mentions(s->free_hosts, word);
}

bool site_in_category(const struct site *s, const char *word)
{
	const size_t length = strlen(word);
	const char *at = s->category;

	for (size_t n; (n = strcspn(at, " \t")), *at; at += n + (at[n] != 0))
		if (n == length && n > 0 && strncmp(at, word, n) == 0)
			return true;
	return false;
}

size_t site_heading(const struct site *s)
{
	return strcspn(s->category, " \t");
}

static json_t *hosts_json(char **hosts)
{
	json_t *list = json_array();

	for (char **h = hosts; h && *h; h++)
		json_array_append_new(list, json_string(*h));
	return list;
}

json_t *site_json(const struct site *s)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "site", s->name, "title", s->title,
		"category", s->category, "domain", hosts_json(s->feed), "cdn", hosts_json(s->cdn),
		"free", hosts_json(s->free_hosts), "sitting", s->needs_media ? "both" : "any");
}
