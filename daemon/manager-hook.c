/* The keeper's side of names: who hands out leases, what the hook needs to know, and whether
 * people's look-ups go to it. No live hook, no redirect: look-ups then go past us rather than
 * nowhere. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "manager-internal.h"
#include "manager-passes.h"
#include "manager-problems.h"
#include "manager-seal.h"
#include "system/conntrack.h"

#define HOOK_GRACE_USEC   USEC_PER_SEC          /* without a hook: then the redirect is lifted */
#define HOOK_AGAIN_USEC   USEC_PER_SEC          /* until what failed is tried again */
#define HOOK_RESTART_USEC (200 * USEC_PER_MSEC) /* between the end of a hook and the next */
#define HOOK_RETRY_USEC   (500 * USEC_PER_MSEC) /* until one that can't be started is tried again */
#define RENEW_USEC        (30 * USEC_PER_SEC)   /* a third of the redirect's timeout */
#define HOOK_ADOPT_USEC   (1500 * USEC_PER_MSEC) /* a predecessor's hook is back by then */

/* Pushes a mapping for every slot in the mask. */
static int map_slots(struct manager *m, const struct lease_name *name, unsigned mask)
{
	struct gate_mapping mappings[LEASE_SLOTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < name->n_slots; i++)
		if (mask & (1U << i))
			mappings[n++] =
				(struct gate_mapping){ name->slots[i].lease, name->slots[i].real };
	if (n == 0)
		return 0;
	manager_look_soon(m);
	return gate_map(m->gate, mappings, n);
}

struct remapped {
	struct address leases[LEASE_SLOTS_MAX];
	size_t n;
};

static bool waits_in_vain(const struct conntrack_flow *flow, void *userdata)
{
	const struct remapped *r = userdata;

	for (size_t i = 0; i < r->n && !flow->answered; i++)
		if (address_equal(&flow->destination, &r->leases[i]))
			return true;
	return false;
}

/* Whoever is still knocking at the old address of these slots goes to the new one with the next
 * packet; a flow that was answered keeps its address. */
static void turn_knocking(const struct lease_name *name, unsigned slots)
{
	struct remapped remapped = { .n = 0 };

	for (size_t i = 0; i < name->n_slots; i++)
		if (slots & (1U << i))
			remapped.leases[remapped.n++] = name->slots[i].lease;
	if (remapped.n > 0 && conntrack_forget(waits_in_vain, &remapped) < 0)
		log_debug("Can't have the kernel forget flows that nobody answers");
}

int manager_map_leases(struct manager *m)
{
	const size_t n_names = lease_book_n_names(m->book);
	_cleanup_free_ struct gate_mapping *mappings =
		calloc(n_names * LEASE_SLOTS_MAX + 1, sizeof(*mappings));
	size_t n = 0;

	if (!mappings)
		return -ENOMEM;
	for (size_t i = 0; i < n_names; i++) {
		const struct lease_name *name = lease_book_name(m->book, i);

		for (size_t j = 0; j < name->n_slots; j++)
			if (name->slots[j].real.family != AF_UNSPEC)
				mappings[n++] = (struct gate_mapping){ name->slots[j].lease,
					name->slots[j].real };
	}
	return n > 0 ? gate_map(m->gate, mappings, n) : 0;
}

static struct hook_message leases_message(const struct lease_name *name)
{
	struct hook_message reply = {
		.type = HOOK_LEASES,
		.verdict = HOOK_LEASED,
		.family = name->family,
	};

	strcpy(reply.name, name->name);
	reply.n_addresses = lease_answer(name, reply.addresses);
	return reply;
}

/* The site that a name belongs to, or what refuses it; NULL: nobody's. */
static const char *owner_of(const struct manager *m, const char *name, enum host_kind *ret_kind)
{
	size_t site;

	if (catalogue_find(m->catalogue, name, &site, ret_kind) >= 0)
		return *ret_kind == HOST_FREE ? NULL : m->config->sites[site].name;
	*ret_kind = HOST_FEED;
	return manager_seals_host(m, name) ? SEAL_SITE : NULL;
}

