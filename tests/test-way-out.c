/* Where a route leads and where none does, in a network of our own. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/way-out.h"

static bool able; /* to have a network of our own */

static int group_set_up(void **state)
{
	able = unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == 0;
	return 0;
}

static int leads(const char *text)
{
	struct address to;

	assert_int_equal(address_parse(text, &to), 0);
	return way_out_leads(&to);
}

static void ip(const char *arguments)
{
	char command[128];

	snprintf(command, sizeof(command), "PATH=/usr/sbin:/sbin:/usr/bin:/bin ip %s", arguments);
	assert_int_equal(system(command), 0);
}

static void test_routes_come_and_go(void **state)
{
	if (!able)
		skip();
	assert_int_equal(leads("198.19.128.0"), 0);
	assert_int_equal(leads("2001:2:0:f000::"), 0);
	ip("link set lo up");
	assert_int_equal(leads("127.0.0.1"), 1);
	ip("route add default dev lo");
	assert_int_equal(leads("198.19.128.0"), 1);
	assert_int_equal(leads("2001:2:0:f000::"), 0);
	ip("-6 route add default dev lo");
	assert_int_equal(leads("2001:2:0:f000::"), 1);
	ip("route add 198.19.0.0/16 dev lo");
	ip("route del default");
	assert_int_equal(leads("198.19.128.0"), 1);
	assert_int_equal(leads("192.0.2.1"), 0);
}

static void test_a_route_may_say_no(void **state)
{
	static const char *const kinds[] = { "unreachable", "prohibit", "blackhole" };
	char command[64];

	if (!able)
		skip();
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		snprintf(command, sizeof(command), "route replace %s 203.0.113.0/24", kinds[i]);
		ip(command);
		assert_int_equal(leads("203.0.113.7"), 0);
		snprintf(command, sizeof(command), "-6 route replace %s 2001:db8:7::/48", kinds[i]);
		ip(command);
		assert_int_equal(leads("2001:db8:7::7"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes_come_and_go),
		cmocka_unit_test(test_a_route_may_say_no),
	};

	return cmocka_run_group_tests(tests, group_set_up, NULL);
}
