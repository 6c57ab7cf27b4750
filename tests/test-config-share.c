/* [share]: what is told to a household, and mistakes in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-pair.h"
#include "core/config-internal.h"

DEFINE_CLEANUP(struct config *, config_free);

static void test_nothing_is_shared(void **state)
{
	_cleanup_(config_freep) struct config *c = good("", "");

	assert_string_equal(c->share[SHARE_BROKER], "");
	assert_string_equal(c->share[SHARE_HOUSEHOLD], "home");
	assert_string_equal(c->share[SHARE_DEVICE], "");
}

static void test_later_files_win(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("[share]\nbroker = mqtts://pi\nhousehold = us\nca = /ca\n",
			"[share]\nbroker = mqtts://pi:1\nuser = u\npassword-file = /p\nca =\n");

	assert_string_equal(c->share[SHARE_BROKER], "mqtts://pi:1");
	assert_string_equal(c->share[SHARE_HOUSEHOLD], "us");
	assert_string_equal(c->share[SHARE_PASSWORD_FILE], "/p");
	assert_string_equal(c->share[SHARE_CA], "");
}

static void assert_bad(const char *text, const char *sentence)
{
	_cleanup_free_ char *error = NULL;
	struct config *c = NULL;

	assert_int_equal(load(text, "", &c, &error), -EINVAL);
	assert_non_null(error);
	if (!strstr(error, sentence))
		fail_msg("\"%s\" lacks \"%s\"", error, sentence);
}

static void test_mistakes(void **state)
{
	assert_bad("[share]\nbroker = pi:1883\n", "a.conf:2: broker = pi:1883");
	assert_bad("[share]\nbrokre = mqtt://pi\n", "did you mean broker?");
	assert_bad("[shared]\nbroker = mqtt://pi\n", "did you mean share?");
	assert_bad("[share]\nhousehold = a/b\n", "a.conf:2: household = a/b");
	assert_bad("[share]\ndevice = #\n", "a.conf:2: device = #");
	assert_bad("[share]\ndevice = a23456789012345678901234567890123\n", "at most 32");
	assert_bad("[share]\npassword-file = secret\n", "from / on");
	assert_bad("[share]\nbroker = mqtts://pi\npassword-file = /p\n",
		"a.conf:3: password-file = /p: expected user = with it");
	assert_bad("[share]\nbroker = mqtts://pi\nkey = /p\n",
		"a.conf:3: key = /p: expected certificate = with it");
	assert_bad("[share]\nbroker = mqtt://pi\nca = /p\n",
		"a.conf:3: ca = /p: expected broker = mqtts://");
	assert_bad("[share]\nhome-assistant = maybe\n", "expected yes or no");
	assert_bad("[share]\nca = /c\nca = /c\n", "a.conf:3: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_shared),
		cmocka_unit_test(test_later_files_win),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
