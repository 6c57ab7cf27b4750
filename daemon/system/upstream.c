/* Reads resolv.conf(5) and tells when it changes. Whoever manages the file is left alone. */
#include "system/upstream.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

#define RESOLVED_UPLINKS "/run/systemd/resolve/resolv.conf"
#define RESOLVED_STUB    "127.0.0.53"
#define DNS_PORT         53
#define TEXT_MAX         65536 /* libc reads lines of BUFSIZ; a resolv.conf is a screenful */
#define SETTLE_USEC      (100 * USEC_PER_MSEC)

size_t upstream_parse(const char *text, struct endpoint ret[HOOK_UPSTREAMS_MAX])
{
	size_t n = 0;

	while (*text && n < HOOK_UPSTREAMS_MAX) {
		const size_t length = strcspn(text, "\n");
		char word[64]; /* an address and a zone: 46 and 16 */
		_cleanup_free_ char *line = strndup(text, length);

		text += length + (text[length] == '\n');
		if (!line || sscanf(line, "nameserver %63s", word) != 1)
			continue;
		word[strcspn(word, "%")] = 0; /* a link-local's zone: not for us to keep */
		if (address_parse(word, &ret[n].address) < 0)
			continue;
		ret[n++].port = DNS_PORT;
	}
	return n;
}

static int read_list(const char *path, struct endpoint ret[HOOK_UPSTREAMS_MAX], size_t *ret_n)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *text = malloc(TEXT_MAX + 1);
	size_t n;

	if (!f)
		return -errno;
	if (!text)
		return -ENOMEM;
	n = fread(text, 1, TEXT_MAX, f);
	if (ferror(f))
		return -EIO;
	text[n] = 0;
	*ret_n = upstream_parse(text, ret);
	return 0;
}

/* Ourselves as an upstream would be a loop. */
static size_t drop_own(struct endpoint *list, size_t n, const struct endpoints *own)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool ours = false;

		for (size_t k = 0; k < own->n; k++)
			ours |= endpoint_equal(&list[i], &own->items[k]);
		if (!ours)
			list[kept++] = list[i];
	}
	return kept;
}

int upstream_read(const char *path, const struct endpoints *own, struct upstream *ret)
{
	struct upstream u = { 0 };
	struct address stub;
	int r;

	r = read_list(path, u.upstreams, &u.n_upstreams);
	if (r < 0 && r != -ENOENT)
		return r;
	u.n_upstreams = drop_own(u.upstreams, u.n_upstreams, own);
	if (u.n_upstreams == 0) {
		endpoint_parse("127.0.0.1", DNS_PORT, &u.upstreams[0]);
		u.n_upstreams = 1;
	}
	address_parse(RESOLVED_STUB, &stub);
	if (address_equal(&u.upstreams[0].address, &stub) &&
		read_list(RESOLVED_UPLINKS, u.uplinks, &u.n_uplinks) >= 0)
		u.n_uplinks = drop_own(u.uplinks, u.n_uplinks, own);
	if (u.n_uplinks == 0) {
		memcpy(u.uplinks, u.upstreams, sizeof(u.uplinks));
		u.n_uplinks = u.n_upstreams;
	}
	*ret = u;
	return 0;
}

struct upstream_watch {
	char *path;
	int fd;
	sd_event_source *io, *settle;
	void (*changed)(void *userdata);
	void *userdata;
};

struct upstream_watch *upstream_watch_free(struct upstream_watch *w)
{
	if (!w)
		return NULL;
	sd_event_source_disable_unref(w->io);
	sd_event_source_disable_unref(w->settle);
	if (w->fd >= 0)
		close(w->fd);
	free(w->path);
	free(w);
	return NULL;
}

DEFINE_CLEANUP(struct upstream_watch *, upstream_watch_free);

/* Watches the folder of the path and, through a symlink, the folder of what it leads to: both a
 * rename over the file and a new link are seen. Adding twice is harmless. */
static int add_watches(struct upstream_watch *w)
{
	const uint32_t mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB;
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

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct upstream_watch *w = userdata;

	add_watches(w);
	w->changed(w->userdata);
	return 0;
}

/* Other files live in those folders: only our names are news. */
static bool is_ours(const struct upstream_watch *w, const struct inotify_event *e)
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
	struct upstream_watch *w = userdata;
	_Alignas(struct inotify_event) char buffer[4096];
	bool ours = false;
	ssize_t n;

	n = read(fd, buffer, sizeof(buffer));
	for (char *p = buffer; n > 0 && p < buffer + n;) {
		const struct inotify_event *e = (const struct inotify_event *)p;

		ours |= is_ours(w, e);
		p += sizeof(*e) + e->len;
	}
	if (!ours)
		return 0;
	if (!w->settle)
		return sd_event_add_time_relative(sd_event_source_get_event(source), &w->settle,
			CLOCK_BOOTTIME, SETTLE_USEC, 0, on_settled, w);
	if (sd_event_source_set_time_relative(w->settle, SETTLE_USEC) < 0)
		return 0;
	return sd_event_source_set_enabled(w->settle, SD_EVENT_ONESHOT);
}

int upstream_watch_new(struct sd_event *event, const char *path, void (*changed)(void *userdata),
	void *userdata, struct upstream_watch **ret)
{
	_cleanup_(upstream_watch_freep) struct upstream_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->changed = changed;
	w->userdata = userdata;
	w->path = strdup(path);
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (!w->path || w->fd < 0)
		return w->path ? -errno : -ENOMEM;
	r = add_watches(w);
	if (r >= 0)
		r = sd_event_add_io(event, &w->io, w->fd, EPOLLIN, on_inotify, w);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}
