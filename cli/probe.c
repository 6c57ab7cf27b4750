/* Unmarshals; looks nothing up. */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "language.h"

#define KIND_FREE 2 /* the third of ListSites' lists of hosts */

void probe_done(struct probe *p)
{
	sd_bus_message_unref(p->reply);
}

static int read_range(sd_bus_message *m, struct prefix *range)
{
	const char *text;
	const int r = sd_bus_message_read(m, "s", &text);

	return r < 0 ? r : prefix_parse(text, range);
}

static int read_hosts(sd_bus_message *m, struct probe *p)
{
	const char *name;
	int r, open;

	r = sd_bus_message_enter_container(m, 'a', "(sb)");
	while (r >= 0 && (r = sd_bus_message_read(m, "(sb)", &name, &open)) > 0)
		if (p->n_hosts < PROBE_LIST_MAX) {
			p->hosts[p->n_hosts].name = name;
			p->hosts[p->n_hosts++].open = open;
		}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_endpoints(sd_bus_message *m, struct endpoint *list, size_t *n)
{
	const char *text;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "s");
	while (r >= 0 && (r = sd_bus_message_read(m, "s", &text)) > 0)
		if (*n < PROBE_LIST_MAX && endpoint_parse(text, 53, &list[*n]) == 0)
			++*n;
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int not_understood(struct client_error *ret_error)
{
	ret_error->kind = CLIENT_FAILED;
	snprintf(ret_error->text, sizeof(ret_error->text),
		_("focusd's answer can't be read: is it of another version?"));
	return -EBADMSG;
}

int probe_get(
	struct client *c, const char *person, struct probe *ret, struct client_error *ret_error)
{
	struct probe p = { 0 };
	int r;

	r = client_call(c, "Probe", &p.reply, ret_error, "s", person);
	if (r < 0)
		return r;
	r = sd_bus_message_read(p.reply, "su", &p.person, &p.uid);
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(p.ranges); i++)
		r = read_range(p.reply, &p.ranges[i]);
	if (r >= 0)
		r = read_hosts(p.reply, &p);
	if (r >= 0)
		r = read_endpoints(p.reply, p.hooks, &p.n_hooks);
	if (r >= 0)
		r = read_endpoints(p.reply, p.resolvers, &p.n_resolvers);
	if (r >= 0)
		r = sd_bus_message_read(p.reply, "t", &p.moved_bytes);
	if (r < 0) {
		probe_done(&p);
		return not_understood(ret_error);
	}
	*ret = p;
	return 0;
}

bool probe_is_lease(const struct probe *p, const struct address *a)
{
	return prefix_contains(&p->ranges[0], a) || prefix_contains(&p->ranges[1], a);
}

void metered_done(struct metered *m)
{
	free(m->names);
	free(m->free);
	sd_bus_message_unref(m->reply);
}

static int read_names(sd_bus_message *m, struct metered *list, bool is_free)
{
	const char *name;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "s");
	while (r >= 0 && (r = sd_bus_message_read(m, "s", &name)) > 0) {
		const char **names = reallocarray(list->names, list->n + 1, sizeof(*names));
		bool *free_names;

		if (!names)
			return -ENOMEM;
		list->names = names;
		free_names = reallocarray(list->free, list->n + 1, sizeof(*free_names));
		if (!free_names)
			return -ENOMEM;
		list->free = free_names;
		list->names[list->n] = name;
		list->free[list->n++] = is_free;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_site(sd_bus_message *m, struct metered *list)
{
	int r;

	r = sd_bus_message_skip(m, "sss");
	for (int kind = 0; r >= 0 && kind <= KIND_FREE; kind++)
		r = read_names(m, list, kind == KIND_FREE);
	if (r >= 0)
		r = sd_bus_message_skip(m, "b");
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

int metered_get(struct client *c, struct metered *ret, struct client_error *ret_error)
{
	struct metered list = { 0 };
	int r;

	r = client_call(c, "ListSites", &list.reply, ret_error, "");
	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(list.reply, 'a', "(sssasasasb)");
	while (r >= 0 && (r = sd_bus_message_enter_container(list.reply, 'r', "sssasasasb")) > 0)
		r = read_site(list.reply, &list);
	if (r < 0) {
		metered_done(&list);
		return not_understood(ret_error);
	}
	*ret = list;
	return 0;
}

static bool is_below(const char *host, const char *name)
{
	const size_t n = strlen(host), k = strlen(name);

	return n >= k && strcasecmp(host + n - k, name) == 0 && (n == k || host[n - k - 1] == '.');
}

bool metered_has(const struct metered *m, const char *host)
{
	size_t longest = 0;
	bool has = false;

	for (size_t i = 0; i < m->n; i++) {
		const size_t length = strlen(m->names[i]);

		if (length > longest && is_below(host, m->names[i])) {
			longest = length;
			has = !m->free[i];
		}
	}
	return has;
}
