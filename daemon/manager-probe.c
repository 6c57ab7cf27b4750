/* Reads, for the client, what only the keeper knows; the client does the rest. */
#include "manager-probe.h"

#include "base/cleanup.h"
#include "manager-internal.h"

_Static_assert(HOOK_UPSTREAMS_MAX <= 8, "struct probe has room for the resolvers");

/* Is there a limit or a window of this site for this person, by itself? */
static bool is_ruled(const struct manager *m, int person, size_t site)
{
	const char *name = person >= 0 ? manager_person_name(m, (size_t)person) : NULL;
	const struct rule_keys rules = config_rules(m->config, name, false, site);

	return config_rules_limit(&rules);
}

static bool is_open(const struct manager *m, int person, size_t site)
{
	return person < 0 || m->applied[manager_cell(m, (size_t)person, site)].state != GATE_SHUT;
}

/* Of the many that are open and nobody limits; the rest is for those that are shut. */
#define UNRULED_MAX (PROBE_HOSTS_MAX * 3 / 4)

static void add_hosts(const struct manager *m, int person, bool open, bool ruled, struct probe *p)
{
	const size_t most = open && !ruled ? UNRULED_MAX : PROBE_HOSTS_MAX;

	for (size_t s = 0; s < m->config->n_sites && p->n_hosts < most; s++) {
		const struct strings *feed = &m->config->sites[s].hosts[HOST_FEED];

		if (feed->n > 0 && is_open(m, person, s) == open && is_ruled(m, person, s) == ruled)
			p->hosts[p->n_hosts++] = (struct probe_host){ feed->items[0], open };
	}
}

static void add_hook(struct probe *p, const char *address, uint16_t port)
{
	if (port > 0 && endpoint_parse(address, port, &p->hooks[p->n_hooks]) == 0)
		p->n_hooks++;
}

static int add_moved(const struct manager *m, int person, struct probe *p)
{
	_cleanup_free_ struct gate_counter *counters = NULL;
	size_t n;
	const int r = gate_read(m->gate, &counters, &n);

	for (size_t i = 0; r >= 0 && i < n; i++)
		if (counters[i].mark == m->marks[person])
			p->moved_bytes += counters[i].up_bytes + counters[i].down_bytes;
	return r;
}

int manager_probe(struct manager *m, int person, struct probe *ret)
{
	struct probe p = { .person = "", .uid = (uid_t)-1 };
	int r = 0;

	if (person >= 0) {
		p.person = manager_person_name(m, (size_t)person);
		p.uid = manager_person_uid(m, (size_t)person);
		r = add_moved(m, person, &p);
	}
	/* what matters to this person first */
	add_hosts(m, person, true, true, &p);
	add_hosts(m, person, true, false, &p);
	add_hosts(m, person, false, true, &p);
	add_hosts(m, person, false, false, &p);
	if (m->hook_live) {
		add_hook(&p, "127.0.0.1", m->port4);
		add_hook(&p, "::1", m->port6);
	}
	for (size_t i = 0; i < m->upstream.n_upstreams; i++)
		p.resolvers[p.n_resolvers++] = m->upstream.upstreams[i];
	if (r >= 0)
		*ret = p;
	return r;
}
