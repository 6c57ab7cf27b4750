/* What the keeper finds about itself, fault by fault, with a kernel played in memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "gate-fake.h"
#include "manager-doctor.h"
#include "manager-internal.h"

#define PEOPLE     "[focus]\npeople = anna\n[person anna]\nuser = root\n"
#define NOBODY_UID 65534 /* whom nobody meters */
#define SITE       "[site alpha]\ndomain = alpha.example\nlimit = 1h per day\n"

struct machine {
	char dir[64], config[96], sites[96], resolv_conf[96];
	struct manager_options options;
	struct manager *manager;
	struct gate_fake kernel;
	struct instant now;
};

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void start(struct machine *m)
{
	char *error = NULL;

	if (manager_new(&m->options, NULL, &m->manager, &error) < 0)
		fail_msg("%s", error ? error : "?");
	manager_take_gate(m->manager, &m->kernel.gate);
	if (manager_start(m->manager, m->now, &error) < 0)
		fail_msg("%s", error ? error : "?");
}

static int set_up(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	strcpy(m->dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	snprintf(m->config, sizeof(m->config), "%s/focusd.conf", m->dir);
	snprintf(m->sites, sizeof(m->sites), "%s/sites", m->dir);
	snprintf(m->resolv_conf, sizeof(m->resolv_conf), "%s/resolv.conf", m->dir);
	assert_int_equal(mkdir(m->sites, 0755), 0);
	write_file(m->config, PEOPLE SITE);
	write_file(m->resolv_conf, "nameserver 192.0.2.53\n");
	m->options = (struct manager_options){
		.config_file = m->config,
		.sites_dir = m->sites,
		.state_dir = m->dir,
		.runtime_dir = m->dir,
		.resolv_conf = m->resolv_conf,
		.boot_id = "boot-1",
	};
	m->now = clock_now();
	gate_fake_init(&m->kernel);
	start(m);
	*state = m;
	return 0;
}

static int tear_down(void **state)
{
	struct machine *m = *state;
	char command[128];

	manager_free(m->manager);
	snprintf(command, sizeof(command), "rm -r %s", m->dir);
	assert_int_equal(system(command), 0);
	free(m);
	return 0;
}

/* The worst finding of a check; *ret_text (static) is what it says. FINDING_OK: none is worse. */
static enum finding_level worst(
	struct machine *m, const char *check, bool all, const char **ret_text)
{
	static char text[512];
	_cleanup_(findings_done) struct findings list = { 0 };
	enum finding_level level = FINDING_OK;
	bool any = false;

	assert_int_equal(manager_examine(m->manager, m->now, all ? 0 : NOBODY_UID, &list), 0);
	for (size_t i = 0; i < list.n; i++) {
		const struct finding *f = &list.items[i];

		assert_true(*f->text);
		assert_int_equal(f->level == FINDING_OK, !*f->cure);
		if (strcmp(f->check, check) != 0)
			continue;
		any = true;
		if (f->level < level || (f->level == level && level != FINDING_OK))
			continue;
		level = f->level;
		snprintf(text, sizeof(text), "%s", f->text);
	}
	assert_true(any);
	if (ret_text)
		*ret_text = text;
	return level;
}

static void assert_level(struct machine *m, const char *check, enum finding_level level)
{
	const char *text;

	if (worst(m, check, true, &text) != level)
		fail_msg("%s: expected %s, found \"%s\"", check, finding_level_name(level), text);
}

static void test_well(void **state)
{
	static const char *const checks[] = { "gate", "people", "ledger", "clock", "config",
		"versions" };

	for (size_t i = 0; i < ELEMENTSOF(checks); i++)
		assert_level(*state, checks[i], FINDING_OK);
}

static void test_no_hook_no_redirect(void **state)
{
	assert_level(*state, "hook", FINDING_FAILED);
	assert_level(*state, "redirect", FINDING_FAILED);
}

static void test_a_hook_of_another_version(void **state)
{
	struct machine *m = *state;
	const char *text;

	m->manager->hook_live = true;
	strcpy(m->manager->hook_build, "0.0.9");
	assert_int_equal(worst(m, "versions", false, &text), FINDING_FAILED);
	assert_non_null(strstr(text, "0.0.9"));
	*m->manager->hook_build = 0; /* too old to say */
	assert_level(m, "versions", FINDING_FAILED);
	strcpy(m->manager->hook_build, FOCUSD_VERSION);
	assert_level(m, "versions", FINDING_OK);
}

static void test_a_damaged_gate(void **state)
{
	struct machine *m = *state;
	const char *text;

	m->kernel.damaged = "the rules";
	assert_int_equal(worst(m, "gate", false, &text), FINDING_FAILED);
	assert_non_null(strstr(text, "the rules"));
	m->kernel.damaged = NULL;
	assert_level(m, "gate", FINDING_OK);
	m->kernel.error = -ENOENT;
	assert_level(m, "gate", FINDING_FAILED);
	m->kernel.error = -EIO;
	assert_level(m, "gate", FINDING_FAILED);
	m->kernel.error = 0;
	assert_level(m, "gate", FINDING_OK);
}

static void test_a_clock_that_was_set(void **state)
{
	struct machine *m = *state;

	m->now.wall_usec += 3600 * USEC_PER_SEC;
	assert_level(m, "clock", FINDING_FAILED);
	m->now.wall_usec -= 2 * 3600 * USEC_PER_SEC;
	assert_level(m, "clock", FINDING_FAILED);
	m->now.wall_usec += 3600 * USEC_PER_SEC;
	assert_level(m, "clock", FINDING_OK);
	m->now.wall_usec += 3600 * USEC_PER_SEC;
	m->now.boot_usec += 3600 * USEC_PER_SEC;
	assert_level(m, "clock", FINDING_OK);
}

static void test_the_ledger(void **state)
{
	struct machine *m = *state;

	manager_set_problem(&m->manager->ledger_problem, "The ledger can't be written: full");
	assert_level(m, "ledger", FINDING_FAILED);
	manager_set_problem(&m->manager->ledger_problem, NULL);
	assert_level(m, "ledger", FINDING_OK);
	m->manager->dirty = true;
	m->now.boot_usec += 120 * USEC_PER_SEC;
	m->now.wall_usec += 120 * USEC_PER_SEC;
	assert_level(m, "ledger", FINDING_FAILED);
	m->options.state_dir = "/nowhere";
	m->manager->options.state_dir = "/nowhere";
	assert_level(m, "ledger", FINDING_FAILED);
}

static bool is_a_problem(const struct machine *m, bool all, const char *text)
{
	_cleanup_(strings_done) struct strings list = { 0 };
	bool found = false;

	assert_int_equal(manager_problems(m->manager, all, &list), 0);
	for (size_t i = 0; i < list.n; i++)
		found |= strstr(list.items[i], text) != NULL;
	return found;
}

/* What stands in a file is root's to read: not everybody's, not systemctl status', not the log's.
 */
static void assert_told_to_root_alone(const struct machine *m, const char *text, const char *other)
{
	char line[MANAGER_LINE_MAX];

	assert_true(is_a_problem(m, true, text));
	assert_false(is_a_problem(m, false, text));
	assert_true(is_a_problem(m, false, other));
	assert_null(strstr(manager_status_line(m->manager, line), text));
	assert_non_null(strstr(line, other));
}

static void test_a_changed_configuration(void **state)
{
	struct machine *m = *state;
	char *error = NULL;
	const char *text;

	m->manager->config_wall_usec = 0; /* the files are newer now */
	assert_int_equal(worst(m, "config", true, &text), FINDING_WARNING);
	assert_int_equal(manager_reload(m->manager, m->now, &error), 0);
	assert_level(m, "config", FINDING_OK);
	write_file(m->config, PEOPLE SITE "limit = soon\n");
	assert_int_equal(worst(m, "config", true, &text), FINDING_FAILED);
	assert_non_null(strstr(text, "focusd.conf:8: limit = soon"));
	assert_int_equal(worst(m, "config", false, &text), FINDING_FAILED);
	assert_null(strstr(text, "soon")); /* not everybody's to read */
	assert_true(manager_reload(m->manager, m->now, &error) < 0);
	free(error);
	assert_told_to_root_alone(m, "focusd.conf:8: limit = soon", "a mistake in the config");
	manager_set_problem(&m->manager->reload_problem, NULL);
	manager_set_problem(&m->manager->held_problem, "What is due: %s:8: soon", m->config);
	assert_told_to_root_alone(m, "focusd.conf:8: soon", "due to be loosened, is not in force");
}

static void test_people_who_do_not_exist(void **state)
{
	struct machine *m = *state;
	char *error = NULL;
	const char *text;

	write_file(
		m->config, "[focus]\npeople = anna nosuchone\n[person anna]\nuser = root\n" SITE);
	assert_int_equal(manager_reload(m->manager, m->now, &error), 0);
	assert_int_equal(worst(m, "people", true, &text), FINDING_FAILED);
	assert_non_null(strstr(text, "nosuchone"));
	assert_int_equal(worst(m, "people", false, &text), FINDING_FAILED);
	assert_null(strstr(text, "nosuchone"));
	assert_told_to_root_alone(m, "nosuchone", "names accounts or files that can't be used");
	write_file(m->config, PEOPLE SITE);
	assert_int_equal(manager_reload(m->manager, m->now, &error), 0);
	assert_level(m, "people", FINDING_OK);
	m->manager->people->items[0].uids[0] = 12345; /* as if the account had another uid since */
	assert_level(m, "people", FINDING_WARNING);
}

static void test_resolvers(void **state)
{
	struct machine *m = *state;
	const char *text;

	assert_level(m, "resolvers", FINDING_FAILED); /* no hook was ever told of them */
	assert_int_equal(
		upstream_read(m->resolv_conf, &m->manager->config->listens, &m->manager->upstream),
		0);
	assert_level(m, "resolvers", FINDING_OK);
	write_file(m->resolv_conf, "nameserver 192.0.2.54\n");
	assert_int_equal(worst(m, "resolvers", false, &text), FINDING_FAILED);
	write_file(m->resolv_conf, "# nothing\n");
	assert_int_equal(worst(m, "resolvers", false, &text), FINDING_WARNING);
	assert_non_null(strstr(text, "names no resolver"));
}

static void test_a_flood_of_findings_ends(void **state)
{
	struct findings list = { 0 };
	struct examination e = { .m = NULL, .check = "flood", .findings = &list };

	for (int i = 0; i < 2 * FINDINGS_MAX; i++)
		examination_ok(&e, "%d", i);
	assert_int_equal(list.n, FINDINGS_MAX);
	findings_done(&list);
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_well),
		IN_A_MACHINE(test_no_hook_no_redirect),
		IN_A_MACHINE(test_a_hook_of_another_version),
		IN_A_MACHINE(test_a_damaged_gate),
		IN_A_MACHINE(test_a_clock_that_was_set),
		IN_A_MACHINE(test_the_ledger),
		IN_A_MACHINE(test_a_changed_configuration),
		IN_A_MACHINE(test_people_who_do_not_exist),
		IN_A_MACHINE(test_resolvers),
		cmocka_unit_test(test_a_flood_of_findings_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
