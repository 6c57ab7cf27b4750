/* Browsers on a machine in a folder: found, named, cured, and given back as they were. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "browsers.h"
#include "file-text.h"

#define CHROMIUM_POLICIES "/etc/chromium/policies/managed"
#define CHROMIUM_STATE    "/home/anna/.config/chromium/Local State"
#define FIREFOX_POLICIES  "/etc/firefox/policies/policies.json"
#define FIREFOX_SHIPPED   "/usr/lib/firefox/distribution/policies.json"
#define FIREFOX_PREFS     "/home/anna/.mozilla/firefox/abc.default/prefs.js"
#define SECURE                                                        \
	"{\"dns_over_https\": {\"mode\": \"secure\", \"templates\": " \
	"\"https://doh.example/\"}}"
#define HOMEPAGE "{\n  \"policies\": {\"Homepage\": {\"URL\": \"https://a.example\"}}\n}"

struct folder {
	char root[64];
	char *said;
	size_t n_said;
	FILE *out;
};

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->root, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	f->out = open_memstream(&f->said, &f->n_said);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", f->root);
	assert_int_equal(system(command), 0);
	fclose(f->out);
	free(f->said);
	free(f);
	return 0;
}

static const char *at(const struct folder *f, const char *path)
{
	static char full[256];

	snprintf(full, sizeof(full), "%s%s", f->root, path);
	return full;
}

static void put(const struct folder *f, const char *path, const char *text)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof(full), "%s", at(f, path));
	for (char *slash = full + strlen(f->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool holds(const struct folder *f, const char *path, const char *text)
{
	_cleanup_free_ char *found = file_text(at(f, path));

	return found && strcmp(found, text) == 0;
}

static bool mentions(const struct folder *f, const char *path, const char *text)
{
	_cleanup_free_ char *found = file_text(at(f, path));

	return found && strstr(found, text);
}

static bool exists(const struct folder *f, const char *path)
{
	return access(at(f, path), F_OK) == 0;
}

/* The findings: exactly n, and one of this level that tells so. */
static void finds(const struct folder *f, size_t n, enum doctor_level level, const char *text)
{
	_cleanup_(doctor_done) struct doctor d = { 0 };
	char home[128];
	bool found = false;

	snprintf(home, sizeof(home), "%s/home/anna", f->root);
	browsers_examine(&d, &(struct browsers_place){ f->root, home });
	for (size_t i = 0; i < d.n; i++)
		found |= d.items[i].level == level && strstr(d.items[i].text, text) &&
			 (level == DOCTOR_OK) == (*d.items[i].cure == 0);
	if (!found || d.n != n)
		fail_msg("%zu findings, the first: %s", d.n, d.items[0].text);
}

static void fix(struct folder *f)
{
	_cleanup_free_ char *error = NULL;

	if (browsers_fix(f->root, f->out, &error) < 0)
		fail_msg("%s", error ? error : "?");
}

static void undo(struct folder *f)
{
	_cleanup_free_ char *error = NULL;

	if (browsers_undo(f->root, f->out, &error) < 0)
		fail_msg("%s", error ? error : "?");
}

static void test_no_browser_is_well(void **state)
{
	struct folder *f = *state;

	finds(f, 1, DOCTOR_OK, "No browser of yours");
	fix(f);
	undo(f);
	assert_false(exists(f, "/etc"));
}

static void test_a_chromium_that_is_forced(void **state)
{
	struct folder *f = *state;

	put(f, CHROMIUM_STATE, SECURE);
	finds(f, 1, DOCTOR_FAILED, "Chromium asks nobody but https://doh.example/");
	put(f, CHROMIUM_POLICIES "/10.json", "{\"HomepageLocation\": \"https://a.example\"}");
	finds(f, 1, DOCTOR_FAILED, CHROMIUM_STATE);
	put(f, CHROMIUM_POLICIES "/20.json", "{\"DnsOverHttpsMode\": \"off\"}");
	finds(f, 1, DOCTOR_OK, "by the policy");
	put(f, CHROMIUM_POLICIES "/30.json", "{\"DnsOverHttpsMode\": \"secure\"}");
	finds(f, 1, DOCTOR_FAILED, "/30.json");
	put(f, CHROMIUM_POLICIES "/30.json", "{\"DnsOverHttpsMode\"");
	finds(f, 1, DOCTOR_OK, "/20.json");
	put(f, CHROMIUM_STATE, "{\"dns_over_https\": ");
	finds(f, 1, DOCTOR_OK, "/20.json");
}

