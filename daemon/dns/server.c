/* Decides what becomes of a question; the sockets, upstream and the keeper are other files'. */
#include "dns/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/bypass.h"
#include "dns/forward.h"
#include "dns/keeper.h"
#include "dns/known.h"
#include "dns/listener.h"
#include "dns/outage.h"
#include "dns/reply.h"
#include "dns/resolved-hook.h"
#include "dns/seen.h"
#include "dns/turn.h"

#define WAIT_USEC        USEC_PER_SEC       /* for the keeper: its first word, or a lease */
#define RETRY_USEC       (5 * USEC_PER_SEC) /* after a refresh that failed */
#define REFRESH_MIN_USEC (30 * USEC_PER_SEC)
#define REFRESH_MAX_USEC (3600 * USEC_PER_SEC)

#define SKIM_MAX         16 /* addresses of one answer that are remembered */
#define REASKED_MAX      64 /* names that a new table makes metered and that are asked for at once */

#define TYPE_ANY         255
#define CLASS_IN         1

struct server {
	sd_event *event;
	sd_event_source *timer;
	struct batch batch;
	struct listener *listener;
	struct resolved_hook *resolved; /* NULL: it does not ask us */
	struct forward *forward;
	struct outage *outage;
	struct keeper *keeper;
	struct known *known;
	struct seen *seen;              /* what was passed on */
	const struct hook_table *table; /* NULL until the keeper's first word */
	struct request *early;          /* what came before it */
	usec_t early_end_usec;
};

/* A metered name that upstream is asked for; outlives neither the server nor the exchange. */
struct resolution {
	struct server *server;
	int family;
	char name[DOMAIN_TEXT_MAX + 1];
};

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

/* Somebody must be answered at the latest then. The timer looks at everything when it fires. */
static void arm(struct server *s)
{
	if (!s->timer || sd_event_source_get_enabled(s->timer, NULL) == 0)
		turn_arm(s->event, &s->timer, turn_usec(s->event) + WAIT_USEC, on_timer, s);
}

/* Addresses that unmetered names have: a metered name that gets one too shares it. */
static void remember_passed(
	struct server *s, const struct request *q, const uint8_t *answer, size_t n)
{
	struct address addresses[SKIM_MAX];
	size_t n_addresses;

	if ((q->query.type != DNS_A && q->query.type != DNS_AAAA) || !*q->query.name)
		return;
	n_addresses = dns_answer_skim(answer, n, addresses, SKIM_MAX);
	for (size_t i = 0; i < n_addresses; i++)
		seen_note(s->seen, q->query.name, &addresses[i], turn_usec(s->event));
}

static void on_passed(const uint8_t *answer, size_t n, void *userdata)
{
	struct request *q = userdata;
	struct server *s = q->holder;

	outage_note(s->outage, q->uplinks, answer);
	if (answer) {
		remember_passed(s, q, answer, n);
		request_answer(q, answer, n);
	} else {
		request_reply_failure(q, EDE_UPSTREAM, "no upstream resolver answers");
	}
}

/* A stub that routes metered suffixes to us would bring back whatever lies below one. */
static bool is_routed(const struct server *s, const struct request *q)
{
	char suffix[DOMAIN_TEXT_MAX + 1];
	const char *name = q->query.name;

	if (!*name) {
		dns_query_suffix(q->packet, q->size, suffix);
		name = suffix;
	}
	return hook_table_routed(s->table, name, strlen(name)) ||
	       (hook_table_setup(s->table)->canary && bypass_covers(name));
}

static void pass(struct server *s, struct request *q)
{
	const struct hook_setup *setup = hook_table_setup(s->table);
	bool routed;
	int r;

	if (q->answered) {
		request_drop(q); /* it is asked by a resolver */
		return;
	}
	routed = is_routed(s, q);
	q->holder = s;
	q->uplinks = routed;
	r = forward_ask(s->forward, routed ? setup->uplinks : setup->upstreams,
		routed ? setup->n_uplinks : setup->n_upstreams,
		q->client ? FORWARD_TCP : FORWARD_UDP, q->packet, q->size, on_passed, q);

	if (r < 0)
		request_reply_failure(q, EDE_UPSTREAM,
			r == -EDESTADDRREQ ? "no upstream resolver is known"
					   : "too many questions are under way");
}

