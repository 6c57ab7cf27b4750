/* The keeper's steps of time with a kernel played in memory and a real ledger: days in
 * milliseconds. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "gate-fake.h"
#include "machine.h"
#include "manager-doctor.h"
#include "manager.h"
#include "system/ledger.h"

static bool has_problem(const struct machine *m, const char *text)
{
	_cleanup_(strings_done) struct strings list = { 0 };

	assert_int_equal(manager_problems(m->manager, true, &list), 0);
	for (size_t i = 0; i < list.n; i++)
		if (strstr(list.items[i], text))
			return true;
	return false;
}

static bool active(struct machine *m, const char *person, const char *target)
{
	const int p = manager_find_person(m->manager, person);

	assert_true(p >= 0);
	for (size_t i = 0; i < manager_n_entries(m->manager); i++) {
		const struct status_entry e = manager_entry(
			m->manager, (size_t)p, i, manager_rules_now(m->manager, m->now));

		if (strcmp(e.name, target) == 0)
			return e.active;
	}
	fail();
	return false;
}

static void test_what_is_shut_is_in_nobodys_use(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n" BOTH);

	scroll_for(m, ANNA_UID, ALPHA, 5);
	assert_true(active(m, "anna", "alpha"));
	assert_true(active(m, "anna", "both"));
	assert_false(active(m, "ben", "alpha"));
	scroll_for(m, ANNA_UID, ALPHA, 5);
	assert_false(active(m, "anna", "alpha"));
	assert_false(active(m, "anna", "both"));
	reload(m, "[site alpha]\nlimit = 1min per day\n" BOTH);
	assert_true(active(m, "anna", "alpha"));
}

static void test_a_limit_is_cut_in_the_tick_that_spends_it(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");

	for (int64_t sec = 1; sec <= 10; sec++) {
		assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
		scroll_for(m, ANNA_UID, ALPHA, 1);
		assert_int_equal(used(m, "anna", "alpha"), sec);
	}
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_true(*m->kernel.reason);
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_OPEN);
	assert_int_equal(gate(m, BEN_UID, ALPHA), GATE_OPEN);
	scroll_for(m, ANNA_UID, ALPHA, 5);           /* nothing passes any more */
	assert_true(used(m, "anna", "alpha") <= 12); /* the tail at most */
	reload(m, "[site alpha]\nlimit = 1min per day\n");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	reload(m, "[site alpha]\nlimit = 5s per day\n");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	reload(m, "");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
}

static void test_nothing_moves_and_nothing_ticks(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");
	unsigned calls = 0;

	tick(m);
	assert_true(m->next_usec - m->now.boot_usec > 3600 * SEC); /* the end of the day */
	scroll_for(m, ANNA_UID, ALPHA, 3);
	assert_true(m->next_usec <= m->now.boot_usec + SEC);
	while (m->next_usec < m->now.boot_usec + 3600 * SEC && ++calls < 100) {
		pass(m, m->next_usec > m->now.boot_usec ? m->next_usec - m->now.boot_usec : 1);
		tick(m);
	}
	assert_true(calls <= 6); /* the tail, the ledger, the bridge */
	assert_int_equal(used(m, "anna", "alpha"), 5);
}

static void test_a_gap_is_read_and_a_long_one_is_not(void **state)
{
	struct machine *m = machine(state, "");

	scroll_for(m, ANNA_UID, ALPHA, 5);
	rest(m, 39 * SEC);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(used(m, "anna", "alpha"), 45);
	rest(m, 600 * SEC);
	assert_int_equal(used(m, "anna", "alpha"), 47);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(used(m, "anna", "alpha"), 48);
}

