/* Who is meant: accounts of a machine that this file makes up, in place of the C library's. */
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "system/people.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct people *, people_free);

struct account {
	const char *name;
	uid_t uid;
	const char *shell;
};

static const struct account full_house[] = {
	{ "root", 0, "/bin/bash" },
	{ "daemon", 1, "/usr/sbin/nologin" },
	{ "postgres", 105, "/bin/bash" },
	{ "anna", 1000, "/bin/bash" },
	{ "ben", 1001, "/usr/bin/zsh" },
	{ "ben-work", 1002, "/bin/sh" },
	{ "printer", 1003, "/bin/false" },
	{ "scanner", 1004, "/usr/sbin/nologin" },
	{ "cleo", 60000, "" }, /* no shell named: /bin/sh, passwd(5) */
	{ "nobody", 65534, "/bin/bash" },
};
static const struct account two_of_one[] = {
	{ "root", 0, "/bin/bash" },
	{ "anna", 1000, "/bin/bash" },
	{ "anna-sftp", 1000, "/bin/bash" },
	{ "ben", 1001, "/bin/bash" },
};
static const struct account server[] = {
	{ "root", 0, "/bin/bash" },
	{ "www-data", 33, "/usr/sbin/nologin" },
};

static const struct account *machine;
static size_t n_machine, next_account;

static struct passwd *passwd_of(const struct account *a)
{
	static struct passwd pw;

	pw = (struct passwd){
		.pw_name = (char *)a->name, .pw_uid = a->uid, .pw_shell = (char *)a->shell
	};
	return &pw;
}

void setpwent(void)
{
	next_account = 0;
}

void endpwent(void)
{
	next_account = n_machine;
}

static bool lists_nobody; /* the next list is an empty one, without a reason */

struct passwd *getpwent(void)
{
	if (lists_nobody) {
		lists_nobody = false;
		next_account = n_machine;
		return NULL;
	}
	return next_account < n_machine ? passwd_of(&machine[next_account++]) : NULL;
}

static unsigned missed; /* so many look-ups find nobody, and know no reason */

struct passwd *getpwnam(const char *name)
{
	if (missed > 0) {
		missed--;
		return NULL;
	}
	for (size_t i = 0; i < n_machine; i++)
		if (strcmp(machine[i].name, name) == 0)
			return passwd_of(&machine[i]);
	return NULL;
}

/* "name:uid,uid name:uid", in the order found. */
static void check(const char *config, size_t max, const char *expected, const char *problem)
{
	_cleanup_(config_freep) struct config *c = config_of_text(config);
	_cleanup_(people_freep) struct people *p = NULL;
	_cleanup_(strings_done) struct strings problems = { 0 };
	char found[512] = "";

	assert_int_equal(people_resolve(c, max, &p, &problems), 0);
	for (size_t i = 0; i < p->n; i++) {
		char *end = found + strlen(found);
		const size_t room = sizeof(found) - strlen(found);

		snprintf(end, room, "%s%s", i > 0 ? " " : "", p->items[i].name);
		for (size_t u = 0; u < p->items[i].n_uids; u++)
			snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%u",
				u == 0 ? ":" : ",", p->items[i].uids[u]);
	}
	assert_string_equal(found, expected);
	assert_int_equal(problems.n, problem ? 1 : 0);
	if (problem)
		assert_string_equal(problems.items[0], problem);
}

#define LIVE_AT(accounts) (machine = (accounts), n_machine = ELEMENTSOF(accounts))

static void test_human_accounts(void **state)
{
	LIVE_AT(full_house);
	check("", 8, "anna:1000 ben:1001 ben-work:1002 cleo:60000", NULL);
}

static void test_root_where_there_are_none(void **state)
{
	LIVE_AT(server);
	check("", 8, "root:0", NULL);
	check("[person admin]\nuser = root\n", 8, "admin:0", NULL);
}

static void test_a_person_has_several_accounts(void **state)
{
	LIVE_AT(full_house);
	check("[person ben]\nuser = ben\nuser = ben-work\n", 8,
		"ben:1001,1002 anna:1000 cleo:60000", NULL);
	check("[person Benjamin]\nuser = ben-work\n", 8,
		"Benjamin:1002 anna:1000 ben:1001 cleo:60000", NULL);
	/* outside the range, but named */
	check("[person dba]\nuser = postgres\n", 8,
		"dba:105 anna:1000 ben:1001 ben-work:1002 cleo:60000", NULL);
}

