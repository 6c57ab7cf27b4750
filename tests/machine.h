#pragma once
/* A keeper with a kernel played in memory and a real ledger, and time that passes as told: for the
 * tests of the manager's parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "gate-fake.h"
#include "manager-passes.h"
#include "manager.h"
#include "system/ledger.h"

#define SEC USEC_PER_SEC

enum { ALPHA, BETA, SITES };

/* Accounts that every machine has. */
#define ANNA_UID 0
#define BEN_UID  1
#define PEOPLE \
	"[focus]\npeople = anna ben\n[person anna]\nuser = root\n[person ben]\nuser = daemon\n"
#define WEB                                                                              \
	"[site alpha]\ndomain = alpha.example\ncdn = media.alpha.example\nsettle = 0s\n" \
	"[site beta]\ndomain = beta.example\ncdn = media.beta.example\nsettle = 0s\n"
#define BOTH "[group both]\nsite = alpha\nsite = beta\n"

static const char *const site_names[SITES] = { "alpha", "beta" };

/* Where it lives; whoever runs a great many says a disk of memory instead, first. */
#ifndef MACHINE_PARENT
#define MACHINE_PARENT "/tmp"
#endif

struct machine {
	char dir[64], config[96], sites[96];
	struct manager_options options;
	struct manager *manager;
	struct gate_fake kernel;
	struct instant now;
	usec_t next_usec; /* boot time at which the manager wants to be called */
	struct address feed[SITES], media[SITES];
};

__attribute__((unused)) static usec_t wall(int month, int day, int hour, int min)
{
	struct tm tm = { .tm_year = 126,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = min,
		.tm_isdst = -1 };

	return (usec_t)mktime(&tm) * SEC;
}

