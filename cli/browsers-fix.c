/* Policies written, remembered and taken back. What is to be undone is written down first, so that
 * a run that was cut short can be undone as well. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "browsers-internal.h"
#include "language.h"
#include "names.h"

#define RECORD       FOCUSD_SYSCONFDIR "/focusd/browsers.json"
#define POLICY_NAME  "focusd.json" /* in Chromium's folder */
#define WRITE_INDENT JSON_INDENT(2)

/* One run. record: {"directories": [made by us], "files": [{"path", "before", "after"}]}; before is
 * null where there was no file. */
struct job {
	const char *root;
	FILE *f;
	char **ret_error;
	json_t *record;
	int r; /* of the first failure; the others go on */
};

static void fail(struct job *job, int r, const char *path, const char *what)
{
	if (job->r < 0)
		return;
	job->r = r;
	if (asprintf(job->ret_error, "%s: %s", path, what) < 0)
		*job->ret_error = NULL;
}

static json_t *list_of(const struct job *job, const char *name)
{
	json_t *list = json_object_get(job->record, name);

	if (list)
		return list;
	list = json_array();
	json_object_set_new(job->record, name, list);
	return list;
}

static json_t *entry_of(const struct job *job, const char *path)
{
	json_t *entry;
	size_t i;

	json_array_foreach(list_of(job, "files"), i, entry)
	{
		const char *found = json_string_value(json_object_get(entry, "path"));

		if (found && strcmp(found, path) == 0)
			return entry;
	}
	return NULL;
}

static bool same(const char *a, const json_t *b)
{
	const char *text = json_string_value(b);

	return a && text && strcmp(a, text) == 0;
}

/* The folders above path, as far as they are missing, for everybody's browser to look into,
 * whatever root's umask is. */