/* Asks the keeper for the leases of addresses that upstream gave. */
static void ask_keeper(struct server *s, struct known_name *n)
{
	struct hook_message ask = {
		.type = HOOK_ASK,
		.family = n->family,
		.n_addresses = n->n_real,
		.since_usec = seen_since_usec(s->seen),
		.n_passed = (uint32_t)seen_n(s->seen),
	};
	int r;

	strcpy(ask.name, n->name);
	memcpy(ask.addresses, n->real, sizeof(n->real));
	for (size_t i = 0; n->own && i < n->n_real; i++)
		if (!seen_with_others(s->seen, &n->real[i], s->table))
			ask.own |= (uint8_t)(1U << i);
	r = keeper_send(s->keeper, &ask);
	if (r < 0 && r != -ENOTCONN && r != -EAGAIN)
		log_debug_errno(r, "Can't ask the keeper");
	if (!n->asking)
		n->ask_end_usec = turn_usec(s->event) + WAIT_USEC;
	n->asking = true; /* also without a keeper: it may be back in time */
	arm(s);
}

/* The keeper looks at them once more; but without any the name has no address. */
static size_t keep_real(const struct hook_setup *setup, struct address *list, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (lease_may_lead_to(&setup->lease4, &setup->lease6, &list[i]))
			list[kept++] = list[i];
	return kept;
}

static usec_t lifetime(uint32_t ttl_sec)
{
	const usec_t usec = ttl_sec * USEC_PER_SEC;

	return usec < REFRESH_MIN_USEC   ? REFRESH_MIN_USEC
	       : usec > REFRESH_MAX_USEC ? REFRESH_MAX_USEC
					 : usec;
}

static void take_resolution(
	struct server *s, struct known_name *n, const uint8_t *answer, size_t size)
{
	enum dns_rcode rcode = DNS_SERVFAIL;
	char owner[DOMAIN_TEXT_MAX + 1];
	uint32_t ttl = 0;

	n->n_real = 0;
	n->own = answer && dns_answer_owner(answer, size, owner) >= 0 &&
		 hook_table_metered(s->table, owner, strlen(owner));
	if (answer &&
		dns_answer_addresses(answer, size, n->real, LEASE_SLOTS_MAX, &n->n_real, &ttl) >= 0)
		rcode = dns_answer_rcode(answer);
	n->refresh_usec =
		turn_usec(s->event) + (rcode == DNS_SERVFAIL ? RETRY_USEC : lifetime(ttl));
	if (rcode == DNS_NOERROR)
		n->n_real = keep_real(hook_table_setup(s->table), n->real, n->n_real);
	if (rcode == DNS_NOERROR && n->n_real > 0)
		ask_keeper(s, n);
	else if (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN)
		known_release(n, &(struct dns_answer){ .rcode = rcode, .ede = -1 });
	else
		known_release_failure(n, EDE_UPSTREAM,
			answer ? "the upstream resolver failed" : "no upstream resolver answers");
}

static void resolve(struct server *s, struct known_name *n);

static void on_resolved(const uint8_t *answer, size_t n, void *userdata)
{
	_cleanup_free_ struct resolution *resolution = userdata;
	struct server *s = resolution->server;
	struct known_name *name = known_find(s->known, resolution->name, resolution->family);
	bool stale;

	outage_note(s->outage, true, answer);
	if (!name)
		return;
	name->resolving = false;
	stale = name->stale;
	name->stale = false;
	if (stale && !answer && name->waiting) {
		resolve(s, name); /* the old network's resolver, of which nothing can come */
		return;
	}
	take_resolution(s, name, answer, n);
	if (stale)
		name->refresh_usec = 0;
	known_settle(s->known, name);
}

static void resolve(struct server *s, struct known_name *n)
{
	const struct hook_setup *setup = hook_table_setup(s->table);
	struct resolution *resolution = calloc(1, sizeof(*resolution));
	uint8_t packet[DNS_SMALL_ANSWER];
	int r = resolution
			? dns_query_build(n->name, n->family == AF_INET6 ? DNS_AAAA : DNS_A, packet)
			: -ENOMEM;

	if (r > 0) {
		resolution->server = s;
		resolution->family = n->family;
		strcpy(resolution->name, n->name);
		r = forward_ask(s->forward, setup->uplinks, setup->n_uplinks, FORWARD_UDP_THEN_TCP,
			packet, (size_t)r, on_resolved, resolution);
	}
	if (r < 0) {
		free(resolution);
		known_release_failure(n, EDE_UPSTREAM, "no upstream resolver can be asked");
		known_settle(s->known, n);
		return;
	}
	n->resolving = true;
}

static void lease(struct server *s, struct request *q)
{
	const int family = q->query.type == DNS_AAAA ? AF_INET6 : AF_INET;
	struct known_name *n = known_get(s->known, q->query.name, family);

	if (!n) {
		request_reply_failure(q, EDE_NOT_READY, "too many names");
		return;
	}
	if (n->n_leases > 0) {
		request_reply_addresses(q, n->leases, n->n_leases);
		if (!n->resolving && !n->asking && turn_usec(s->event) >= n->refresh_usec)
			resolve(s, n);
		return;
	}
	if (!known_wait(n, q)) {
		request_reply_failure(q, EDE_NOT_READY, "too many questions for this name");
		return;
	}
	if (!n->resolving && !n->asking)
		resolve(s, n);
}

