/* The lease socket: whose it is, and what becomes of bytes that no hook sends. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <systemd/sd-event.h>

#include "names.h"
#include "open-files.h"
#include "system/leases.h"

struct desk {
	sd_event *event;
	struct leases *leases;
	char dir[64];
	unsigned hellos, asks, losses;
	uint8_t silent;
};

static void on_hello(const struct hook_message *hello, pid_t pid, void *userdata)
{
	struct desk *d = userdata;

	assert_int_equal(pid, getpid());
	d->hellos++;
}

static void on_ask(const struct hook_message *ask, void *userdata)
{
	struct desk *d = userdata;

	d->asks++;
}

static void on_lost(void *userdata)
{
	struct desk *d = userdata;

	d->losses++;
}

static void on_upstream(const struct hook_message *silence, void *userdata)
{
	struct desk *d = userdata;

	d->silent = silence->silent;
}

static int set_up(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));
	const struct leases_events events = { on_hello, on_ask, on_lost, d, NULL, on_upstream };

	strcpy(d->dir, "/tmp/focusd-test-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	assert_true(sd_event_new(&d->event) >= 0);
	assert_int_equal(leases_new(d->event, d->dir, geteuid(), &events, &d->leases), 0);
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *d = *state;

	leases_free(d->leases);
	sd_event_unref(d->event);
	/* a socket that is left says that its keeper was killed */
	assert_int_equal(rmdir(d->dir), 0);
	free(d);
	return 0;
}

/* Until there is nothing left to do. */
static void turn(struct desk *d)
{
	while (sd_event_run(d->event, 0) > 0)
		;
}

static int come(struct desk *d)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/" FOCUSD_HOOK_SOCKET, d->dir);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	turn(d);
	return fd;
}

static void say(struct desk *d, int fd, const struct hook_message *m)
{
	uint8_t packet[HOOK_MESSAGE_MAX];
	const int n = hook_message_encode(m, packet);

	assert_true(n > 0 && send(fd, packet, (size_t)n, MSG_NOSIGNAL) == n);
	turn(d);
}

static bool is_shut(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && p.revents & POLLHUP;
}

static const struct hook_message hello = { .type = HOOK_HELLO, .build = "test" };
static const struct hook_message ask = {
	.type = HOOK_ASK, .family = AF_INET, .name = "www.alpha.example"
};

static void test_who_is_there_stays(void **state)
{
	struct desk *d = *state;
	const int first = come(d);
	int other;

	say(d, first, &hello);
	other = come(d);
	assert_true(is_shut(other) && !is_shut(first));
	assert_int_equal(close(other), 0);
	say(d, first, &ask);
	assert_int_equal(d->hellos, 1);
	assert_int_equal(d->asks, 1);
	assert_int_equal(d->losses, 0);
	say(d, first, &(struct hook_message){ .type = HOOK_UPSTREAM, .silent = 2 });
	assert_int_equal(d->silent, HOOK_SILENT_UPLINKS);
	close(first);
	turn(d);
	assert_int_equal(d->losses, 1);
}

/* The end of the one before has not been seen yet when the next one comes. */
static void test_the_next_one_takes_the_place(void **state)
{
	struct desk *d = *state;
	const int first = come(d);
	int next;

	say(d, first, &hello);
	close(first);
	next = come(d);
	say(d, next, &hello);
	assert_int_equal(d->hellos, 2);
	assert_int_equal(d->losses, 1);
	assert_true(leases_connected(d->leases) && !is_shut(next));
	close(next);
}

static void test_silence_holds_no_place(void **state)
{
	struct desk *d = *state;
	const int silent = come(d), hook = come(d);

	assert_true(is_shut(silent));
	say(d, hook, &hello);
	assert_int_equal(d->hellos, 1);
	close(silent);
	close(hook);
}

static void refuse(struct desk *d, const void *packet, size_t n)
{
	const int fd = come(d);
	const unsigned losses = d->losses;

	assert_true(send(fd, packet, n, MSG_NOSIGNAL) == (ssize_t)n);
	turn(d);
	assert_true(is_shut(fd));
	assert_int_equal(d->losses, losses + 1);
	assert_false(leases_connected(d->leases));
	close(fd);
}

static void test_what_no_hook_sends_ends_it(void **state)
{
	static const uint8_t zeros[4 * HOOK_MESSAGE_MAX];
	uint8_t packet[HOOK_MESSAGE_MAX];
	struct desk *d = *state;
	int n = hook_message_encode(&hello, packet);

	refuse(d, zeros, 1);
	refuse(d, zeros, sizeof(zeros));
	for (size_t part = 1; part < 7; part++)
		refuse(d, packet, part);
	packet[0]++; /* of another version */
	refuse(d, packet, (size_t)n);
	n = hook_message_encode(&(struct hook_message){ .type = HOOK_QUIT }, packet);
	refuse(d, packet, (size_t)n); /* the keeper's to say */
	assert_int_equal(d->hellos, 0);
}

static void test_descriptors_are_not_taken(void **state)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct desk *d = *state;
	uint8_t packet[HOOK_MESSAGE_MAX];
	struct iovec io = { packet, (size_t)hook_message_encode(&hello, packet) };
	struct msghdr m = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	const int fd = come(d);
	const size_t before = open_files();

	control.header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))
	};
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	for (int i = 0; i < 100; i++) {
		assert_true(sendmsg(fd, &m, MSG_NOSIGNAL) > 0);
		turn(d);
	}
	assert_int_equal(d->hellos, 100);
	assert_int_equal(open_files(), before);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_who_is_there_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_the_next_one_takes_the_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_silence_holds_no_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_no_hook_sends_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_descriptors_are_not_taken, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
