/* resolv.conf as libc reads it, and the watch that notices every way it is replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/upstream.h"

static const char *at(const struct endpoint *e, char buffer[ENDPOINT_TEXT_MAX])
{
	return endpoint_format(e, buffer);
}

static void test_lines(void **state)
{
	struct endpoint list[HOOK_UPSTREAMS_MAX];
	char text[ENDPOINT_TEXT_MAX];

	assert_int_equal(upstream_parse("", list), 0);
	assert_int_equal(upstream_parse("# nameserver 192.0.2.9\nsearch example.com\n"
					"nameserver 192.0.2.1\nnameserver\t2001:db8::1 # two\n"
					"nameserver fe80::1%eth0\nnameserver nonsense\nnameserver\n"
					"options edns0\nnameserver 192.0.2.2",
				 list),
		4);
	assert_string_equal(at(&list[0], text), "192.0.2.1:53");
	assert_string_equal(at(&list[1], text), "[2001:db8::1]:53");
	assert_string_equal(at(&list[2], text), "[fe80::1]:53");
	assert_string_equal(at(&list[3], text), "192.0.2.2:53");
}

static void test_never_more_than_there_is_room_for(void **state)
{
	struct endpoint list[HOOK_UPSTREAMS_MAX];
	char text[2048] = "";

	for (int i = 0; i < 50; i++)
		strcat(text, "nameserver 192.0.2.1\n");
	assert_int_equal(upstream_parse(text, list), HOOK_UPSTREAMS_MAX);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_ourselves_are_left_out(void **state)
{
	struct endpoint listen;
	const struct endpoints own = { &listen, 1 };
	char dir[] = "/tmp/focusd-test-XXXXXX", path[64], text[ENDPOINT_TEXT_MAX];
	struct upstream u;

	assert_int_equal(endpoint_parse("127.0.0.1:53", 53, &listen), 0);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/resolv.conf", dir);
	/* none: 127.0.0.1, as libc would */
	assert_int_equal(upstream_read(path, &(struct endpoints){ 0 }, &u), 0);
	assert_string_equal(at(&u.upstreams[0], text), "127.0.0.1:53");
	write_text(path, "nameserver 127.0.0.1\nnameserver 192.0.2.7\n");
	assert_int_equal(upstream_read(path, &own, &u), 0);
	assert_int_equal(u.n_upstreams, 1);
	assert_string_equal(at(&u.upstreams[0], text), "192.0.2.7:53");
	assert_int_equal(u.n_uplinks, 1);
	unlink(path);
	rmdir(dir);
}

static void on_changed(void *userdata)
{
	(*(int *)userdata)++;
}

/* Runs the loop until the count is reached; ten seconds are an error. */
static void wait_for(sd_event *event, const int *count, int wanted)
{
	for (int i = 0; *count < wanted && i < 100; i++)
		assert_true(sd_event_run(event, 100000) >= 0);
	assert_int_equal(*count, wanted);
}

static void test_every_way_to_replace_it_is_seen(void **state)
{
	char dir[] = "/tmp/focusd-test-XXXXXX", path[64], other[64], target[64], command[128];
	struct upstream_watch *w;
	sd_event *event;
	int count = 0;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/resolv.conf", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
	write_text(path, "nameserver 192.0.2.1\n");
	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(upstream_watch_new(event, path, on_changed, &count, &w), 0);
	write_text(path, "nameserver 192.0.2.2\n");
	wait_for(event, &count, 1);
	write_text(other, "nameserver 192.0.2.3\n");
	assert_int_equal(rename(other, path), 0);
	wait_for(event, &count, 2);
	write_text(target, "nameserver 192.0.2.4\n");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(target, path), 0);
	wait_for(event, &count, 3);
	write_text(target, "nameserver 192.0.2.5\n");
	wait_for(event, &count, 4);
	assert_null(upstream_watch_free(w));
	sd_event_unref(event);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_never_more_than_there_is_room_for),
		cmocka_unit_test(test_ourselves_are_left_out),
		cmocka_unit_test(test_every_way_to_replace_it_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
