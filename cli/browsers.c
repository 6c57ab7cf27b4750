/* Which browsers there are, where their files lie, and what those say. */
#include "browsers.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "browsers-internal.h"
#include "language.h"

#define CHECK          "browsers"
#define FILE_BYTES_MAX (16 << 20) /* a profile's state has some 100 kB */
#define CURE           "focusctl doctor --fix, as root, puts the browser's look-ups into the system's hands"

const struct chromium_kind chromium_kinds[] = {
	{ "Chromium", "/etc/chromium/policies/managed",
		{ ".config/chromium", "snap/chromium/common/chromium",
			".var/app/org.chromium.Chromium/config/chromium" },
		{ "/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium" } },
	{ "Chrome", "/etc/opt/chrome/policies/managed",
		{ ".config/google-chrome", ".var/app/com.google.Chrome/config/google-chrome" },
		{ "/opt/google/chrome/chrome", "/usr/bin/google-chrome" } },
	{ "Brave", "/etc/brave/policies/managed",
		{ ".config/BraveSoftware/Brave-Browser",
			".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser",
			"snap/brave/current/.config/BraveSoftware/Brave-Browser" },
		{ "/opt/brave.com/brave/brave", "/usr/bin/brave-browser", "/snap/bin/brave" } },
	{ "Edge", "/etc/opt/edge/policies/managed",
		{ ".config/microsoft-edge", ".var/app/com.microsoft.Edge/config/microsoft-edge" },
		{ "/opt/microsoft/msedge/msedge", "/usr/bin/microsoft-edge" } },
};
const size_t n_chromium_kinds = ELEMENTSOF(chromium_kinds);

const struct firefox_kind firefox_kind = {
	"Firefox",
	"/etc/firefox/policies/policies.json",
	{ "/usr/lib/firefox/distribution/policies.json",
		"/usr/lib64/firefox/distribution/policies.json",
		"/usr/lib/firefox-esr/distribution/policies.json",
		"/opt/firefox/distribution/policies.json" },
	{ ".mozilla/firefox", ".config/mozilla/firefox", "snap/firefox/common/.mozilla/firefox",
		".var/app/org.mozilla.firefox/.mozilla/firefox" },
	{ "/usr/bin/firefox", "/usr/bin/firefox-esr", "/snap/bin/firefox", "/opt/firefox/firefox" },
};

