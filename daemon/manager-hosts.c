/* The keeper's side of the hosts file: whether it is to have lines of ours, which ones, and that
 * they stay there. The file itself is written by a root process of its own (system/hosts.h): a unit
 * that watches RUNTIME/hosts, or a child. Never waits for it.
 *
 * Nobody's look-up asks the hook for a name that stands in the file. So it is told to find out
 * where these names lead: all of them at first, and those of a site again when something moves
 * there. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/hosts-plan.h"
#include "core/hosts-text.h"
#include "core/patience.h"
#include "manager-doctor.h"
#include "manager-internal.h"
#include "names.h"
#include "system/hosts-writer.h"
#include "system/hosts.h"
#include "system/name-service.h"

#define NSSWITCH_CONF   "/etc/nsswitch.conf"
#define GRACE_USEC      (10 * USEC_PER_SEC)   /* for a way that is being set up */
#define PLAN_USEC       (300 * USEC_PER_MSEC) /* leases come in swarms */
#define WRITER_USEC     (3 * USEC_PER_SEC)    /* a write takes 0.1 s; then it is asked again */
#define WRITER_MAX_USEC (600 * USEC_PER_SEC)
#define WRITER_FAILURES 2 /* that are told */
#define ROUND_NAMES     8 /* asked for in one go: a home router has to cope */
#define ROUND_USEC      (100 * USEC_PER_MSEC)
#define RETRY_USEC      (30 * USEC_PER_SEC) /* for names that led nowhere, doubled each time */
#define RETRY_MAX_USEC  (3600 * USEC_PER_SEC)
#define ASK_AGAIN_USEC  (30 * USEC_PER_SEC) /* the hook's shortest lifetime of an address */

#define CURE_READ       "make it readable for user focusd (chmod a+r)"
#define CURE_UNITS      "systemctl status focusd-hosts.path focusd-hosts.service"
#define CURE_NAMES      "see whether the resolver answers"
#define CURE_CLAIMED    "remove those lines, if focusd is to meter these hosts"

enum file_state {
	FILE_RIGHT,   /* it has what it is to have, as far as we know */
	FILE_WRITING, /* the writer has been asked */
	FILE_PATIENT, /* somebody undid it so often that we wait before we ask again */
};

struct manager_hosts {
	bool wanted;
	bool goes_past;              /* look-ups go by a way that does not reach the hook */
	const struct config *config; /* whose names these are */
	struct hosts_name *names;
	usec_t *asked_usec; /* for each: when the hook was told last; 0: never */
	size_t n_names, n_left_out, n_claimed;
	char *block; /* what the file is to have; NULL: not planned yet */
	size_t n_block;
	enum file_state state;
	struct file_watch *watch;
	sd_event_source *child;                       /* the writer, where it is ours */
	sd_event_source *grace, *look, *plan, *round; /* timers */
	bool write_again;                             /* the block changed while the child wrote */
	unsigned failures; /* requests in a row after which it was not right */
	struct patience patience;
	size_t next;       /* name of the round */
	bool missing_only; /* the round is about those without a lease */
	usec_t retry_usec;
};

static usec_t now_usec(const struct manager *m)
{
	uint64_t now;

	return sd_event_now(m->event, CLOCK_BOOTTIME, &now) < 0 ? clock_now().boot_usec : now;
}

static void arm(
	struct manager *m, sd_event_source **timer, usec_t usec, sd_event_time_handler_t handler)
{
	*timer = sd_event_source_disable_unref(*timer);
	if (sd_event_add_time_relative(m->event, timer, CLOCK_BOOTTIME, usec, 0, handler, m) < 0)
		log_error("Can't set a timer of the hosts file");
}

static bool goes_past(const struct manager *m)
{
	return name_service_uses_resolved(NSSWITCH_CONF) && !manager_resolved_reached(m);
}

static int on_grace(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	m->hosts->grace = sd_event_source_disable_unref(m->hosts->grace);
	m->hosts->goes_past = goes_past(m);
	manager_hosts_update(m);
	return 0;
}

