/* Every way to replace a file is noticed; other files beside it are no news. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/file-watch.h"

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
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
	struct file_watch *w;
	sd_event *event;
	int count = 0;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
	write_text(path, "line 1\n");
	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(file_watch_new(event, path, on_changed, &count, &w), 0);
	write_text(path, "line 2\n");
	wait_for(event, &count, 1);
	write_text(other, "line 3\n");
	assert_int_equal(rename(other, path), 0);
	wait_for(event, &count, 2);
	write_text(target, "line 4\n");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(target, path), 0);
	wait_for(event, &count, 3);
	write_text(target, "line 5\n");
	wait_for(event, &count, 4);
	assert_int_equal(unlink(path), 0);
	wait_for(event, &count, 5);
	write_text(path, "line 6\n");
	wait_for(event, &count, 6);
	assert_int_equal(rename(path, other), 0);
	wait_for(event, &count, 7);
	write_text(path, "line 7\n");
	wait_for(event, &count, 8);
	assert_null(file_watch_free(w));
	sd_event_unref(event);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* Somebody who never stops writing is noticed while they write. */
static void test_a_stream_of_changes_hides_nothing(void **state)
{
	char dir[] = "/tmp/focusd-test-XXXXXX", path[64], command[128];
	struct file_watch *w;
	sd_event *event;
	int count = 0, writes = 0;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	write_text(path, "0\n");
	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(file_watch_new(event, path, on_changed, &count, &w), 0);
	for (; count < 2 && writes < 10000; writes++) {
		write_text(path, "1\n");
		assert_true(sd_event_run(event, 10000) >= 0);
	}
	assert_true(count >= 2);
	assert_true(writes > 2);
	file_watch_free(w);
	sd_event_unref(event);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_way_to_replace_it_is_seen),
		cmocka_unit_test(test_a_stream_of_changes_hides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
