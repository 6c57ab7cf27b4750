/* What becomes of questions whose servers are refused, or slow. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/dns-message.h"
#include "dns/forward.h"
#include "udp-server.h"

#define MANY  1000 /* more than what is sent in one go, by far */
#define ID    0x1234
#define FILES 640

struct fixture {
	sd_event *event;
	struct batch batch;
	struct forward *forward;
	struct endpoint servers[2];
	int fds[2];
	uint8_t query[DNS_SMALL_ANSWER];
	size_t n_query;
	unsigned n_done, n_answered;
	enum dns_rcode rcode; /* of the last answer */
};

static int open_server(struct endpoint *ret)
{
	const struct timeval wait = { .tv_sec = 20 };
	const int fd = udp_server(ret);

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
	return fd;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int n;

	for (size_t i = 0; i < ELEMENTSOF(f->fds); i++)
		f->fds[i] = open_server(&f->servers[i]);
	n = dns_query_build("www.example.com", DNS_A, f->query);
	assert_true(n > 0);
	f->n_query = (size_t)n;
	f->query[0] = ID >> 8;
	f->query[1] = ID & 0xff;
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(forward_new(f->event, &f->batch, &f->forward), 0);
	*state = f;
	return 0;
}

static void close_server(struct fixture *f, size_t i)
{
	if (f->fds[i] >= 0)
		close(f->fds[i]);
	f->fds[i] = -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	forward_free(f->forward);
	sd_event_unref(f->event);
	close_server(f, 0);
	close_server(f, 1);
	free(f);
	return 0;
}

static void on_done(const uint8_t *answer, size_t n, void *userdata)
{
	struct fixture *f = userdata;

	f->n_done++;
	f->n_answered += answer != NULL;
	if (!answer)
		return;
	assert_int_equal(answer[0] << 8 | answer[1], ID);
	f->rcode = dns_answer_rcode(answer);
}

static void ask(struct fixture *f, size_t n_servers)
{
	assert_int_equal(forward_ask(f->forward, f->servers, n_servers, FORWARD_UDP, f->query,
				 f->n_query, on_done, f),
		0);
}

static void run(struct fixture *f, unsigned n_done)
{
	while (f->n_done < n_done)
		assert_true(sd_event_run(f->event, 20 * UINT64_C(1000000)) > 0);
}

/* Makes an answer without records of the next question there, and tells where it is to go. */
static void take(const struct fixture *f, size_t i, uint8_t *packet, struct sockaddr_in *from)
{
	socklen_t size = sizeof(*from);

	assert_int_equal(
		recvfrom(f->fds[i], packet, DNS_SMALL_ANSWER, 0, (struct sockaddr *)from, &size),
		f->n_query);
	packet[2] |= 0x80;
}

static void answer(
	const struct fixture *f, size_t i, const uint8_t *packet, const struct sockaddr_in *to)
{
	assert_int_equal(
		sendto(f->fds[i], packet, f->n_query, 0, (const struct sockaddr *)to, sizeof(*to)),
		f->n_query);
}

/* Many wait at one server, and go on to the next when it is gone; which is gone, too. */
static void test_everybody_is_told_where_all_are_refused(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < MANY; i++)
		ask(f, 2);
	close_server(f, 0);
	close_server(f, 1);
	for (int i = 0; i < 64; i++)
		ask(f, 2);
	run(f, MANY + 64);
	assert_int_equal(f->n_answered, 0);
}

/* A server that takes connections, and says nothing: look-ups by UDP go on beside them. */
static void test_connections_leave_room(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, few;
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(f->servers[0].port) };
	_cleanup_close_ int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t packet[DNS_SMALL_ANSWER];
	struct sockaddr_in from;

	assert_int_equal(bind(listening, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listening, MANY), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ FILES, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(forward_ask(f->forward, f->servers, 1, FORWARD_TCP, f->query,
					 f->n_query, on_done, f),
			0);
	f->n_done = f->n_answered = 0;
	ask(f, 1);
	take(f, 0, packet, &from);
	answer(f, 0, packet, &from);
	while (f->n_answered == 0 && f->n_done <= MANY)
		assert_true(sd_event_run(f->event, 20 * UINT64_C(1000000)) > 0);
	assert_int_equal(f->n_answered, 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* The next attempt's. */
static void wait_for_question(struct fixture *f, size_t server)
{
	uint8_t byte;

	while (recv(f->fds[server], &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0)
		assert_true(sd_event_run(f->event, 20 * UINT64_C(1000000)) > 0);
}

static void test_a_late_answer_counts(void **state)
{
	struct fixture *f = *state;
	uint8_t first[DNS_SMALL_ANSWER], second[DNS_SMALL_ANSWER];
	struct sockaddr_in from, other;

	ask(f, 1);
	take(f, 0, first, &from);
	wait_for_question(f, 0);
	take(f, 0, second, &other);
	answer(f, 0, first, &from);
	run(f, 1);
	assert_int_equal(f->n_answered, 1);
	assert_int_equal(f->rcode, DNS_NOERROR);
}

static void test_a_late_answer_of_another_server_counts(void **state)
{
	struct fixture *f = *state;
	uint8_t first[DNS_SMALL_ANSWER], second[DNS_SMALL_ANSWER];
	struct sockaddr_in from, other;

	ask(f, 2);
	take(f, 0, first, &from);
	wait_for_question(f, 1);
	take(f, 1, second, &other);
	second[3] |= DNS_SERVFAIL;
	answer(f, 1, second, &other);
	/* the second one's no leads back to the first */
	wait_for_question(f, 0);
	answer(f, 0, first, &from);
	run(f, 1);
	assert_int_equal(f->n_answered, 1);
	assert_int_equal(f->rcode, DNS_NOERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_everybody_is_told_where_all_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_connections_leave_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_late_answer_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_late_answer_of_another_server_counts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
