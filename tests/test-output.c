/* A file that is replaced all at once, or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "file-text.h"
#include "output.h"

static char folder[] = "/tmp/focusd-output-XXXXXX";

static size_t n_files(void)
{
	_cleanup_closedir_ DIR *d = opendir(folder);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	return n - 2; /* . and .. */
}

static void test_all_at_once(void **state)
{
	char path[64];
	struct output o;
	struct stat st;

	snprintf(path, sizeof(path), "%s/focusd.prom", folder);
	for (int i = 0; i < 2; i++) { /* new, then in the place of another */
		_cleanup_free_ char *text = NULL;

		assert_int_equal(output_open(path, &o), 0);
		fprintf(o.file, "round %d\n", i);
		o.mode = 0644;
		assert_int_equal(fflush(o.file), 0);
		text = file_text(path);
		assert_true(i == 0 ? !text : strcmp(text, "round 0\n") == 0);
		assert_int_equal(output_commit(&o), 0);
		output_done(&o);
		free(TAKE_PTR(text));
		text = file_text(path);
		assert_memory_equal(text, i == 0 ? "round 0\n" : "round 1\n", 9);
		assert_int_equal(n_files(), 1);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

static void test_for_nobody_else(void **state)
{
	char path[64];
	struct output o;
	struct stat st;

	snprintf(path, sizeof(path), "%s/report.html", folder);
	assert_int_equal(output_open(path, &o), 0);
	assert_int_equal(output_commit(&o), 0);
	output_done(&o);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
}

static void test_a_pipe_stays_one(void **state)
{
	_cleanup_close_ int fd = -1;
	char path[64], text[16] = "";
	struct output o;
	struct stat st;

	snprintf(path, sizeof(path), "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(output_open(path, &o), 0);
	fputs("through", o.file);
	assert_int_equal(output_commit(&o), 0);
	output_done(&o);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 7);
	assert_string_equal(text, "through");
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	unlink(path);
	assert_int_equal(output_open(folder, &o), -EISDIR);
}

static void test_what_failed_leaves_nothing(void **state)
{
	_cleanup_free_ char *text = NULL;
	char path[64];
	struct output o;

	snprintf(path, sizeof(path), "%s/focusd.prom", folder);
	assert_int_equal(output_open(path, &o), 0);
	fprintf(o.file, "half");
	output_done(&o);
	assert_int_equal(n_files(), 1);
	text = file_text(path);
	assert_string_equal(text, "round 1\n");
	assert_int_equal(output_open("/nonexistent/focusd.prom", &o), -ENOENT);
	assert_int_equal(output_open(NULL, &o), 0);
	assert_ptr_equal(o.file, stdout);
	output_done(&o);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_for_nobody_else),
		cmocka_unit_test(test_a_pipe_stays_one),
		cmocka_unit_test(test_what_failed_leaves_nothing),
	};
	int r;

	if (!mkdtemp(folder))
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return r;
}