static int make_directories(struct job *job, const char *path)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *slash = dir + strlen(job->root) + 1; (slash = strchr(slash, '/')); slash++) {
		bool made;

		*slash = 0;
		made = mkdir(dir, 0755) == 0;
		if (made)
			json_array_append_new(list_of(job, "directories"), json_string(dir));
		if (made ? chmod(dir, 0755) < 0 : errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int write_text(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		const ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* All or nothing, and as readable as the file that it replaces; a link's target is replaced, not
 * the link. */
static int replace(const char *path, const char *text)
{
	_cleanup_free_ char *target = realpath(path, NULL), *temporary = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st = { .st_mode = 0644 };
	int r;

	if (target && stat(target, &st) < 0)
		return -errno;
	if (asprintf(&temporary, "%s.focusd-new", target ? target : path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	if (unlink(temporary) < 0 && errno != ENOENT)
		return -errno;
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_text(fd, text);
	if (r >= 0 && (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 0777) < 0))
		r = -errno;
	if (r >= 0 && rename(temporary, target ? target : path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

static int save_record(struct job *job)
{
	char path[PATH_MAX];
	_cleanup_free_ char *text = NULL;
	int r;

	r = browsers_path(job->root, RECORD, path);
	if (r >= 0)
		r = make_directories(job, path);
	text = json_dumps(job->record, WRITE_INDENT);
	if (r >= 0)
		r = text ? replace(path, text) : -ENOMEM;
	if (r < 0)
		fail(job, r, path, strerror(-r));
	return r;
}

static int load_record(struct job *job)
{
	char path[PATH_MAX];
	int r;

	r = browsers_path(job->root, RECORD, path);
	if (r < 0)
		return r;
	job->record = browsers_read_json(path);
	if (!job->record && access(path, F_OK) == 0) {
		fail(job, -EBADMSG, path,
			_("expected what focusctl doctor --fix has written there"));
		return -EBADMSG;
	}
	if (!job->record)
		job->record = json_object();
	return json_is_object(job->record) ? 0 : -EBADMSG;
}

/* Notes what is there and what is to be, then writes it. */
static void write_policy(struct job *job, const char *path, json_t *policy)
{
	_cleanup_free_ char *before = browsers_read(path), *text = NULL, *after = NULL;
	json_t *entry = entry_of(job, path);
	int r;

	text = json_dumps(policy, WRITE_INDENT);
	if (!text || asprintf(&after, "%s\n", text) < 0) {
		after = NULL;
		fail(job, -ENOMEM, path, strerror(ENOMEM));
		return;
	}
	if (!entry) {
		entry = json_pack("{s:s}", "path", path);
		json_array_append_new(list_of(job, "files"), entry);
	}
	json_object_set_new(entry, "before", before ? json_string(before) : json_null());
	json_object_set_new(entry, "after", json_string(after));
	r = make_directories(job, path);
	if (r < 0) {
		fail(job, r, path, strerror(-r));
		return;
	}
	if (save_record(job) < 0)
		return;
	r = replace(path, after);
	if (r < 0)
		fail(job, r, path, strerror(-r));
	else
		fprintf(job->f, _("%s written\n"), path);
}

static void fix_chromium(struct job *job, const struct chromium_kind *kind)
{
	_cleanup_json_ json_t *policy = doh_cure_chromium();
	_cleanup_json_ json_t *there = NULL;
	char dir[PATH_MAX], path[PATH_MAX];

	if (!browsers_any_exists(job->root, kind->installed))
		return;
	if (browsers_path(job->root, kind->policies, dir) < 0 ||
		snprintf(path, sizeof(path), "%s/" POLICY_NAME, dir) >= (int)sizeof(path))
		return;
	there = browsers_read_json(path);
	if (there && json_equal(there, policy))
		fprintf(job->f, _("%s is as it should be\n"), path);
	else
		write_policy(job, path, policy);
}

static void fix_firefox(struct job *job)
{
	_cleanup_json_ json_t *there = NULL, *cured = NULL;
	char path[PATH_MAX], source[PATH_MAX];
	struct doh d;

	if (!browsers_any_exists(job->root, firefox_kind.installed) ||
		browsers_path(job->root, firefox_kind.policies, path) < 0)
		return;
	/* what comes with the program counts no more once the administrator's file is there */
	if (browsers_firefox_policies(job->root, source)) {
		there = browsers_read_json(source);
		if (!json_is_object(there)) {
			fail(job, -EBADMSG, source,
				_("Firefox can't read this either: expected JSON, an object"));
			return;
		}
	}
	d = doh_of_firefox_policy(there);
	if (d.mode == DOH_OFF && d.locked) {
		fprintf(job->f, _("%s is as it should be\n"), source);
		return;
	}
	cured = doh_cure_firefox(there);
	write_policy(job, path, cured);
}

int browsers_fix(const char *root, FILE *f, char **ret_error)
{
	struct job job = { .root = root, .f = f, .ret_error = ret_error };
	_cleanup_json_ json_t *record = NULL;

	*ret_error = NULL;
	if (load_record(&job) < 0)
		return job.r < 0 ? job.r : -EBADMSG;
	record = job.record;
	for (size_t i = 0; i < n_chromium_kinds; i++)
		fix_chromium(&job, &chromium_kinds[i]);
	fix_firefox(&job);
	return job.r;
}

/* A file that somebody changed since: only our entry is taken out. Ours alone, and not Firefox's,
 * stays with whoever changed it. */
static void undo_changed(struct job *job, const char *path, const json_t *before)
{
	_cleanup_json_ json_t *there = browsers_read_json(path), *then = NULL;
	_cleanup_free_ char *text = NULL, *line = NULL;
	const char *then_text = json_string_value(before);
	int r;

	if (then_text)
		then = json_loads(then_text, 0, NULL);
	if (!there || !doh_uncure_firefox(there, then)) {
		fprintf(job->f, _("%s is somebody else's by now: left as it is\n"), path);
		return;
	}
	text = json_dumps(there, WRITE_INDENT);
	r = text && asprintf(&line, "%s\n", text) >= 0 ? replace(path, line) : -ENOMEM;
	if (r < 0)
		fail(job, r, path, strerror(-r));
	else
		fprintf(job->f, _("%s: focusd's entry taken out\n"), path);
}

static void undo_file(struct job *job, const json_t *entry)
{
	const char *path = json_string_value(json_object_get(entry, "path"));
	const json_t *before = json_object_get(entry, "before");
	_cleanup_free_ char *there = path ? browsers_read(path) : NULL;
	int r;

	if (!there)
		return; /* somebody removed it */
	if (!same(there, json_object_get(entry, "after"))) {
		if (!same(there, before))
			undo_changed(job, path, before);
		return;
	}
	if (json_is_string(before))
		r = replace(path, json_string_value(before));
	else
		r = unlink(path) < 0 ? -errno : 0;
	if (r < 0)
		fail(job, r, path, strerror(-r));
	else
		fprintf(job->f, json_is_string(before) ? _("%s is as it was\n") : _("%s removed\n"),
			path);
}

/* The last one made is the deepest. One that is not empty has found another use. */
static void undo_directories(struct job *job)
{
	const json_t *list = list_of(job, "directories");

	for (size_t i = json_array_size(list); i > 0; i--) {
		const char *dir = json_string_value(json_array_get(list, i - 1));

		if (dir && rmdir(dir) < 0 && errno != ENOTEMPTY && errno != ENOENT)
			fail(job, -errno, dir, strerror(errno));
	}
}

int browsers_undo(const char *root, FILE *f, char **ret_error)
{
	struct job job = { .root = root, .f = f, .ret_error = ret_error };
	_cleanup_json_ json_t *record = NULL;
	char path[PATH_MAX];
	json_t *entry;
	size_t i;

	*ret_error = NULL;
	if (load_record(&job) < 0)
		return job.r < 0 ? job.r : -EBADMSG;
	record = job.record;
	json_array_foreach(list_of(&job, "files"), i, entry) undo_file(&job, entry);
	if (job.r < 0)
		return job.r;
	if (browsers_path(root, RECORD, path) >= 0 && unlink(path) < 0 && errno != ENOENT)
		fail(&job, -errno, path, strerror(errno));
	undo_directories(&job);
	return job.r;
}
