/* Whose device is whose, for the kernel: no two entries that one packet could be from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/device-list.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static void expect(const struct config *c, const char *expected)
{
	_cleanup_free_ struct device_owner *list = NULL;
	char text[512] = "", device[DEVICE_TEXT_MAX];
	size_t n;

	assert_int_equal(device_list(c, &list, &n), 0);
	for (size_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s=%s",
			i > 0 ? " " : "", device_format(&list[i].device, device),
			c->persons[list[i].person].name);
	assert_string_equal(text, expected);
}

static void test_in_order(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text("[person anna]\ndevice = AA:bb:cc:dd:ee:01\ndevice = 192.0.2.7\n"
			       "[person ben]\ndevice = 2001:db8:0:7::/64\n");

	expect(c, "aa:bb:cc:dd:ee:01=anna 192.0.2.7=anna 2001:db8:0:7::/64=ben");
}

static void test_a_network_takes_its_own_in(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of_text("[person anna]\ndevice = 192.0.2.7\ndevice = 192.0.2.9\n"
			       "device = 192.0.2.0/24\ndevice = 192.0.2.8/29\n");

	expect(c, "192.0.2.0/24=anna");
}

/* What is held may say what no file may. */
static void test_the_earlier_person_has_it(void **state)
{
	static const char text[] = "[person anna]\ndevice = 192.0.2.7\n"
				   "[person ben]\ndevice = 192.0.2.0/24\ndevice = 192.0.3.0/24\n";
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_(config_freep) struct config *c = NULL;
	char *error = NULL;

	assert_int_equal(config_builder_new(&b), 0);
	config_builder_allow_held(b);
	assert_int_equal(config_builder_text(b, "held", text, &error), 0);
	assert_int_equal(config_builder_finish(b, &c, &error), 0);
	expect(c, "192.0.2.7=anna 192.0.3.0/24=ben");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_a_network_takes_its_own_in),
		cmocka_unit_test(test_the_earlier_person_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
