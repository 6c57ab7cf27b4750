/* Which network the machine is in: whom names are asked of, and when that, or the way there, is
 * another one. A resolv.conf that is empty for a moment, or for good, takes nobody's names away:
 * the last known resolvers serve. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "manager-internal.h"
#include "system/way-out.h"

static bool same_upstream(const struct upstream *a, const struct upstream *b)
{
	return endpoint_lists_equal(a->upstreams, a->n_upstreams, b->upstreams, b->n_upstreams) &&
	       endpoint_lists_equal(a->uplinks, a->n_uplinks, b->uplinks, b->n_uplinks);
}

static struct upstream configured(const struct config *c)
{
	struct upstream u = { 0 };

	for (size_t i = 0; i < c->upstreams.n && i < HOOK_UPSTREAMS_MAX; i++) {
		u.upstreams[u.n_upstreams++] = c->upstreams.items[i];
		u.uplinks[u.n_uplinks++] = c->upstreams.items[i];
	}
	return u;
}

void manager_read_upstream(struct manager *m)
{
	const char *path = m->options.resolv_conf;
	const bool known = m->upstream.n_upstreams > 0 && !m->upstream.guessed;
	struct upstream u;
	int r;

	if (!m->config->upstream_auto) {
		m->upstream = configured(m->config);
		manager_set_problem(&m->resolver_problem, NULL);
		return;
	}
	r = upstream_read(path, &m->config->listens, &u);
	if (r < 0)
		manager_set_problem(
			&m->resolver_problem, "%s can't be read: %s", path, strerror(-r));
	else if (u.guessed && known)
		manager_set_problem(&m->resolver_problem,
			"%s names no resolver: the last known ones are asked", path);
	else
		manager_set_problem(&m->resolver_problem, NULL);
	if (r >= 0 && !(u.guessed && known))
		m->upstream = u;
}

size_t manager_system_resolvers(const struct manager *m, struct address ret[2 * HOOK_UPSTREAMS_MAX])
{
	struct upstream system = { 0 };
	size_t n = 0;
	const int r = upstream_read(m->options.resolv_conf, &m->config->listens, &system);

	for (size_t i = 0; r >= 0 && i < system.n_upstreams; i++)
		ret[n++] = system.upstreams[i].address;
	if (r >= 0 && !system.guessed)
		return n;
	/* programs that have read the file before it was empty still ask those */
	for (size_t i = 0; i < m->upstream.n_upstreams; i++)
		ret[n++] = m->upstream.upstreams[i].address;
	/* and some ask this one, too, when nobody is named */
	if (address_parse("::1", &ret[n]) >= 0)
		n++;
	return n;
}

const char *manager_format_servers(
	const struct endpoint *servers, size_t n, char buffer[SERVERS_TEXT_MAX])
{
	char one[ADDRESS_TEXT_MAX];
	size_t at = 0;

	*buffer = 0;
	for (size_t i = 0; i < n && at < SERVERS_TEXT_MAX; i++)
		at += (size_t)snprintf(buffer + at, SERVERS_TEXT_MAX - at, "%s%s",
			i > 0 ? ", " : "", address_format(&servers[i].address, one));
	return buffer;
}

void manager_note_upstream(struct manager *m, uint8_t silent)
{
	const struct upstream *u = &m->upstream;
	char list[SERVERS_TEXT_MAX];

	if (silent & HOOK_SILENT_UPSTREAMS)
		manager_set_problem(&m->upstream_problem,
			"No resolver answers, names can't be looked up: %s",
			manager_format_servers(u->upstreams, u->n_upstreams, list));
	else if (silent & HOOK_SILENT_UPLINKS)
		manager_set_problem(&m->upstream_problem,
			"The resolvers that know the metered names do not answer: %s",
			manager_format_servers(u->uplinks, u->n_uplinks, list));
	else
		manager_set_problem(&m->upstream_problem, NULL);
}

static void refresh_hook(struct manager *m)
{
	int r;

	if (!m->leases || !leases_connected(m->leases))
		return;
	r = leases_send(m->leases, &(struct hook_message){ .type = HOOK_REFRESH });
	if (r < 0)
		log_warning_errno(r, "Can't tell the name hook of the other network");
}

void manager_read_resolvers(struct manager *m)
{
	manager_send_setup(m);
	manager_attach(m);
	refresh_hook(m);
	manager_hosts_update(m);
}

static void on_resolvers_changed(void *userdata)
{
	manager_read_resolvers(userdata);
}

/* Leases take the way that packets to their servers took: where no route leads, nothing does. A
 * machine that never had one has lost none. */
static void note_way(struct manager *m)
{
	const int by4 = way_out_leads(&m->config->lease4.address);
	const int by6 = way_out_leads(&m->config->lease6.address);

	if (by4 < 0 || by6 < 0) {
		log_debug_errno(by4 < 0 ? by4 : by6, "Can't ask the kernel for a route");
		return;
	}
	m->had_way |= by4 > 0 || by6 > 0;
	manager_note_loss(m, LOSS_NETWORK, m->had_way && by4 == 0 && by6 == 0);
}

/* resolv.conf has its own watch; what stands behind the file may have changed all the same. */
static void on_network_changed(void *userdata)
{
	struct manager *m = userdata;
	const struct upstream before = m->upstream;

	note_way(m);
	manager_read_upstream(m);
	if (!same_upstream(&before, &m->upstream)) {
		manager_read_resolvers(m);
		return;
	}
	refresh_hook(m);
	manager_hosts_ask(m, true);
}

void manager_network_start(struct manager *m)
{
	int r;

	r = file_watch_new(
		m->event, m->options.resolv_conf, on_resolvers_changed, m, &m->upstream_watch);
	if (r < 0)
		log_warning_errno(r, "Can't watch %s", m->options.resolv_conf);
	r = netwatch_new(m->event, on_network_changed, m, &m->netwatch);
	if (r < 0)
		log_warning_errno(r, "Can't watch the network");
	note_way(m);
}
