/* The keeper's life: what it is built from, how a new configuration takes the place of the old one,
 * and what it shows. The steps of time are in manager-tick.c, the disk in manager-store.c, the hook
 * in manager-hook.c. */
#include <malloc.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"
#include "manager-held.h"
#include "manager-household.h"
#include "manager-internal.h"
#include "manager-problems.h"
#include "names.h"
#include "system/config-files.h"
#include "system/journal.h"
#include "system/list-files.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct manager *, manager_free);

void manager_set_problem(char **slot, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	if (format) {
		va_start(arguments, format);
		if (vasprintf(&text, format, arguments) < 0)
			text = NULL;
		va_end(arguments);
	}
	if (text && (!*slot || strcmp(*slot, text) != 0))
		log_warning("%s", text);
	free(*slot);
	*slot = text;
}

void manager_event(
	struct manager *m, const char *kind, const char *person, const char *site, const char *text)
{
	int r;

	journal_event(kind, person, site, text);
	if (!m->ledger)
		return;
	r = ledger_put_event(m->ledger, clock_now().wall_usec, kind, person, site, text);
	if (r < 0)
		log_warning_errno(r, "Can't note the event \"%s\"", kind);
}

static void manager_free_people(struct manager *m)
{
	size_t n_cells = m->people ? m->people->n * m->config->n_sites : 0;

	for (size_t i = 0; m->tracks && i < n_cells; i++)
		free(m->tracks[i]);
	free(m->tracks);
	free(m->applied);
	free(m->marks);
	free(m->elsewhere_stale);
	m->tracks = NULL;
	m->applied = NULL;
	m->marks = NULL;
	m->elsewhere_stale = NULL;
	m->usage = usage_free(m->usage);
	m->people = people_free(m->people);
	m->catalogue = catalogue_free(m->catalogue);
	seal_list_done(&m->seal);
	m->listed = listed_free(m->listed);
	m->config = config_free(m->config);
}

struct manager *manager_free(struct manager *m)
{
	if (!m)
		return NULL;
	sd_event_source_disable_unref(m->timer);
	sd_event_source_disable_unref(m->hook_timer);
	sd_event_source_disable_unref(m->renew_timer);
	sd_event_source_disable_unref(m->again_timer);
	session_watch_free(m->sessions);
	manager_resolved_free(m);
	manager_hosts_free(m);
	manager_notices_free(m->notices);
	manager_trouble_free(m->trouble);
	manager_free_passes(m);
	manager_commitment_free(m);
	manager_share_free(m->share);
	manager_told_free(m->told);
	file_watch_free(m->upstream_watch);
	netwatch_free(m->netwatch);
	leases_free(m->leases);
	hook_process_free(m->hook_process);
	attach_free(m->attach);
	fd_store_free(m->fd_store);
	gate_free(m->gate);
	ledger_close(m->ledger);
	lease_book_free(m->book);
	old_sockets_free(m->old);
	manager_free_people(m);
	manager_free_details(m);
	strings_done(&m->config_problems);
	free(m->seen);
	free(m->tries);
	free(m->reload_problem);
	free(m->held_problem);
	free(m->ledger_problem);
	free(m->gate_problem);
	free(m->counter_problem);
	free(m->hook_problem);
	free(m->gateway.problem);
	free(m->lease_problem);
	free(m->hosts_problem);
	free(m->resolver_problem);
	free(m->upstream_problem);
	sd_event_unref(m->event);
	free(m);
	return NULL;
}

/* Everything that hangs on a configuration: built aside, then swapped in. */
struct generation {
	struct config *config;
	usec_t config_wall_usec;
	struct catalogue *catalogue;
	struct people *people;
	struct usage *usage;
	struct track **tracks;
	struct applied_gate *applied;
	uint32_t *marks;
	bool *elsewhere_stale;
	struct seal_list seal;
	struct listed *listed;
	struct strings problems;
};

static void generation_done(struct generation *g)
{
	catalogue_free(g->catalogue);
	usage_free(g->usage);
	people_free(g->people);
	config_free(g->config);
	free(g->tracks);
	free(g->applied);
	free(g->marks);
	free(g->elsewhere_stale);
	seal_list_done(&g->seal);
	listed_free(g->listed);
	strings_done(&g->problems);
}