/* It is the site's from now on, whatever becomes of the name that it was taken for. */
static void announce_block(struct manager *m, const struct lease_block *block)
{
	const int r = ledger_put_block(m->ledger, block);

	manager_apply_block(m, block);
	if (r < 0)
		log_warning_errno(r, "Can't note a block of leases");
}

/* Gives the asked name its leases; the kernel knows them before the hook does. */
static int give_leases(
	struct manager *m, const struct hook_message *ask, struct hook_message *reply)
{
	const struct lease_block *new_block = NULL;
	const struct lease_name *name;
	enum host_kind kind;
	unsigned changed, had;
	const char *owner;
	int r;

	owner = owner_of(m, ask->name, &kind);
	if (!owner)
		return -ENOENT;
	name = lease_book_find(m->book, ask->name, ask->family);
	had = name ? (1U << name->n_slots) - 1 : 0;
	r = lease_book_take(m->book, owner, kind, ask->name, ask->addresses, ask->n_addresses,
		clock_now().wall_usec, &name, &changed, &new_block);
	if (r < 0)
		return r;
	if (new_block)
		announce_block(m, new_block);
	r = map_slots(m, name, changed);
	if (r >= 0 && changed && strcmp(owner, SEAL_SITE) == 0)
		r = manager_tell_seal(m);
	if (r < 0) {
		lease_book_miss(m->book, name, changed);
		return -EIO; /* whatever it was: no word of whose name it is */
	}
	turn_knocking(name, changed & had);
	if (changed && ledger_put_name(m->ledger, name) < 0)
		log_warning("Can't note a lease");
	if (changed)
		manager_hosts_leased(m, ask->name);
	*reply = leases_message(name);
	old_sockets_note(m, ask);
	return 0;
}

/* What is full stays so. */
static bool is_full(int r)
{
	return r == -ENOSPC || r == -E2BIG || r == -EDQUOT;
}

/* Without a word of which site: everybody is shown this, and the log keeps it. */
static void tell_lease(struct manager *m, int r)
{
	if (r == -EDQUOT)
		manager_set_problem(&m->lease_problem,
			"A site has as many host names as one site may have: new ones of it are "
			"not metered");
	else if (is_full(r))
		manager_set_problem(&m->lease_problem,
			"The lease range is full: new host names are not metered");
	else if (r < 0 && r != -ENOENT)
		manager_set_problem(
			&m->lease_problem, "A host name got no lease: %s", strerror(-r));
	else if (r >= 0 && m->lease_failed)
		manager_set_problem(&m->lease_problem, NULL);
	else
		return;
	m->lease_failed = r < 0 && !is_full(r);
}

static void on_ask(const struct hook_message *ask, void *userdata)
{
	struct manager *m = userdata;
	struct hook_message reply = { .type = HOOK_LEASES, .family = ask->family };
	int r;

	strcpy(reply.name, ask->name);
	r = give_leases(m, ask, &reply);
	if (r == -ENOENT || is_full(r))
		reply.verdict = HOOK_UNMETERED;
	else if (r < 0)
		reply.verdict = HOOK_FAILED;
	tell_lease(m, r);
	r = leases_send(m->leases, &reply);
	if (r < 0 && r != -ENOTCONN)
		log_warning_errno(r, "Can't answer the name hook");
}

static bool anybody_limited(const struct manager *m)
{
	for (size_t p = 0; p < m->people->n; p++)
		if (manager_limits_person(m, p))
			return true;
	return false;
}

bool manager_wants_canary(const struct manager *m)
{
	switch (m->config->seal) {
	case SEAL_YES:
		return true;
	case SEAL_NO:
		return false;
	case SEAL_LIMITED:
		return anybody_limited(m);
	}
	return false;
}