static bool answer_bypass(struct request *q)
{
	const struct bypass_name *bypass = bypass_find(q->query.name);

	if (bypass)
		request_reply_nothing(q, bypass->rcode);
	return bypass;
}

static void handle_query(struct server *s, struct request *q)
{
	const struct dns_query *query = &q->query;

	if (query->klass != CLASS_IN || !*query->name) {
		pass(s, q);
		return;
	}
	if (hook_table_setup(s->table)->canary && answer_bypass(q))
		return;
	if (!hook_table_metered(s->table, query->name, strlen(query->name))) {
		pass(s, q);
		return;
	}
	if (query->type == DNS_A || query->type == DNS_AAAA) {
		lease(s, q);
		return;
	}
	/* Their hints would carry the real address past us. */
	if (query->type == DNS_HTTPS || query->type == DNS_SVCB || query->type == TYPE_ANY) {
		request_reply_nothing(q, DNS_NOERROR);
		return;
	}
	pass(s, q);
}

static void on_asked(struct request *q, void *userdata)
{
	struct server *s = userdata;

	if (s->table) {
		handle_query(s, q);
		return;
	}
	if (!s->early)
		s->early_end_usec = turn_usec(s->event) + WAIT_USEC;
	q->next = s->early;
	s->early = q;
	arm(s);
}

static bool keep_metered(struct known_name *n, void *userdata)
{
	const struct hook_table *table = userdata;

	return n->resolving || n->asking || hook_table_metered(table, n->name, strlen(n->name));
}

static bool ask_again(struct known_name *n, void *userdata)
{
	if (n->asking)
		ask_keeper(userdata, n);
	return true;
}

struct reask {
	struct server *server;
	unsigned n;
};

/* A name that people used before it was metered gets its lease now: its old connections can then be
 * judged, and need not wait for its next look-up. */
static void lease_early(const char *name, int family, void *userdata)
{
	struct reask *reask = userdata;
	struct known_name *n;

	if (reask->n >= REASKED_MAX || known_find(reask->server->known, name, family))
		return;
	n = known_get(reask->server->known, name, family);
	if (!n)
		return;
	reask->n++;
	resolve(reask->server, n);
}

static void on_upstream(uint8_t silent, void *userdata)
{
	const struct server *s = userdata;

	keeper_send(s->keeper, &(struct hook_message){ .type = HOOK_UPSTREAM, .silent = silent });
}

static void on_setup(const struct hook_table *table, void *userdata)
{
	struct server *s = userdata;
	struct request *q = TAKE_PTR(s->early);

	s->table = table;
	outage_setup(s->outage, hook_table_setup(table));
	if (s->resolved && resolved_hook_filter(s->resolved, table) < 0)
		log_warning("systemd-resolved can't be told which names to ask for");
	known_visit(s->known, keep_metered, (void *)table);
	known_visit(s->known, ask_again, s);
	seen_visit_metered(s->seen, table, lease_early, &(struct reask){ s, 0 });
	while (q) {
		struct request *next = q->next;

		handle_query(s, q);
		q = next;
	}
}

static void on_leases(const struct hook_message *m, void *userdata)
{
	struct server *s = userdata;
	struct known_name *n = known_get(s->known, m->name, m->family);

	if (!n)
		return;
	n->asking = false;
	switch (m->verdict) {
	case HOOK_LEASED:
		n->n_leases = m->n_addresses;
		memcpy(n->leases, m->addresses, sizeof(n->leases));
		known_release(
			n, &(struct dns_answer){
				   .addresses = n->leases, .n_addresses = n->n_leases, .ede = -1 });
		break;
	case HOOK_UNMETERED:
		n->n_leases = 0;
		known_release(
			n, &(struct dns_answer){
				   .addresses = n->real, .n_addresses = n->n_real, .ede = -1 });
		break;
	case HOOK_FAILED:
		known_release_failure(n, EDE_NOT_READY, "focusd has no address for this name");
		break;
	}
	known_settle(s->known, n);
}

/* The keeper's own wish: nobody waits for an answer, it gets the addresses. */
static void on_resolve(const struct hook_message *wish, void *userdata)
{
	struct server *s = userdata;
	struct known_name *n;

	if (!s->table || !hook_table_metered(s->table, wish->name, strlen(wish->name)))
		return;
	n = known_get(s->known, wish->name, wish->family);
	if (n && !n->resolving && !n->asking &&
		(n->n_leases == 0 || turn_usec(s->event) >= n->refresh_usec))
		resolve(s, n);
}

