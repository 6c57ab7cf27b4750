#include "system/list-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "core/name-list.h"

#define VALUE_SHOWN 60 /* bytes of a bad line */

struct taking {
	struct listed *listed;
	size_t site;
};

static int take_name(const char *name, void *userdata)
{
	const struct taking *t = userdata;

	return listed_add(t->listed, t->site, name);
}

static int open_list(const char *path, FILE **ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	*ret = fdopen(fd, "r");
	if (!*ret)
		return -errno;
	fd = -1; /* the stream closes it */
	return 0;
}

/* How much of a bad line is shown, and without what a terminal would obey. */
static const char *shown(char *line)
{
	line[strcspn(line, "\r\n")] = 0;
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	return line;
}

static int read_lines(FILE *f, const char *path, struct taking *t, struct strings *problems)
{
	_cleanup_free_ char *line = NULL, *first = NULL;
	unsigned number = 0, n_bad = 0;
	size_t room = 0;
	int r = 0;

	while (r >= 0 && getline(&line, &room, f) >= 0) {
		number++;
		r = name_list_line(line, take_name, t);
		if (r == -EINVAL && n_bad++ == 0 &&
			asprintf(&first, "%s:%u: %.*s", path, number, VALUE_SHOWN, shown(line)) < 0)
			first = NULL;
		if (r == -EINVAL)
			r = 0;
	}
	if (r == -E2BIG)
		return strings_addf(problems,
			"%s:%u: more than %d names in all lists; the rest is left out", path,
			number, LISTED_NAMES_MAX);
	if (r < 0)
		return r;
	if (ferror(f))
		return -EIO;
	if (n_bad == 0)
		return 0;
	return strings_addf(problems,
		"%s: expected a name, a line of a hosts file or ||name^; lines left out: %u",
		first ? first : path, n_bad);
}

static int read_list(const char *path, const struct config_site *site, struct taking *t,
	struct strings *problems)
{
	_cleanup_fclose_ FILE *f = NULL;
	int r = open_list(path, &f);

	if (r >= 0)
		r = read_lines(f, path, t, problems);
	if (r >= 0 || r == -ENOMEM)
		return r;
	return strings_addf(problems, "%s: can't read it, expected a list of names for %s: %s",
		path, site->name, strerror(-r));
}

DEFINE_CLEANUP(struct listed *, listed_free);

int list_files_load(const struct config *config, struct listed **ret, struct strings *problems)
{
	_cleanup_(listed_freep) struct listed *listed = NULL;
	struct name_key key;
	int r;

	if (getrandom(&key, sizeof(key), 0) != sizeof(key))
		return -EIO;
	r = listed_new(config->n_sites, &key, &listed);
	for (size_t s = 0; s < config->n_sites && r >= 0; s++) {
		struct taking taking = { listed, s };

		for (size_t i = 0; i < config->sites[s].lists.n && r >= 0; i++)
			r = read_list(config->sites[s].lists.paths[i], &config->sites[s], &taking,
				problems);
	}
	if (r < 0)
		return r;
	listed_seal(listed);
	*ret = TAKE_PTR(listed);
	return 0;
}
