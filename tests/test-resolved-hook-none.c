/* Without varlink in libsystemd nothing is served, and that is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dns/resolved-hook.h"

static void on_asked(struct request *request, void *userdata)
{
	fail();
}

static void test_it_says_so(void **state)
{
	struct resolved_hook *h = NULL;

	assert_int_equal(resolved_hook_new(NULL, 0, on_asked, NULL, &h), -EOPNOTSUPP);
	assert_null(h);
	assert_int_equal(resolved_hook_filter(NULL, NULL), -EOPNOTSUPP);
	assert_null(resolved_hook_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_it_says_so) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