static void test_each_profile_of_firefox_is_looked_at(void **state)
{
	struct folder *f = *state;

	put(f, FIREFOX_PREFS, "user_pref(\"network.trr.mode\", 2);\n");
	finds(f, 1, DOCTOR_WARNING, "Firefox asks a server of its own");
	put(f, "/home/anna/snap/firefox/common/.mozilla/firefox/x.y/user.js",
		"user_pref(\"network.trr.mode\", 3);\n");
	finds(f, 2, DOCTOR_FAILED, "x.y/user.js");
	put(f, FIREFOX_SHIPPED,
		"{\"policies\": {\"DNSOverHTTPS\": {\"Enabled\": false, \"Locked\": true}}}");
	finds(f, 1, DOCTOR_OK, FIREFOX_SHIPPED);
	put(f, FIREFOX_POLICIES, "{\"policies\": {}}"); /* it wins over what is shipped */
	finds(f, 2, DOCTOR_WARNING, "Firefox");
	put(f, FIREFOX_POLICIES, "{\"policies\": {\"DNSOverHTTPS\": {\"Enabled\": false}}}");
	finds(f, 2, DOCTOR_FAILED, "x.y/user.js"); /* not locked */
}

static void test_only_browsers_that_are_there_are_cured(void **state)
{
	struct folder *f = *state;

	put(f, "/usr/bin/chromium", "");
	put(f, CHROMIUM_STATE, SECURE);
	fix(f);
	assert_true(mentions(f, CHROMIUM_POLICIES "/focusd.json", "\"DnsOverHttpsMode\": \"off\""));
	assert_false(exists(f, "/etc/opt"));
	assert_false(exists(f, "/etc/firefox"));
	finds(f, 1, DOCTOR_OK, "Chromium asks the system for names");
	fix(f);
	undo(f);
	assert_false(exists(f, "/etc/chromium"));
	assert_false(exists(f, "/etc/focusd"));
	undo(f);
	finds(f, 1, DOCTOR_FAILED, "Chromium");
}

