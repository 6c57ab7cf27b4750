/* Links of our own, in a network of our own: made, kept, counted down, and nobody else's touched.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/own-link.h"

static bool able; /* to have a network of our own */

static int group_set_up(void **state)
{
	able = unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == 0;
	return 0;
}

/* The flags of a link, 0: there is none. */
static unsigned flags_of(const char *name)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	assert_true(fd >= 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(fd, SIOCGIFFLAGS, &request) < 0 ? 0 : (unsigned short)request.ifr_flags;
}

static void set_flags(const char *name, short flags)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_flags = flags };

	assert_true(fd >= 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
}

/* How many addresses it has; *ret_ours: the one that it should have is among them. */
static size_t addresses_of(const char *name, bool *ret_ours)
{
	struct ifaddrs *list;
	size_t n = 0;

	*ret_ours = false;
	assert_int_equal(getifaddrs(&list), 0);
	for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)a->ifa_addr;

		if (strcmp(a->ifa_name, name) != 0 || !in ||
			(in->sin_family != AF_INET && in->sin_family != AF_INET6))
			continue;
		n++;
		*ret_ours |=
			in->sin_family == AF_INET && in->sin_addr.s_addr == inet_addr("192.0.0.8");
	}
	freeifaddrs(list);
	return n;
}

static void test_a_link_is_made_and_kept(void **state)
{
	struct own_links links, again;
	bool changed, ours;

	if (!able)
		skip();
	assert_int_equal(own_link_keep(1, &links, &changed), 0);
	assert_true(changed);
	assert_int_equal(links.n, 1);
	assert_int_equal(links.ifindexes[0], if_nametoindex("focusd0"));
	assert_int_equal(
		flags_of("focusd0") & (IFF_UP | IFF_RUNNING | IFF_MULTICAST), IFF_UP | IFF_RUNNING);
	assert_int_equal(addresses_of("focusd0", &ours), 1);
	assert_true(ours);
	assert_int_equal(own_link_keep(1, &again, &changed), 0);
	assert_false(changed);
	assert_int_equal(again.ifindexes[0], links.ifindexes[0]);
	set_flags("focusd0", 0);
	assert_int_equal(own_link_keep(1, &again, &changed), 0);
	assert_true(changed);
	assert_int_equal(addresses_of("focusd0", &ours), 1);
	assert_int_equal(own_link_keep(0, &again, &changed), 0);
	assert_int_equal(again.n, 0);
	assert_int_equal(flags_of("focusd0"), 0);
	assert_int_equal(own_link_keep(0, &again, &changed), 0);
}

static void test_more_and_fewer(void **state)
{
	struct own_links links;
	bool changed;

	if (!able)
		skip();
	assert_int_equal(own_link_keep(OWN_LINKS_MAX, &links, &changed), 0);
	assert_int_equal(links.n, OWN_LINKS_MAX);
	for (size_t i = 0; i < links.n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "focusd%zu", i);
		assert_int_equal(links.ifindexes[i], if_nametoindex(name));
	}
	assert_int_equal(own_link_keep(2, &links, &changed), 0);
	assert_int_equal(links.n, 2);
	assert_true(flags_of("focusd1") & IFF_UP);
	assert_int_equal(flags_of("focusd2"), 0);
	assert_int_equal(own_link_keep(OWN_LINKS_MAX + 1, &links, &changed), -E2BIG);
	assert_int_equal(own_link_keep(0, &links, &changed), 0);
}

static void make_bridge(const char *name)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, SIOCBRADDBR, name), 0);
}

static void test_what_is_not_ours_stays(void **state)
{
	static const char *const others[] = { "focusd", "focusd-x", "focusd1x", "xfocusd0" };
	struct own_links links;
	bool changed;

	if (!able)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		make_bridge(others[i]);
	make_bridge("focusd7"); /* what a keeper left that was killed in between */
	assert_int_equal(own_link_keep(1, &links, &changed), 0);
	assert_true(changed);
	assert_int_equal(links.ifindexes[0], if_nametoindex("focusd7"));
	assert_true(flags_of("focusd7") & IFF_UP);
	assert_int_equal(own_link_keep(0, &links, &changed), 0);
	assert_int_equal(if_nametoindex("focusd7"), 0);
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		assert_int_not_equal(if_nametoindex(others[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_link_is_made_and_kept),
		cmocka_unit_test(test_more_and_fewer),
		cmocka_unit_test(test_what_is_not_ours_stays),
	};

	return cmocka_run_group_tests(tests, group_set_up, NULL);
}
