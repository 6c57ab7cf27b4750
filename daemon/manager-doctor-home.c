/* Checks of what the keeper lives on: its files, its clock, its people, and the programs it works
 * with. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "manager-doctor.h"
#include "manager-internal.h"
#include "system/config-files.h"

#define CURE_RELOAD    "focusctl reload"
#define CURE_RESTART   "systemctl restart focusd"
#define ROOM_LOW_BYTES (UINT64_C(64) << 20)
#define ROOM_LEAST     (UINT64_C(1) << 20) /* one write of the ledger with its log fits */
#define LEDGER_LATE    (6 * LEDGER_INTERVAL_USEC)
#define KERNEL_MAJOR   6
#define KERNEL_MINOR   1

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct people *, people_free);

static void report_room(struct examination *e, const struct statvfs *fs)
{
	const char *dir = e->m->options.state_dir;
	const uint64_t room = (uint64_t)fs->f_bavail * fs->f_frsize;
	const usec_t since = e->now.boot_usec - e->m->written_usec;

	if (fs->f_flag & ST_RDONLY)
		examination_fail(e, "mount it so that it can be written (see dmesg)",
			"%s is read-only: usage is kept in memory and lost at a power cut", dir);
	else if (room < ROOM_LEAST)
		examination_fail(e, "make room on that disk",
			"The disk of %s is full: usage is kept in memory meanwhile", dir);
	else if (e->m->dirty && since > LEDGER_LATE)
		examination_fail(e, CURE_RESTART, "The ledger was last written %" PRIu64 " s ago",
			since / USEC_PER_SEC);
	else if (room < ROOM_LOW_BYTES)
		examination_warn(e, "make room on that disk", "Only %" PRIu64 " MB are left for %s",
			room >> 20, dir);
	else
		examination_ok(e, "The ledger is written, and there is room for it");
}

void manager_check_ledger(struct examination *e)
{
	struct statvfs fs;

	if (e->m->ledger_problem)
		examination_fail(e, "make room or repair that disk; focusd then catches up", "%s",
			e->m->ledger_problem);
	else if (statvfs(e->m->options.state_dir, &fs) < 0)
		examination_fail(e, CURE_RESTART, "%s can't be looked at: %s",
			e->m->options.state_dir, strerror(errno));
	else
		report_room(e, &fs);
}

/* Has anybody set the clock since the last tick, by more than clocks err? */
void manager_check_clock(struct examination *e)
{
	const struct manager *m = e->m;
	const int64_t ahead = day_clock_off(&m->clock, e->now);
	const usec_t off = (usec_t)(ahead > 0 ? ahead : -ahead);

	if (off > DAY_CLOCK_STEP_USEC)
		examination_fail(e, "set the clock right (timedatectl set-ntp true)",
			"The clock was set: it is %" PRIu64 " s %s what really passed. No day "
			"begins by it",
			off / USEC_PER_SEC, ahead > 0 ? "ahead of" : "behind");
	else
		examination_ok(e, "The clock goes as time does");
}

static bool same_people(const struct people *a, const struct people *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->items[i].name, b->items[i].name) != 0 ||
			a->items[i].n_uids != b->items[i].n_uids ||
			memcmp(a->items[i].uids, b->items[i].uids,
				a->items[i].n_uids * sizeof(uid_t)) != 0)
			return false;
	return true;
}

/* The accounts as they are now, against those that are metered. */
void manager_check_people(struct examination *e)
{
	_cleanup_(people_freep) struct people *people = NULL;
	_cleanup_(strings_done) struct strings problems = { 0 };
	const int r = people_resolve(e->m->config, MANAGER_PEOPLE_MAX, &people, &problems);

	if (r < 0) {
		e->r = r;
		return;
	}
	for (size_t i = 0; i < problems.n && e->all; i++)
		examination_fail(e,
			"name accounts that exist in [focus] and [person], then " CURE_RELOAD, "%s",
			problems.items[i]);
	if (problems.n > 0 && !e->all)
		examination_fail(e, "sudo focusctl doctor",
			"The configuration names people who have no account here");
	if (e->m->people->n == 0)
		examination_fail(
			e, "set people = auto in [focus], then " CURE_RELOAD, "Nobody is metered");
	else if (!same_people(people, e->m->people))
		examination_warn(e, CURE_RELOAD,
			"The accounts of this machine have changed since the configuration was "
			"read");
	else if (problems.n == 0)
		examination_ok(e, "%zu %s metered", people->n,
			people->n == 1 ? "person is" : "people are");
}

static void check_dropin(struct examination *e)
{
	_cleanup_free_ char *dir = NULL;
	const int r = config_files_writable(e->m->options.config_file, &dir);

	if (r < 0)
		examination_warn(e, "give focusd's account that folder (chown focusd)",
			"focusctl can set no limit: %s: %s", dir ? dir : "", strerror(-r));
}

/* What a restart would read, which may be something else than what is in force. */
void manager_check_config(struct examination *e)
{
	const struct manager_options *o = &e->m->options;
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(strings_done) struct strings newer = { 0 };
	_cleanup_free_ char *error = NULL;
	int r;

	r = config_files_load(o->config_file, o->sites_dir, &config, &error);
	if (r < 0 && e->all)
		examination_fail(e, "mend that line, then " CURE_RELOAD,
			"The old rules stay in force: %s", error ? error : strerror(-r));
	else if (r < 0)
		examination_fail(e, "sudo focusctl doctor",
			"There is a mistake in the configuration: the old rules stay in force");
	if (r >= 0)
		r = config_files_newer(
			o->config_file, o->sites_dir, e->m->config_wall_usec, &newer);
	else
		r = 0;
	if (r < 0)
		examination_warn(
			e, CURE_RELOAD, "The configuration can't be looked at: %s", strerror(-r));
	else if (newer.n > 0)
		examination_warn(
			e, CURE_RELOAD, "%s was changed and is not yet in force", newer.items[0]);
	else if (config)
		examination_ok(e, "%s is in force: %zu sites, %s", o->config_file,
			e->m->config->n_sites,
			config_enforces(e->m->config) ? "with limits" : "nothing is limited");
	check_dropin(e);
}

static bool is_old_kernel(const char *release)
{
	unsigned major = 0, minor = 0;

	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR));
}

void manager_check_versions(struct examination *e)
{
	const struct manager *m = e->m;
	struct utsname name;

	if (uname(&name) >= 0 && is_old_kernel(name.release))
		examination_fail(e, "a newer kernel", "Linux %s: expected %d.%d or newer",
			name.release, KERNEL_MAJOR, KERNEL_MINOR);
	if (m->hook_live && strcmp(m->hook_build, FOCUSD_VERSION) != 0)
		examination_fail(e, "systemctl restart focusd-dns focusd",
			"focusd-dns is %s, focusd is " FOCUSD_VERSION,
			*m->hook_build ? m->hook_build : "of an unknown version");
	else
		examination_ok(
			e, "focusd and focusd-dns " FOCUSD_VERSION ", Linux %s", name.release);
}