int browsers_path(const char *root, const char *path, char ret[PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s%s", root, path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

char *browsers_read(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_BYTES_MAX) {
		errno = EFBIG;
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	f = text ? fdopen(fd, "r") : NULL;
	if (!f)
		return NULL;
	TAKE_FD(fd);
	n = fread(text, 1, (size_t)st.st_size, f);
	text[n] = 0;
	return TAKE_PTR(text);
}

json_t *browsers_read_json(const char *path)
{
	_cleanup_free_ char *text = browsers_read(path);

	return text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
}

bool browsers_any_exists(const char *root, const char *const paths[4])
{
	char path[PATH_MAX];

	for (size_t i = 0; i < 4 && paths[i]; i++)
		if (browsers_path(root, paths[i], path) == 0 && access(path, F_OK) == 0)
			return true;
	return false;
}

bool browsers_firefox_policies(const char *root, char ret[PATH_MAX])
{
	if (browsers_path(root, firefox_kind.policies, ret) == 0 && access(ret, F_OK) == 0)
		return true;
	for (size_t i = 0; i < 4; i++)
		if (browsers_path(root, firefox_kind.distribution[i], ret) == 0 &&
			access(ret, F_OK) == 0)
			return true;
	return false;
}

/* What is said of one browser. */
struct examination {
	struct doctor *doctor;
	const struct browsers_place *place;
	size_t n_found; /* browsers of which anything is known */
};

static void note(
	struct examination *e, const char *name, const struct doh *d, const char *path, bool policy)
{
	const char *cure = policy ? _("change that policy: it is not focusd's") : CURE;
	const char *at = *d->server ? d->server : _("a server of its own");

	switch (d->mode) {
	case DOH_UNSET:
		return;
	case DOH_OFF:
		if (!d->locked)
			return;
		doctor_add(e->doctor, CHECK, DOCTOR_OK, NULL,
			_("%s asks the system for names, by the policy %s"), name, path);
		e->n_found++;
		return;
	case DOH_PREFERRED:
		doctor_add(e->doctor, CHECK, DOCTOR_WARNING, cure,
			_("%s asks %s for names first (DNS over HTTPS, %s)"), name, at, path);
		e->n_found++;
		return;
	case DOH_FORCED:
		doctor_add(e->doctor, CHECK, DOCTOR_FAILED, cure,
			_("%s asks nobody but %s for names (DNS over HTTPS, %s): its time is not "
			  "counted"),
			name, at, path);
		e->n_found++;
		return;
	}
}

/* Chromium takes every file of the folder; the last in the order of names has the last word. */
static struct doh managed_policy(const char *dir, char ret_path[PATH_MAX])
{
	struct doh d = { 0 };
	char pattern[PATH_MAX];
	glob_t found = { 0 };

	if (snprintf(pattern, sizeof(pattern), "%s/*.json", dir) < (int)sizeof(pattern) &&
		glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++) {
			_cleanup_json_ json_t *policy = browsers_read_json(found.gl_pathv[i]);
			const struct doh one = doh_of_chromium_policy(policy);

			if (!one.locked)
				continue;
			d = one;
			snprintf(ret_path, PATH_MAX, "%s", found.gl_pathv[i]);
		}
	globfree(&found);
	return d;
}

static void examine_chromium(struct examination *e, const struct chromium_kind *kind)
{
	char dir[PATH_MAX], path[PATH_MAX] = "";
	struct doh d;

	if (browsers_path(e->place->root, kind->policies, dir) < 0)
		return;
	d = managed_policy(dir, path);
	if (d.locked) {
		note(e, kind->name, &d, path, true);
		return; /* the profiles have no say */
	}
	for (size_t i = 0; i < 4 && kind->profiles[i] && e->place->home; i++) {
		_cleanup_json_ json_t *state = NULL;

		if (snprintf(path, sizeof(path), "%s/%s/Local State", e->place->home,
			    kind->profiles[i]) >= (int)sizeof(path))
			continue;
		state = browsers_read_json(path);
		d = doh_of_chromium_state(state);
		note(e, kind->name, &d, path, false);
	}
}

/* user.js is read after prefs.js at every start. */
static void examine_profile(struct examination *e, const char *dir)
{
	static const char *const files[] = { "user.js", "prefs.js" };

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *text = NULL;
		char path[PATH_MAX];
		struct doh d;

		if (snprintf(path, sizeof(path), "%s/%s", dir, files[i]) >= (int)sizeof(path))
			continue;
		text = browsers_read(path);
		d = doh_of_firefox_prefs(text ? text : "");
		note(e, firefox_kind.name, &d, path, false);
		if (d.mode != DOH_UNSET)
			return;
	}
}

static void examine_firefox(struct examination *e)
{
	char path[PATH_MAX];
	struct doh d = { 0 };

	if (browsers_firefox_policies(e->place->root, path)) {
		_cleanup_json_ json_t *policies = browsers_read_json(path);

		d = doh_of_firefox_policy(policies);
		note(e, firefox_kind.name, &d, path, true);
	}
	if (d.locked && d.mode != DOH_UNSET)
		return;
	for (size_t i = 0; i < 4 && firefox_kind.profiles[i] && e->place->home; i++) {
		char pattern[PATH_MAX];
		glob_t found = { 0 };

		if (snprintf(pattern, sizeof(pattern), "%s/%s/*", e->place->home,
			    firefox_kind.profiles[i]) < (int)sizeof(pattern) &&
			glob(pattern, 0, NULL, &found) == 0)
			for (size_t k = 0; k < found.gl_pathc; k++)
				examine_profile(e, found.gl_pathv[k]);
		globfree(&found);
	}
}

void browsers_examine(struct doctor *d, const struct browsers_place *place)
{
	struct examination e = { .doctor = d, .place = place };

	for (size_t i = 0; i < n_chromium_kinds; i++)
		examine_chromium(&e, &chromium_kinds[i]);
	examine_firefox(&e);
	if (e.n_found == 0)
		doctor_add(d, CHECK, DOCTOR_OK, NULL,
			_("No browser of yours is told to encrypt its look-ups"));
}
