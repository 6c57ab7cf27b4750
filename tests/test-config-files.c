/* Files in their order, the drop-in that is written, and the documents that must tell the same
 * story as the code. Runs in the source folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/catalogue.h"
#include "core/config-internal.h"
#include "system/config-files.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct catalogue *, catalogue_free);

#define SITES_DIR "conf/sites"

struct folder {
	char dir[64], file[96], dropins[128], ours[160];
};

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t n = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &n, 0, f) < 0 && !text)
		text = strdup("");
	fclose(f);
	return text;
}

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/focusd.conf", f->dir);
	snprintf(f->dropins, sizeof(f->dropins), "%s.d", f->file);
	snprintf(f->ours, sizeof(f->ours), "%s/90-focusctl.conf", f->dropins);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;
	char command[256];

	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void test_dropins_come_in_order(void **state)
{
	const struct folder *f = *state;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_free_ char *error = NULL;
	char path[256];

	write_text(f->file, "[site x]\nlimit = 3h per day\n");
	assert_int_equal(mkdir(f->dropins, 0755), 0);
	snprintf(path, sizeof(path), "%s/20.conf", f->dropins);
	write_text(path, "[site x]\nlimit = 2h per day\n");
	snprintf(path, sizeof(path), "%s/10.conf", f->dropins);
	write_text(path, "[site x]\nlimit = 1h per day\n");
	snprintf(path, sizeof(path), "%s/90.conf~", f->dropins);
	write_text(path, "nonsense");
	assert_int_equal(config_files_load(f->file, SITES_DIR, &c, &error), 0);
	assert_int_equal(c->sites[config_find_site(c, "x")].rules.limit_sec[LIMIT_DAY], 7200);
}

static void test_a_missing_file_is_told(void **state)
{
	const struct folder *f = *state;
	_cleanup_free_ char *error = NULL;
	struct config *c;

	assert_int_equal(config_files_load(f->file, SITES_DIR, &c, &error), -ENOENT);
	assert_non_null(strstr(error, f->file));
	assert_non_null(strstr(error, "No such file"));
}

static void test_a_nul_byte_is_told(void **state)
{
	const struct folder *f = *state;
	_cleanup_free_ char *error = NULL;
	struct config *c;
	FILE *file = fopen(f->file, "w");

	fwrite("[focus]\0x\n", 1, 10, file);
	fclose(file);
	assert_int_equal(config_files_load(f->file, SITES_DIR, &c, &error), -EBADMSG);
	assert_non_null(error);
}

static void test_a_limit_is_written_and_read(void **state)
{
	const struct folder *f = *state;
	const struct config_limit limit = {
		.target = "instagram", .person = "anna", .period = LIMIT_WEEK, .limit_sec = 5400
	};
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_free_ char *error = NULL;
	struct stat st;

	write_text(f->file, "");
	assert_int_equal(config_files_set_limit(f->file, SITES_DIR, &limit, &error), 0);
	assert_int_equal(stat(f->ours, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(config_files_load(f->file, SITES_DIR, &c, &error), 0);
	assert_int_equal(config_rules(c, "anna", false, (size_t)config_find_site(c, "instagram"))
				 .limit_sec[LIMIT_WEEK],
		5400);
}

static void test_nothing_is_written_that_does_not_load(void **state)
{
	const struct folder *f = *state;
	const struct config_limit limit = { .target = "nosuchsite", .limit_sec = 60 };
	_cleanup_free_ char *error = NULL, *text = NULL;

	write_text(f->file, "");
	assert_int_equal(config_files_set_limit(f->file, SITES_DIR, &limit, &error), -EINVAL);
	assert_non_null(strstr(error, "nosuchsite"));
	text = read_text(f->ours);
	assert_null(text);
}

static void test_the_catalogue_is_whole(void **state)
{
	static const struct {
		const char *host, *site;
		enum host_kind kind;
	} rows[] = {
		{ "www.facebook.com", "facebook", HOST_FEED },
		{ "scontent-fra3-1.xx.fbcdn.net", "facebook", HOST_CDN },
		{ "business.facebook.com", "facebook", HOST_FREE },
		{ "www.instagram.com", "instagram", HOST_FEED },
		{ "scontent.cdninstagram.com", "instagram", HOST_CDN },
		{ "www.threads.net", "threads", HOST_FEED },
		{ "www.tiktok.com", "tiktok", HOST_FEED },
		{ "www.youtube.com", "youtube", HOST_FEED },
		{ "rr3---sn-abc.googlevideo.com", "youtube", HOST_CDN },
		{ "x.com", "x", HOST_FEED },
		{ "pbs.twimg.com", "x", HOST_CDN },
		{ "platform.twitter.com", "x", HOST_FREE },
		{ "old.reddit.com", "reddit", HOST_FEED },
		{ "www.linkedin.com", "linkedin", HOST_FEED },
		{ "www.pinterest.com", "pinterest", HOST_FEED },
		{ "www.snapchat.com", "snapchat", HOST_FEED },
		{ "www.twitch.tv", "twitch", HOST_FEED },
		{ "www.tumblr.com", "tumblr", HOST_FEED },
		{ "bsky.app", "bluesky", HOST_FEED },
		{ "mastodon.social", "mastodon", HOST_FEED },
	};
	const struct folder *f = *state;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
	_cleanup_free_ char *error = NULL;
	enum host_kind kind;
	size_t site;

	write_text(f->file, "");
	if (config_files_load(f->file, SITES_DIR, &c, &error) < 0)
		fail_msg("%s", error);
	assert_int_equal(catalogue_new(c, &catalogue), 0);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		assert_int_equal(catalogue_find(catalogue, rows[i].host, &site, &kind), 0);
		assert_string_equal(c->sites[site].name, rows[i].site);
		assert_int_equal(kind, rows[i].kind);
	}
	assert_int_equal(catalogue_find(catalogue, "www.google.com", &site, &kind), -ENOENT);
	for (size_t i = 0; i < c->n_sites; i++)
		assert_true(*c->sites[i].title && *c->sites[i].category);
}

static void test_the_installed_file_says_the_defaults(void **state)
{
	_cleanup_free_ char *conf = read_text("conf/focusd.conf");
	_cleanup_free_ char *page = read_text("conf/focusd.conf.5");
	size_t n;
	const struct config_key *keys = config_keys(&n);

	assert_non_null(conf);
	assert_non_null(page);
	for (size_t i = 0; i < n; i++) {
		char line[256], bold[256];

		snprintf(line, sizeof(line), "\n;%s = %s", keys[i].name,
			keys[i].fallback ? keys[i].fallback : "");
		if (!strstr(conf, line))
			fail_msg("conf/focusd.conf has no line%s", line);
		if (keys[i].fallback)
			snprintf(bold, sizeof(bold), "\n.BR %s \" = %s\"\n", keys[i].name,
				keys[i].fallback);
		else
			snprintf(bold, sizeof(bold), "\n.B %s\n", keys[i].name);
		if (!strstr(page, bold))
			fail_msg("conf/focusd.conf.5 has no%s", bold);
	}
}

/* What stands there as an example works: every ; before a key or a section is taken away. */
static void test_the_installed_file_loads_when_uncommented(void **state)
{
	const struct folder *f = *state;
	_cleanup_free_ char *conf = read_text("conf/focusd.conf"), *error = NULL;
	_cleanup_(config_freep) struct config *c = NULL;

	for (char *p = conf; *p; p = strchr(p, '\n') + 1)
		if (*p == ';' && p[1] != ' ' && p[1] != '\n' && strncmp(p, ";listen", 7) != 0)
			*p = ' ';
	write_text(f->file, conf);
	if (config_files_load(f->file, SITES_DIR, &c, &error) < 0)
		fail_msg("%s", error);
	assert_true(config_enforces(c));
	assert_int_equal(c->sites[config_find_site(c, "example")].rules.n_windows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dropins_come_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_missing_file_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_nul_byte_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_limit_is_written_and_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_nothing_is_written_that_does_not_load, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_catalogue_is_whole, set_up, tear_down),
		cmocka_unit_test(test_the_installed_file_says_the_defaults),
		cmocka_unit_test_setup_teardown(
			test_the_installed_file_loads_when_uncommented, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
