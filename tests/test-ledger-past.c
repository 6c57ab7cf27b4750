/* Questions about the past, to a real file. */
#include "system/ledger-past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"

struct folder {
	char dir[64];
};

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/focusd-test-XXXXXX");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "", "-wal", "-shm" };
	struct folder *f = *state;
	char path[128];

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		snprintf(path, sizeof(path), "%s/" LEDGER_FILE "%s", f->dir, names[i]);
		unlink(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

static struct ledger *open_it(struct folder *f)
{
	struct ledger *l = NULL;
	char *error = NULL;

	assert_int_equal(ledger_open(f->dir, NULL, NULL, NULL, &l, &error), 0);
	return l;
}

struct heard {
	char kinds[128];
};

static int hear(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	struct heard *h = userdata;

	strcat(h->kinds, kind);
	strcat(h->kinds, " ");
	return 0;
}

static const char *events_of(
	struct ledger *l, struct heard *h, const char *person, usec_t since, unsigned most)
{
	const struct ledger_event_query query = { person, since, most };

	*h = (struct heard){ 0 };
	assert_int_equal(ledger_read_events(l, &query, hear, h), 0);
	return h->kinds;
}

static void test_events_are_for_those_they_are_about(void **state)
{
	struct ledger *l = open_it(*state);
	struct heard h;

	assert_int_equal(ledger_put_event(l, 10, "start", NULL, NULL, "1"), 0);
	assert_int_equal(ledger_put_event(l, 20, "blocked", "anna", "x", "limit-day"), 0);
	assert_int_equal(ledger_put_event(l, 30, "slow", "ben", "x", "limit-day"), 0);
	assert_int_equal(ledger_put_event(l, 40, "open", "anna", "x", "within-limit"), 0);
	assert_int_equal(ledger_sync(l), 0);
	assert_string_equal(events_of(l, &h, NULL, 0, 10), "start blocked slow open ");
	assert_string_equal(events_of(l, &h, "anna", 0, 10), "start blocked open ");
	assert_string_equal(events_of(l, &h, "ben", 0, 10), "start slow ");
	assert_string_equal(events_of(l, &h, "clara", 0, 10), "start ");
	assert_string_equal(events_of(l, &h, "anna", 20, 10), "blocked open ");
	assert_string_equal(events_of(l, &h, "anna", 0, 1), "open ");
	assert_string_equal(events_of(l, &h, NULL, 0, 0), "");
	ledger_close(l);
}

struct found {
	char text[256];
};

static int find_span(const struct ledger_span *span, void *userdata)
{
	struct found *f = userdata;
	const size_t n = strlen(f->text);

	snprintf(
		f->text + n, sizeof(f->text) - n, "%s/%s/%d ", span->person, span->site, span->day);
	return 0;
}

static void put_span(struct ledger *l, const char *person, const char *site, int32_t day)
{
	const struct ledger_span span = { .person = person,
		.site = site,
		.day = day,
		.start_usec = (usec_t)day * 1000,
		.end_usec = (usec_t)day * 1000 + 10,
		.used_usec = 10 };
	const struct ledger_state state = { .boot_id = "b", .spans = &span, .n_spans = 1 };

	assert_int_equal(ledger_put_state(l, &state), 0);
}

static const char *spans_of(struct ledger *l, struct found *f, struct ledger_day_query query)
{
	*f = (struct found){ 0 };
	assert_int_equal(ledger_read_spans(l, &query, find_span, f), 0);
	return f->text;
}

static void test_stretches_of_days(void **state)
{
	struct ledger *l = open_it(*state);
	struct found f;

	put_span(l, "anna", "x", 100);
	put_span(l, "anna", "y", 101);
	put_span(l, "anna", "x", 102);
	put_span(l, "ben", "x", 101);
	assert_int_equal(ledger_sync(l), 0);
	assert_string_equal(spans_of(l, &f, (struct ledger_day_query){ "anna", "x", 0, 1000 }),
		"anna/x/100 anna/x/102 ");
	assert_string_equal(
		spans_of(l, &f, (struct ledger_day_query){ "anna", "x", 101, 102 }), "anna/x/102 ");
	assert_string_equal(spans_of(l, &f, (struct ledger_day_query){ "anna", NULL, 100, 101 }),
		"anna/x/100 anna/y/101 ");
	assert_string_equal(
		spans_of(l, &f, (struct ledger_day_query){ "clara", "x", 0, 1000 }), "");
	ledger_close(l);
}

static int find_detail(const struct detail *d, void *userdata)
{
	struct found *f = userdata;
	const size_t n = strlen(f->text);

	snprintf(f->text + n, sizeof(f->text) - n, "%s=%d ", d->name, (int)d->bytes);
	return 0;
}

static const char *details_of(struct ledger *l, struct found *f, struct ledger_day_query query)
{
	*f = (struct found){ 0 };
	assert_int_equal(ledger_sync(l), 0);
	assert_int_equal(ledger_read_details(l, &query, find_detail, f), 0);
	return f->text;
}

static void add(struct details *d, const char *name, int32_t day, uint64_t bytes)
{
	assert_int_equal(
		details_add(d, &(struct detail){ "anna", "x", day, DETAIL_HOST, name, bytes }), 0);
}

static void test_details_are_kept_for_a_month(void **state)
{
	struct ledger *l = open_it(*state);
	struct details *d = NULL;
	struct found f;

	assert_int_equal(details_new(&d), 0);
	add(d, "a.example", 100, 7);
	assert_int_equal(ledger_put_details(l, d, 100), 0);
	add(d, "a.example", 100, 3); /* the sum replaces, it does not add up twice */
	assert_int_equal(ledger_put_details(l, d, 100), 0);
	assert_string_equal(details_of(l, &f, (struct ledger_day_query){ "anna", "x", 100, 100 }),
		"a.example=10 ");
	assert_string_equal(
		details_of(l, &f, (struct ledger_day_query){ "ben", "x", 0, 1000 }), "");
	assert_string_equal(details_of(l, &f, (struct ledger_day_query){ NULL, NULL, 0, 1000 }),
		"a.example=10 ");
	add(d, "b.example", 100 + LEDGER_DETAIL_DAYS, 1);
	assert_int_equal(ledger_put_details(l, d, 100 + LEDGER_DETAIL_DAYS), 0);
	assert_string_equal(details_of(l, &f, (struct ledger_day_query){ "anna", "x", 0, 1000 }),
		"a.example=10 b.example=1 ");
	add(d, "b.example", 100 + LEDGER_DETAIL_DAYS + 1, 2);
	assert_int_equal(ledger_put_details(l, d, 100 + LEDGER_DETAIL_DAYS + 1), 0);
	assert_string_equal(details_of(l, &f, (struct ledger_day_query){ "anna", "x", 0, 1000 }),
		"b.example=1 b.example=2 ");
	details_free(d);
	ledger_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_events_are_for_those_they_are_about, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stretches_of_days, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_details_are_kept_for_a_month, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
