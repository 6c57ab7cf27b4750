/* Files to texts and one text to a file. What the texts mean is the parser's business. */
#include "system/config-files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "core/dropin.h"
#include "names.h"

#define FILE_BYTES_MAX (4 << 20) /* a configuration larger than that is a mistake */

DEFINE_CLEANUP(struct config_builder *, config_builder_free);
DEFINE_CLEANUP(struct config *, config_free);

static int fail(char **ret_error, const char *path, int r, const char *what)
{
	if (asprintf(ret_error, "%s: %s: %s", path, what, strerror(-r)) < 0)
		*ret_error = NULL;
	return r;
}

/* The whole file as text; -EISDIR, -EFBIG, -EBADMSG for a NUL byte. A FIFO is not waited for. */
static int read_file(const char *path, char **ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size > FILE_BYTES_MAX)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	f = fdopen(fd, "r");
	if (!f)
		return -errno;
	fd = -1; /* f closes it */
	n = fread(text, 1, (size_t)st.st_size, f);
	if (ferror(f))
		return -EIO;
	text[n] = 0;
	if (strlen(text) != n)
		return -EBADMSG;
	*ret = TAKE_PTR(text);
	return 0;
}

/* A text that stands for a file on disk while it is tried out. */
struct replacement {
	const char *path, *text;
};

typedef int (*read_text_fn)(
	struct config_builder *b, const char *path, const char *text, char **ret_error);

static int load_one(struct config_builder *b, const char *path, const struct replacement *instead,
	read_text_fn read_text, char **ret_error)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (instead && strcmp(path, instead->path) == 0)
		return read_text(b, path, instead->text, ret_error);
	r = read_file(path, &text);
	if (r < 0)
		return fail(ret_error, path, r, "can't read it, expected a text file");
	return read_text(b, path, text, ret_error);
}

static int is_conf(const struct dirent *entry)
{
	const size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 5 && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* By bytes, so that the order is the same in every locale. */
static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths of DIR's .conf files, sorted, and `also` among them. */
static int list_dir(const char *dir, const char *also, struct strings *ret)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	int r = 0;

	if (!d && errno != ENOENT)
		return -errno;
	if (!d && !also)
		return -ENOENT;
	while (d && r >= 0) {
		const struct dirent *e;

		errno = 0;
		e = readdir(d);
		if (!e) {
			r = -errno;
			break;
		}
		if (is_conf(e))
			r = strings_addf(ret, "%s/%s", dir, e->d_name);
	}
	if (r >= 0 && also && !strings_contain(ret, also))
		r = strings_add(ret, also);
	if (r >= 0 && ret->n > 0)
		qsort(ret->items, ret->n, sizeof(*ret->items), by_bytes);
	return r;
}

static int load_dir(struct config_builder *b, const char *dir, const struct replacement *instead,
	read_text_fn read_text, char **ret_error)
{
	_cleanup_(strings_done) struct strings paths = { 0 };
	int r;

	r = list_dir(dir, instead ? instead->path : NULL, &paths);
	if (r == -ENOENT && read_text == config_builder_text)
		return 0; /* no drop-ins; without the catalogue nothing would be metered */
	if (r < 0)
		return fail(ret_error, dir, r, "can't read the folder");
	for (size_t i = 0; i < paths.n && r >= 0; i++)
		r = load_one(b, paths.items[i], instead, read_text, ret_error);
	return r;
}

static int load(const char *file, const char *sites_dir, const struct replacement *instead,
	struct config **ret, char **ret_error)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_free_ char *dropins = NULL;
	int r;

	r = config_builder_new(&b);
	if (r < 0)
		return r;
	if (asprintf(&dropins, "%s.d", file) < 0) {
		dropins = NULL;
		return -ENOMEM;
	}
	r = load_dir(b, sites_dir, NULL, config_builder_catalogue, ret_error);
	if (r >= 0)
		r = load_one(b, file, NULL, config_builder_text, ret_error);
	if (r >= 0)
		r = load_dir(b, dropins, instead, config_builder_text, ret_error);
	if (r < 0)
		return r;
	return config_builder_finish(b, ret, ret_error);
}

int config_files_load(
	const char *file, const char *sites_dir, struct config **ret, char **ret_error)
{
	return load(file, sites_dir, NULL, ret, ret_error);
}

/* A person's own servers for encrypted look-ups: beside FILE. NULL: no memory. */
static char *own_list(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *path;

	return asprintf(&path, "%.*s" FOCUSD_SEAL_NAME, slash ? (int)(slash + 1 - file) : 0, file) <
			       0
		       ? NULL
		       : path;
}

static int add_newer(const char *path, usec_t since_wall_usec, struct strings *ret)
{
	struct stat st;
	usec_t changed_usec;

	if (stat(path, &st) < 0)
		return 0;
	/* the inode's own time: mtime is anybody's to set */
	changed_usec = (usec_t)st.st_ctim.tv_sec * USEC_PER_SEC + (usec_t)st.st_ctim.tv_nsec / 1000;
	return changed_usec > since_wall_usec ? strings_add(ret, path) : 0;
}

int config_files_newer(
	const char *file, const char *sites_dir, usec_t since_wall_usec, struct strings *ret)
{
	_cleanup_(strings_done) struct strings paths = { 0 };
	_cleanup_free_ char *dropins = NULL, *list = own_list(file);
	int r;

	if (!list || asprintf(&dropins, "%s.d", file) < 0) {
		dropins = NULL;
		return -ENOMEM;
	}
	r = list_dir(sites_dir, sites_dir, &paths);
	if (r >= 0)
		r = list_dir(dropins, dropins, &paths);
	if (r >= 0)
		r = strings_add(&paths, file);
	if (r >= 0)
		r = strings_add(&paths, list);
	for (size_t i = 0; r >= 0 && i < paths.n; i++)
		r = add_newer(paths.items[i], since_wall_usec, ret);
	return r;
}

