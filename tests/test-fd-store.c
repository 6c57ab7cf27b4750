/* A service manager played by two sockets: what is stored, under which name, and what is let go. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/fd-store.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

static int manager = -1;

static int set_up(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(a);
	char name[sizeof(a.sun_path) + 1] = "@";

	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* out of the way of what is inherited */
	manager = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	close(fd);
	if (manager < 0)
		return -1;
	/* an address of the kernel's choice in the abstract space */
	if (bind(manager, (const struct sockaddr *)&a, sizeof(sa_family_t)) < 0 ||
		getsockname(manager, (struct sockaddr *)&a, &size) < 0)
		return -1;
	memcpy(name + 1, a.sun_path + 1, size - offsetof(struct sockaddr_un, sun_path) - 1);
	return setenv("NOTIFY_SOCKET", name, 1);
}

static int tear_down(void **state)
{
	close(manager);
	return unsetenv("NOTIFY_SOCKET");
}

/* The next message; *ret_fds: how many descriptors came with it. "" when there is none. */
static const char *next_message(char *buffer, size_t size, size_t *ret_fds)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec io = { buffer, size - 1 };
	struct msghdr m = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	const ssize_t n = recvmsg(manager, &m, MSG_DONTWAIT);

	*ret_fds = 0;
	buffer[n > 0 ? n : 0] = 0;
	for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL; c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_type == SCM_RIGHTS) {
			int fd;

			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
			close(fd);
			++*ret_fds;
		}
	return buffer;
}

/* Hands descriptors over as the service manager does: numbers from 3 on, and their names. */
static void inherit(size_t n, const char *names)
{
	char pid[16], count[16];

	for (size_t i = 0; i < n; i++)
		assert_true(dup2(manager, FIRST_FD + (int)i) >= 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	snprintf(count, sizeof(count), "%zu", n);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", count, 1);
	setenv("LISTEN_FDNAMES", names, 1);
}

static bool is_open(int fd)
{
	int type;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

static void test_first(void **state)
{
	struct fd_store *s;
	char buffer[256];
	size_t n_fds;

	assert_int_equal(fd_store_new(&s), 0);
	assert_string_equal(fd_store_name(s), "focusd-redirect-0");
	assert_int_equal(fd_store_hand_over(s, manager), 0);
	assert_string_equal(next_message(buffer, sizeof(buffer), &n_fds),
		"FDSTORE=1\nFDPOLL=0\nFDNAME=focusd-redirect-0");
	assert_int_equal(n_fds, 1);
	assert_int_equal(fd_store_hand_over(s, manager), 0);
	assert_string_equal(next_message(buffer, sizeof(buffer), &n_fds), "");
	fd_store_free(s);
	assert_string_equal(next_message(buffer, sizeof(buffer), &n_fds), "");
}

/* Ours first, then the predecessor's goes; what is not ours is closed and not stored. */
static void test_successor(void **state)
{
	struct fd_store *s;
	char buffer[256];
	size_t n_fds;

	inherit(2, "focusd-redirect-0:stranger");
	assert_int_equal(fd_store_new(&s), 0);
	assert_null(getenv("LISTEN_FDS"));
	assert_string_equal(fd_store_name(s), "focusd-redirect-1");
	assert_true(is_open(FIRST_FD));
	assert_false(is_open(FIRST_FD + 1));
	assert_string_equal(next_message(buffer, sizeof(buffer), &n_fds), "");
	assert_int_equal(fd_store_hand_over(s, manager), 0);
	assert_string_equal(next_message(buffer, sizeof(buffer), &n_fds),
		"FDSTORE=1\nFDPOLL=0\nFDNAME=focusd-redirect-1");
	assert_string_equal(next_message(buffer, sizeof(buffer), &n_fds),
		"FDSTOREREMOVE=1\nFDNAME=focusd-redirect-0");
	assert_false(is_open(FIRST_FD));
	fd_store_free(s);
}

/* A keeper that ends before it can hand over leaves its predecessor's redirect in force. */
static void test_early_end(void **state)
{
	struct fd_store *s;
	char buffer[256];
	size_t n_fds;

	inherit(1, "focusd-redirect-5");
	assert_int_equal(fd_store_new(&s), 0);
	assert_string_equal(fd_store_name(s), "focusd-redirect-0");
	fd_store_free(s);
	assert_string_equal(next_message(buffer, sizeof(buffer), &n_fds), "");
}

static void test_all_taken(void **state)
{
	struct fd_store *s;
	char buffer[256];
	size_t n_fds;

	inherit(8, "focusd-redirect-0:focusd-redirect-1:focusd-redirect-2:focusd-redirect-3:"
		   "focusd-redirect-4:focusd-redirect-5:focusd-redirect-6:focusd-redirect-7");
	assert_int_equal(fd_store_new(&s), 0);
	assert_string_equal(fd_store_name(s), "focusd-redirect-0");
	assert_string_equal(next_message(buffer, sizeof(buffer), &n_fds),
		"FDSTOREREMOVE=1\nFDNAME=focusd-redirect-0");
	fd_store_free(s);
}

static void test_nobody_stores(void **state)
{
	struct fd_store *s;

	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(fd_store_new(&s), 0);
	assert_int_equal(fd_store_hand_over(s, manager), -ENOTCONN);
	assert_int_equal(fd_store_hand_over(s, -ENOENT), -ENOENT);
	fd_store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_successor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_early_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_stores, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
