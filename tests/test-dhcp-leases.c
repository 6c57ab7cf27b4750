/* What devices call themselves, and what is no name. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/dhcp-leases.h"

static const char leases[] =
	"1764000000 02:00:00:00:00:01 192.0.2.7 anna-phone 01:02:00:00:00:00:01\n"
	"1764000000 02:00:00:00:00:02 192.0.2.8 * *\n"
	"nonsense\n"
	"1764000000 02:00:00:00:00:03 192.0.2.9 old 01\n"
	"1764000000 02:00:00:00:00:03 192.0.2.10 new_1 01\n"
	"1764000000 02:00:00:00:00:04 192.0.2.11 \033[31mred 01\n"
	"duid 00:01:00:01\n"
	"1764000000 1234 2001:db8::7 tv 00:01";

static void expect(uint8_t last, const char *expected)
{
	const uint8_t hardware[DEVICE_HARDWARE_BYTES] = { 2, 0, 0, 0, 0, last };
	FILE *f = fmemopen((char *)leases, sizeof(leases) - 1, "r");
	char name[DHCP_NAME_MAX + 1] = "?";

	assert_non_null(f);
	assert_int_equal(dhcp_leases_find(f, hardware, name), expected ? 0 : -ENOENT);
	fclose(f);
	assert_string_equal(name, expected ? expected : "?");
}

static void test_names(void **state)
{
	expect(1, "anna-phone");
	expect(3, "new_1");
}

static void test_no_names(void **state)
{
	expect(2, NULL);
	expect(4, NULL); /* it is printed on a terminal */
	expect(5, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
