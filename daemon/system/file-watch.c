/* inotify on the file, its folder and, through a symlink, on what it leads to; a file system that
 * is mounted over the file makes no such news, so the list of mounts is watched as well. */
#include "system/file-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "system/settle.h"

#define MOUNTS      "/proc/self/mountinfo"
#define SETTLE_USEC (100 * USEC_PER_MSEC)

struct file_watch {
	char *path;
	int fd, mounts_fd;
	struct stat st; /* zeroed: there was no file */
	sd_event_source *io, *mounts, *settle;
	void (*changed)(void *userdata);
	void *userdata;
};

struct file_watch *file_watch_free(struct file_watch *w)
{
	if (!w)
		return NULL;
	sd_event_source_disable_unref(w->io);
	sd_event_source_disable_unref(w->mounts);
	sd_event_source_disable_unref(w->settle);
	if (w->fd >= 0)
		close(w->fd);
	if (w->mounts_fd >= 0)
		close(w->mounts_fd);
	free(w->path);
	free(w);
	return NULL;
}

DEFINE_CLEANUP(struct file_watch *, file_watch_free);

/* Watches the folder of the path and, through a symlink, the folder of what it leads to: both a
 * rename over the file and a new link are seen. Adding twice is harmless. */
static int add_watches(struct file_watch *w)
{
	const uint32_t mask =
		IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB;
	const char *paths[] = { w->path, NULL };
	_cleanup_free_ char *real = realpath(w->path, NULL);
	int n = 0;

	paths[1] = real;
	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		_cleanup_free_ char *copy = paths[i] ? strdup(paths[i]) : NULL;

		/* the file itself too: over a bind mount its folder says nothing */
		if (paths[i] && inotify_add_watch(w->fd, paths[i], IN_CLOSE_WRITE) >= 0)
			n++;
		if (copy && inotify_add_watch(w->fd, dirname(copy), mask) >= 0)
			n++;
	}
	return n > 0 ? 0 : -ENOENT;
}

/* Returns whether the path leads to another file than the last time. */
static bool note_file(struct file_watch *w)
{
	struct stat st = { 0 };
	bool other;

	if (stat(w->path, &st) < 0)
		st = (struct stat){ 0 };
	other = st.st_dev != w->st.st_dev || st.st_ino != w->st.st_ino;
	w->st = st;
	return other;
}

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct file_watch *w = userdata;

	add_watches(w);
	note_file(w);
	w->changed(w->userdata);
	return 0;
}

/* Other files live in those folders: only our names are news. */
static bool is_ours(const struct file_watch *w, const struct inotify_event *e)
{
	_cleanup_free_ char *real = realpath(w->path, NULL);
	const char *names[] = { strrchr(w->path, '/'), real ? strrchr(real, '/') : NULL };

	if (e->len == 0 || (e->mask & (IN_Q_OVERFLOW | IN_IGNORED)))
		return true;
	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (names[i] && strcmp(names[i] + 1, e->name) == 0)
			return true;
	return false;
}

static int on_inotify(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct file_watch *w = userdata;
	_Alignas(struct inotify_event) char buffer[4096];
	bool ours = false;
	ssize_t n;

	n = read(fd, buffer, sizeof(buffer));
	for (char *p = buffer; n > 0 && p < buffer + n;) {
		const struct inotify_event *e = (const struct inotify_event *)p;

		ours |= is_ours(w, e);
		p += sizeof(*e) + e->len;
	}
	return ours ? settle_arm(&w->settle, sd_event_source_get_event(source), SETTLE_USEC,
			      on_settled, w)
		    : 0;
}

static int on_mounts(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct file_watch *w = userdata;

	return note_file(w) ? settle_arm(&w->settle, sd_event_source_get_event(source), SETTLE_USEC,
				      on_settled, w)
			    : 0;
}

/* proc_pid_mountinfo(5): a change of the list is "priority data". */
static int watch_mounts(struct file_watch *w, sd_event *event)
{
	w->mounts_fd = open(MOUNTS, O_RDONLY | O_CLOEXEC);
	if (w->mounts_fd < 0)
		return -errno;
	return sd_event_add_io(event, &w->mounts, w->mounts_fd, EPOLLPRI, on_mounts, w);
}

int file_watch_new(struct sd_event *event, const char *path, void (*changed)(void *userdata),
	void *userdata, struct file_watch **ret)
{
	_cleanup_(file_watch_freep) struct file_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->mounts_fd = -1;
	w->changed = changed;
	w->userdata = userdata;
	w->path = strdup(path);
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (!w->path || w->fd < 0)
		return w->path ? -errno : -ENOMEM;
	r = add_watches(w);
	if (r >= 0)
		r = sd_event_add_io(event, &w->io, w->fd, EPOLLIN, on_inotify, w);
	if (r >= 0)
		r = watch_mounts(w, event);
	if (r < 0)
		return r;
	note_file(w);
	*ret = TAKE_PTR(w);
	return 0;
}