/* Do look-ups go past the hook for good? A way that is only just being set up is no reason. */
static bool dns_does_not_reach(struct manager *m)
{
	struct manager_hosts *h = m->hosts;

	if (m->config->intercept == INTERCEPT_NONE)
		return true;
	if (!goes_past(m)) {
		h->goes_past = false;
		h->grace = sd_event_source_disable_unref(h->grace);
	} else if (!h->goes_past && !h->grace) {
		arm(m, &h->grace, GRACE_USEC, on_grace);
	}
	return h->goes_past;
}

static bool is_wanted(struct manager *m)
{
	switch (m->config->hosts_manage) {
	case HOSTS_YES:
		return true;
	case HOSTS_NO:
		return false;
	case HOSTS_AUTO:
		return dns_does_not_reach(m);
	}
	return false;
}

/* --- the names --- */

/* known_only: in the families in which it leads somewhere. */
static void ask_for(struct manager *m, size_t i, bool known_only)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct hook_message wish = { .type = HOOK_RESOLVE };

	strcpy(wish.name, m->hosts->names[i].name);
	for (size_t f = 0; f < ELEMENTSOF(families); f++) {
		if (known_only && !lease_book_find(m->book, wish.name, families[f]))
			continue;
		wish.family = families[f];
		if (leases_send(m->leases, &wish) < 0)
			return; /* a new hook is told everything */
	}
	m->hosts->asked_usec[i] = now_usec(m);
}

/* Not asked for yet, or in vain. (A look-up by DNS asks in one family only.) */
static bool is_missing(const struct manager *m, size_t i)
{
	const struct hosts_name *name = &m->hosts->names[i];

	return !name->claimed &&
	       (m->hosts->asked_usec[i] == 0 || !hosts_plan_has_lease(m->book, name->name));
}

static int on_round(sd_event_source *source, uint64_t usec, void *userdata);

/* A resolver that was not there yet may be there later. */
static void end_round(struct manager *m)
{
	struct manager_hosts *h = m->hosts;
	bool missing = false;

	h->next = 0;
	h->missing_only = true;
	for (size_t i = 0; i < h->n_names; i++)
		missing |= is_missing(m, i);
	if (!missing)
		return;
	arm(m, &h->round, h->retry_usec, on_round);
	h->retry_usec = h->retry_usec * 2 < RETRY_MAX_USEC ? h->retry_usec * 2 : RETRY_MAX_USEC;
}

static int on_round(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	struct manager_hosts *h = m->hosts;

	if (!m->leases || !leases_connected(m->leases))
		return 0; /* its hello begins anew */
	for (size_t n = 0; h->next < h->n_names && n < ROUND_NAMES; h->next++) {
		if (h->names[h->next].claimed || (h->missing_only && !is_missing(m, h->next)))
			continue;
		ask_for(m, h->next, false);
		n++;
	}
	if (h->next < h->n_names)
		arm(m, &h->round, ROUND_USEC, on_round);
	else
		end_round(m);
	return 0;
}

void manager_hosts_ask(struct manager *m, bool missing_only)
{
	struct manager_hosts *h = m->hosts;

	if (!h || !h->wanted)
		return;
	h->next = 0;
	h->missing_only = missing_only;
	h->retry_usec = RETRY_USEC;
	arm(m, &h->round, 0, on_round);
}

void manager_hosts_moved(struct manager *m, size_t site)
{
	struct manager_hosts *h = m->hosts;

	if (!h || !h->wanted || !m->leases || !leases_connected(m->leases))
		return;
	for (size_t i = 0; i < h->n_names; i++)
		if (h->names[i].site == site && !h->names[i].claimed &&
			now_usec(m) >= h->asked_usec[i] + ASK_AGAIN_USEC)
			ask_for(m, i, true);
}

/* --- the file --- */

static int on_late(sd_event_source *source, uint64_t usec, void *userdata);
static void look(struct manager *m);

