/* Notices of the kernel, in a network of our own: an address comes, and nothing comes. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/netwatch.h"
#include "system/own-link.h"

#define PATIENCE_USEC 20000000 /* for what comes */
#define SILENCE_USEC  700000   /* more than twice the time in which many are one */

static bool able; /* to have a network of our own */

static int group_set_up(void **state)
{
	able = unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == 0;
	return 0;
}

static void set_lo(short flags, const char *address)
{
	struct ifreq lo = { .ifr_name = "lo" };
	struct sockaddr_in *a = (struct sockaddr_in *)&lo.ifr_addr;
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (address) {
		a->sin_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, address, &a->sin_addr), 1);
		assert_int_equal(ioctl(fd, SIOCSIFADDR, &lo), 0);
	} else {
		lo.ifr_flags = flags;
		assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	}
	close(fd);
}

static void on_changed(void *userdata)
{
	++*(unsigned *)userdata;
}

static unsigned run_until(sd_event *event, const unsigned *n, unsigned wanted, uint64_t usec)
{
	uint64_t now, end;

	assert_true(sd_event_now(event, CLOCK_MONOTONIC, &now) >= 0);
	for (end = now + usec; *n < wanted && now < end;) {
		assert_true(sd_event_run(event, end - now) >= 0);
		assert_true(sd_event_now(event, CLOCK_MONOTONIC, &now) >= 0);
	}
	return *n;
}

static void test_what_changes_is_told_once(void **state)
{
	struct netwatch *w = NULL;
	sd_event *event = NULL;
	unsigned n = 0;

	if (!able)
		skip();
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(netwatch_new(event, on_changed, &n, &w), 0);
	assert_int_equal(run_until(event, &n, 1, SILENCE_USEC), 0);
	set_lo(IFF_UP | IFF_RUNNING, NULL); /* 127.0.0.1 and ::1 come */
	set_lo(0, "192.0.2.1");
	set_lo(0, "192.0.2.2");
	assert_int_equal(run_until(event, &n, 1, PATIENCE_USEC), 1);
	assert_int_equal(run_until(event, &n, 2, SILENCE_USEC), 1);
	set_lo(0, "192.0.2.3");
	assert_int_equal(run_until(event, &n, 2, PATIENCE_USEC), 2);
	assert_null(netwatch_free(w));
	sd_event_unref(event);
}

/* Every half a minute: it must not look like another network. */
static void test_our_own_links_are_no_news(void **state)
{
	struct own_links links;
	struct netwatch *w = NULL;
	sd_event *event = NULL;
	unsigned n = 0;
	bool changed;

	if (!able)
		skip();
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(netwatch_new(event, on_changed, &n, &w), 0);
	assert_int_equal(own_link_keep(1, &links, &changed), 0);
	assert_int_equal(own_link_keep(1, &links, &changed), 0);
	assert_int_equal(own_link_keep(0, &links, &changed), 0);
	assert_int_equal(run_until(event, &n, 1, SILENCE_USEC), 0);
	assert_null(netwatch_free(w));
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_changes_is_told_once),
		cmocka_unit_test(test_our_own_links_are_no_news),
	};

	return cmocka_run_group_tests(tests, group_set_up, NULL);
}
