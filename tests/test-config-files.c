/* Files in their order and the drop-in that is written. Runs in the source folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "file-text.h"
#include "system/config-files.h"

DEFINE_CLEANUP(struct config *, config_free);

#define SITES_DIR "conf/sites"
#define SEAL_FILE "conf/encrypted-dns.conf"

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
	text = file_text(f->ours);
	assert_null(text);
}

static void test_a_fifo_is_not_waited_for(void **state)
{
	const struct folder *f = *state;
	_cleanup_free_ char *error = NULL;
	struct config *c;

	assert_int_equal(mkfifo(f->file, 0644), 0);
	assert_int_equal(config_files_load(f->file, SITES_DIR, &c, &error), -EINVAL);
	assert_non_null(strstr(error, f->file));
}

static void test_a_missing_catalogue_is_told(void **state)
{
	const struct folder *f = *state;
	_cleanup_free_ char *error = NULL;
	char path[128];
	struct config *c;

	write_text(f->file, "");
	snprintf(path, sizeof(path), "%s/sites", f->dir);
	assert_int_equal(config_files_load(f->file, path, &c, &error), -ENOENT);
	assert_non_null(strstr(error, path));
}

static void test_what_a_person_wrote_stays(void **state)
{
	static const char before[] = "# by hand\n[site tiktok]\nwarn = 2min\n";
	const struct folder *f = *state;
	const struct config_limit limit = { .target = "tiktok", .limit_sec = 600 };
	_cleanup_free_ char *error = NULL, *text = NULL;

	write_text(f->file, "");
	assert_int_equal(mkdir(f->dropins, 0755), 0);
	write_text(f->ours, before);
	assert_int_equal(config_files_set_limit(f->file, SITES_DIR, &limit, &error), 0);
	text = file_text(f->ours);
	assert_string_equal(text, "# by hand\n[site tiktok]\nlimit = 10min per day\nwarn = 2min\n");
}

/* A limit that has no effect must not be reported as set. */
static void test_a_later_file_has_the_last_word(void **state)
{
	const struct folder *f = *state;
	const struct config_limit limit = { .target = "tiktok", .limit_sec = 600 };
	const struct config_limit same = { .target = "tiktok", .limit_sec = 7200 };
	_cleanup_free_ char *error = NULL, *text = NULL, *none = NULL;
	char path[256];

	write_text(f->file, "");
	assert_int_equal(mkdir(f->dropins, 0755), 0);
	snprintf(path, sizeof(path), "%s/99.conf", f->dropins);
	write_text(path, "[site tiktok]\nlimit = 2h per day\n");
	assert_int_equal(config_files_set_limit(f->file, SITES_DIR, &limit, &error), -EINVAL);
	assert_non_null(strstr(error, "later file"));
	text = file_text(f->ours);
	assert_null(text);
	assert_int_equal(config_files_set_limit(f->file, SITES_DIR, &same, &none), 0);
}

static void test_a_limit_is_lifted_again(void **state)
{
	const struct folder *f = *state;
	const struct config_limit limit = {
		.is_group = true, .target = "g", .period = LIMIT_DAY, .limit_sec = LIMIT_NONE
	};
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_free_ char *error = NULL;

	write_text(f->file, "[group g]\nsite = x\nlimit = 1h per day\n");
	assert_int_equal(config_files_set_limit(f->file, SITES_DIR, &limit, &error), 0);
	assert_int_equal(config_files_load(f->file, SITES_DIR, &c, &error), 0);
	assert_false(config_enforces(c));
}

static void test_a_person_s_own_list_comes_last(void **state)
{
	const struct folder *f = *state;
	_cleanup_(seal_list_done) struct seal_list shipped = { 0 }, l = { 0 }, bad = { 0 };
	_cleanup_free_ char *error = NULL;
	struct endpoint e;
	char path[128];

	snprintf(path, sizeof(path), "%s/encrypted-dns.conf", f->dir);
	assert_int_equal(endpoint_parse("8.8.8.8", SEAL_PORT, &e), 0);
	assert_int_equal(config_files_load_seal(SEAL_FILE, f->file, &shipped, &error), 0);
	assert_string_equal(seal_list_name(&shipped, &e), "dns.google");
	write_text(path, "-8.8.8.8\nmine.example 192.0.2.1\n");
	assert_int_equal(config_files_load_seal(SEAL_FILE, f->file, &l, &error), 0);
	assert_null(seal_list_name(&l, &e));
	assert_int_equal(l.n, shipped.n);
	assert_true(seal_list_contains(&l, "mine.example"));
	write_text(path, "\nmine.example 192.0.2.999\n");
	assert_int_equal(config_files_load_seal(SEAL_FILE, f->file, &bad, &error), -EINVAL);
	assert_true(strncmp(error, path, strlen(path)) == 0);
	assert_non_null(strstr(error, ":2: 192.0.2.999: expected an address"));
}

static void test_a_missing_shipped_list_is_told(void **state)
{
	const struct folder *f = *state;
	_cleanup_(seal_list_done) struct seal_list l = { 0 };
	_cleanup_free_ char *error = NULL;

	assert_int_equal(config_files_load_seal("/nonexistent/list", f->file, &l, &error), -ENOENT);
	assert_non_null(strstr(error, "/nonexistent/list: can't read it"));
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
		cmocka_unit_test_setup_teardown(test_a_fifo_is_not_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_missing_catalogue_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_a_person_wrote_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_later_file_has_the_last_word, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_limit_is_lifted_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_person_s_own_list_comes_last, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_missing_shipped_list_is_told, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