__attribute__((unused)) static void write_for(
	const struct machine *m, const char *people, const char *text)
{
	FILE *f = fopen(m->config, "w");

	assert_non_null(f);
	assert_true(fputs(people, f) >= 0 && fputs(WEB, f) >= 0 && fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

__attribute__((unused)) static void write_config(const struct machine *m, const char *text)
{
	write_for(m, PEOPLE, text);
}

/* The blocks that the sites got some day before. */
__attribute__((unused)) static void put_blocks(struct machine *m)
{
	char *error = NULL, text[32];
	struct ledger *l = NULL;

	assert_int_equal(ledger_open(m->dir, NULL, NULL, NULL, &l, &error), 0);
	for (unsigned s = 0; s < SITES; s++) {
		snprintf(text, sizeof(text), "198.19.128.%u", s * 128);
		assert_true(address_parse(text, &m->feed[s]) >= 0);
		snprintf(text, sizeof(text), "198.19.128.%u", s * 128 + 64);
		assert_true(address_parse(text, &m->media[s]) >= 0);
		assert_int_equal(ledger_put_block(l, &(struct lease_block){ m->feed[s],
							     (char *)site_names[s], HOST_FEED }),
			0);
		assert_int_equal(ledger_put_block(l, &(struct lease_block){ m->media[s],
							     (char *)site_names[s], HOST_CDN }),
			0);
	}
	assert_int_equal(ledger_sync(l), 0);
	ledger_close(l);
}

__attribute__((unused)) static int set_up(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	strcpy(m->dir, MACHINE_PARENT "/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	snprintf(m->config, sizeof(m->config), "%s/focusd.conf", m->dir);
	snprintf(m->sites, sizeof(m->sites), "%s/sites", m->dir);
	assert_int_equal(mkdir(m->sites, 0755), 0);
	m->options = (struct manager_options){
		.config_file = m->config,
		.sites_dir = m->sites,
		.state_dir = m->dir,
		.runtime_dir = m->dir,
		.resolv_conf = "/dev/null",
		.boot_id = "boot-1",
	};
	m->now = (struct instant){ .boot_usec = 1000 * SEC, .wall_usec = wall(11, 25, 12, 0) };
	put_blocks(m);
	gate_fake_init(&m->kernel);
	*state = m;
	return 0;
}

__attribute__((unused)) static int tear_down(void **state)
{
	struct machine *m = *state;
	char command[128];

	manager_free(m->manager);
	snprintf(command, sizeof(command), "rm -r %s", m->dir);
	assert_int_equal(system(command), 0);
	free(m);
	return 0;
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

__attribute__((unused)) static void start(struct machine *m)
{
	char *error = NULL;

	if (manager_new(&m->options, NULL, &m->manager, &error) < 0)
		fail_msg("%s", error ? error : "?");
	manager_take_gate(m->manager, &m->kernel.gate);
	if (manager_start(m->manager, m->now, &error) < 0)
		fail_msg("%s", error ? error : "?");
	m->next_usec = 0;
}

__attribute__((unused)) static struct machine *machine(void **state, const char *config)
{
	struct machine *m = *state;

	write_config(m, config);
	start(m);
	return m;
}

__attribute__((unused)) static void reload_for(
	struct machine *m, const char *people, const char *config)
{
	char *error = NULL;

	write_for(m, people, config);
	if (manager_reload(m->manager, m->now, &error) < 0)
		fail_msg("%s", error ? error : "?");
}

__attribute__((unused)) static void reload(struct machine *m, const char *config)
{
	reload_for(m, PEOPLE, config);
}

/* A clean end and a new process; the kernel's table stays. */
__attribute__((unused)) static void restart(struct machine *m)
{
	manager_stop(m->manager, m->now);
	m->manager = manager_free(m->manager);
	start(m);
}

__attribute__((unused)) static void pass(struct machine *m, usec_t usec)
{
	m->now.boot_usec += usec;
	m->now.wall_usec += usec;
}

__attribute__((unused)) static void tick(struct machine *m)
{
	m->next_usec = manager_tick(m->manager, m->now);
}

/* Time without traffic: the manager is called when it wants to be. */
__attribute__((unused)) static void rest(struct machine *m, usec_t usec)
{
	const usec_t end = m->now.boot_usec + usec;

	for (tick(m); m->next_usec < end; tick(m)) {
		assert_true(m->next_usec > m->now.boot_usec);
		pass(m, m->next_usec - m->now.boot_usec);
	}
	pass(m, end - m->now.boot_usec);
	tick(m);
}

/* One second of scrolling; false: shut. */
__attribute__((unused)) static bool scroll(struct machine *m, uid_t uid, size_t site)
{
	const uint32_t mark = gate_fake_mark(&m->kernel, uid);

	return gate_fake_move(&m->kernel, &m->feed[site], mark, 20000, 900) &&
	       gate_fake_move(&m->kernel, &m->media[site], mark, 90000, 900);
}

__attribute__((unused)) static void scroll_for(
	struct machine *m, uid_t uid, size_t site, unsigned sec)
{
	for (unsigned i = 0; i < sec; i++) {
		pass(m, SEC);
		scroll(m, uid, site);
		tick(m);
	}
}

__attribute__((unused)) static struct status_entry entry(
	const struct machine *m, const char *person, const char *name)
{
	const int p = manager_find_person(m->manager, person);

	assert_true(p >= 0);
	for (size_t e = 0; e < manager_n_entries(m->manager); e++) {
		const struct status_entry found = manager_entry(
			m->manager, (size_t)p, e, manager_rules_now(m->manager, m->now));

		if (strcmp(found.name, name) == 0)
			return found;
	}
	fail_msg("no entry %s", name);
	return (struct status_entry){ 0 };
}

__attribute__((unused)) static int64_t used(
	const struct machine *m, const char *person, const char *name)
{
	return entry(m, person, name).used_today_sec;
}

__attribute__((unused)) static enum gate_state gate(const struct machine *m, uid_t uid, size_t site)
{
	const uint32_t mark = gate_fake_mark(&m->kernel, uid);
	const enum gate_state s = gate_fake_state(&m->kernel, &m->feed[site], mark);

	assert_int_equal(gate_fake_state(&m->kernel, &m->media[site], mark), s);
	return s;
}

/* What is left of anna's passes today. */
__attribute__((unused)) static void left(const struct machine *m, unsigned n, int64_t sec)
{
	unsigned found;
	int64_t found_sec;

	manager_passes_left(
		m->manager, (size_t)manager_find_person(m->manager, "anna"), &found, &found_sec);
	assert_int_equal(found, n);
	assert_int_equal(found_sec, sec);
}