static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct manager *m = userdata;
	struct manager_hosts *h = m->hosts;
	const bool failed = info->si_code != CLD_EXITED || info->si_status != 0;

	h->child = sd_event_source_disable_unref(h->child);
	if (failed)
		h->failures += WRITER_FAILURES;
	look(m);
	return 0;
}

static int start_child(struct manager *m)
{
	const struct hosts_writer_task task = { m->options.runtime_dir, m->options.hosts_file };
	struct manager_hosts *h = m->hosts;

	if (h->child) {
		h->write_again = true;
		return 0;
	}
	h->write_again = false;
	return hosts_writer_start(m->event, &task, on_child, m, &h->child);
}

static void request(struct manager *m)
{
	struct manager_hosts *h = m->hosts;
	_cleanup_free_ char *wanted = NULL;
	usec_t wait = WRITER_USEC;
	int r;

	if (asprintf(&wanted, "%s/" FOCUSD_HOSTS_WANTED, m->options.runtime_dir) < 0)
		wanted = NULL;
	r = wanted ? hosts_want(wanted, h->block, h->n_block) : -ENOMEM;
	if (r >= 0 && m->options.hosts_child)
		r = start_child(m);
	if (r < 0)
		manager_set_problem(&m->hosts_problem, "Lines for %s can't be handed over: %s",
			m->options.hosts_file, strerror(-r));
	for (unsigned i = 0; i < h->failures && wait < WRITER_MAX_USEC; i++)
		wait *= 2;
	h->state = FILE_WRITING;
	arm(m, &h->look, wait < WRITER_MAX_USEC ? wait : WRITER_MAX_USEC, on_late);
}

static void tell_quarrel(struct manager *m, usec_t wait)
{
	manager_set_problem(&m->hosts_problem,
		"Something else keeps changing focusd's lines in %s: they are put back every "
		"%" PRIu64 " s only",
		m->options.hosts_file, wait / USEC_PER_SEC);
}

/* Somebody wrote the file. ours: our lines went, too. */
static void answer(struct manager *m, bool ours)
{
	struct manager_hosts *h = m->hosts;
	const usec_t wait = patience_wait(&h->patience, now_usec(m));

	if (ours) {
		log_warning("Something else changed focusd's lines in %s: putting them back",
			m->options.hosts_file);
		manager_event(m, "hosts", NULL, NULL,
			"focusd's lines in the hosts file were changed by something else; put "
			"back");
	}
	if (wait == 0) {
		request(m);
		return;
	}
	tell_quarrel(m, wait);
	h->state = FILE_PATIENT;
	arm(m, &h->look, wait, on_late);
}

static void stop_watching(struct manager *m)
{
	m->hosts->watch = file_watch_free(m->hosts->watch);
}

/* The file has what it is to have. */
static void settle(struct manager *m)
{
	struct manager_hosts *h = m->hosts;

	h->look = sd_event_source_disable_unref(h->look);
	h->state = FILE_RIGHT;
	h->failures = 0;
	if (patience_is_lost(&h->patience, now_usec(m))) {
		arm(m, &h->look, PATIENCE_MAX_USEC,
			on_late); /* the problem does not stay for ever */
		return;
	}
	if (h->n_left_out > 0)
		manager_set_problem(&m->hosts_problem,
			"%zu main hosts have no line in %s: it has %d lines of focusd's, and no "
			"more",
			h->n_left_out, m->options.hosts_file, HOSTS_LINES_MAX);
	else
		manager_set_problem(&m->hosts_problem, NULL);
	if (!h->wanted)
		stop_watching(m);
}

static void tell_failure(struct manager *m)
{
	manager_set_problem(&m->hosts_problem,
		m->options.hosts_child
			? "focusd's lines in %s can't be written: the log says why"
			: "focusd's lines in %s are not written: see systemctl status "
			  "focusd-hosts.path focusd-hosts.service",
		m->options.hosts_file);
}

