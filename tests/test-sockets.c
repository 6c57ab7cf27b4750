/* Open sockets of a network of our own: who is found, who is ended, who is left alone. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/sockets.h"

enum { TCP4, TCP6, MAPPED, UDP4, UDP6, SOCKETS };

struct network {
	int listeners[2], sockets[SOCKETS];
	uint16_t port; /* of the listeners */
};

static bool able; /* to have a network of our own */

static int group_set_up(void **state)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	/* where we are nobody we may still be somebody in a namespace of our own, if that may be */
	if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return -1;
	close(fd);
	able = true;
	return 0;
}

static struct sockaddr_in6 local(int which, uint16_t port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	a.sin6_addr = in6addr_loopback;
	if (which == MAPPED)
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.sin6_addr);
	return a;
}

static int connected(int which, uint16_t port)
{
	const bool ipv4 = which == TCP4 || which == UDP4;
	const int type = which == UDP4 || which == UDP6 ? SOCK_DGRAM : SOCK_STREAM;
	const int fd = socket(ipv4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
	const struct sockaddr_in a4 = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const struct sockaddr_in6 a6 = local(which, port);

	assert_true(fd >= 0);
	if (ipv4)
		assert_int_equal(connect(fd, (const struct sockaddr *)&a4, sizeof(a4)), 0);
	else
		assert_int_equal(connect(fd, (const struct sockaddr *)&a6, sizeof(a6)), 0);
	return fd;
}

static int set_up(void **state)
{
	struct network *n;
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof(any);

	if (!able)
		return 0;
	n = calloc(1, sizeof(*n));
	/* one listener takes both families */
	n->listeners[0] = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(n->listeners[0], (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(n->listeners[0], 16), 0);
	assert_int_equal(getsockname(n->listeners[0], (struct sockaddr *)&any, &size), 0);
	n->port = ntohs(any.sin6_port);
	n->listeners[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(n->listeners[1], (struct sockaddr *)&any, sizeof(any)), 0);
	for (int i = 0; i < SOCKETS; i++)
		n->sockets[i] = connected(i, n->port);
	*state = n;
	return 0;
}

static int tear_down(void **state)
{
	struct network *n = *state;

	for (int i = 0; n && i < SOCKETS; i++)
		close(n->sockets[i]);
	for (size_t i = 0; n && i < ELEMENTSOF(n->listeners); i++)
		close(n->listeners[i]);
	free(n);
	return 0;
}

struct choice {
	uint16_t port;
	struct address address;
	uint64_t cookies[16];
	unsigned seen;
};

static bool chosen(const struct open_socket *s, void *userdata)
{
	struct choice *c = userdata;

	if (s->remote_port != c->port)
		return false;
	assert_int_equal(s->uid, geteuid());
	for (unsigned i = 0; i < c->seen; i++)
		assert_true(c->cookies[i] != s->cookie);
	if (c->seen < ELEMENTSOF(c->cookies))
		c->cookies[c->seen++] = s->cookie;
	return address_equal(&s->remote, &c->address);
}

static int error_of(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
	return error;
}

/* A machine that is busy may take longer than whoever asks waits: what was chosen ends all the
 * same. Returns whether that was so. */
static bool end_chosen(struct choice *c, size_t *ret_ended)
{
	bool late = false;
	int r;

	for (;; late = true) {
		c->seen = 0;
		r = sockets_end(chosen, c, ret_ended);
		if (r != -EBUSY)
			break;
	}
	assert_int_equal(r, 0);
	return late;
}

static void end_those_to(struct network *n, const char *address, size_t expected)
{
	struct choice c = { .port = n->port };
	size_t ended = 99;

	assert_int_equal(address_parse(address, &c.address), 0);
	if (!end_chosen(&c, &ended))
		assert_int_equal(ended, expected);
}

static void test_those_of_one_address_end(void **state)
{
	struct network *n = *state;
	struct choice nobody = { .port = 0 };
	size_t ended;

	if (!n)
		skip();
	end_those_to(n, "192.0.2.1", 0);
	for (int i = 0; i < SOCKETS; i++)
		assert_int_equal(error_of(n->sockets[i]), 0);
	end_those_to(n, "127.0.0.1", 3);
	assert_int_equal(error_of(n->sockets[TCP4]), ECONNABORTED);
	assert_int_equal(error_of(n->sockets[MAPPED]), ECONNABORTED);
	assert_int_equal(error_of(n->sockets[UDP4]), ECONNABORTED);
	assert_int_equal(error_of(n->sockets[TCP6]), 0);
	assert_int_equal(error_of(n->sockets[UDP6]), 0);
	end_those_to(n, "::1", 2);
	assert_int_equal(error_of(n->sockets[TCP6]), ECONNABORTED);
	assert_int_equal(error_of(n->sockets[UDP6]), ECONNABORTED);
	end_chosen(&nobody, &ended);
	assert_int_equal(ended, 0);
}

static void test_every_connection_is_listed_once(void **state)
{
	struct network *n = *state;
	struct choice c = { .port = n ? n->port : 0, .address = { .family = AF_UNSPEC } };
	size_t ended;

	if (!n)
		skip();
	end_chosen(&c, &ended);
	assert_int_equal(ended, 0);
	assert_int_equal(c.seen, SOCKETS); /* neither the listeners nor their own side */
}

/* Memory that does not come before release_memory(). -1: that takes root. */
static int withhold_memory(char **ret, size_t size)
{
	const int fd =
		(int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK); /* poll() wants that */
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	if (fd < 0)
		return -1;
	*ret = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(*ret != MAP_FAILED);
	area.range = (struct uffdio_range){ (uintptr_t)*ret, size };
	assert_int_equal(ioctl(fd, UFFDIO_API, &api), 0);
	assert_int_equal(ioctl(fd, UFFDIO_REGISTER, &area), 0);
	return fd;
}

static void release_memory(int fd, char *memory, size_t size)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)memory, size } };

	assert_int_equal(ioctl(fd, UFFDIO_ZEROPAGE, &zero), 0);
	close(fd);
}