static void test_a_uid_is_one_person_s(void **state)
{
	LIVE_AT(two_of_one);
	check("", 8, "anna:1000 ben:1001", NULL);
	check("[person b]\nuser = anna-sftp\nuser = ben\n", 8, "b:1000,1001", NULL);
	check("[focus]\npeople = ben anna-sftp anna\n", 8, "ben:1001 anna-sftp:1000",
		"Account anna has the uid of person anna-sftp (1000): what it uses is counted "
		"there");
}

static void test_named_people_only(void **state)
{
	LIVE_AT(full_house);
	check("[focus]\npeople = ben anna\n", 8, "ben:1001 anna:1000", NULL);
	check("[focus]\npeople = b\n[person b]\nuser = ben\nuser = ben-work\n", 8, "b:1001,1002",
		NULL);
	check("[focus]\npeople = ben-work\n[person b]\nuser = ben-work\n", 8, "b:1002", NULL);
}

static void test_who_is_not_there(void **state)
{
	LIVE_AT(full_house);
	check("[focus]\npeople = anna dora\n", 8, "anna:1000",
		"There is no account dora on this machine");
	check("[focus]\npeople = d\n[person d]\nuser = dora\n", 8, "",
		"There is no account dora on this machine (of person d)");
}

/* The service that knows them has no memory at that moment, and the next one knows nobody. */
static void test_who_is_missed_once_is_there(void **state)
{
	LIVE_AT(full_house);
	missed = 1;
	check("[person anna]\n[focus]\npeople = anna\n", 8, "anna:1000", NULL);
	assert_int_equal(missed, 0);
	lists_nobody = true;
	check("", 8, "anna:1000 ben:1001 ben-work:1002 cleo:60000", NULL);
	assert_false(lists_nobody);
}

static void test_a_device_needs_no_account(void **state)
{
	LIVE_AT(server);
	check("[network]\ngateway = yes\n[person zoe]\ndevice = 192.0.2.7\n", 8, "zoe", NULL);
	check("[network]\ngateway = yes\n[person zoe]\nuser = dora\ndevice = 192.0.2.7\n", 8, "zoe",
		"There is no account dora on this machine (of person zoe)");
	check("[person zoe]\ndevice = 192.0.2.7\n", 8, "root:0",
		"There is no account zoe on this machine");
	LIVE_AT(full_house);
	check("[network]\ngateway = yes\n[focus]\npeople = zoe anna\n[person zoe]\n"
	      "device = 192.0.2.7\n[person anna]\ndevice = 192.0.2.8\n",
		8, "zoe anna:1000", NULL);
	check("[network]\ngateway = yes\ninside = lan0\nunknown-devices = person guests\n"
	      "[person guests]\n[focus]\npeople = guests\n",
		8, "guests", NULL);
}

static void test_more_than_can_be_told_apart(void **state)
{
	LIVE_AT(full_house);
	check("", 2, "anna:1000 ben:1001",
		"There are 4 people, more than the 2 that can be told apart: name some in "
		"[focus] people =");
}

static void test_login_defs(void **state)
{
	static const struct {
		const char *text;
		uid_t first, last;
	} rows[] = {
		{ "", 1000, 60000 },
		{ "# UID_MIN 7\nUID_MIN\t\t 500\nUID_MAX 600 # old\n", 500, 600 },
		{ "UID_MIN few\nUID_MAX -1\n", 1000, 60000 },
		{ "UID_MIN\n500\n", 1000, 60000 },
		{ "SYS_UID_MIN 1\nUID_MINIMUM 2\nUID_MAX 4294967295\n", 1000, 60000 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		FILE *f = fmemopen((char *)rows[i].text, strlen(rows[i].text) + 1, "r");
		uid_t first, last;

		assert_non_null(f);
		people_read_uid_range(f, &first, &last);
		fclose(f);
		assert_int_equal(first, rows[i].first);
		assert_int_equal(last, rows[i].last);
	}
	people_read_uid_range(NULL, &(uid_t){ 0 }, &(uid_t){ 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_human_accounts),
		cmocka_unit_test(test_root_where_there_are_none),
		cmocka_unit_test(test_a_person_has_several_accounts),
		cmocka_unit_test(test_a_uid_is_one_person_s),
		cmocka_unit_test(test_named_people_only),
		cmocka_unit_test(test_who_is_not_there),
		cmocka_unit_test(test_who_is_missed_once_is_there),
		cmocka_unit_test(test_a_device_needs_no_account),
		cmocka_unit_test(test_more_than_can_be_told_apart),
		cmocka_unit_test(test_login_defs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
