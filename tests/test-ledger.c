/* What must survive: writing, reading back, dying in between, a full disk, a damaged file. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "system/ledger-forget.h"
#include "system/ledger.h"

DEFINE_CLEANUP(struct ledger *, ledger_close);

#define BOOT "boot-1"

struct folder {
	char dir[64], file[96];
	int problems;
	char problem[128];
};

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/" LEDGER_FILE, f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void on_problem(const char *problem, void *userdata)
{
	struct folder *f = userdata;

	f->problems++;
	snprintf(f->problem, sizeof(f->problem), "%s", problem);
}

static struct ledger *open_ledger(struct folder *f)
{
	_cleanup_free_ char *error = NULL;
	struct ledger *l = NULL;

	if (ledger_open(f->dir, NULL, on_problem, f, &l, &error) < 0)
		fail_msg("%s", error ? error : "?");
	return l;
}

/* One second of anna's instagram on day 10, as the n-th. */
static int put_second(struct ledger *l, unsigned n)
{
	const struct ledger_usage usage = {
		.person = "anna", .target = "instagram", .day = 10, .used_usec = n * USEC_PER_SEC
	};
	const struct ledger_span span = { .person = "anna",
		.site = "instagram",
		.day = 10,
		.start_usec = 1000,
		.end_usec = 1000 + n * USEC_PER_SEC,
		.used_usec = n * USEC_PER_SEC,
		.down_bytes = n * 100,
		.opens = true };
	const struct ledger_meter meter = {
		.person = "anna", .site = "instagram", .meter = { .sitting = true, .burst_usec = n }
	};
	struct ledger_counter counter = { .mark = 1, .down_bytes = n * 100, .up_bytes = n };
	struct ledger_try tries[] = { { .uid = 1001, .count = n, .seen = n, .last_usec = 50 },
		{ .uid = 1001, .count = 2 * n, .seen = n, .last_usec = 60 } };
	const struct ledger_state state = { .boot_id = BOOT,
		.now_wall_usec = 5000 + n,
		.day = 10,
		.usage = &usage,
		.n_usage = 1,
		.spans = &span,
		.n_spans = 1,
		.meters = &meter,
		.n_meters = 1,
		.counters = &counter,
		.n_counters = 1,
		.tries = tries,
		.n_tries = 2 };

	assert_int_equal(address_parse("198.19.128.64", &counter.block), 0);
	assert_int_equal(endpoint_parse("[2001:db8::1]:443", 0, &tries[1].server), 0);
	return ledger_put_state(l, &state);
}

struct found {
	uint64_t used_usec, span_usec, counter_bytes, meter_burst;
	struct ledger_try tries[2]; /* the first two */
	int n_tries;
	int usages, spans, meters, counters, events, marks, blocks, names, alones;
	struct lease_name name;
};

static int on_usage(const struct ledger_usage *u, void *userdata)
{
	struct found *f = userdata;

	assert_string_equal(u->person, "anna");
	assert_string_equal(u->target, "instagram");
	f->used_usec = u->used_usec;
	return f->usages++, 0;
}

static int on_span(const struct ledger_span *s, void *userdata)
{
	struct found *f = userdata;

	assert_int_equal(s->end_usec - s->start_usec, s->used_usec);
	assert_true(s->opens);
	f->span_usec += s->used_usec;
	return f->spans++, 0;
}

static int on_meter(const struct ledger_meter *m, void *userdata)
{
	struct found *f = userdata;

	assert_true(m->meter.sitting);
	f->meter_burst = m->meter.burst_usec;
	return f->meters++, 0;
}

static int on_counter(const struct ledger_counter *c, void *userdata)
{
	struct found *f = userdata;

	assert_int_equal(c->mark, 1);
	f->counter_bytes = c->down_bytes;
	return f->counters++, 0;
}

static int on_mark(const char *person, uint32_t mark, void *userdata)
{
	struct found *f = userdata;

	assert_string_equal(person, "anna");
	assert_int_equal(mark, 7);
	return f->marks++, 0;
}

static int on_block(const struct lease_block *b, void *userdata)
{
	struct found *f = userdata;

	assert_string_equal(b->site, "instagram");
	assert_int_equal(b->kind, HOST_CDN);
	return f->blocks++, 0;
}