static int build_setup(struct manager *m, uint8_t **ret, size_t *ret_size)
{
	_cleanup_free_ struct hook_name *names = NULL;
	struct hook_setup setup = {
		.lease4 = m->config->lease4,
		.lease6 = m->config->lease6,
		.canary = manager_wants_canary(m),
		.resolved = m->config->intercept != INTERCEPT_NONE,
	};
	size_t n;
	int r;

	manager_read_upstream(m);
	memcpy(setup.upstreams, m->upstream.upstreams, sizeof(setup.upstreams));
	memcpy(setup.uplinks, m->upstream.uplinks, sizeof(setup.uplinks));
	setup.n_upstreams = m->upstream.n_upstreams;
	setup.n_uplinks = m->upstream.n_uplinks;
	r = manager_hook_names(m, &names, &n);
	if (r < 0)
		return r;
	r = hook_table_build(&setup, names, n, ret, ret_size);
	if (r < 0)
		return r;
	r = hook_table_add_listed(ret, ret_size, m->listed);
	if (r < 0)
		free(TAKE_PTR(*ret));
	return r;
}

static void tell_ready(struct manager *m)
{
	void (*ready)(void *) = m->ready;

	if (!ready || !m->hook_live || (m->attach && !m->attached))
		return;
	m->ready = NULL;
	ready(m->ready_userdata);
}

static int on_hook_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	if (!m->hook_live)
		return 0; /* its hello begins anew */
	m->hook_again = false;
	manager_send_setup(m);
	manager_attach(m);
	if (!m->hook_again)
		manager_set_problem(&m->hook_problem, NULL);
	tell_ready(m);
	return 0;
}

/* The hook without its names, or people without the hook: that is tried until it works. */
static void try_hook_again(struct manager *m, const char *what, int r)
{
	m->hook_again = true;
	manager_set_problem(&m->hook_problem, "%s: %s", what, strerror(-r));
	m->again_timer = sd_event_source_disable_unref(m->again_timer);
	r = sd_event_add_time_relative(
		m->event, &m->again_timer, CLOCK_BOOTTIME, HOOK_AGAIN_USEC, 0, on_hook_again, m);
	if (r < 0)
		manager_give_up(m, r, "Can't set the hook's timer");
}

void manager_send_setup(struct manager *m)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;
	int r;

	if (!m->leases || !leases_connected(m->leases))
		return;
	r = build_setup(m, &bytes, &size);
	if (r >= 0)
		r = leases_send_setup(m->leases, bytes, size);
	if (r < 0)
		try_hook_again(m, "The name hook can't be told the names", r);
}

/* Splits people's uids into those who are limited and those who are only observed. */
static void plan_people(
	const struct manager *m, struct attach_plan *plan, uid_t *observed, uid_t *limited)
{
	plan->observed = observed;
	plan->limited = limited;
	for (size_t p = 0; p < m->people->n; p++) {
		const struct person *person = &m->people->items[p];
		const bool any =
			m->config->intercept == INTERCEPT_ANY || manager_limits_person(m, p);

		for (size_t i = 0; i < person->n_uids; i++) {
			if (any)
				limited[plan->n_limited++] = person->uids[i];
			else
				observed[plan->n_observed++] = person->uids[i];
		}
	}
}