struct sender {
	int socket;
	char *memory;
	size_t size;
};

static void *send_it(void *userdata)
{
	const struct sender *s = userdata;

	send(s->socket, s->memory, s->size, MSG_NOSIGNAL);
	return NULL;
}

static bool is_tcp4(const struct open_socket *s, void *userdata)
{
	const struct network *n = userdata;
	struct address local;

	assert_int_equal(address_parse("127.0.0.1", &local), 0);
	return s->remote_port == n->port && address_equal(&s->remote, &local);
}

/* In the kernel a sender holds its socket until its memory is there. */
static void test_nobody_waits_for_a_socket_that_is_held(void **state)
{
	struct network *n = *state;
	struct sender s = { .size = (size_t)sysconf(_SC_PAGESIZE) };
	const int memory = n ? withhold_memory(&s.memory, s.size) : -1;
	struct pollfd fault = { .fd = memory, .events = POLLIN };
	struct pollfd ended;
	pthread_t thread;
	size_t n_ended;

	if (memory < 0)
		skip();
	s.socket = n->sockets[TCP4];
	assert_int_equal(pthread_create(&thread, NULL, send_it, &s), 0);
	assert_int_equal(poll(&fault, 1, 60000), 1);
	assert_int_equal(fault.revents, POLLIN);
	for (int i = 0; i < 8; i++) /* more often than there are threads for */
		assert_int_equal(sockets_end(is_tcp4, n, &n_ended), -EBUSY);
	release_memory(memory, s.memory, s.size);
	pthread_join(thread, NULL);
	ended = (struct pollfd){ .fd = n->sockets[TCP4] };
	assert_int_equal(poll(&ended, 1, 60000), 1);
	assert_int_equal(error_of(n->sockets[TCP4]), ECONNABORTED);
	munmap(s.memory, s.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_those_of_one_address_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_every_connection_is_listed_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_nobody_waits_for_a_socket_that_is_held, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, group_set_up, NULL);
}