static int on_name(const struct lease_name *n, void *userdata)
{
	struct found *f = userdata;

	assert_string_equal(n->name, "cdn.instagram.com");
	f->name = *n;
	return f->names++, 0;
}

static int on_alone(const struct alone *a, void *userdata)
{
	struct found *f = userdata;
	char text[ADDRESS_TEXT_MAX];

	assert_string_equal(address_format(&a->address, text), "192.0.2.7");
	assert_int_equal(a->known_usec, 99);
	return f->alones++, 0;
}

static int on_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	struct found *f = userdata;

	assert_int_equal(wall_usec, 77);
	assert_string_equal(kind, "limit");
	assert_string_equal(person, "anna");
	assert_null(site);
	return f->events++, 0;
}

static int on_try(const struct ledger_try *t, void *userdata)
{
	struct found *f = userdata;

	assert_true(f->n_tries < 2);
	f->tries[f->n_tries++] = *t;
	return 0;
}

static struct found read_all(struct ledger *l, int32_t since, const char *boot)
{
	static const struct ledger_reader reader = { on_usage, on_meter, on_counter, on_mark,
		on_block, on_name, on_alone, on_span, on_event, on_try };
	struct found f = { 0 };

	assert_int_equal(ledger_read(l, &reader, since, boot, &f), 0);
	return f;
}

static void test_there_and_back(void **state)
{
	struct folder *f = *state;
	struct lease_block block = { .site = (char *)"instagram", .kind = HOST_CDN };
	struct lease_name name = { .name = (char *)"cdn.instagram.com",
		.family = AF_INET6,
		.n_slots = 2,
		.used_usec = 9 };
	struct ledger *l = open_ledger(f);
	struct found found;
	struct stat st;
	struct ledger_last last;

	assert_int_equal(ledger_read_last(l, "boot-1", &last), -ENOENT);
	assert_int_equal(address_parse("2001:2:0:f000::", &block.base), 0);
	assert_int_equal(address_parse("2001:2:0:f000::1", &name.slots[0].lease), 0);
	assert_int_equal(address_parse("2001:db8::1", &name.slots[0].real), 0);
	assert_int_equal(address_parse("2001:2:0:f000::2", &name.slots[1].lease), 0);
	assert_int_equal(address_parse("2001:db8::2", &name.slots[1].real), 0);
	for (unsigned i = 1; i <= 30; i++)
		assert_int_equal(put_second(l, i), 0);
	assert_int_equal(ledger_put_block(l, &block), 0);
	assert_int_equal(ledger_put_name(l, &name), 0);
	assert_int_equal(ledger_put_name(l, &name), 0);
	assert_int_equal(ledger_put_mark(l, "anna", 7), 0);
	assert_int_equal(ledger_put_event(l, 77, "limit", "anna", NULL, "spent"), 0);
	assert_int_equal(ledger_put_event(l, 77, "limit", "anna", NULL, "spent"), 0);
	assert_int_equal(address_parse("192.0.2.7", &block.base), 0);
	assert_int_equal(ledger_put_alone(l, &block.base, 99), 0);
	assert_int_equal(address_parse("192.0.2.8", &block.base), 0);
	assert_int_equal(ledger_put_alone(l, &block.base, 99), 0);
	assert_int_equal(ledger_put_alone(l, &block.base, 0), 0);
	l = ledger_close(l);

	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(f->file, 0644), 0); /* as out of a backup */
	l = open_ledger(f);
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	found = read_all(l, 10, BOOT);
	assert_int_equal(found.usages, 1);
	assert_int_equal(found.used_usec, 30 * USEC_PER_SEC);
	assert_int_equal(found.spans, 1);
	assert_int_equal(found.span_usec, 30 * USEC_PER_SEC);
	assert_int_equal(found.meter_burst, 30);
	assert_int_equal(found.counter_bytes, 3000);
	assert_int_equal(found.events, 2);
	assert_int_equal(found.n_tries, 2);
	assert_int_equal(found.tries[0].server.address.family, AF_UNSPEC);
	assert_int_equal(found.tries[0].last_usec, 50);
	assert_int_equal(found.tries[1].uid, 1001);
	assert_int_equal(found.tries[1].server.address.family, AF_INET6);
	assert_int_equal(found.tries[1].server.port, 443);
	assert_int_equal(found.tries[1].count, 60);
	assert_int_equal(found.tries[1].seen, 30);
	assert_int_equal(found.marks, 1);
	assert_int_equal(found.blocks, 1);
	assert_int_equal(found.names, 1);
	assert_int_equal(found.alones, 1);
	assert_int_equal(found.name.n_slots, 2);
	assert_true(address_equal(&found.name.slots[1].real, &name.slots[1].real));
	assert_int_equal(ledger_read_last(l, "boot-1", &last), 0);
	assert_int_equal(last.day, 10);
	assert_int_equal(last.wall_usec, 5030);
	assert_true(last.same_boot);
	assert_int_equal(ledger_read_last(l, "boot-2", &last), 0);
	assert_false(last.same_boot);
	ledger_close(l);
}