static void look(struct manager *m)
{
	struct manager_hosts *h = m->hosts;
	const int r = hosts_check(m->options.hosts_file, h->block, h->n_block);

	if (r < 0)
		manager_set_problem(&m->hosts_problem, "%s can't be read: %s",
			m->options.hosts_file, strerror(-r));
	if (r > 0)
		settle(m);
	else if (h->state == FILE_RIGHT)
		answer(m, true);
	else if (h->state == FILE_WRITING && !h->child) {
		if (h->failures >= WRITER_FAILURES)
			tell_failure(m);
		if (h->write_again)
			request(m);
	}
}

/* It was asked for and has not come, or the time to wait is over. */
static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	struct manager_hosts *h = m->hosts;
	const int r = hosts_check(m->options.hosts_file, h->block, h->n_block);

	if (r > 0) {
		settle(m);
		return 0;
	}
	if (h->state == FILE_WRITING && ++h->failures >= WRITER_FAILURES)
		tell_failure(m);
	request(m);
	return 0;
}

/* Others' lines for a name are the last word on it: it gets none of ours. */
static int mark_claimed(struct manager *m)
{
	struct manager_hosts *h = m->hosts;
	_cleanup_free_ const char **names = calloc(h->n_names + 1, sizeof(*names));
	_cleanup_free_ bool *claimed = calloc(h->n_names + 1, sizeof(*claimed));
	_cleanup_free_ char *bytes = NULL;
	size_t n = 0;
	int r;

	if (!names || !claimed)
		return -ENOMEM;
	for (size_t i = 0; i < h->n_names; i++)
		names[i] = h->names[i].name;
	r = hosts_read(m->options.hosts_file, &bytes, &n);
	if (r >= 0)
		r = hosts_text_claimed(bytes ? bytes : "", n, names, h->n_names, claimed);
	if (r < 0)
		return r;
	h->n_claimed = 0;
	for (size_t i = 0; i < h->n_names; i++) {
		h->names[i].claimed = claimed[i];
		h->n_claimed += claimed[i];
	}
	return 0;
}

/* Returns whether the block is another one now. */
static bool plan(struct manager *m)
{
	struct manager_hosts *h = m->hosts;
	struct hosts_plan plan;
	bool same;
	int r;

	r = h->wanted ? mark_claimed(m) : 0;
	if (r < 0 && r != -EAGAIN) /* it is being written: as it was a moment ago */
		manager_set_problem(&m->hosts_problem, "%s can't be read: %s",
			m->options.hosts_file, strerror(-r));
	r = hosts_plan_build(m->book, h->names, h->wanted ? h->n_names : 0, &plan);
	if (r < 0) {
		log_warning_errno(r, "Can't plan the lines of the hosts file");
		return false;
	}
	same = h->block && h->n_block == plan.n_bytes &&
	       memcmp(h->block, plan.block, plan.n_bytes) == 0;
	free(h->block);
	h->block = plan.block;
	h->n_block = plan.n_bytes;
	h->n_left_out = plan.n_left_out;
	return !same;
}

/* What we want has changed. */
static void update_file(struct manager *m)
{
	struct manager_hosts *h = m->hosts;
	const int r = plan(m) ? hosts_check(m->options.hosts_file, h->block, h->n_block) : 1;

	if (r > 0 && h->state == FILE_RIGHT)
		settle(m);
	else if ((r == 0 || (r < 0 && h->wanted)) && h->state != FILE_PATIENT)
		request(m);
}

static int on_plan(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	m->hosts->plan = sd_event_source_disable_unref(m->hosts->plan);
	update_file(m);
	return 0;
}

/* The file may read otherwise; more often than not we wrote it. */
static void on_changed(void *userdata)
{
	struct manager *m = userdata;
	struct manager_hosts *h = m->hosts;
	const int before = hosts_check(m->options.hosts_file, h->block, h->n_block);

	if (!plan(m))
		look(m);
	else if (h->state == FILE_RIGHT)
		answer(m, before == 0);
}

