/* How look-ups reach the hook that systemd-resolved takes by its own socket or D-Bus and that never
 * meet port 53. Either resolved asks the hook itself (io.systemd.Resolve.Hook, since 259), or links
 * of ours, to which it routes the metered names; never both. Like the redirect they are there only
 * while a hook is. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/bypass.h"
#include "core/route-domains.h"
#include "manager-doctor.h"
#include "manager-internal.h"
#include "manager-seal.h"
#include "system/file-watch.h"

#define ASKS_HOOKS_SINCE 259                 /* systemd's version */
#define KEEP_USEC        (30 * USEC_PER_SEC) /* a third of OWN_LINK_TIMEOUT_SEC */
#define DOMAINS_MAX      (OWN_LINKS_MAX * RESOLVED_LINK_DOMAINS_MAX)

static bool runs(const struct manager *m)
{
	return m->resolved.bus && resolved_presence(m->resolved.bus) == RESOLVED_RUNNING;
}

static enum resolved_way choose_way(const struct manager *m)
{
	if (!runs(m) || m->config->intercept == INTERCEPT_NONE)
		return RESOLVED_NOT_NEEDED;
	if (m->resolved.asks_hook && resolved_version(m->resolved.bus) >= ASKS_HOOKS_SINCE)
		return RESOLVED_BY_HOOK;
	return RESOLVED_BY_LINK;
}

static int keep_links(struct manager *m, size_t n)
{
	bool changed;

	return own_link_keep(n, &m->resolved.links, &changed);
}

/* NULL: the link is gone, and with it all that resolved knew of it. */
void manager_resolved_lift(struct manager *m)
{
	int r;

	m->resolved.keep_timer = sd_event_source_disable_unref(m->resolved.keep_timer);
	manager_set_problem(&m->resolved.problem, NULL);
	if (!m->resolved.bus)
		return;
	resolved_tell(m->resolved.bus, NULL);
	r = keep_links(m, 0);
	if (r < 0)
		log_warning_errno(r, "Can't remove the link for systemd-resolved");
	manager_hosts_reconsider(m);
}

static int tell(struct manager *m, const char *const *domains, size_t n_domains)
{
	const size_t n_links =
		(n_domains + RESOLVED_LINK_DOMAINS_MAX - 1) / RESOLVED_LINK_DOMAINS_MAX;
	int r;

	r = keep_links(m, n_links);
	if (r < 0)
		return r;
	return resolved_tell(
		m->resolved.bus, &(struct resolved_plan){ .ifindexes = m->resolved.links.ifindexes,
					 .n_links = m->resolved.links.n,
					 .domains = domains,
					 .n_domains = n_domains,
					 .port = m->port4 });
}

/* What is metered, and the names that programs must hear of from us. */
static int list_names(const struct manager *m, struct hook_name **ret, size_t *ret_n)
{
	_cleanup_free_ struct hook_name *names = NULL;
	size_t n, n_bypass;
	const struct bypass_name *bypass = bypass_names(&n_bypass);
	struct hook_name *more;
	int r;

	r = manager_hook_names(m, &names, &n);
	if (r < 0)
		return r;
	more = reallocarray(names, n + n_bypass + 1, sizeof(*names));
	if (!more)
		return -ENOMEM;
	names = more;
	for (size_t i = 0; i < n_bypass && manager_wants_canary(m); i++)
		names[n++] = (struct hook_name){ .name = bypass[i].name, .metered = true };
	*ret = TAKE_PTR(names);
	*ret_n = n;
	return 0;
}

static int use_links(struct manager *m)
{
	_cleanup_free_ struct hook_name *names = NULL;
	_cleanup_free_ const char **domains = NULL;
	size_t n_names, n_domains;
	int r;

	if (m->port4 == 0)
		return -EADDRNOTAVAIL;
	r = list_names(m, &names, &n_names);
	if (r >= 0)
		r = route_domains_choose(names, n_names, &domains, &n_domains);
	if (r < 0)
		return r;
	if (n_domains > DOMAINS_MAX) {
		log_warning("systemd-resolved takes %d domains, not %zu: programs that use its "
			    "socket go past focusd for the rest",
			DOMAINS_MAX, n_domains);
		n_domains = DOMAINS_MAX;
	}
	return tell(m, domains, n_domains);
}

static void note_failure(struct manager *m, int r)
{
	if (r >= 0)
		manager_set_problem(&m->resolved.problem, NULL);
	else if (r == -EADDRNOTAVAIL)
		manager_set_problem(&m->resolved.problem,
			"Programs that use systemd-resolved's socket go past focusd: it needs a "
			"listener on 127.0.0.1");
	else
		manager_set_problem(&m->resolved.problem,
			"Programs that use systemd-resolved's socket go past focusd: %s",
			r == -EACCES || r == -EPERM ? "polkit does not let us set up a link"
						    : strerror(-r));
}

