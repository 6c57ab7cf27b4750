/* Text forms of devices: what is taken, what is refused, and what one packet could be from. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/device.h"

static void test_one_form(void **state)
{
	static const struct {
		const char *text, *form;
	} rows[] = {
		{ "aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:ff" },
		{ "AA-BB-cc-0D-eE-01", "aa:bb:cc:0d:ee:01" },
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7/32", "192.0.2.7" },
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "2001:DB8:0::7", "2001:db8::7" },
		{ "2001:db8::/64", "2001:db8::/64" },
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "fe80::1", "fe80::1" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char text[DEVICE_TEXT_MAX];
		struct device d, again;

		assert_int_equal(device_parse(rows[i].text, &d), 0);
		assert_string_equal(device_format(&d, text), rows[i].form);
		assert_int_equal(device_parse(text, &again), 0);
		assert_true(device_overlaps(&d, &again));
	}
}

static void test_no_device(void **state)
{
	static const char *const texts[] = { "", "a", "aa", "anna", "aa:bb:cc:dd:ee",
		"aa:bb:cc:dd:ee:ff:00", "aa:bb:cc:dd:ee:fg", "aa:bb-cc:dd:ee:ff", "aabb.ccdd.eeff",
		"aa:bb:cc:dd:ee:f", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01",
		"192.0.2.1/24", "192.0.2.0/33", "192.0.2", "0.0.0.0/0", "128.0.0.0/1", "127.0.0.1",
		"::1", "::/0", "2000::/3", "224.0.0.1", "ff02::1", "192.0.2.7 ", "br-lan" };

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		struct device d;

		if (device_parse(texts[i], &d) != -EINVAL)
			fail_msg("\"%s\" is taken for a device", texts[i]);
	}
}

static bool overlap(const char *a, const char *b)
{
	struct device x, y;

	assert_int_equal(device_parse(a, &x), 0);
	assert_int_equal(device_parse(b, &y), 0);
	assert_int_equal(device_overlaps(&x, &y), device_overlaps(&y, &x));
	return device_overlaps(&x, &y);
}

static void test_what_overlaps(void **state)
{
	assert_true(overlap("aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF"));
	assert_false(overlap("aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:fe"));
	assert_true(overlap("192.0.2.0/24", "192.0.2.200"));
	assert_false(overlap("192.0.2.0/25", "192.0.2.200"));
	assert_false(overlap("192.0.2.7", "aa:bb:cc:dd:ee:ff"));
	assert_false(overlap("192.0.2.7", "2001:db8::7"));
	assert_true(overlap("2001:db8::/48", "2001:db8:0:5::/64"));
}

static void test_made_up(void **state)
{
	assert_true(device_is_made_up((const uint8_t[]){ 0xda, 1, 2, 3, 4, 5 }));
	assert_false(device_is_made_up((const uint8_t[]){ 0x00, 1, 2, 3, 4, 5 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_form),
		cmocka_unit_test(test_no_device),
		cmocka_unit_test(test_what_overlaps),
		cmocka_unit_test(test_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