static void test_another_boot_and_older_days_are_left_out(void **state)
{
	_cleanup_(ledger_closep) struct ledger *l = open_ledger(*state);
	struct found found;

	assert_int_equal(put_second(l, 1), 0);
	assert_int_equal(ledger_sync(l), 0);
	found = read_all(l, 11, "boot-2");
	assert_int_equal(found.usages + found.spans + found.meters + found.counters, 0);
	assert_int_equal(found.tries[1].count, 2);
	assert_int_equal(found.tries[1].seen, 0); /* the kernel began anew */
}

/* A process that dies at any moment leaves whole transactions: usage and counters agree. */
static void test_kill_costs_no_truth(void **state)
{
	struct folder *f = *state;

	for (int round = 0; round < 12; round++) {
		struct found found;
		struct ledger *l;
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			l = open_ledger(f);
			for (unsigned i = 1;; i++)
				if (put_second(l, i % 100000) < 0 ||
					(i % 8 == 0 && ledger_sync(l) < 0))
					_exit(1);
		}
		usleep((useconds_t)(20000 + round * 7000));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		l = open_ledger(f);
		found = read_all(l, 10, BOOT);
		assert_true(found.usages <= 1);
		assert_int_equal(found.used_usec, found.span_usec);
		assert_int_equal(found.used_usec / USEC_PER_SEC * 100, found.counter_bytes);
		ledger_close(l);
	}
	assert_int_equal(f->problems, 0);
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_full_disk_is_caught_up(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_ledger(f);
	struct found found;

	assert_int_equal(put_second(l, 1), 0);
	assert_int_equal(ledger_sync(l), 0);
	signal(SIGXFSZ, SIG_IGN);
	set_file_limit(4096);
	for (unsigned i = 2; i <= 9000; i++)
		assert_int_equal(put_second(l, i), 0);
	assert_true(ledger_sync(l) < 0);
	found = read_all(l, 10, BOOT);
	assert_int_equal(found.used_usec, USEC_PER_SEC);
	set_file_limit(0);
	while (ledger_sync(l) < 0)
		usleep(10000);
	found = read_all(l, 10, BOOT);
	assert_int_equal(found.used_usec, 9000 * USEC_PER_SEC);
	assert_int_equal(found.spans, 1);
	ledger_close(l);
}

static void test_a_damaged_file_is_set_aside(void **state)
{
	struct folder *f = *state;
	_cleanup_(ledger_closep) struct ledger *l = NULL;
	FILE *file = fopen(f->file, "w");
	char command[160];

	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", file);
	fclose(file);
	l = open_ledger(f);
	assert_int_equal(f->problems, 1);
	assert_non_null(strstr(f->problem, "set aside"));
	assert_int_equal(put_second(l, 1), 0);
	assert_int_equal(ledger_sync(l), 0);
	snprintf(command, sizeof(command), "grep -q 'no database' %s.broken-*", f->file);
	assert_int_equal(system(command), 0);
}

static const char drop_sums[] =
	"DROP TRIGGER usage_insert; DROP TRIGGER usage_update; DROP TRIGGER usage_delete;"
	"DROP TRIGGER span_insert_before; DROP TRIGGER span_insert; DROP TRIGGER "
	"span_update_before;"
	"DROP TRIGGER span_update; DROP TRIGGER span_delete_before; DROP TRIGGER span_delete;"
	"DROP VIEW span_hour; DROP TABLE quarter; DROP TABLE daily; DROP TABLE hourly;"
	"DROP TABLE weekly; DROP TABLE heat; DROP INDEX event_declared;";

