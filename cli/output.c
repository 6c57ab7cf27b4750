/* Written beside its place under a hidden name, which no collector reads, and renamed. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static char *beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	const int folder = slash ? (int)(slash + 1 - path) : 0;
	char *text;

	return asprintf(&text, "%.*s.%s.XXXXXX", folder, path, path + folder) < 0 ? NULL : text;
}

/* A device or a pipe takes what is written to it; in its place a file would be no use. */
static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int output_open(const char *path, struct output *ret)
{
	struct output o = { .file = stdout, .mode = 0600 };
	int fd;

	if (!path || is_special(path)) {
		if (path)
			o.file = fopen(path, "we");
		if (!o.file)
			return -errno;
		*ret = o;
		return 0;
	}
	o.path = strdup(path);
	o.temporary = beside(path);
	if (!o.path || !o.temporary) {
		output_done(&o);
		return -ENOMEM;
	}
	fd = mkostemp(o.temporary, O_CLOEXEC);
	o.file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!o.file) {
		const int r = -errno;

		if (fd < 0)
			*o.temporary = 0; /* nothing to take away */
		else
			close(fd);
		output_done(&o);
		return r;
	}
	*ret = o;
	return 0;
}

int output_commit(struct output *o)
{
	FILE *f = o->file;
	int r = 0;

	if (fflush(f) != 0 || ferror(f))
		return errno ? -errno : -EIO;
	if (!o->path)
		return 0;
	if (fchmod(fileno(f), o->mode) < 0 || fsync(fileno(f)) < 0)
		r = -errno;
	o->file = NULL;
	if (fclose(f) != 0 && r >= 0)
		r = -errno;
	if (r >= 0 && rename(o->temporary, o->path) < 0)
		r = -errno;
	if (r >= 0)
		*o->temporary = 0;
	return r;
}

void output_done(struct output *o)
{
	if (o->file && o->file != stdout)
		fclose(o->file);
	if (o->temporary && *o->temporary)
		unlink(o->temporary);
	free(o->path);
	free(o->temporary);
	*o = (struct output){ 0 };
}