void manager_hosts_leased(struct manager *m, const char *name)
{
	struct manager_hosts *h = m->hosts;

	for (size_t i = 0; h && h->wanted && !h->plan && i < h->n_names; i++)
		if (strcmp(h->names[i].name, name) == 0)
			arm(m, &h->plan, PLAN_USEC, on_plan);
}

static void forget_names(struct manager_hosts *h)
{
	free(h->names);
	free(h->asked_usec);
	h->config = NULL;
	h->names = NULL;
	h->asked_usec = NULL;
	h->n_names = h->next = 0;
}

/* Those that there are belong to a configuration that may be gone: no memory leaves none. */
static int take_names(struct manager *m)
{
	struct manager_hosts *h = m->hosts;
	int r;

	if (h->config == m->config)
		return 0;
	forget_names(h);
	r = hosts_plan_names(m->config, &h->names, &h->n_names);
	if (r < 0)
		return r;
	h->asked_usec = calloc(h->n_names + 1, sizeof(*h->asked_usec));
	if (!h->asked_usec) {
		forget_names(h);
		return -ENOMEM;
	}
	h->config = m->config;
	return 0;
}

static void watch(struct manager *m)
{
	struct manager_hosts *h = m->hosts;
	int r;

	if (h->watch)
		return;
	r = file_watch_new(m->event, m->options.hosts_file, on_changed, m, &h->watch);
	if (r < 0)
		log_warning_errno(r, "Can't watch %s", m->options.hosts_file);
}

void manager_hosts_update(struct manager *m)
{
	struct manager_hosts *h = m->hosts;

	if (!m->event || !m->book)
		return;
	if (!h)
		h = m->hosts = calloc(1, sizeof(*h));
	if (!h || take_names(m) < 0) {
		log_error("No memory for the hosts file");
		return;
	}
	h->wanted = is_wanted(m);
	if (h->wanted || hosts_check(m->options.hosts_file, "", 0) == 0)
		watch(m);
	update_file(m);
	manager_hosts_ask(m, true);
}

void manager_hosts_reconsider(struct manager *m)
{
	if (m->hosts && is_wanted(m) != m->hosts->wanted)
		manager_hosts_update(m);
}

void manager_hosts_stop(struct manager *m)
{
	if (m->hosts && m->hosts->child)
		hosts_writer_wait(m->hosts->child);
}

void manager_check_hosts(struct examination *e)
{
	const struct manager *m = e->m;
	const struct manager_hosts *h = m->hosts;
	const char *file = m->options.hosts_file;
	size_t lines = 0;
	int r;

	if (!h || !h->wanted) {
		examination_ok(e, "%s needs no lines of focusd's", file);
		return;
	}
	r = hosts_check(file, h->block, h->n_block);
	for (size_t i = 0; i < h->n_block; i++)
		lines += h->block[i] == '\n';
	if (r < 0)
		examination_fail(e, CURE_READ, "%s can't be read: %s", file, strerror(-r));
	else if (r == 0 || m->hosts_problem)
		examination_fail(e, CURE_UNITS, "%s",
			m->hosts_problem ? m->hosts_problem
					 : "focusd's lines are not in the hosts file");
	else if (lines == 0)
		examination_warn(
			e, CURE_NAMES, "No main host has an address yet: %s has no line", file);
	else
		examination_ok(e, "%zu lines of focusd's stand in %s", lines, file);
	if (h->n_claimed > 0)
		examination_warn(e, CURE_CLAIMED,
			"%zu main hosts have other lines in %s: focusd leaves them alone",
			h->n_claimed, file);
}

void manager_hosts_free(struct manager *m)
{
	struct manager_hosts *h = m->hosts;

	if (!h)
		return;
	file_watch_free(h->watch);
	sd_event_source_disable_unref(h->child);
	sd_event_source_disable_unref(h->grace);
	sd_event_source_disable_unref(h->look);
	sd_event_source_disable_unref(h->plan);
	sd_event_source_disable_unref(h->round);
	free(h->names);
	free(h->asked_usec);
	free(h->block);
	free(h);
	m->hosts = NULL;
}