struct sweep {
	struct server *server;
	usec_t now_usec;
	bool more;
};

static bool end_waiting(struct known_name *n, void *userdata)
{
	struct sweep *sweep = userdata;

	if (n->asking && n->ask_end_usec <= sweep->now_usec) {
		n->asking = false;
		known_release_failure(n, EDE_NOT_READY, "focusd is not running");
	}
	sweep->more |= n->asking;
	/* what led to nothing is not worth remembering */
	return n->n_leases > 0 || n->asking || n->resolving || n->waiting;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct server *s = userdata;
	struct sweep sweep = { .server = s, .now_usec = turn_usec(s->event) };

	known_visit(s->known, end_waiting, &sweep);
	if (s->early && s->early_end_usec <= sweep.now_usec)
		while (s->early) {
			struct request *q = s->early;

			s->early = q->next;
			if (q->answered)
				request_drop(q); /* there is somebody else to ask */
			else
				request_reply_failure(q, EDE_NOT_READY, "focusd is starting");
		}
	if (sweep.more || s->early)
		arm(s);
	return 0;
}

/* What is known is asked for again when somebody asks. */
static bool refresh_soon(struct known_name *n, void *userdata)
{
	n->refresh_usec = 0;
	n->stale = n->resolving;
	return true;
}

static void on_refresh(void *userdata)
{
	struct server *s = userdata;

	forward_restart(s->forward);
	outage_hurry(s->outage);
	known_visit(s->known, refresh_soon, NULL);
}

static void on_keeper_lost(void *userdata)
{
	log_info("The keeper is gone; known names go on");
}

static void on_quit(void *userdata)
{
	struct server *s = userdata;

	sd_event_exit(s->event, 0);
}

/* What resolved asks is decided as what anybody asks, where it is to ask at all. */
static void on_resolved_asked(struct request *q, void *userdata)
{
	struct server *s = userdata;

	if (s->table && !hook_table_setup(s->table)->resolved)
		request_drop(q);
	else
		on_asked(q, s);
}

static int listen_to_resolved(struct server *s, int fd)
{
	const int r = resolved_hook_new(s->event, fd, on_resolved_asked, s, &s->resolved);

	if (r == -EOPNOTSUPP)
		log_info("Built without varlink: systemd-resolved is not served");
	return r == -EOPNOTSUPP ? 0 : r;
}

DEFINE_CLEANUP(struct server *, server_free);

int server_new(struct sd_event *event, const struct server_sockets *sockets,
	const char *keeper_path, struct server **ret)
{
	_cleanup_(server_freep) struct server *s = calloc(1, sizeof(*s));
	const struct keeper_events events = { on_setup, on_leases, on_resolve, on_refresh,
		on_keeper_lost, on_quit, s };
	struct hook_message hellos[KEEPER_HELLOS] = { 0 };
	struct hook_message *gateway = &hellos[0], *hello = &hellos[1];
	int r;

	if (!s)
		return -ENOMEM;
	s->event = event;
	r = known_new(&s->known);
	if (r >= 0)
		r = seen_new(turn_usec(s->event), &s->seen);
	if (r >= 0)
		r = forward_new(event, &s->batch, &s->forward);
	if (r >= 0)
		r = outage_new(event, s->forward, on_upstream, s, &s->outage);
	if (r >= 0)
		r = listener_new(event, sockets->dns, sockets->n_dns,
			&(struct listener_options){ &s->batch, on_asked, s }, &s->listener);
	if (r >= 0 && sockets->resolved >= 0)
		r = listen_to_resolved(s, sockets->resolved);
	if (r < 0)
		return r;
	*hello = (struct hook_message){ .type = HOOK_HELLO, .build = FOCUSD_VERSION };
	listener_ports(s->listener, false, &hello->port4, &hello->port6);
	hello->resolved = s->resolved;
	listener_ports(s->listener, true, &gateway->port4, &gateway->port6);
	if (gateway->port4 || gateway->port6)
		gateway->type = HOOK_GATEWAY;
	r = keeper_new(event, keeper_path, hellos, &events, &s->keeper);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct server *server_free(struct server *s)
{
	if (!s)
		return NULL;
	keeper_free(s->keeper);
	outage_free(s->outage);
	forward_free(s->forward);
	known_free(s->known);
	seen_free(s->seen);
	while (s->early) {
		struct request *q = s->early;

		s->early = q->next;
		request_drop(q);
	}
	listener_free(s->listener);
	resolved_hook_free(s->resolved);
	sd_event_source_disable_unref(s->timer);
	free(s);
	return NULL;
}
