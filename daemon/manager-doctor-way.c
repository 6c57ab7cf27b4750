/* Checks of the way between a look-up and the gate: resolvers, lease ranges, and other programs'
 * rules in between. */
#include <string.h>

#include "base/cleanup.h"
#include "manager-doctor.h"
#include "manager-internal.h"
#include "system/range-check.h"
#include "system/rivals.h"

#define CURE_RESTART "systemctl restart focusd"

/* Whether they answer is the client's to find out: we have no socket for it. */
void manager_check_resolvers(struct examination *e)
{
	const struct manager *m = e->m;
	struct upstream now = { 0 };
	char list[SERVERS_TEXT_MAX];
	int r, n;

	n = upstream_count(m->options.resolv_conf);
	r = upstream_read(m->options.resolv_conf, &m->config->listens, &now);
	if (n < 0 || r < 0)
		examination_warn(e, "let your network's program write it again",
			"%s can't be read (%s): programs then ask 127.0.0.1",
			m->options.resolv_conf, strerror(n < 0 ? -n : -r));
	else if (n == 0)
		examination_warn(e, "let your network's program write it again",
			"%s names no resolver: programs then ask 127.0.0.1",
			m->options.resolv_conf);
	else if (m->config->upstream_auto &&
		 !endpoint_lists_equal(now.upstreams, now.n_upstreams, m->upstream.upstreams,
			 m->upstream.n_upstreams))
		examination_fail(e, CURE_RESTART, "%s has changed and focusd has not noticed",
			m->options.resolv_conf);
	else {
		examination_ok(e, "Names that are not metered go to %s",
			manager_format_servers(
				m->upstream.upstreams, m->upstream.n_upstreams, list));
	}
}

void manager_check_ranges(struct examination *e)
{
	const struct prefix *const ranges[] = { &e->m->config->lease4, &e->m->config->lease6 };
	size_t n = 0;

	for (size_t i = 0; i < ELEMENTSOF(ranges); i++) {
		_cleanup_free_ char *found = NULL;
		const int r = range_check(ranges[i], &found);

		n += r < 0;
		if (r < 0)
			examination_fail(e,
				"remove it, or choose another range in [dns] and restart focusd",
				"%s", found ? found : strerror(-r));
	}
	if (n == 0)
		examination_ok(e, "Nobody else uses the lease addresses");
}

void manager_check_rivals(struct examination *e)
{
	const struct prefix ranges[] = { e->m->config->lease4, e->m->config->lease6 };
	_cleanup_(rivals_done) struct rivals found = { 0 };
	const int r = rivals_look(ranges, &found);

	if (r < 0)
		examination_warn(e, "nft list ruleset", "nftables' rules can't be looked at: %s",
			strerror(-r));
	for (size_t i = 0; i < found.redirects.n; i++)
		examination_fail(e,
			"turn that program's DNS redirect off, or give its chain a priority of "
			"-100",
			"The nftables table %s takes look-ups before focusd",
			found.redirects.items[i]);
	for (size_t i = 0; i < found.drops.n; i++)
		examination_fail(e, "let it accept the lease ranges, or choose others in [dns]",
			"The nftables table %s drops lease addresses before they are translated",
			found.drops.items[i]);
	for (size_t i = 0; i < found.offloads.n && e->m->config->network.gateway; i++)
		examination_fail(e, "let it accept the lease ranges before, as focusd(8) shows",
			"The nftables table %s carries devices' connections past focusd (flow add)",
			found.offloads.items[i]);
	if (r >= 0 && found.redirects.n == 0 && found.drops.n == 0 &&
		(found.offloads.n == 0 || !e->m->config->network.gateway))
		examination_ok(e, "No other rules stand in the way (nftables %s)", found.version);
}
