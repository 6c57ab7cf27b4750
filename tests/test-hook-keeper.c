/* The hook's way to the keeper: what is taken for its names, and that it says hello. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dns/keeper.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool fails_timer; /* what is to fail next (--wrap) */

int __real_sd_event_add_time(sd_event *e, sd_event_source **ret, clockid_t clock, uint64_t usec,
	uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
int __wrap_sd_event_add_time(sd_event *e, sd_event_source **ret, clockid_t clock, uint64_t usec,
	uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);

int __wrap_sd_event_add_time(sd_event *e, sd_event_source **ret, clockid_t clock, uint64_t usec,
	uint64_t accuracy, sd_event_time_handler_t callback, void *userdata)
{
	return fails_timer ? -ENOMEM
			   : __real_sd_event_add_time(
				     e, ret, clock, usec, accuracy, callback, userdata);
}

struct fixture {
	sd_event *event;
	struct keeper *keeper;
	char folder[32], path[64];
	int listening, connection;
	unsigned n_setup, n_lost;
};

static void on_setup(const struct hook_table *table, void *userdata)
{
	((struct fixture *)userdata)->n_setup++;
}

static void on_lost(void *userdata)
{
	((struct fixture *)userdata)->n_lost++;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct hook_message hellos[KEEPER_HELLOS] = { { .type = HOOK_HELLO, .port4 = 5399 } };
	const struct keeper_events events = { .setup = on_setup, .lost = on_lost, .userdata = f };
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(f->folder, "/tmp/focusd-keeper-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/hook", f->folder);
	strcpy(a.sun_path, f->path);
	f->listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listening, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(f->listening, 1), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(keeper_new(f->event, f->path, hellos, &events, &f->keeper), 0);
	f->connection = accept(f->listening, NULL, NULL);
	assert_true(f->connection >= 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	keeper_free(f->keeper);
	sd_event_unref(f->event);
	close(f->connection);
	close(f->listening);
	unlink(f->path);
	rmdir(f->folder);
	free(f);
	return 0;
}

/* A sound table in a file of that kind. */
static int write_table(const struct fixture *f, bool memfd)
{
	const struct hook_setup setup = { .lease4.address.family = AF_INET,
		.lease6.address.family = AF_INET6 };
	const struct hook_name name = { .name = "alpha.example", .metered = true };
	_cleanup_free_ uint8_t *bytes = NULL;
	char path[64];
	size_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/table", f->folder);
	fd = memfd ? memfd_create("table", MFD_CLOEXEC | MFD_ALLOW_SEALING)
		   : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(hook_table_build(&setup, &name, 1, &bytes, &n), 0);
	assert_int_equal(write(fd, bytes, n), n);
	return fd;
}

static void send_setup(const struct fixture *f, int fd)
{
	const struct hook_message message = { .type = HOOK_SETUP };
	uint8_t packet[HOOK_MESSAGE_MAX];
	const int n = hook_message_encode(&message, packet);
	struct iovec io = { packet, (size_t)n };
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr m = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	assert_int_equal(sendmsg(f->connection, &m, 0), n);
}

static void run(const struct fixture *f)
{
	while (f->n_setup + f->n_lost == 0)
		assert_true(sd_event_run(f->event, 20 * UINT64_C(1000000)) > 0);
}

static void test_it_says_hello(void **state)
{
	const struct fixture *f = *state;
	uint8_t packet[HOOK_MESSAGE_MAX];
	struct hook_message message;
	const ssize_t n = recv(f->connection, packet, sizeof(packet), 0);

	assert_true(n > 0);
	assert_int_equal(hook_message_decode(packet, (size_t)n, &message), 0);
	assert_int_equal(message.type, HOOK_HELLO);
	assert_int_equal(message.port4, 5399);
}

static void test_sealed_memory_is_taken(void **state)
{
	const struct fixture *f = *state;
	_cleanup_close_ int fd = write_table(f, true);

	assert_int_equal(fcntl(fd, F_ADD_SEALS, SEALS), 0);
	send_setup(f, fd);
	run(f);
	assert_int_equal(f->n_setup, 1);
}

static void __attribute__((noreturn)) lose_keeper_without_timer(void)
{
	void *state = NULL;
	struct fixture *f;

	set_up(&state);
	f = state;
	unlink(f->path);
	rmdir(f->folder);
	close(f->listening);
	close(f->connection);
	fails_timer = true;
	while (f->n_lost < 2 && sd_event_run(f->event, 20 * UINT64_C(1000000)) > 0)
		;
	_exit(3);
}

/* It would never find the next keeper, and hold the ports that this one's hook needs. */
static void test_without_a_timer_it_ends(void **state)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		lose_keeper_without_timer();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
}

static void test_memory_that_may_change_is_not(void **state)
{
	const struct fixture *f = *state;
	_cleanup_close_ int fd = write_table(f, true);

	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	send_setup(f, fd);
	run(f);
	assert_int_equal(f->n_setup, 0);
	assert_int_equal(f->n_lost, 1);
}

/* It has no seals at all, which must not be taken for all of them. */
static void test_a_plain_file_is_not(void **state)
{
	const struct fixture *f = *state;
	_cleanup_close_ int fd = write_table(f, false);

	send_setup(f, fd);
	run(f);
	assert_int_equal(f->n_setup, 0);
	assert_int_equal(f->n_lost, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_says_hello, set_up, tear_down),
		cmocka_unit_test(test_without_a_timer_it_ends),
		cmocka_unit_test_setup_teardown(test_sealed_memory_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_memory_that_may_change_is_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_plain_file_is_not, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
