/* What other programs read: every character where their formats want it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "export.h"

static struct status_entry entries[] = {
	{ .name = "tiktok",
		.used_today_sec = 61,
		.used_week_sec = 3600,
		.limit_today_sec = 900,
		.limit_week_sec = -1,
		.left_sec = 839,
		.state = "slow",
		.active = 1 },
	{ .name = "unused",
		.limit_today_sec = -1,
		.limit_week_sec = -1,
		.left_sec = -1,
		.state = "open" },
	{ .name = "evening",
		.is_group = 1,
		.used_week_sec = 5,
		.limit_today_sec = -1,
		.limit_week_sec = 7200,
		.left_sec = 7195,
		.state = "open" },
};
static struct status_person people[] = {
	{ .name = "a\"b\\c", .uid = 1000, .entries = entries, .n = ELEMENTSOF(entries) },
};

static char *prometheus_text(const struct status *s)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	export_prometheus(f, s, "1.2");
	fclose(f);
	return text;
}

static void test_prometheus(void **state)
{
	char *problems[] = { (char *)"one", (char *)"two", NULL };
	const struct status s = {
		.enforcing = 1, .problems = problems, .people = people, .n = ELEMENTSOF(people)
	};
	_cleanup_free_ char *text = prometheus_text(&s);
	static const char *const lines[] = {
		"focusd_build_info{version=\"1.2\"} 1\n",
		"focusd_enforcing 1\n",
		"focusd_problems 2\n",
		"# TYPE focusd_site_used_today_seconds gauge\n",
		"focusd_site_used_today_seconds{person=\"a\\\"b\\\\c\",site=\"tiktok\"} 61\n",
		"focusd_site_left_seconds{person=\"a\\\"b\\\\c\",site=\"tiktok\"} 839\n",
		"focusd_site_state{person=\"a\\\"b\\\\c\",site=\"tiktok\",state=\"slow\"} 1\n",
		"focusd_site_state{person=\"a\\\"b\\\\c\",site=\"tiktok\",state=\"open\"} 0\n",
		"focusd_site_active{person=\"a\\\"b\\\\c\",site=\"tiktok\"} 1\n",
		"focusd_group_limit_week_seconds{person=\"a\\\"b\\\\c\",group=\"evening\"} 7200\n",
	};

	for (size_t i = 0; i < ELEMENTSOF(lines); i++)
		if (!strstr(text, lines[i]))
			fail_msg("expected %s in\n%s", lines[i], text);
	assert_null(strstr(text, "unused"));
	assert_null(strstr(text, " -1"));
	assert_null(strstr(text, "site=\"evening\""));
}

static void test_a_status_without_anybody(void **state)
{
	const struct status s = { 0 };
	_cleanup_free_ char *text = prometheus_text(&s);

	assert_non_null(strstr(text, "focusd_problems 0\n"));
}

static const struct sitting sittings[] = {
	{ "anna", "tiktok", INT64_C(1795612345678901), INT64_C(1795612405678901), 59500000, 1234567,
		890, 1 },
	{ "anna", "x", INT64_C(1795612505000000), INT64_C(1795612506000000), 1000000, 0, 0, 0 },
	{ "dom\\b,\"e\"n", "x", INT64_C(1795612505000000), INT64_C(1795612506000000), 1000000, 7, 8,
		1 },
};

static void test_csv(void **state)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	setenv("TZ", "UTC", 1);
	export_csv_head(f);
	for (size_t i = 0; i < ELEMENTSOF(sittings); i++)
		assert_int_equal(export_csv_add(&sittings[i], f), 0);
	fclose(f);
	assert_string_equal(text,
		"person,site,start,end,used_sec,bytes_down,bytes_up,opens\r\n"
		"anna,tiktok,2026-11-25T13:12:25+00:00,2026-11-25T13:13:25+00:00,59.500,1234567,"
		"890,"
		"1\r\n"
		"anna,x,2026-11-25T13:15:05+00:00,2026-11-25T13:15:06+00:00,1.000,0,0,0\r\n"
		"\"dom\\b,\"\"e\"\"n\",x,2026-11-25T13:15:05+00:00,2026-11-25T13:15:06+00:00,1.000,"
		"7,8,1\r\n");
	free(text);
}

/* The keys that ActivityWatch's import asks for, of the types that it expects. */
static void test_activitywatch(void **state)
{
	struct activitywatch *a = NULL;
	json_t *all, *bucket, *event;
	const char *id, *type, *client, *hostname, *created, *timestamp, *title;
	char *text = NULL;
	double duration;
	json_t *events;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(activitywatch_new("box", "1.2", &a), 0);
	for (size_t i = 0; i < ELEMENTSOF(sittings); i++)
		assert_int_equal(activitywatch_add(&sittings[i], a), 0);
	assert_int_equal(activitywatch_write(a, f), 0);
	fclose(f);
	activitywatch_free(a);
	all = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(all);
	assert_int_equal(json_object_size(json_object_get(all, "buckets")), 2);
	bucket = json_object_get(json_object_get(all, "buckets"), "focusd-anna_box");
	assert_int_equal(json_unpack(bucket, "{s:s, s:s, s:s, s:s, s:s, s:o}", "id", &id, "type",
				 &type, "client", &client, "hostname", &hostname, "created",
				 &created, "events", &events),
		0);
	assert_string_equal(id, "focusd-anna_box");
	assert_string_equal(client, "focusd 1.2");
	assert_string_equal(hostname, "box");
	assert_string_equal(created, "2026-11-25T13:12:25.678+00:00");
	assert_int_equal(json_array_size(events), 2);
	event = json_array_get(events, 0);
	assert_int_equal(json_unpack(event, "{s:s, s:F, s:{s:s}}", "timestamp", &timestamp,
				 "duration", &duration, "data", "title", &title),
		0);
	assert_string_equal(timestamp, "2026-11-25T13:12:25.678+00:00");
	assert_string_equal(title, "tiktok");
	assert_true(duration > 59.4 && duration < 59.6);
	json_decref(all);
	free(text);
}

static void test_nothing_to_tell_is_still_an_import(void **state)
{
	struct activitywatch *a = NULL;
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	json_t *all;

	assert_non_null(f);
	assert_int_equal(activitywatch_new("box", "1.2", &a), 0);
	assert_int_equal(activitywatch_write(a, f), 0);
	fclose(f);
	activitywatch_free(a);
	all = json_loads(text, 0, NULL);
	assert_int_equal(json_object_size(json_object_get(all, "buckets")), 0);
	json_decref(all);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prometheus),
		cmocka_unit_test(test_a_status_without_anybody),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_activitywatch),
		cmocka_unit_test(test_nothing_to_tell_is_still_an_import),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
