/* The bypass names: each answered, and nothing beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bypass.h"

static void test_each_is_found_as_the_look_up_spells_it(void **state)
{
	size_t n;
	const struct bypass_name *names = bypass_names(&n);

	assert_in_range(n, 4, 100);
	for (size_t i = 0; i < n; i++) {
		char normal[DOMAIN_TEXT_MAX + 1];

		assert_int_equal(domain_normalize(names[i].name, normal), 0);
		assert_string_equal(normal, names[i].name);
		assert_ptr_equal(bypass_find(normal), &names[i]);
		assert_true(bypass_covers(normal));
	}
	assert_int_equal(bypass_find("use-application-dns.net")->rcode, DNS_NXDOMAIN);
	assert_int_equal(bypass_find("_dns.resolver.arpa")->rcode, DNS_NOERROR);
}

static void test_others_are_not(void **state)
{
	assert_null(bypass_find(""));
	assert_null(bypass_find("icloud.com"));
	assert_null(bypass_find("www.mask.icloud.com"));
	assert_true(bypass_covers("www.mask.icloud.com"));
	assert_false(bypass_covers("unmask.icloud.com"));
	assert_false(bypass_covers(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_found_as_the_look_up_spells_it),
		cmocka_unit_test(test_others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