int config_files_writable(const char *file, char **ret_dir)
{
	_cleanup_free_ char *dir = NULL;
	int r;

	if (asprintf(&dir, "%s.d", file) < 0) {
		dir = NULL;
		return -ENOMEM;
	}
	r = faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0 ? -errno : 0;
	if (r == -ENOENT) { /* it is made when it is needed */
		_cleanup_free_ char *copy = strdup(file);

		r = !copy                                                             ? -ENOMEM
		    : faccessat(AT_FDCWD, dirname(copy), W_OK | X_OK, AT_EACCESS) < 0 ? -errno
										      : 0;
	}
	*ret_dir = TAKE_PTR(dir);
	return r;
}

static int load_list(const char *path, struct seal_list *list, char **ret_error)
{
	_cleanup_free_ char *text = NULL;
	const int r = read_file(path, &text);

	if (r < 0)
		return fail(ret_error, path, r, "can't read it, expected a text file");
	return seal_list_add(list, path, text, ret_error);
}

int config_files_load_seal(
	const char *shipped, const char *file, struct seal_list *ret, char **ret_error)
{
	_cleanup_free_ char *own = own_list(file);
	int r = 0;

	if (!own)
		return -ENOMEM;
	if (shipped)
		r = load_list(shipped, ret, ret_error);
	if (r >= 0 && access(own, F_OK) == 0)
		r = load_list(own, ret, ret_error);
	return r;
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		const ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* All or nothing, also over a power cut: written beside, synced, renamed. */
static int replace_file(const char *dir, const char *path, const char *text)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1, dir_fd = -1;
	int r;

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (asprintf(&temporary, "%s.new", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	if (unlink(temporary) < 0 && errno != ENOENT)
		return -errno;
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = fchmod(fd, 0644) < 0 ? -errno : write_all(fd, text);
	if (r >= 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(temporary);
		return r;
	}
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0 || fsync(dir_fd) < 0 ? -errno : 0;
}

/* A drop-in that sorts behind ours may say something else. */
static bool is_in_force(const struct config *c, const struct config_limit *limit)
{
	const int target = limit->is_group ? config_find_group(c, limit->target)
					   : config_find_site(c, limit->target);

	return target >= 0 && config_rules(c, limit->person, limit->is_group, (size_t)target)
					      .limit_sec[limit->period] == limit->limit_sec;
}

/* What focusctl has written so far, "" where that is nothing. */
struct dropin_file {
	char *dir, *path, *before;
};

static void dropin_file_done(struct dropin_file *d)
{
	free(d->dir);
	free(d->path);
	free(d->before);
}

static int read_dropin(const char *file, struct dropin_file *d, char **ret_error)
{
	int r;

	if (asprintf(&d->dir, "%s.d", file) < 0) {
		d->dir = NULL;
		return -ENOMEM;
	}
	if (asprintf(&d->path, "%s/%s", d->dir, FOCUSD_DROPIN_NAME) < 0) {
		d->path = NULL;
		return -ENOMEM;
	}
	r = read_file(d->path, &d->before);
	if (r == -ENOENT) {
		d->before = strdup("");
		return d->before ? 0 : -ENOMEM;
	}
	return r < 0 ? fail(ret_error, d->path, r, "can't read it") : 0;
}

static int write_dropin(const struct dropin_file *d, const char *text, char **ret_error)
{
	const int r = replace_file(d->dir, d->path, text);

	return r < 0 ? fail(ret_error, d->path, r, "can't write it") : 0;
}

int config_files_set_device(const char *file, const char *sites_dir,
	const struct config_device *device, char **ret_error)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(dropin_file_done) struct dropin_file d = { 0 };
	_cleanup_free_ char *after = NULL;
	int r, owner;

	r = read_dropin(file, &d, ret_error);
	if (r >= 0)
		r = dropin_set_device(d.before, device->device, device->person, &after);
	if (r >= 0)
		r = load(file, sites_dir, &(struct replacement){ d.path, after }, &config,
			ret_error);
	if (r < 0)
		return r;
	owner = config_find_device(config, device->device);
	if (!device->person && owner >= 0) {
		if (asprintf(ret_error,
			    "%s: another file gives it to %s; expected to have the last word",
			    d.path, config->persons[owner].name) < 0)
			*ret_error = NULL;
		return -EINVAL;
	}
	return write_dropin(&d, after, ret_error);
}

int config_files_set_limit(
	const char *file, const char *sites_dir, const struct config_limit *limit, char **ret_error)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(dropin_file_done) struct dropin_file d = { 0 };
	_cleanup_free_ char *after = NULL;
	int r;

	r = read_dropin(file, &d, ret_error);
	if (r >= 0)
		r = dropin_set_limit(d.before, limit->is_group, limit->target, limit->person,
			limit->period, limit->limit_sec, &after);
	if (r >= 0)
		r = load(file, sites_dir, &(struct replacement){ d.path, after }, &config,
			ret_error);
	if (r < 0)
		return r;
	if (!is_in_force(config, limit)) {
		if (asprintf(ret_error,
			    "%s: a later file sets this limit of %s otherwise; expected to have "
			    "the last word",
			    d.path, limit->target) < 0)
			*ret_error = NULL;
		return -EINVAL;
	}
	return write_dropin(&d, after, ret_error);
}
