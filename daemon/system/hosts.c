/* Renames a new file over the old one; where that can't be (a mount point, a second link, an owner
 * or an attribute that we can't give) it writes in place, with a journal beside it. Three files may
 * stand beside the hosts file for a moment, or after a kill until the next run:
 *
 *   .hosts.focusd       the lock: one writer at a time
 *   .hosts.focusd-new   what is being written
 *   .hosts.focusd-undo  the journal of a write in place (core/hosts-journal.h) */
#include "system/hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "core/hosts-journal.h"
#include "core/hosts-text.h"

#define LINKS_MAX  40 /* as the kernel */
#define TRIES_MAX  16 /* somebody who edits that often in a row is no editor */
#define IN_PLACE   1  /* what a rename can't do */
#define ATTRS_MAX  65536
#define FILE_FLAGS (O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

struct hosts {
	int dir; /* where the file, or what it links to, is */
	int lock;
	char name[NAME_MAX + 1];
	char lock_name[NAME_MAX + 1], new_name[NAME_MAX + 1], undo_name[NAME_MAX + 1];
};

/* A file as it was read. */
struct snapshot {
	bool exists;
	struct stat st;
	char *bytes; /* NULL where it does not exist */
	size_t n;
};

static void hosts_done(struct hosts *h)
{
	if (h->lock >= 0) {
		unlinkat(h->dir, h->lock_name, 0);
		close(h->lock);
	}
	if (h->dir >= 0)
		close(h->dir);
}

static void snapshot_done(struct snapshot *s)
{
	free(s->bytes);
}

static void hosts_text_done(struct hosts_text *t)
{
	free(t->bytes);
}

/* The path behind a link, or the link's own where it is none. A link that leads nowhere yet is
 * followed as well: the file is made there. */
static int follow_links(const char *path, char ret[PATH_MAX])
{
	char at[PATH_MAX], to[PATH_MAX], folder[PATH_MAX];

	if (snprintf(at, sizeof(at), "%s", path) >= (int)sizeof(at))
		return -ENAMETOOLONG;
	for (size_t i = 0; i < LINKS_MAX; i++) {
		const ssize_t n = readlink(at, to, sizeof(to) - 1);

		if (n < 0 && errno != EINVAL && errno != ENOENT)
			return -errno;
		if (n < 0) {
			strcpy(ret, at);
			return 0;
		}
		to[n] = 0;
		strcpy(folder, at);
		if (*to == '/')
			strcpy(at, to);
		else if (snprintf(at, sizeof(at), "%s/%s", dirname(folder), to) >= (int)sizeof(at))
			return -ENAMETOOLONG;
	}
	return -ELOOP;
}

static int hosts_open(const char *path, struct hosts *h)
{
	char real[PATH_MAX], folder[PATH_MAX], name[PATH_MAX];
	const char *base;
	int r;

	r = follow_links(path, real);
	if (r < 0)
		return r;
	strcpy(folder, real);
	strcpy(name, real);
	base = basename(name);
	if (snprintf(h->undo_name, sizeof(h->undo_name), ".%s.focusd-undo", base) >=
		(int)sizeof(h->undo_name))
		return -ENAMETOOLONG;
	/* shorter than the one that fits */
	snprintf(h->name, sizeof(h->name), "%.*s", NAME_MAX, base);
	snprintf(h->lock_name, sizeof(h->lock_name), ".%.*s.focusd", NAME_MAX - 12, base);
	snprintf(h->new_name, sizeof(h->new_name), ".%.*s.focusd-new", NAME_MAX - 12, base);
	h->dir = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return h->dir < 0 ? -errno : 0;
}

static int read_fd(int fd, size_t max, char **ret, size_t *ret_n)
{
	_cleanup_free_ char *bytes = NULL;
	size_t size = 4096, n = 0;

	for (;;) {
		char *larger = realloc(bytes, size);
		ssize_t got;

		if (!larger)
			return -ENOMEM;
		bytes = larger;
		got = read(fd, bytes + n, size - n);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		n += got > 0 ? (size_t)got : 0;
		if (n > max)
			return -EFBIG;
		if (n == size)
			size *= 2;
	}
	*ret_n = n;
	*ret = TAKE_PTR(bytes);
	return 0;
}

