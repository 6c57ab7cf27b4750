/* [network] and people's devices: what is taken, and the sentence about what is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config-text.h"
#include "core/device.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static void test_nothing_said(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text("[person anna]\n");

	assert_false(c->network.gateway);
	assert_int_equal(c->network.unknown_devices, UNKNOWN_FREE);
	assert_int_equal(c->network.n_insides, 0);
	assert_int_equal(c->network.port, 5398);
	assert_false(config_has_devices(c, 0));
}

static void test_a_gateway(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text(
		"[network]\ngateway = yes\ninside = br-lan\ninside = wlan0.7\ninside = br-lan\n"
		"unknown-devices = person guests\nport = 5300\n"
		"[person anna]\ndevice = AA-bb-cc-dd-ee-01\ndevice = aa:bb:cc:dd:ee:01\n"
		"[person guests]\n[person ben]\n");
	struct device d;

	assert_true(c->network.gateway);
	assert_int_equal(c->network.n_insides, 2);
	assert_string_equal(c->network.insides[1], "wlan0.7");
	assert_int_equal(c->network.unknown_devices, UNKNOWN_PERSON);
	assert_string_equal(c->network.unknown_person, "guests");
	assert_int_equal(c->network.port, 5300);
	assert_int_equal(c->persons[0].devices.n, 1);
	assert_string_equal(c->persons[0].devices.items[0], "aa:bb:cc:dd:ee:01");
	assert_true(config_has_devices(c, 0));
	assert_true(config_has_devices(c, 1));
	assert_false(config_has_devices(c, 2));
	assert_int_equal(device_parse("aa:bb:cc:dd:ee:01", &d), 0);
	assert_int_equal(config_find_device(c, &d), 0);
	assert_int_equal(device_parse("aa:bb:cc:dd:ee:02", &d), 0);
	assert_int_equal(config_find_device(c, &d), -ENOENT);
}

static void test_an_empty_value_clears(void **state)
{
	_cleanup_(config_freep) struct config *c = config_of_text(
		"[network]\ninside = br-lan\ninside =\n"
		"[person anna]\ndevice = aa:bb:cc:dd:ee:01\ndevice =\ndevice = 192.0.2.7\n");

	assert_int_equal(c->network.n_insides, 0);
	assert_int_equal(c->persons[0].devices.n, 1);
	assert_string_equal(c->persons[0].devices.items[0], "192.0.2.7");
}

static void refuse(const char *text, const char *expected)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_free_ char *error = NULL;

	assert_int_equal(config_builder_new(&b), 0);
	if (config_builder_text(b, "f", text, &error) >= 0 &&
		config_builder_finish(b, &c, &error) >= 0)
		fail_msg("taken: %s", text);
	assert_string_equal(error, expected);
}

static void test_mistakes(void **state)
{
	refuse("[network]\ngateway = maybe\n", "f:2: gateway = maybe: expected yes or no");
	refuse("[network]\ninside = br lan\n",
		"f:2: inside = br lan: expected the name of an interface such as br-lan");
	refuse("[network]\ninside = \"x\"\n",
		"f:2: inside = \"x\": expected the name of an interface such as br-lan");
	refuse("[network]\ninside = abcdefghijklmnop\n",
		"f:2: inside = abcdefghijklmnop: expected the name of an interface such as br-lan");
	refuse("[network]\nport = 53\n", "f:2: port = 53: expected a number from 1024 to 65535");
	refuse("[network]\nunknown-devices = anna\n",
		"f:2: unknown-devices = anna: expected free, block-metered or person NAME");
	refuse("[network]\nunknown-devices = block-metered\n",
		"f:2: unknown-devices: expected inside = INTERFACE too, where they are");
	refuse("[network]\ninside = lan0\nunknown-devices = person zoe\n[person anna]\n",
		"f:3: unknown-devices = person zoe: expected the name of a [person] section");
	refuse("[person anna]\ndevice = anna-phone\n",
		"f:2: device = anna-phone: expected a hardware address such as aa:bb:cc:dd:ee:ff, "
		"an "
		"address or a network");
	refuse("[person anna]\ndevice = 192.0.2.0/24\n[person ben]\ndevice = 192.0.2.7\n",
		"f:3: device 192.0.2.7 belongs to person anna already; expected one person for a "
		"device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_said),
		cmocka_unit_test(test_a_gateway),
		cmocka_unit_test(test_an_empty_value_clears),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