static void test_a_limit_that_ends_in_a_gap_is_cut_at_the_burst(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 30s per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 5);
	rest(m, 39 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

static void set_away(struct machine *m, bool away)
{
	manager_set_away(m->manager, (size_t)manager_find_person(m->manager, "anna"), away, m->now);
}

static void test_nobody_looks_and_nothing_is_spent(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 1h per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 10);
	set_away(m, true);
	scroll_for(m, ANNA_UID, ALPHA, 20); /* the film plays on behind the locked screen */
	scroll_for(m, BEN_UID, ALPHA, 5);
	assert_int_equal(used(m, "anna", "alpha"), 10);
	assert_int_equal(used(m, "ben", "alpha"), 5);
	set_away(m, false);
	scroll_for(m, ANNA_UID, ALPHA, 5);
	assert_int_equal(used(m, "anna", "alpha"), 15);
	rest(m, 20 * SEC);
	set_away(m, true);
	reload(m, "[site alpha]\nlimit = 2h per day\n");
	rest(m, 15 * SEC);
	set_away(m, false);
	rest(m, 10 * SEC);
	assert_int_equal(used(m, "anna", "alpha"), 17); /* the tail */
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(used(m, "anna", "alpha"), 15 + 20 + 10 + 1); /* read, less the 15 s */
}

static void test_sleep_is_no_reading(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 1h per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 10);
	rest(m, 10 * SEC);
	pass(m, 30 * SEC); /* of which 25 s are slept; nobody told of it */
	m->now.asleep_usec += 25 * SEC;
	rest(m, 5 * SEC);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(used(m, "anna", "alpha"), 10 + 10 + 5 + 5 + 1);
	pass(m, 8 * 3600 * SEC);
	m->now.asleep_usec += 8 * 3600 * SEC;
	tick(m);
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_true(used(m, "anna", "alpha") <= 10 + 10 + 5 + 5 + 1 + 2 + 1);
}

static void test_a_second_on_two_sites_is_one_of_the_group(void **state)
{
	struct machine *m = machine(state, BOTH);

	for (int i = 0; i < 10; i++) {
		pass(m, SEC);
		scroll(m, ANNA_UID, ALPHA);
		scroll(m, ANNA_UID, BETA);
		tick(m);
	}
	assert_int_equal(used(m, "anna", "both"), 10);
	/* alpha is left; its next burst credits a gap that beta has filled meanwhile */
	scroll_for(m, ANNA_UID, BETA, 20);
	reload(m, BOTH);
	assert_int_equal(used(m, "anna", "both"), 30);
	restart(m);
	assert_int_equal(used(m, "anna", "both"), 30);
	pass(m, SEC);
	scroll(m, ANNA_UID, ALPHA);
	tick(m);
	assert_int_equal(used(m, "anna", "alpha"), 31);
	assert_int_equal(used(m, "anna", "both"), 31);
}

static void test_a_clock_that_is_set_earns_nothing(void **state)
{
	static const int64_t jumps_sec[] = { 86400, -86400, 7 * 86400, -30 * 86400, 3600 };
	struct machine *m =
		machine(state, "[site alpha]\nlimit = 10s per day\nlimit = 1h per week\n");

	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	for (size_t i = 0; i < ELEMENTSOF(jumps_sec); i++) {
		m->now.wall_usec =
			(usec_t)((int64_t)m->now.wall_usec + jumps_sec[i] * (int64_t)SEC);
		pass(m, SEC);
		tick(m);
		assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
		assert_true(used(m, "anna", "alpha") >= 10);
		m->now.wall_usec =
			(usec_t)((int64_t)m->now.wall_usec - jumps_sec[i] * (int64_t)SEC);
		tick(m);
	}
}

/* 24 hours pass in truth: a new day comes, whatever the clock has been set to. */
static void test_a_day_passes_after_the_clock_was_set_back(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 10);
	m->now.wall_usec -= 3600 * SEC;
	tick(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 86400 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
}

static void test_suspend_over_the_day_start(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");

	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	pass(m, 20 * 3600 * SEC); /* boot time goes on in suspend, no tick does */
	tick(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(used(m, "anna", "alpha"), 0);
	assert_int_equal(entry(m, "anna", "alpha").used_week_sec, 12); /* with its tail */
}

static void test_the_day_begins_by_itself(void **state)
{
	struct machine *m = *state;
	char day[MANAGER_DAY_TEXT_MAX];

	m->now.wall_usec = wall(11, 26, 3, 59);
	machine(state, "[site alpha]\nlimit = 10s per day\n");
	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_string_equal(manager_day_text(m->manager, day), "2026-11-25");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 49 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 1 * SEC); /* called at the very second */
	assert_string_equal(manager_day_text(m->manager, day), "2026-11-26");
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(used(m, "anna", "alpha"), 0);
}