/* Takes config over, also on failure. own_list: must the person's own list of servers be good? */
static int generation_build(const struct manager_options *options, struct config *config,
	bool own_list, struct generation *g, char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	size_t n_cells;
	int r;

	g->config = config;
	r = config_files_load_seal(options->seal_file, options->config_file, &g->seal, &error);
	if (r < 0 && own_list) {
		*ret_error = TAKE_PTR(error);
		return r;
	}
	if (r < 0)
		r = strings_addf(&g->problems, "%s", error ? error : strerror(-r));
	if (r < 0)
		return r;
	r = people_resolve(g->config, MANAGER_PEOPLE_MAX, &g->people, &g->problems);
	if (r < 0)
		return r;
	r = catalogue_new(g->config, &g->catalogue);
	if (r >= 0)
		r = list_files_load(g->config, &g->listed, &g->problems);
	if (r < 0)
		return r;
	r = usage_new(g->config, g->people->n, &g->usage);
	if (r < 0)
		return r;
	n_cells = g->people->n * g->config->n_sites;
	g->tracks = calloc(n_cells + 1, sizeof(*g->tracks));
	g->applied = calloc(n_cells + 1, sizeof(*g->applied));
	g->marks = calloc(g->people->n + 1, sizeof(*g->marks));
	g->elsewhere_stale = calloc(n_cells + 1, sizeof(*g->elsewhere_stale));
	return g->tracks && g->applied && g->marks && g->elsewhere_stale ? 0 : -ENOMEM;
}

/* Hands g's members to the manager, which has none. */
static void manager_adopt(struct manager *m, struct generation *g)
{
	m->config = TAKE_PTR(g->config);
	m->config_wall_usec = g->config_wall_usec;
	m->catalogue = TAKE_PTR(g->catalogue);
	m->people = TAKE_PTR(g->people);
	m->usage = TAKE_PTR(g->usage);
	m->tracks = TAKE_PTR(g->tracks);
	m->applied = TAKE_PTR(g->applied);
	m->marks = TAKE_PTR(g->marks);
	m->elsewhere_stale = TAKE_PTR(g->elsewhere_stale);
	m->seal = g->seal;
	g->seal = (struct seal_list){ 0 };
	m->listed = TAKE_PTR(g->listed);
	catalogue_use_listed(m->catalogue, m->listed);
	strings_done(&m->config_problems);
	m->config_problems = g->problems;
	g->problems = (struct strings){ 0 };
}

/* What the files say, or, where they say nothing that can be read, what is held: a file that was
 * taken away opens nothing. */
static int read_first(struct manager *m, struct config **ret, char **ret_error)
{
	_cleanup_free_ char *error = NULL;
	int r;

	r = config_files_load(m->options.config_file, m->options.sites_dir, ret, &error);
	if (r >= 0)
		return manager_commitment_first(m, ret, ret_error);
	if (manager_commitment_held(m, ret) >= 0) {
		manager_set_problem(&m->reload_problem, "The old rules stay in force: %s",
			error ? error : strerror(-r));
		return 0;
	}
	*ret_error = TAKE_PTR(error);
	return r;
}

int manager_new(const struct manager_options *options, struct sd_event *event, struct manager **ret,
	char **ret_error)
{
	_cleanup_(manager_freep) struct manager *m = calloc(1, sizeof(*m));
	_cleanup_(generation_done) struct generation g = { 0 };
	const usec_t read_usec = clock_now().wall_usec;
	struct config *config;
	bool held;
	int r;

	if (!m)
		return -ENOMEM;
	m->options = *options;
	m->event = sd_event_ref(event);
	r = manager_commitment_read(m);
	held = r >= 0;
	if (r < 0 && r != -ENOENT)
		return r;
	r = read_first(m, &config, ret_error);
	if (r >= 0)
		r = generation_build(options, config, !held, &g, ret_error);
	if (r < 0)
		return r;
	g.config_wall_usec = read_usec;
	manager_adopt(m, &g);
	m->gateway.started = m->config->network.gateway;
	*ret = TAKE_PTR(m);
	return 0;
}

const struct config *manager_config(const struct manager *m)
{
	return m->config;
}

const struct catalogue *manager_catalogue(const struct manager *m)
{
	return m->catalogue;
}

void manager_take_gate(struct manager *m, struct gate *gate)
{
	m->gate = gate;
}

void manager_take_attach(struct manager *m, struct attach *attach)
{
	m->attach = attach;
}

void manager_take_fd_store(struct manager *m, struct fd_store *store)
{
	m->fd_store = store;
}

void manager_take_hook_process(struct manager *m, struct hook_process *hook)
{
	m->hook_process = hook;
}

/* Longer than the ledger waits: nothing is left to be done. */
#define QUIET_USEC (15 * USEC_PER_SEC)

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	const struct instant now = clock_now();
	const usec_t next_usec = manager_tick(m, now);

	manager_arm(m, next_usec);
	if (next_usec > now.boot_usec + QUIET_USEC) {
		ledger_rest(m->ledger);
		malloc_trim(0); /* a busy hour's heap is half empty, and nothing happens now */
	}
	return 0;
}