static int on_renew(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	/* nobody answers there: the kernel's own timeout lifts it, and the next hello arms this */
	if (!m->attached || !m->hook_live)
		return 0;
	/* somebody may have removed it: then it is put back, else its time is renewed */
	if (attach_check(m->attach) != 1)
		manager_attach(m);
	else if (attach_renew(m->attach) < 0)
		log_warning("Can't renew the redirect of look-ups");
	if (sd_event_source_set_time_relative(source, RENEW_USEC) < 0)
		return 0;
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void arm_renewal(struct manager *m)
{
	int r;

	if (!m->attached || m->config->intercept == INTERCEPT_NONE)
		return;
	m->renew_timer = sd_event_source_disable_unref(m->renew_timer);
	r = sd_event_add_time_relative(
		m->event, &m->renew_timer, CLOCK_BOOTTIME, RENEW_USEC, USEC_PER_SEC, on_renew, m);
	if (r < 0)
		manager_give_up(m, r, "Can't set the redirect's timer");
}

/* NULL lifts the redirect. Once ours says what holds, a predecessor's copy has no say any more. */
static int apply_redirect(struct manager *m, const struct attach_plan *plan)
{
	int r;

	r = attach_apply(m->attach, plan);
	if (r < 0 || !m->fd_store)
		return r;
	if (fd_store_hand_over(m->fd_store, attach_fd(m->attach)) < 0)
		log_warning("The service manager does not keep the redirect: look-ups go past "
			    "focusd while it restarts");
	return 0;
}

void manager_attach(struct manager *m)
{
	struct address resolvers[2 * HOOK_UPSTREAMS_MAX];
	struct attach_plan plan = { .resolvers = resolvers, .port4 = m->port4, .port6 = m->port6 };
	_cleanup_free_ uid_t *observed = NULL, *limited = NULL;
	_cleanup_(manager_devices_done) struct manager_devices devices = { 0 };
	size_t n_uids = 0;
	int r;

	if (!m->attach || !m->hook_live)
		return;
	for (size_t p = 0; p < m->people->n; p++)
		n_uids += m->people->items[p].n_uids;
	observed = calloc(n_uids + 1, sizeof(*observed));
	limited = calloc(n_uids + 1, sizeof(*limited));
	r = observed && limited ? 0 : -ENOMEM;
	if (r >= 0) {
		plan_people(m, &plan, observed, limited);
		plan.n_resolvers = manager_system_resolvers(m, resolvers);
		r = manager_plan_devices(m, &devices);
		plan.devices = r > 0 ? &devices.plan : NULL;
	}
	if (r >= 0) {
		r = apply_redirect(m, m->config->intercept == INTERCEPT_NONE ? NULL : &plan);
		m->attached = r >= 0;
		arm_renewal(m);
	}
	if (r < 0)
		try_hook_again(m, "People's look-ups can't be redirected", r);
}

static void push_leases(struct manager *m)
{
	for (size_t i = 0; i < lease_book_n_names(m->book); i++) {
		const struct hook_message message = leases_message(lease_book_name(m->book, i));

		if (message.n_addresses > 0 && leases_send(m->leases, &message) == -EAGAIN)
			break; /* the rest is asked for when it is needed */
	}
}

static void on_hello(const struct hook_message *hello, pid_t pid, void *userdata)
{
	struct manager *m = userdata;

	log_debug("Name hook %d answers on ports %u and %u", (int)pid, hello->port4, hello->port6);
	m->hook_live = true;
	m->hook_unstartable = 0;
	m->port4 = hello->port4;
	m->port6 = hello->port6;
	strcpy(m->hook_build, hello->build);
	m->resolved.asks_hook = hello->resolved;
	m->hook_timer = sd_event_source_disable_unref(m->hook_timer);
	manager_set_problem(&m->hook_problem, NULL);
	manager_send_setup(m);
	push_leases(m);
	manager_hosts_ask(m, false);
	manager_attach(m);
	manager_resolved_update(m);
	old_sockets_begin(m);
	tell_ready(m);
}

/* What it listens on for others is told before its hello. */
static void on_gateway(const struct hook_message *ports, void *userdata)
{
	struct manager *m = userdata;

	m->gateway.port4 = ports->port4;
	m->gateway.port6 = ports->port6;
}

static void on_upstream(const struct hook_message *silence, void *userdata)
{
	manager_note_upstream(userdata, silence->silent);
}

static void arm_hook(struct manager *m, usec_t usec, sd_event_time_handler_t handler)
{
	int r;

	m->hook_timer = sd_event_source_disable_unref(m->hook_timer);
	r = sd_event_add_time_relative(
		m->event, &m->hook_timer, CLOCK_BOOTTIME, usec, 0, handler, m);
	if (r < 0)
		manager_give_up(m, r, "Can't set the hook's timer");
}

static int on_hook_restart(sd_event_source *source, uint64_t usec, void *userdata);

static int on_hook_gone(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	const int r = m->attach ? apply_redirect(m, NULL) : 0;

	m->attached = r < 0;
	if (r < 0 && !m->hook_problem)
		log_warning_errno(r, "Can't lift the redirect of look-ups: trying again");
	manager_resolved_lift(m);
	manager_set_problem(&m->hook_problem,
		"No name hook is running: look-ups go past focusd and nothing new is metered");
	if (m->hook_process)
		arm_hook(m, HOOK_AGAIN_USEC, on_hook_restart);
	else if (r < 0)
		arm_hook(m, HOOK_AGAIN_USEC, on_hook_gone);
	return 0;
}

/* No process may begin, or its file is gone. It is tried twice a second, and told once. */
static void tell_unstartable(struct manager *m, int r)
{
	char text[128];

	if (m->hook_unstartable == r)
		return;
	m->hook_unstartable = r;
	snprintf(text, sizeof(text), "the name hook can't be started: %s", strerror(-r));
	log_warning("%s", text);
	manager_event(m, "hook-failed", NULL, NULL, text);
}

static int on_hook_restart(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	pid_t pid;
	int r;

	r = m->hook_process ? hook_process_start(m->hook_process, &pid) : 0;
	m->hook_ours = r >= 0;
	if (r < 0)
		tell_unstartable(m, r);
	if (r < 0 && m->hook_problem && !m->attached) /* on_hook_gone() has been */
		arm_hook(m, HOOK_RETRY_USEC, on_hook_restart);
	else
		arm_hook(m, HOOK_GRACE_USEC, on_hook_gone);
	return 0;
}

/* A predecessor's hook holds the ports that it answers on. Where nobody does, there is none to wait
 * for. */
static int on_hook_adopt(sd_event_source *source, uint64_t usec, void *userdata)
{
	const struct endpoints *listens;
	struct manager *m = userdata;
	bool fixed = true;
	pid_t pid;

	listens = &m->config->listens;
	for (size_t i = 0; i < listens->n; i++)
		fixed &= listens->items[i].port != 0;
	m->hook_ours = fixed && hook_process_start(m->hook_process, &pid) >= 0;
	if (m->hook_ours)
		arm_hook(m, HOOK_GRACE_USEC, on_hook_gone);
	else
		arm_hook(m, HOOK_ADOPT_USEC, on_hook_restart);
	return 0;
}

static void on_hook_lost(void *userdata)
{
	struct manager *m = userdata;

	m->hook_live = false;
	m->gateway.port4 = m->gateway.port6 = 0;
	*m->hook_build = 0;
	if (m->hook_stopping)
		return;
	log_warning("The name hook is gone");
	manager_event(m, "hook-lost", NULL, NULL, "the name hook ended");
	if (m->hook_process && !m->hook_ours) {
		/* a predecessor's: its sockets went with it, nothing waits in them */
		if (m->attach && apply_redirect(m, NULL) >= 0)
			m->attached = false;
		manager_resolved_lift(m);
		arm_hook(m, 0, on_hook_restart);
		return;
	}
	arm_hook(m, m->hook_process ? HOOK_RESTART_USEC : HOOK_GRACE_USEC,
		m->hook_process ? on_hook_restart : on_hook_gone);
}

int manager_start_hook(struct manager *m, bool adopt, void (*ready)(void *userdata), void *userdata)
{
	const struct leases_events events = { on_hello, on_ask, on_hook_lost, m, on_gateway,
		on_upstream };
	uid_t uid = geteuid();
	gid_t gid;
	int r;

	m->ready = ready;
	m->ready_userdata = userdata;
	/* whoever can't become another account runs the hook as its own */
	if ((uid == 0 || !m->hook_process) && hook_process_account(&uid, &gid) < 0)
		return -ENOENT;
	r = leases_new(m->event, m->options.runtime_dir, uid, &events, &m->leases);
	if (r < 0)
		return r;
	manager_network_start(m);
	manager_resolved_start(m);
	if (!m->hook_process) {
		/* a service of its own; a redirect that we inherited must not wait for it */
		arm_hook(m, HOOK_ADOPT_USEC, on_hook_gone);
		return 0;
	}
	arm_hook(m, 0, adopt ? on_hook_adopt : on_hook_restart);
	return 0;
}

void manager_stop(struct manager *m, struct instant now)
{
	m->hook_stopping = true;
	manager_tick(m, now);
	manager_event(m, "stop", NULL, NULL, "focusd was stopped");
	manager_store(m, now);
	manager_store_passes(m, now);
	/* a hook that is a service is stopped by the service manager */
	if (m->hook_process && m->leases && leases_connected(m->leases))
		leases_send(m->leases, &(struct hook_message){ .type = HOOK_QUIT });
	manager_hosts_stop(m);
}