/* As version 0.1.0 left it. */
static void test_an_older_schema_grows(void **state)
{
	struct folder *f = *state;
	struct ledger *l = open_ledger(f);
	struct found found;
	sqlite3 *db;

	assert_int_equal(put_second(l, 3), 0);
	ledger_close(l);
	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, drop_sums, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				 "DROP TABLE try; DROP TABLE alone; DROP TABLE detail; "
				 "DROP TABLE pass; DROP TABLE held; DROP TABLE moment; "
				 "DROP TABLE forget; DROP TABLE household; DROP TABLE told_pass; "
				 "ALTER TABLE usage DROP COLUMN elsewhere_usec; "
				 "PRAGMA user_version = 1",
				 NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	l = open_ledger(f);
	found = read_all(l, 10, BOOT);
	assert_int_equal(found.used_usec, 3 * USEC_PER_SEC);
	assert_int_equal(found.n_tries, 0);
	assert_int_equal(put_second(l, 4), 0);
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(read_all(l, 10, BOOT).n_tries, 2);
	ledger_close(l);
}

static void test_a_newer_schema_is_refused(void **state)
{
	struct folder *f = *state;
	_cleanup_free_ char *error = NULL;
	struct ledger *l = open_ledger(f);
	sqlite3 *db;

	ledger_close(l);
	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(ledger_open(f->dir, NULL, on_problem, f, &l, &error), -EPROTONOSUPPORT);
	assert_non_null(strstr(error, "newer focusd"));
}

/* There is no migration from it. */
static void test_a_schema_below_nothing_is_set_aside(void **state)
{
	static const char *const below[] = { "PRAGMA user_version = -1",
		"PRAGMA user_version = -2147483648" };
	struct folder *f = *state;

	for (unsigned i = 0; i < ELEMENTSOF(below); i++) {
		struct ledger *l = open_ledger(f);
		char command[160];
		sqlite3 *db;

		ledger_close(l);
		assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, below[i], NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		f->problems = 0;
		l = open_ledger(f);
		assert_int_equal(f->problems, 1);
		assert_non_null(strstr(f->problem, "set aside"));
		assert_int_equal(put_second(l, 1), 0);
		assert_int_equal(ledger_sync(l), 0);
		ledger_close(l);
		snprintf(command, sizeof(command), "ls %s.broken-* >/dev/null", f->file);
		assert_int_equal(system(command), 0);
	}
}

/* Such a day would be today for ever. */
static void test_a_day_that_never_was(void **state)
{
	struct folder *f = *state;
	_cleanup_(ledger_closep) struct ledger *l = open_ledger(f);
	static const int32_t days[] = { INT32_MAX, INT32_MIN, -1 };
	struct ledger_last last;
	int32_t day;

	for (size_t i = 0; i < ELEMENTSOF(days); i++) {
		const struct ledger_usage usage = {
			.person = "anna", .target = "alpha", .day = days[i]
		};
		const struct ledger_state s = {
			.boot_id = BOOT, .day = days[i], .usage = &usage, .n_usage = 1
		};

		assert_int_equal(ledger_put_state(l, &s), 0);
		assert_int_equal(ledger_sync(l), 0);
		assert_int_equal(ledger_read_last(l, BOOT, &last), -EBADMSG);
	}
	assert_int_equal(ledger_last_day(l, 20000, &day), -ENOENT);
}

static void test_no_folder_is_told(void **state)
{
	_cleanup_free_ char *error = NULL;
	struct ledger *l;

	assert_int_equal(
		ledger_open("/nonexistent/focusd", NULL, on_problem, NULL, &l, &error), -EACCES);
	assert_non_null(strstr(error, "/nonexistent/focusd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_there_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_another_boot_and_older_days_are_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kill_costs_no_truth, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_full_disk_is_caught_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_damaged_file_is_set_aside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_older_schema_grows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_newer_schema_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_schema_below_nothing_is_set_aside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_day_that_never_was, set_up, tear_down),
		cmocka_unit_test(test_no_folder_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
