/* Who libc asks before DNS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/nsswitch.h"

static void test_who_comes_first(void **state)
{
	static const struct {
		const char *text;
		bool resolve;
	} rows[] = {
		{ "", false },
		{ "hosts: files dns\n", false },
		{ "hosts:          files mymachines resolve [!UNAVAIL=return] dns\n", true },
		{ "hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns", true },
		{ "hosts: files dns resolve\n", false },
		{ "hosts: files mdns4_minimal [NOTFOUND=return] resolve\n", true },
		{ "hosts: files [dns] resolve\n", true },
		{ "hosts: files resolved\n", false },
		{ "# hosts: resolve\nhosts: files # resolve\n", false },
		{ "passwd: resolve\nhosts: files\n", false },
		{ "xhosts: resolve\n", false },
		{ "\thosts :\tresolve\n", true },
		{ "hosts: resolve\nhosts: files\n", false },
		{ "hosts: files\nhosts: resolve\n", true },
		{ "hosts:", false },
		{ "hosts", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (nsswitch_before_dns(rows[i].text, "hosts", "resolve") != rows[i].resolve)
			fail_msg("%s", rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