static int read_at(int dir, const char *name, size_t max, struct snapshot *ret)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | FILE_FLAGS);
	struct snapshot s = { .exists = true };
	int r;

	if (fd < 0 && errno == ENOENT) {
		*ret = (struct snapshot){ 0 };
		return 0;
	}
	if (fd < 0 || fstat(fd, &s.st) < 0)
		return -errno;
	if (!S_ISREG(s.st.st_mode))
		return S_ISDIR(s.st.st_mode) ? -EISDIR : -EINVAL;
	r = read_fd(fd, max, &s.bytes, &s.n);
	if (r < 0)
		return r;
	*ret = s;
	return 0;
}

static bool exists_at(const struct hosts *h, const char *name)
{
	struct stat st;

	return fstatat(h->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int sync_folder(const struct hosts *h)
{
	/* EINVAL: a file system that has nothing to sync */
	return fsync(h->dir) < 0 && errno != EINVAL ? -errno : 0;
}

/* Nobody but the owner of the folder can open the lock: nobody else can hold it. */
static int hosts_lock(struct hosts *h)
{
	for (;;) {
		_cleanup_close_ int fd = openat(
			h->dir, h->lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		struct stat held, there;

		if (fd < 0)
			return -errno;
		while (flock(fd, LOCK_EX) < 0)
			if (errno != EINTR)
				return -errno;
		if (fstat(fd, &held) < 0)
			return -errno;
		/* the last holder took it away while we waited */
		if (fstatat(h->dir, h->lock_name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
			there.st_dev == held.st_dev && there.st_ino == held.st_ino) {
			h->lock = TAKE_FD(fd);
			return 0;
		}
	}
}

static int write_at(int fd, const char *bytes, size_t n, size_t from)
{
	while (from < n) {
		const ssize_t written = pwrite(fd, bytes + from, n - from, (off_t)from);

		if (written < 0 && errno != EINTR)
			return -errno;
		from += written > 0 ? (size_t)written : 0;
	}
	return 0;
}

static size_t common_start(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t n = 0;

	while (n < n_a && n < n_b && a[n] == b[n])
		n++;
	return n;
}

/* -EAGAIN when the file is not what was read. */
static int still_same(const struct hosts *h, const struct snapshot *then)
{
	_cleanup_(snapshot_done) struct snapshot now = { 0 };
	const int r = read_at(h->dir, h->name, HOSTS_BYTES_MAX, &now);

	if (r < 0)
		return r;
	if (now.exists != then->exists)
		return -EAGAIN;
	if (now.exists && (now.st.st_dev != then->st.st_dev || now.st.st_ino != then->st.st_ino ||
				  now.st.st_mode != then->st.st_mode || now.n != then->n ||
				  memcmp(now.bytes, then->bytes, now.n) != 0))
		return -EAGAIN;
	return 0;
}

/* Writes `to` over what is `from` now. */
static int overwrite(
	const struct hosts *h, const char *from, size_t n_from, const char *to, size_t n_to)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (n_from == n_to && (n_to == 0 || memcmp(from, to, n_to) == 0))
		return 0;
	fd = openat(h->dir, h->name, O_WRONLY | FILE_FLAGS);
	if (fd < 0)
		return -errno;
	r = write_at(fd, to, n_to, common_start(from, n_from, to, n_to));
	if (r < 0)
		return r;
	return ftruncate(fd, (off_t)n_to) < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int forget_journal(const struct hosts *h)
{
	if (unlinkat(h->dir, h->undo_name, 0) < 0 && errno != ENOENT)
		return -errno;
	return sync_folder(h);
}

/* Undoes a write in place that was cut short, unless somebody has written the file since. */
static int repair(const struct hosts *h)
{
	_cleanup_(snapshot_done) struct snapshot undo = { 0 }, now = { 0 };
	struct hosts_journal j;
	int r;

	r = read_at(h->dir, h->undo_name, 3 * HOSTS_BYTES_MAX, &undo);
	if (r < 0 || !undo.exists)
		return r;
	r = read_at(h->dir, h->name, HOSTS_BYTES_MAX, &now);
	if (r < 0)
		return r;
	if (now.exists && hosts_journal_open(undo.bytes, undo.n, &j) >= 0 &&
		hosts_journal_explains(&j, now.bytes, now.n)) {
		r = overwrite(h, now.bytes, now.n, j.before, j.n_before);
		if (r < 0)
			return r;
	}
	return forget_journal(h);
}

static int make_new(const struct hosts *h, mode_t mode)
{
	int fd;

	if (unlinkat(h->dir, h->new_name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(h->dir, h->new_name, O_WRONLY | O_CREAT | O_EXCL | FILE_FLAGS, mode);
	return fd < 0 ? -errno : fd;
}

static int keep_journal(
	const struct hosts *h, const struct snapshot *before, const struct hosts_text *after)
{
	const struct hosts_journal j = { before->bytes, after->bytes, before->n, after->n };
	_cleanup_free_ char *bytes = NULL;
	_cleanup_close_ int fd = -1;
	size_t n;
	int r;

	r = hosts_journal_pack(&j, &bytes, &n);
	if (r < 0)
		return r;
	fd = make_new(h, 0600);
	if (fd < 0)
		return fd;
	r = write_at(fd, bytes, n, 0);
	if (r >= 0 && (fsync(fd) < 0 || renameat(h->dir, h->new_name, h->dir, h->undo_name) < 0))
		r = -errno;
	if (r < 0) {
		unlinkat(h->dir, h->new_name, 0);
		return r;
	}
	return sync_folder(h);
}

static int write_in_place(
	const struct hosts *h, const struct snapshot *before, const struct hosts_text *after)
{
	int r;

	r = keep_journal(h, before, after);
	if (r < 0)
		return r;
	r = still_same(h, before);
	if (r >= 0) {
		r = overwrite(h, before->bytes, before->n, after->bytes, after->n);
		if (r < 0) {
			repair(h); /* no room, as a rule: then as it was */
			return r;
		}
	}
	if (r < 0) {
		forget_journal(h);
		return r;
	}
	return forget_journal(h);
}

/* IN_PLACE when an attribute can't be given to the new file. */
static int copy_attributes(int from, int to)
{
	_cleanup_free_ char *names = malloc(ATTRS_MAX), *value = malloc(ATTRS_MAX);
	ssize_t n;

	if (!names || !value)
		return -ENOMEM;
	n = flistxattr(from, names, ATTRS_MAX);
	if (n < 0)
		return errno == ENOTSUP ? 0 : IN_PLACE;
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		const ssize_t size = fgetxattr(from, name, value, ATTRS_MAX);

		if (size < 0 || fsetxattr(to, name, value, (size_t)size, 0) < 0)
			return IN_PLACE;
	}
	return 0;
}

/* Makes the new file what the old one is to everybody. IN_PLACE when that can't be. */
static int copy_nature(const struct hosts *h, const struct snapshot *before, int to)
{
	_cleanup_close_ int from = -1;
	struct stat st;

	if (!before->exists)
		return fchmod(to, 0644) < 0 ? -errno : 0;
	from = openat(h->dir, h->name, O_RDONLY | FILE_FLAGS);
	if (from < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	if (fstat(to, &st) < 0)
		return -errno;
	if ((st.st_uid != before->st.st_uid || st.st_gid != before->st.st_gid) &&
		fchown(to, before->st.st_uid, before->st.st_gid) < 0)
		return IN_PLACE;
	if (fchmod(to, before->st.st_mode & 07777) < 0)
		return -errno;
	return copy_attributes(from, to);
}

/* IN_PLACE when the file can't be replaced. */
static int write_anew(
	const struct hosts *h, const struct snapshot *before, const struct hosts_text *after)
{
	_cleanup_close_ int fd = make_new(h, 0600);
	int r;

	if (fd < 0)
		return fd;
	r = write_at(fd, after->bytes, after->n, 0);
	if (r >= 0)
		r = copy_nature(h, before, fd);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0)
		r = still_same(h, before);
	if (r == 0 && renameat(h->dir, h->new_name, h->dir, h->name) < 0)
		r = errno == EBUSY ? IN_PLACE : -errno;
	if (r != 0) {
		unlinkat(h->dir, h->new_name, 0);
		return r;
	}
	return sync_folder(h);
}

static int replace(
	const struct hosts *h, const struct snapshot *before, const struct hosts_text *after)
{
	int r = 0;

	if (before->exists && before->st.st_nlink > 1)
		return write_in_place(h, before, after);
	if (after->gone) {
		r = still_same(h, before);
		if (r >= 0 && unlinkat(h->dir, h->name, 0) < 0)
			r = errno == EBUSY ? IN_PLACE : -errno;
		if (r == 0)
			r = sync_folder(h);
	} else {
		r = write_anew(h, before, after);
	}
	return r == IN_PLACE ? write_in_place(h, before, after) : r;
}

/* What the file is to be; *ret_right: it is that already. */
static int plan(const struct snapshot *now, const struct snapshot *block, struct hosts_text *ret,
	bool *ret_right)
{
	const int r = hosts_text_insert(now->exists ? now->n > 0 ? now->bytes : "" : NULL, now->n,
		block->exists ? block->bytes : "", block->n, ret);

	if (r < 0)
		return r;
	*ret_right = ret->gone == !now->exists && ret->n == now->n &&
		     (ret->n == 0 || memcmp(ret->bytes, now->bytes, ret->n) == 0);
	return 0;
}

/* Returns 1 when it changed the file, 0 when it was right, -EAGAIN when somebody else changed it.
 */
static int update_once(const struct hosts *h, const struct snapshot *block, bool look_only)
{
	_cleanup_(snapshot_done) struct snapshot now = { 0 };
	_cleanup_(hosts_text_done) struct hosts_text text = { 0 };
	bool right;
	int r;

	r = read_at(h->dir, h->name, HOSTS_BYTES_MAX, &now);
	if (r >= 0)
		r = plan(&now, block, &text, &right);
	if (r < 0)
		return r;
	if (right)
		return 0;
	if (text.n > HOSTS_BYTES_MAX)
		return -EFBIG;
	r = look_only ? 0 : replace(h, &now, &text);
	return r < 0 ? r : 1;
}

static int update(struct hosts *h, const struct snapshot *block)
{
	int r;

	if (!exists_at(h, h->undo_name) && !exists_at(h, h->lock_name) &&
		!exists_at(h, h->new_name)) {
		r = update_once(h, block, true);
		if (r <= 0)
			return r; /* nothing to do: then nothing is touched */
	}
	r = hosts_lock(h);
	if (r < 0)
		return r;
	if (unlinkat(h->dir, h->new_name, 0) < 0 && errno != ENOENT)
		return -errno;
	for (size_t i = 0; i < TRIES_MAX; i++) {
		r = repair(h);
		if (r >= 0)
			r = update_once(h, block, false);
		if (r != -EAGAIN)
			return r;
	}
	return r;
}

int hosts_update(const char *path, const char *wanted)
{
	_cleanup_(hosts_done) struct hosts h = { .dir = -1, .lock = -1 };
	_cleanup_(snapshot_done) struct snapshot block = { 0 };
	int r = 0;

	if (wanted)
		r = read_at(AT_FDCWD, wanted, HOSTS_WANTED_MAX, &block);
	if (r >= 0)
		r = hosts_open(path, &h);
	return r < 0 ? r : update(&h, &block);
}

/* Not where a write in place is going on, or was cut short. */
static int read_whole(const char *path, struct snapshot *ret)
{
	_cleanup_(hosts_done) struct hosts h = { .dir = -1, .lock = -1 };
	const int r = hosts_open(path, &h);

	if (r < 0)
		return r;
	return exists_at(&h, h.undo_name) ? -EAGAIN : read_at(h.dir, h.name, HOSTS_BYTES_MAX, ret);
}

int hosts_check(const char *path, const char *block, size_t n_block)
{
	_cleanup_(snapshot_done) struct snapshot now = { 0 };
	const struct snapshot wanted = { .exists = true, .bytes = (char *)block, .n = n_block };
	_cleanup_(hosts_text_done) struct hosts_text text = { 0 };
	bool right;
	int r;

	r = read_whole(path, &now);
	if (r == -EAGAIN)
		return 0;
	if (r < 0)
		return r;
	if (n_block > 0)
		return hosts_text_holds(now.exists ? now.bytes : "", now.n, block, n_block);
	r = plan(&now, &wanted, &text, &right);
	return r < 0 ? r : right;
}

int hosts_read(const char *path, char **ret, size_t *ret_n)
{
	_cleanup_(snapshot_done) struct snapshot now = { 0 };
	const int r = read_whole(path, &now);

	if (r < 0)
		return r;
	*ret_n = now.n;
	*ret = TAKE_PTR(now.bytes);
	return 0;
}

int hosts_want(const char *wanted, const char *block, size_t n_block)
{
	_cleanup_free_ char *beside = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (asprintf(&beside, "%s.new", wanted) < 0) {
		beside = NULL;
		return -ENOMEM;
	}
	if (unlink(beside) < 0 && errno != ENOENT)
		return -errno;
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | FILE_FLAGS, 0644);
	if (fd < 0)
		return -errno;
	/* the writer is root without any power over others' files: it reads as everybody */
	r = fchmod(fd, 0644) < 0 ? -errno : write_at(fd, block, n_block, 0);
	if (r >= 0 && rename(beside, wanted) < 0)
		r = -errno;
	if (r < 0)
		unlink(beside);
	return r;
}
