/* What a dead keeper may have left: tables, a name hook that waits for its return, sockets. */
#include "release.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "names.h"
#include "system/attach.h"
#include "system/fd-store.h"
#include "system/gate.h"
#include "system/hook-process.h"
#include "system/hosts-writer.h"
#include "system/hosts.h"
#include "system/leases.h"
#include "system/own-link.h"
#include "system/unit-job.h"

#define HOOK_RETURN_USEC                                                         \
	(3 * USEC_PER_SEC) /* a waiting hook tries every 150 ms, when it may run \
			    */
#define STRIP_LOOK_USEC (50 * USEC_PER_MSEC)
#define STRIP_LOOKS     (HOSTS_STRIP_SEC * USEC_PER_SEC / STRIP_LOOK_USEC)

int release_kernel(void)
{
	_cleanup_free_ char *gate_error = NULL, *attach_error = NULL;
	struct own_links none;
	bool changed;
	int r, q, l;

	/* first what leads look-ups to us: none may get a lease that leads nowhere */
	l = own_link_keep(0, &none, &changed);
	if (l < 0)
		log_error_errno(l, "Can't remove the link for systemd-resolved");
	r = gate_nft_release(&gate_error);
	if (r < 0)
		log_error_errno(
			r, "nftables: %s", gate_error ? gate_error : "can't remove the table");
	q = attach_release(&attach_error);
	if (q < 0)
		log_warning("%s", attach_error ? attach_error : "conntrack");
	return r < 0 ? r : q < 0 ? q : l;
}

struct farewell {
	sd_event *event;
	struct leases *leases;
};

static void on_hello(const struct hook_message *hello, pid_t pid, void *userdata)
{
	struct farewell *f = userdata;

	leases_send(f->leases, &(struct hook_message){ .type = HOOK_QUIT });
}

static void on_ask(const struct hook_message *ask, void *userdata)
{
	/* it is told to go: no more leases */
}

static void on_lost(void *userdata)
{
	struct farewell *f = userdata;

	sd_event_exit(f->event, 0);
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct farewell *f = userdata;

	return leases_connected(f->leases) ? 0 : sd_event_exit(f->event, 0);
}

/* Stands in for the keeper until the hook has come back and gone. */
static int dismiss_hook(const char *runtime_dir)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	struct farewell f = { 0 };
	const struct leases_events events = { on_hello, on_ask, on_lost, &f, NULL, NULL };
	uid_t uid = geteuid();
	gid_t gid;
	int r;

	if (uid == 0 && hook_process_account(&uid, &gid) < 0)
		return 0;
	r = sd_event_new(&event);
	if (r < 0)
		return r;
	f.event = event;
	r = leases_new(event, runtime_dir, uid, &events, &f.leases);
	if (r >= 0)
		r = sd_event_add_time_relative(
			event, NULL, CLOCK_BOOTTIME, HOOK_RETURN_USEC, 0, on_late, &f);
	if (r >= 0)
		r = sd_event_loop(event);
	leases_free(f.leases);
	return r;
}

static void remove_file(const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return;
	}
	if (unlink(path) < 0 && errno != ENOENT)
		log_warning_errno(-errno, "Can't remove %s", path);
}

static bool keeper_runs(const char *state_dir)
{
	_cleanup_close_ int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

int release_hosts(const char *runtime_dir, const char *hosts_file)
{
	const struct hosts_writer_task task = { runtime_dir, hosts_file };
	int r;

	remove_file(runtime_dir, FOCUSD_HOSTS_WANTED);
	if (hosts_check(hosts_file, "", 0) == 1)
		return 0;
	r = hosts_writer_strip(&task);
	if (r < 0 && r != -EIO) /* that was told by the writer */
		log_error_errno(r, "%s: can't take out focusd's lines", hosts_file);
	return r;
}

/* As a service we may not write it: focusd-hosts.service does, when it sees that nothing is wanted
 * any more. In a shutdown no unit is started; focusd-hosts-strip.service runs then. */
static void strip_by_unit(const char *runtime_dir, const char *hosts_file)
{
	_cleanup_free_ char *wanted = NULL;

	if (hosts_check(hosts_file, "", 0) == 1)
		return;
	if (asprintf(&wanted, "%s/" FOCUSD_HOSTS_WANTED, runtime_dir) < 0)
		wanted = NULL;
	if (!wanted || hosts_want(wanted, "", 0) < 0) {
		log_error("%s: can't have focusd's lines taken out", hosts_file);
		return;
	}
	if (unit_job_system_stops() == 1)
		return;
	for (unsigned i = 0; hosts_check(hosts_file, "", 0) != 1; i++) {
		if (i == STRIP_LOOKS) {
			log_error("%s: focusd-hosts.service has not taken out focusd's lines",
				hosts_file);
			return;
		}
		usleep(STRIP_LOOK_USEC);
	}
}

int release_all(const char *state_dir, const char *runtime_dir, const char *hosts_file)
{
	_cleanup_free_ char *hook = NULL;
	int r, q = 0, h;

	if (keeper_runs(state_dir)) {
		log_error("A focusd is at work on %s: stop it, and it releases everything itself",
			state_dir);
		return -EBUSY;
	}
	h = release_hosts(runtime_dir, hosts_file);
	r = release_kernel();
	if (asprintf(&hook, "%s/" FOCUSD_HOOK_SOCKET, runtime_dir) < 0) {
		hook = NULL;
		return -ENOMEM;
	}
	if (access(hook, F_OK) == 0)
		q = dismiss_hook(runtime_dir);
	if (q < 0)
		log_error_errno(q, "Can't end the name hook");
	remove_file(runtime_dir, FOCUSD_HOOK_SOCKET);
	remove_file(runtime_dir, FOCUSD_BUS_SOCKET);
	return r < 0 ? r : q < 0 ? q : h;
}

/* Nobody to ask (a shutdown in which D-Bus ended first): a clean end of a service that always comes
 * back was a stop. */
static bool is_stopping(const char *service_result)
{
	const int r = unit_job_is_stop();

	if (r >= 0)
		return r;
	log_debug_errno(r, "Can't ask for the unit's job");
	return strcmp(service_result, "success") == 0;
}

int release_if_stopping(const char *state_dir, const char *runtime_dir, const char *hosts_file)
{
	const char *service_result = getenv("SERVICE_RESULT");
	int r;

	if (!service_result)
		return release_all(state_dir, runtime_dir, hosts_file);
	if (!is_stopping(service_result)) {
		log_debug("Not a stop: everything stays as it is");
		return 0;
	}
	/* first the redirect: no look-up may get a lease that leads nowhere */
	r = fd_store_clear();
	if (r < 0)
		log_warning_errno(r, "The service manager does not let go of the redirect yet");
	strip_by_unit(runtime_dir, hosts_file);
	return release_kernel();
}