void manager_arm(struct manager *m, usec_t boot_usec)
{
	int r;

	if (!m->event)
		return;
	if (!m->timer) {
		r = sd_event_add_time(m->event, &m->timer, CLOCK_BOOTTIME, boot_usec,
			10 * USEC_PER_MSEC, on_timer, m);
	} else {
		r = sd_event_source_set_time(m->timer, boot_usec);
		if (r >= 0)
			r = sd_event_source_set_enabled(m->timer,
				boot_usec == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
	}
	if (r < 0)
		manager_give_up(m, r, "Can't set the timer");
}

/* The packet that wakes the keeper is this old at most (0.2 ms measured): before it nothing moved.
 */
#define WAKE_USEC USEC_PER_MSEC

static bool is_due(const struct manager *m, usec_t boot_usec)
{
	uint64_t due;

	return m->timer && sd_event_source_get_time(m->timer, &due) >= 0 && due <= boot_usec;
}

void manager_look_soon(struct manager *m)
{
	const usec_t soon = clock_now().boot_usec + TICK_USEC;

	if (!is_due(m, soon))
		manager_arm(m, soon);
}

/* Traffic after silence: the sleeping timer is brought forward; a running one is left alone. */
static void on_wake(void *userdata)
{
	struct manager *m = userdata;
	const struct instant now = clock_now();

	if (is_due(m, now.boot_usec + TICK_USEC))
		return;
	m->quiet_usec = now.boot_usec > WAKE_USEC ? now.boot_usec - WAKE_USEC : 0;
	manager_arm(m, manager_tick(m, now));
}

static void on_lost(void *userdata)
{
	struct manager *m = userdata;

	log_warning("Something else changed focusd's nftables table: putting it back");
	manager_event(m, "flush", NULL, NULL, "nftables was changed by something else; put back");
	m->gate_lost = true;
	manager_refresh(m, clock_now());
}

struct gate_events manager_gate_events(struct manager *m)
{
	return (struct gate_events){ .wake = on_wake, .lost = on_lost, .userdata = m };
}

static void move_marks(struct manager *m, const struct generation *old)
{
	for (size_t p = 0; p < old->people->n; p++) {
		const int person = manager_find_person(m, old->people->items[p].name);

		if (person >= 0)
			m->marks[person] = old->marks[p];
	}
}

/* A track follows its person and its site, by name, into the new configuration, and so does what
 * the kernel was told. */
static void move_tracks(struct manager *m, const struct generation *old)
{
	for (size_t p = 0; p < old->people->n; p++) {
		int person = manager_find_person(m, old->people->items[p].name);

		for (size_t s = 0; s < old->config->n_sites && person >= 0; s++) {
			struct track **track = &old->tracks[p * old->config->n_sites + s];
			int site = config_find_site(m->config, old->config->sites[s].name);
			size_t cell;

			if (site < 0)
				continue;
			cell = manager_cell(m, (size_t)person, (size_t)site);
			m->tracks[cell] = TAKE_PTR(*track);
			m->applied[cell] = old->applied[p * old->config->n_sites + s];
		}
	}
	for (size_t i = 0; i < old->people->n * old->config->n_sites; i++)
		free(old->tracks[i]);
}

/* Tells the kernel what a configuration means: who is who, what is shut, whose queries are taken.
 */
static void manager_enforce(struct manager *m, struct instant now)
{
	usec_t next_usec;

	manager_hosts_update(m);
	manager_tell_kernel(m, "the people");
	manager_send_setup(m);
	manager_attach(m);
	manager_resolved_update(m);
	next_usec = manager_tick(m, now);
	manager_tell_kernel(m, "the configuration");
	if (m->gate_stale)
		next_usec = usec_earlier(next_usec, now.boot_usec + TICK_USEC);
	manager_arm(m, next_usec);
}

int manager_live_by(struct manager *m, struct config **wanted, struct instant now, char **ret_error)
{
	_cleanup_(generation_done) struct generation g = { 0 };
	struct config *config = *wanted;
	struct generation old;
	bool more;
	int r;

	r = manager_commitment_merge(m, &config, now, ret_error);
	if (r >= 0)
		r = generation_build(&m->options, config, true, &g, ret_error);
	if (r < 0) {
		if (g.config == *wanted)
			g.config = NULL;
		return r;
	}
	g.config_wall_usec = m->config_wall_usec;
	manager_tick(m, now);
	manager_store(m, now);
	old = (struct generation){ m->config, m->config_wall_usec, m->catalogue, m->people,
		m->usage, m->tracks, m->applied, m->marks, m->elsewhere_stale, m->seal, m->listed,
		{ 0 } };
	manager_adopt(m, &g);
	manager_commitment_accept(m, TAKE_PTR(*wanted));
	move_marks(m, &old);
	(void)manager_assign_marks(m); /* both fail at a start alone */
	(void)manager_load_usage(m, old.usage, old.config, old.people, now);
	move_tracks(m, &old);
	(void)manager_share_load(m, now);
	more = old_sockets_wanted(m, old.config, old.catalogue);
	generation_done(&old);
	manager_commitment_keep(m, now);
	manager_enforce(m, now);
	/* it may have to tick, and whoever borrows from the configuration has the new one by now */
	manager_update_presence(m, now);
	if (more)
		old_sockets_remember(m);
	return 0;
}

int manager_reload(struct manager *m, struct instant now, char **ret_error)
{
	const usec_t read_usec = clock_now().wall_usec;
	_cleanup_(config_freep) struct config *wanted = NULL;
	_cleanup_free_ char *error = NULL;
	int r;

	r = config_files_load(m->options.config_file, m->options.sites_dir, &wanted, &error);
	if (r >= 0)
		r = manager_live_by(m, &wanted, now, &error);
	if (r < 0) {
		manager_set_problem(&m->reload_problem, "The old rules stay in force: %s",
			error ? error : strerror(-r));
		*ret_error = TAKE_PTR(error);
		return r;
	}
	malloc_trim(0); /* of two configurations one is left */
	m->config_wall_usec = read_usec;
	manager_set_problem(&m->reload_problem, NULL);
	manager_event(m, "reload", NULL, NULL, "configuration read again");
	return 0;
}

/* The clock is known: what fell due while no keeper ran? */
static int catch_up(struct manager *m, struct instant now, char **ret_error)
{
	_cleanup_(generation_done) struct generation g = { 0 };
	struct config *config;
	int r;

	r = manager_commitment_begin(m, now, &config, ret_error);
	if (r <= 0)
		return r;
	r = generation_build(&m->options, config, false, &g, ret_error);
	if (r < 0)
		return r;
	g.config_wall_usec = m->config_wall_usec;
	manager_free_people(m);
	manager_adopt(m, &g);
	return 0;
}

int manager_start(struct manager *m, struct instant now, char **ret_error)
{
	int r;

	r = catch_up(m, now, ret_error);
	if (r >= 0)
		r = manager_load(m, now, ret_error);
	if (r < 0)
		return r;
	manager_tell_crash(m);
	manager_event(m, "start", NULL, NULL, "focusd " FOCUSD_VERSION);
	manager_commitment_keep(m, now);
	manager_watch_presence(m);
	manager_enforce(m, now);
	/* what is shut is shut before a lease leads anywhere */
	if (m->gate_stale)
		manager_refresh(m, now);
	r = manager_map_leases(m);
	if (r < 0 &&
		asprintf(ret_error, "the kernel does not take the leases: %s", strerror(-r)) < 0)
		*ret_error = NULL;
	return r;
}

size_t manager_n_people(const struct manager *m)
{
	return m->people->n;
}

const char *manager_person_name(const struct manager *m, size_t person)
{
	return m->people->items[person].name;
}

uid_t manager_person_uid(const struct manager *m, size_t person)
{
	return m->people->items[person].n_uids > 0 ? m->people->items[person].uids[0] : (uid_t)-1;
}

int manager_find_uid(const struct manager *m, uid_t uid)
{
	for (size_t p = 0; p < m->people->n; p++)
		for (size_t i = 0; i < m->people->items[p].n_uids; i++)
			if (m->people->items[p].uids[i] == uid)
				return (int)p;
	return -ENOENT;
}

int manager_find_person(const struct manager *m, const char *name)
{
	for (size_t p = 0; p < m->people->n; p++)
		if (strcmp(m->people->items[p].name, name) == 0)
			return (int)p;
	return -ENOENT;
}

int manager_set_limit(struct manager *m, const char *target, const char *person,
	enum limit_period period, int64_t limit_sec, char **ret_error)
{
	struct config_limit limit = {
		.target = target,
		.person = person,
		.period = period,
		.limit_sec = limit_sec,
	};
	int r;

	limit.is_group = config_find_site(m->config, target) < 0;
	if (limit.is_group && config_find_group(m->config, target) < 0)
		return -ENOENT;
	if (person && manager_find_person(m, person) < 0)
		return -ESRCH;
	r = config_files_set_limit(m->options.config_file, m->options.sites_dir, &limit, ret_error);
	if (r < 0)
		return r;
	manager_commitment_ask(m, target, person);
	return manager_reload(m, clock_now(), ret_error);
}