static int on_keep(sd_event_source *source, uint64_t usec, void *userdata);

static void arm_keep(struct manager *m)
{
	m->resolved.keep_timer = sd_event_source_disable_unref(m->resolved.keep_timer);
	if (sd_event_add_time_relative(m->event, &m->resolved.keep_timer, CLOCK_BOOTTIME, KEEP_USEC,
		    USEC_PER_SEC, on_keep, m) < 0)
		log_error("Can't set the link's timer");
}

void manager_resolved_update(struct manager *m)
{
	int r;

	if (!m->resolved.bus || !m->hook_live ||
		resolved_presence(m->resolved.bus) == RESOLVED_UNKNOWN)
		return;
	if (!runs(m) && m->resolved.links.n > 0)
		return; /* it may be restarting, and knows the link when it is back */
	if (choose_way(m) != RESOLVED_BY_LINK) {
		manager_resolved_lift(m);
		return;
	}
	r = use_links(m);
	if (!m->resolved.keep_timer)
		arm_keep(m);
	note_failure(m, r < 0 ? r : resolved_status(m->resolved.bus));
	manager_hosts_reconsider(m);
}

/* Renews the links' addresses, and puts back what somebody took away. */
static int on_keep(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	if (runs(m)) {
		arm_keep(m);
		manager_resolved_update(m);
	} else {
		manager_resolved_lift(m);
	}
	return 0;
}

static void on_uplinks(void *userdata)
{
	manager_read_resolvers(userdata);
}

/* Its folder is there once it runs. */
static void watch_uplinks(struct manager *m)
{
	if (file_watch_new(m->event, UPSTREAM_RESOLVED_LIST, on_uplinks, m, &m->resolved.uplinks) <
		0)
		log_debug("Can't watch " UPSTREAM_RESOLVED_LIST);
	else
		manager_read_resolvers(m);
}

static void on_changed(void *userdata)
{
	struct manager *m = userdata;

	if (runs(m) && !m->resolved.uplinks)
		watch_uplinks(m);
	manager_resolved_update(m);
}

void manager_resolved_start(struct manager *m)
{
	const int r = resolved_new(m->event, on_changed, m, &m->resolved.bus);

	if (r < 0)
		log_warning_errno(r, "Can't look for systemd-resolved");
}

void manager_resolved_free(struct manager *m)
{
	m->resolved.keep_timer = sd_event_source_disable_unref(m->resolved.keep_timer);
	m->resolved.uplinks = file_watch_free(m->resolved.uplinks);
	m->resolved.bus = resolved_free(m->resolved.bus);
	free(m->resolved.problem);
}

enum resolved_way manager_resolved_way(const struct manager *m)
{
	return choose_way(m);
}

bool manager_resolved_reached(const struct manager *m)
{
	switch (choose_way(m)) {
	case RESOLVED_NOT_NEEDED:
		return m->config->intercept != INTERCEPT_NONE;
	case RESOLVED_BY_HOOK:
		return m->hook_live;
	case RESOLVED_BY_LINK:
		return m->hook_live && resolved_status(m->resolved.bus) > 0;
	}
	return false;
}

void manager_check_resolved(struct examination *e)
{
	const struct manager *m = e->m;
	const unsigned version = m->resolved.bus ? resolved_version(m->resolved.bus) : 0;

	switch (choose_way(m)) {
	case RESOLVED_NOT_NEEDED:
		if (!runs(m))
			examination_ok(e, "systemd-resolved is not running: nothing to do");
		break; /* intercept = none is the redirect's to tell */
	case RESOLVED_BY_HOOK:
		examination_ok(e, "systemd-resolved %u asks focusd-dns itself (hook)", version);
		break;
	case RESOLVED_BY_LINK:
		if (m->resolved.problem)
			examination_fail(e,
				"apt install polkitd, or see journalctl -u focusd -u "
				"systemd-resolved",
				"%s", m->resolved.problem);
		else if (!m->hook_live || resolved_status(m->resolved.bus) <= 0)
			examination_fail(e, "journalctl -u focusd -u systemd-resolved",
				"systemd-resolved does not route metered names to focusd");
		else
			examination_ok(e,
				"systemd-resolved %u routes metered names to focusd-dns (link, "
				"%zu)",
				version, m->resolved.links.n);
		break;
	}
}