static void test_a_gap_over_the_day_start_is_shared(void **state)
{
	struct machine *m = *state;

	m->now.wall_usec = wall(11, 26, 3, 59);
	machine(state, "");
	rest(m, 30 * SEC);
	scroll_for(m, ANNA_UID, ALPHA, 10);
	rest(m, 39 * SEC); /* 04:00:19 */
	scroll_for(m, ANNA_UID, ALPHA, 1);
	assert_int_equal(used(m, "anna", "alpha"), 20);
	assert_in_range(entry(m, "anna", "alpha").used_week_sec, 32, 50);
}

static void test_the_week_begins_on_monday(void **state)
{
	struct machine *m = *state;

	m->now.wall_usec = wall(11, 29, 22, 0); /* Sunday */
	machine(state, "[site alpha]\nlimit = 10s per week\n");
	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 5 * 3600 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 3600 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
}

static void test_windows_open_and_shut_by_themselves(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nopen = daily 12:30-13:00\n");

	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, 30 * 60 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	rest(m, 29 * 60 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	rest(m, 60 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

static void test_what_is_nobodys_any_more_is_opened(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");
	uint32_t ben;

	scroll_for(m, BEN_UID, ALPHA, 10);
	assert_int_equal(gate(m, BEN_UID, ALPHA), GATE_SHUT);
	ben = gate_fake_mark(&m->kernel, BEN_UID);
	reload_for(m, "[focus]\npeople = anna\n[person anna]\nuser = root\n",
		"[site alpha]\nlimit = 10s per day\n");
	assert_int_equal(gate_fake_state(&m->kernel, &m->feed[ALPHA], ben), GATE_OPEN);
	assert_int_equal(gate_fake_mark(&m->kernel, BEN_UID), 0);
	reload(m, "[site alpha]\nlimit = 10s per day\n");
	assert_int_equal(gate_fake_mark(&m->kernel, BEN_UID), ben);
	assert_int_equal(used(m, "ben", "alpha"), 10);
	assert_int_equal(gate(m, BEN_UID, ALPHA), GATE_SHUT);
}

static void test_a_bad_file_changes_nothing(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nlimit = 10s per day\n");
	char *error = NULL;

	scroll_for(m, ANNA_UID, ALPHA, 10);
	write_config(m, "[site alpha]\nlimit = never\n");
	assert_true(manager_reload(m->manager, m->now, &error) < 0);
	assert_non_null(strstr(error, "limit = never"));
	free(error);
	assert_true(has_problem(m, "The old rules stay in force"));
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	assert_int_equal(entry(m, "anna", "alpha").limit_today_sec, 10);
	reload(m, "[site alpha]\nlimit = 11s per day\n");
	assert_false(has_problem(m, "The old rules stay in force"));
}

static void test_a_kernel_that_refuses_is_asked_again(void **state)
{
	struct machine *m = machine(state, "[site alpha]\nopen = daily 12:30-13:00\n");

	rest(m, 29 * 60 * SEC);
	m->kernel.error = -EIO;
	rest(m, 60 * SEC);
	assert_true(has_problem(m, "kernel"));
	assert_true(m->next_usec <= m->now.boot_usec + SEC);
	m->kernel.error = 0;
	rest(m, SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_false(has_problem(m, "kernel"));
}

static void test_a_flush_by_somebody_else(void **state)
{
	struct machine *m = machine(state, "");
	const struct gate_events events = manager_gate_events(m->manager);

	scroll_for(m, ANNA_UID, ALPHA, 5);
	gate_fake_flush(&m->kernel);
	m->kernel.error = -EIO;
	events.lost(events.userdata);
	assert_true(has_problem(m, "can't be put back"));
	m->kernel.error = 0;
	tick(m);
	assert_int_equal(m->kernel.restored, 1);
	assert_false(has_problem(m, "put back"));
	scroll_for(m, ANNA_UID, ALPHA, 5);
	assert_int_equal(used(m, "anna", "alpha"), 10);
}

#define NOBODY_UID 65534 /* whom nobody meters */

static bool has_finding(const struct machine *m, uid_t caller, const char *text)
{
	struct findings list;
	bool found = false;

	assert_int_equal(manager_examine(m->manager, m->now, caller, &list), 0);
	for (size_t i = 0; i < list.n; i++)
		found |= strstr(list.items[i].text, text) != NULL;
	findings_done(&list);
	return found;
}

static void write_list(const struct machine *m, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/encrypted-dns.conf", m->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

#define LIMIT "[site alpha]\nlimit = 10min per day\n"

static void test_limited_people_s_encrypted_lookups_are_refused(void **state)
{
	struct machine *m = *state;
	struct endpoint e;

	assert_int_equal(endpoint_parse("192.0.2.1:443", 0, &e), 0);
	write_list(m, "dns.example 192.0.2.1 2001:db8::1\n");
	machine(state, "");
	assert_true(gate_fake_try(&m->kernel, BEN_UID, &e));
	assert_int_equal(m->kernel.n_endpoints, 0);
	assert_true(has_finding(m, 0, "Nobody is held to a limit"));
	reload(m, "[person ben site alpha]\nlimit = 10min per day\n");
	assert_int_equal(m->kernel.n_endpoints, 4); /* two servers with two ports */
	assert_int_equal(m->kernel.n_sealed, 1);
	assert_false(gate_fake_try(&m->kernel, BEN_UID, &e));
	/* also where root is a person: it is the system's resolver, too */
	reload(m, LIMIT);
	assert_int_equal(m->kernel.n_sealed, 1);
	assert_true(gate_fake_try(&m->kernel, ANNA_UID, &e));
	reload(m, "[dns]\nseal = yes\n");
	assert_int_equal(m->kernel.n_sealed, 1);
	reload(m, LIMIT "[dns]\nseal = no\n");
	assert_true(gate_fake_try(&m->kernel, BEN_UID, &e));
	assert_true(has_finding(m, 0, "go past focusd"));
}

static void test_tries_are_counted_and_told(void **state)
{
	struct machine *m = *state;
	struct endpoint known, tls = { .port = 853 }, other = { .address.family = AF_UNSPEC };

	assert_int_equal(endpoint_parse("192.0.2.1:443", 0, &known), 0);
	tls.address = known.address;
	write_list(m, "dns.example 192.0.2.1\n");
	machine(state, LIMIT);
	for (int i = 0; i < 3; i++)
		assert_false(gate_fake_try(&m->kernel, BEN_UID, &known));
	tick(m);
	assert_true(m->next_usec <= m->now.boot_usec + SEC); /* there may be more */
	assert_true(has_finding(m, 0, "ben's programs tried DNS over HTTPS at dns.example 3"));
	/* to himself, too, and to nobody else */
	assert_true(
		has_finding(m, BEN_UID, "ben's programs tried DNS over HTTPS at dns.example 3"));
	assert_false(has_finding(m, NOBODY_UID, "tried"));
	assert_false(has_finding(m, NOBODY_UID, "ben"));
	assert_false(gate_fake_try(&m->kernel, BEN_UID, &tls));
	assert_false(gate_fake_try(&m->kernel, BEN_UID, &other));
	pass(m, SEC);
	tick(m);
	pass(m, SEC);
	tick(m);
	assert_true(m->next_usec > m->now.boot_usec + SEC);
	assert_true(has_finding(m, 0, "DNS over TLS at dns.example once"));
	assert_true(has_finding(m, 0, "DNS over TLS at a server that is not listed once"));
	restart(m);
	assert_true(has_finding(m, 0, "DNS over HTTPS at dns.example 3 times"));
	gate_fake_flush(&m->kernel);
	tick(m);
	assert_false(gate_fake_try(&m->kernel, BEN_UID, &known));
	assert_true(has_finding(m, 0, "DNS over HTTPS at dns.example 4 times"));
	pass(m, 25 * 3600 * SEC);
	assert_false(has_finding(m, 0, "tried"));
}

static void test_a_bad_list_changes_nothing(void **state)
{
	struct machine *m = machine(state, LIMIT);
	_cleanup_free_ char *error = NULL;

	write_list(m, "dns.example 192.0.2.999\n");
	assert_int_equal(manager_reload(m->manager, m->now, &error), -EINVAL);
	assert_non_null(strstr(error, "encrypted-dns.conf:1: 192.0.2.999"));
	assert_true(has_problem(m, "The old rules stay in force"));
	assert_int_equal(m->kernel.n_sealed, 1);
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Metering goes on in memory, over a reload too, and is caught up. */
static void test_a_full_disk(void **state)
{
	struct machine *m = machine(state, BOTH);

	scroll_for(m, ANNA_UID, ALPHA, 10);
	reload(m, BOTH);
	signal(SIGXFSZ, SIG_IGN);
	set_file_limit(4096);
	scroll_for(m, ANNA_UID, ALPHA, 60);
	/* no configuration can be written now, but the old one read */
	assert_int_equal(manager_reload(m->manager, m->now, &(char *){ NULL }), 0);
	assert_int_equal(used(m, "anna", "alpha"), 70);
	assert_int_equal(used(m, "anna", "both"), 70);
	set_file_limit(0);
	scroll_for(m, ANNA_UID, ALPHA, 30);
	restart(m);
	assert_int_equal(used(m, "anna", "alpha"), 100);
	assert_int_equal(used(m, "anna", "both"), 100);
}

/* What it did not take of yesterday is of this week all the same, and nothing that was left over.
 */
static void test_a_disk_that_is_full_for_days(void **state)
{
	static const char text[] = "[site alpha]\nlimit = 2min per day\nrollover = 2min\n";
	struct machine *m = machine(state, text);

	signal(SIGXFSZ, SIG_IGN);
	set_file_limit(4096);
	scroll_for(m, ANNA_UID, ALPHA, 60);
	rest(m, 18 * 3600 * SEC);
	scroll_for(m, ANNA_UID, ALPHA, 10);
	assert_int_equal(entry(m, "anna", "alpha").used_week_sec, 70 + 2);
	assert_int_equal(entry(m, "anna", "alpha").limit_today_sec, 120 + 120 - 62);
	assert_int_equal(manager_reload(m->manager, m->now, &(char *){ NULL }), 0);
	assert_int_equal(used(m, "anna", "alpha"), 10);
	assert_int_equal(entry(m, "anna", "alpha").used_week_sec, 70 + 2);
	assert_int_equal(entry(m, "anna", "alpha").limit_today_sec, 120 + 120 - 62);
	set_file_limit(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_what_is_shut_is_in_nobodys_use),
		IN_A_MACHINE(test_a_limit_is_cut_in_the_tick_that_spends_it),
		IN_A_MACHINE(test_nothing_moves_and_nothing_ticks),
		IN_A_MACHINE(test_a_gap_is_read_and_a_long_one_is_not),
		IN_A_MACHINE(test_a_limit_that_ends_in_a_gap_is_cut_at_the_burst),
		IN_A_MACHINE(test_nobody_looks_and_nothing_is_spent),
		IN_A_MACHINE(test_sleep_is_no_reading),
		IN_A_MACHINE(test_a_second_on_two_sites_is_one_of_the_group),
		IN_A_MACHINE(test_a_clock_that_is_set_earns_nothing),
		IN_A_MACHINE(test_a_day_passes_after_the_clock_was_set_back),
		IN_A_MACHINE(test_suspend_over_the_day_start),
		IN_A_MACHINE(test_the_day_begins_by_itself),
		IN_A_MACHINE(test_a_gap_over_the_day_start_is_shared),
		IN_A_MACHINE(test_the_week_begins_on_monday),
		IN_A_MACHINE(test_windows_open_and_shut_by_themselves),
		IN_A_MACHINE(test_what_is_nobodys_any_more_is_opened),
		IN_A_MACHINE(test_a_bad_file_changes_nothing),
		IN_A_MACHINE(test_a_kernel_that_refuses_is_asked_again),
		IN_A_MACHINE(test_a_flush_by_somebody_else),
		IN_A_MACHINE(test_a_full_disk),
		IN_A_MACHINE(test_a_disk_that_is_full_for_days),
		IN_A_MACHINE(test_limited_people_s_encrypted_lookups_are_refused),
		IN_A_MACHINE(test_tries_are_counted_and_told),
		IN_A_MACHINE(test_a_bad_list_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
