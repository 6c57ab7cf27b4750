/* Look-ups of devices: the text that nftables is given. tests/system/gateway runs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/attach-devices.h"

static const char insides[][CONFIG_INTERFACE_SIZE] = { "br-lan", "wlan0" };

static struct device device(const char *text)
{
	struct device d;

	assert_int_equal(device_parse(text, &d), 0);
	return d;
}

static char *text_of(void (*write)(FILE *f, const char *table, const struct attach_devices *d),
	const struct attach_devices *d)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	write(f, "t", d);
	assert_int_equal(fclose(f), 0);
	return text;
}

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

static void test_elements_by_kind_and_people(void **state)
{
	const struct device limited[] = { device("02:00:00:00:00:01"), device("192.0.2.0/24") };
	const struct device observed[] = { device("2001:db8::7") };
	const struct attach_devices d = {
		.limited = limited, .n_limited = 2, .observed = observed, .n_observed = 1
	};
	_cleanup_free_ char *text = text_of(attach_devices_write, &d);

	assert_string_equal(text, "add element inet t limited-hardware { 02:00:00:00:00:01 }\n"
				  "add element inet t limited-from4 { 192.0.2.0/24 }\n"
				  "add element inet t observed-from6 { 2001:db8::7 }\n");
}

static void test_no_rule_without_a_port(void **state)
{
	struct attach_devices d = { .port4 = 0 };
	_cleanup_free_ char *none = text_of(attach_devices_write_rules, &d), *one = NULL;

	assert_string_equal(none, "");
	d.port6 = 5398;
	one = text_of(attach_devices_write_rules, &d);
	assert_null(strstr(one, "nfproto ipv4"));
	assert_non_null(strstr(one, "ip6 saddr @limited-from6 meta nfproto ipv6"));
	assert_int_equal(count(one, "redirect to :5398"), 6);
}

/* Whose hardware is known is no stranger, and goes before every address. */
static void test_hardware_goes_first(void **state)
{
	const struct attach_devices d = { .port4 = 5398 };
	_cleanup_free_ char *text = text_of(attach_devices_write_rules, &d);
	const char *hardware = strstr(text, "@observed-hardware meta nfproto ipv4 return");
	const char *address = strstr(text, "@limited-from4");

	assert_non_null(hardware);
	assert_non_null(address);
	assert_true(hardware < address);
}

static void test_strangers_are_inside(void **state)
{
	struct attach_devices d = { .port4 = 5398, .insides = insides, .n_insides = 2 };
	_cleanup_free_ char *free_ones = text_of(attach_devices_write_rules, &d), *all = NULL,
			    *some = NULL;

	assert_null(strstr(free_ones, "iifname"));
	d.strangers = STRANGERS_LIMITED;
	all = text_of(attach_devices_write_rules, &d);
	assert_int_equal(count(all, "iifname \"br-lan\""), 1);
	assert_int_equal(count(all, "iifname \"wlan0\""), 1);
	d.strangers = STRANGERS_OBSERVED;
	some = text_of(attach_devices_write_rules, &d);
	assert_non_null(strstr(some, "iifname \"br-lan\" meta nfproto ipv4 fib daddr type local"));
	assert_non_null(strstr(some, "iifname \"br-lan\" meta nfproto ipv4 ip daddr @resolvers4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements_by_kind_and_people),
		cmocka_unit_test(test_no_rule_without_a_port),
		cmocka_unit_test(test_hardware_goes_first),
		cmocka_unit_test(test_strangers_are_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
