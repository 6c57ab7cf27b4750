/* A question in a process of its own: its answer, its end, and no waiting for ever. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "worker.h"

static void say(FILE *answer, const void *data)
{
	fprintf(answer, "%s of %u", (const char *)data, (unsigned)geteuid());
}

static void hang(FILE *answer, const void *data)
{
	fputs("half an ans", answer);
	fflush(answer);
	for (;;)
		pause();
}

static void die(FILE *answer, const void *data)
{
	raise(SIGKILL);
}

static void flood(FILE *answer, const void *data)
{
	for (int i = 0; i < 100000; i++)
		fputs("0123456789", answer);
}

static void test_an_answer(void **state)
{
	char text[WORKER_ANSWER_MAX], expected[64];

	assert_int_equal(worker_ask(geteuid(), 60000, say, "word", text), 0);
	snprintf(expected, sizeof(expected), "word of %u", (unsigned)geteuid());
	assert_string_equal(text, expected);
}

static void test_as_another_account(void **state)
{
	char text[WORKER_ANSWER_MAX];

	if (geteuid() != 0)
		skip();
	assert_int_equal(worker_ask(1, 60000, say, "word", text), 0); /* daemon */
	assert_string_equal(text, "word of 1");
	assert_int_equal(worker_ask(3999999999u, 60000, say, "word", text), -ESRCH);
}

static void test_it_does_not_wait_for_ever(void **state)
{
	char text[WORKER_ANSWER_MAX];

	assert_int_equal(worker_ask(geteuid(), 50, hang, NULL, text), -ETIMEDOUT);
}

static void test_an_early_end(void **state)
{
	char text[WORKER_ANSWER_MAX];

	assert_int_equal(worker_ask(geteuid(), 60000, die, NULL, text), -ECHILD);
}

static void test_a_flood_is_cut(void **state)
{
	char text[WORKER_ANSWER_MAX];

	assert_int_equal(worker_ask(geteuid(), 60000, flood, NULL, text), 0);
	assert_int_equal(strlen(text), WORKER_ANSWER_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer),
		cmocka_unit_test(test_as_another_account),
		cmocka_unit_test(test_it_does_not_wait_for_ever),
		cmocka_unit_test(test_an_early_end),
		cmocka_unit_test(test_a_flood_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
