/* Clients by TCP: who has shut their own half still gets what they asked for. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "dns/listener.h"
#include "open-files.h"

#define ASKED_MAX  4
#define QUIET_USEC (100 * UINT64_C(1000)) /* a loop that has nothing to do for so long waits */

struct fixture {
	sd_event *event;
	struct batch batch;
	struct listener *listener;
	struct request *asked[ASKED_MAX];
	size_t n_asked;
	int fd, client;
};

static void on_asked(struct request *request, void *userdata)
{
	struct fixture *f = userdata;

	assert_true(f->n_asked < ASKED_MAX);
	f->asked[f->n_asked++] = request;
}

static int set_up(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	struct fixture *f = calloc(1, sizeof(*f));
	const struct listener_options options = { &f->batch, on_asked, f };

	f->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	f->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(f->fd >= 0 && f->client >= 0);
	assert_int_equal(bind(f->fd, (struct sockaddr *)&a, size), 0);
	assert_int_equal(listen(f->fd, 1), 0);
	assert_int_equal(getsockname(f->fd, (struct sockaddr *)&a, &size), 0);
	assert_int_equal(connect(f->client, (struct sockaddr *)&a, size), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(listener_new(f->event, &f->fd, 1, &options, &f->listener), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	listener_free(f->listener);
	sd_event_unref(f->event);
	close(f->fd);
	close(f->client);
	free(f);
	return 0;
}

static void ask(struct fixture *f)
{
	uint8_t frame[2 + DNS_SMALL_ANSWER];
	const int n = dns_query_build("www.example.com", DNS_A, frame + 2);

	assert_true(n > 0);
	frame[0] = (uint8_t)(n >> 8);
	frame[1] = (uint8_t)n;
	assert_int_equal(send(f->client, frame, (size_t)n + 2, 0), n + 2);
}

static void run_until_asked(struct fixture *f, size_t n)
{
	while (f->n_asked < n)
		assert_true(sd_event_run(f->event, 20 * UINT64_C(1000000)) > 0);
}

/* Until nothing happens any more: a loop that goes round for ever fails here. */
static void run_until_quiet(struct fixture *f)
{
	for (int i = 0; sd_event_run(f->event, QUIET_USEC) > 0; i++)
		assert_true(i < 100);
}

static void answer(struct fixture *f, size_t i)
{
	struct request *q = f->asked[i];
	uint8_t packet[DNS_SMALL_ANSWER];
	const size_t n = q->size;

	memcpy(packet, q->packet, n);
	packet[2] |= 0x80;
	request_answer(q, packet, n);
}

/* What the client gets before the end. */
static size_t read_all(struct fixture *f)
{
	uint8_t bytes[4096];
	size_t all = 0;
	ssize_t n;

	while ((n = recv(f->client, bytes, sizeof(bytes), 0)) > 0)
		all += (size_t)n;
	assert_int_equal(n, 0);
	return all;
}

static void test_a_client_that_has_shut_its_half_is_answered(void **state)
{
	struct fixture *f = *state;
	size_t size;

	ask(f);
	ask(f);
	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	run_until_asked(f, 2);
	size = f->asked[0]->size + 2;
	run_until_quiet(f);
	answer(f, 1);
	run_until_quiet(f);
	answer(f, 0);
	assert_int_equal(read_all(f), 2 * size);
}

static void test_a_client_that_asks_nothing_is_let_go(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	run_until_quiet(f);
	assert_int_equal(read_all(f), 0);
}

static void test_a_client_whose_question_is_dropped_is_let_go(void **state)
{
	struct fixture *f = *state;

	ask(f);
	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	run_until_asked(f, 1);
	run_until_quiet(f);
	request_drop(f->asked[0]);
	assert_int_equal(read_all(f), 0);
}

/* Whoever connects faster than that waits, and nobody for them. */
static void test_connections_are_taken_so_many_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in a;
	socklen_t size = sizeof(a);
	int clients[TCP_CLIENTS_MAX - 8];
	usec_t since, took;
	size_t before, taken;

	assert_int_equal(listen(f->fd, TCP_CLIENTS_MAX), 0);
	assert_int_equal(getsockname(f->fd, (struct sockaddr *)&a, &size), 0);
	run_until_quiet(f);
	for (size_t i = 0; i < ELEMENTSOF(clients); i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(clients[i], (struct sockaddr *)&a, size), 0);
	}
	before = open_files();
	since = clock_now().boot_usec;
	for (size_t i = 0; i < ELEMENTSOF(clients); i++)
		assert_true(sd_event_run(f->event, 0) >= 0);
	took = clock_now().boot_usec - since;
	taken = open_files() - before;
	assert_in_range(taken, 1, TCP_ACCEPTS * (2 + took / TCP_ACCEPTS_USEC));
	while (open_files() - before < ELEMENTSOF(clients))
		assert_true(sd_event_run(f->event, 20 * USEC_PER_SEC) > 0);
	for (size_t i = 0; i < ELEMENTSOF(clients); i++)
		close(clients[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_client_that_has_shut_its_half_is_answered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_client_that_asks_nothing_is_let_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_client_whose_question_is_dropped_is_let_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_connections_are_taken_so_many_at_a_time, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