/* A careful root's umask is not for what everybody's browser reads. */
static void test_a_policy_is_everybodys_to_read(void **state)
{
	struct folder *f = *state;
	const mode_t before = umask(077);
	struct stat st;

	put(f, "/usr/bin/chromium", "");
	assert_int_equal(mkdir(at(f, "/etc"), 0750), 0);
	fix(f);
	umask(before);
	for (char path[] = CHROMIUM_POLICIES "/focusd.json", *end;
		(end = strrchr(path + 5, '/'));) {
		assert_int_equal(stat(at(f, path), &st), 0);
		assert_int_equal(st.st_mode & 0444, 0444);
		*end = 0;
	}
	assert_int_equal(stat(at(f, "/etc/chromium"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_int_equal(stat(at(f, "/etc"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700); /* as it was, under that mask */
}

static void test_policies_of_others_are_given_back_byte_for_byte(void **state)
{
	struct folder *f = *state;

	put(f, "/usr/bin/firefox-esr", "");
	put(f, "/usr/bin/chromium", "");
	put(f, FIREFOX_POLICIES, HOMEPAGE);
	put(f, CHROMIUM_POLICIES "/10.json", "{}");
	assert_int_equal(chmod(at(f, FIREFOX_POLICIES), 0640), 0);
	fix(f);
	fix(f);
	assert_true(mentions(f, FIREFOX_POLICIES, "Homepage"));
	finds(f, 2, DOCTOR_OK, "Firefox asks the system for names");
	undo(f);
	assert_true(holds(f, FIREFOX_POLICIES, HOMEPAGE));
	assert_true(holds(f, CHROMIUM_POLICIES "/10.json", "{}"));
	assert_false(exists(f, CHROMIUM_POLICIES "/focusd.json"));
	assert_false(exists(f, "/etc/focusd"));
	{
		struct stat st;

		assert_int_equal(stat(at(f, FIREFOX_POLICIES), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0640);
	}
}

static void test_what_comes_with_firefox_stays_in_force(void **state)
{
	struct folder *f = *state;

	put(f, "/opt/firefox/firefox", "");
	put(f, FIREFOX_SHIPPED, HOMEPAGE);
	fix(f);
	assert_true(holds(f, FIREFOX_SHIPPED, HOMEPAGE));
	assert_true(mentions(f, FIREFOX_POLICIES, "Homepage"));
	undo(f);
	assert_false(exists(f, "/etc/firefox"));
}

static void test_what_others_changed_since_stays(void **state)
{
	struct folder *f = *state;

	put(f, "/usr/bin/firefox", "");
	put(f, "/usr/bin/chromium", "");
	put(f, FIREFOX_POLICIES, HOMEPAGE);
	fix(f);
	put(f, FIREFOX_POLICIES,
		"{\"policies\": {\"DNSOverHTTPS\": {\"Enabled\": false, \"Locked\": true}, "
		"\"DisableTelemetry\": true}}");
	put(f, CHROMIUM_POLICIES "/focusd.json", "{\"DnsOverHttpsMode\": \"automatic\"}");
	undo(f);
	assert_true(mentions(f, FIREFOX_POLICIES, "DisableTelemetry"));
	assert_false(mentions(f, FIREFOX_POLICIES, "DNSOverHTTPS"));
	assert_true(exists(f, CHROMIUM_POLICIES "/focusd.json"));
	fflush(f->out);
	assert_non_null(strstr(f->said, "focusd.json is somebody else's by now"));
}

/* The record is written first. */
static void test_a_run_that_was_cut_short_is_undone(void **state)
{
	struct folder *f = *state;

	put(f, "/usr/bin/firefox", "");
	put(f, FIREFOX_POLICIES, HOMEPAGE);
	fix(f);
	put(f, FIREFOX_POLICIES, HOMEPAGE); /* as if the second write had not come */
	undo(f);
	assert_true(holds(f, FIREFOX_POLICIES, HOMEPAGE));
	assert_false(exists(f, "/etc/focusd"));
}

static void test_a_file_that_is_no_json_is_told_and_left(void **state)
{
	struct folder *f = *state;
	_cleanup_free_ char *error = NULL;

	put(f, "/usr/bin/firefox", "");
	put(f, "/usr/bin/chromium", "");
	put(f, FIREFOX_POLICIES, "{ policies: none }");
	assert_int_equal(browsers_fix(f->root, f->out, &error), -EBADMSG);
	assert_non_null(strstr(error, FIREFOX_POLICIES ": Firefox can't read this either"));
	assert_true(holds(f, FIREFOX_POLICIES, "{ policies: none }"));
	assert_true(exists(f, CHROMIUM_POLICIES "/focusd.json"));
	undo(f);
	assert_false(exists(f, CHROMIUM_POLICIES "/focusd.json"));
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(test_no_browser_is_well),
		IN_A_FOLDER(test_a_chromium_that_is_forced),
		IN_A_FOLDER(test_each_profile_of_firefox_is_looked_at),
		IN_A_FOLDER(test_only_browsers_that_are_there_are_cured),
		IN_A_FOLDER(test_a_policy_is_everybodys_to_read),
		IN_A_FOLDER(test_policies_of_others_are_given_back_byte_for_byte),
		IN_A_FOLDER(test_what_comes_with_firefox_stays_in_force),
		IN_A_FOLDER(test_what_others_changed_since_stays),
		IN_A_FOLDER(test_a_run_that_was_cut_short_is_undone),
		IN_A_FOLDER(test_a_file_that_is_no_json_is_told_and_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
