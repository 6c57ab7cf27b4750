/* Asking upstream servers by TCP: the answer counts in whatever parts it comes, and nothing else
 * does. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/dns-frame.h"
#include "core/dns-message.h"
#include "dns/forward.h"

#define RESPONSE 0x80
#define STREAM   (2 * (DNS_FRAME_HEAD + DNS_PACKET_MAX))

struct fixture {
	sd_event *event;
	struct batch batch;
	struct forward *forward;
	struct endpoint server;
	int listening;
	unsigned n_done;
	size_t n_answer; /* 0: there was none */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);

	f->listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listening, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(f->listening, 16), 0);
	assert_int_equal(getsockname(f->listening, (struct sockaddr *)&a, &size), 0);
	assert_int_equal(address_parse("127.0.0.1", &f->server.address), 0);
	f->server.port = ntohs(a.sin_port);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(forward_new(f->event, &f->batch, &f->forward), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	forward_free(f->forward);
	sd_event_unref(f->event);
	close(f->listening);
	free(f);
	return 0;
}

static void on_done(const uint8_t *answer, size_t n, void *userdata)
{
	struct fixture *f = userdata;

	f->n_done++;
	f->n_answer = answer ? n : 0;
}

static void turn(struct fixture *f)
{
	assert_true(sd_event_run(f->event, 1000) >= 0);
}

/* The question that comes by a connection of its own; the connection. */
static int take(struct fixture *f, uint8_t frame[DNS_SMALL_ANSWER], size_t n)
{
	int fd;

	while ((fd = accept4(f->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0)
		turn(f);
	for (size_t come = 0; come < n;) {
		const ssize_t r = recv(fd, frame + come, n - come, 0);

		assert_true(r > 0 || (r < 0 && errno == EAGAIN));
		come += r > 0 ? (size_t)r : 0;
		turn(f);
	}
	return fd;
}

/* As far as the other end wants it. */
static void say(struct fixture *f, int fd, const uint8_t *bytes, size_t n, size_t part)
{
	for (size_t sent = 0; sent < n && f->n_done == 0;) {
		const ssize_t r = send(fd, bytes + sent, n - sent < part ? n - sent : part,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (r < 0 && errno != EAGAIN)
			break;
		sent += r > 0 ? (size_t)r : 0;
		turn(f);
	}
}

static void set_size(uint8_t *frame, size_t n)
{
	frame[0] = (uint8_t)(n >> 8);
	frame[1] = (uint8_t)n;
}

static const struct {
	const char *what;
	size_t size, said, part; /* of the answer; of it that comes at all; at a time. 0: all */
	size_t more;             /* bytes behind it */
	uint8_t other;           /* what its id differs by */
	bool counts;
} rows[] = {
	{ .what = "whole", .counts = true },
	{ .what = "byte by byte", .part = 1, .counts = true },
	{ .what = "the head alone, then the rest", .part = DNS_FRAME_HEAD, .counts = true },
	{ .what = "the longest there is", .size = DNS_PACKET_MAX, .part = 9000, .counts = true },
	{ .what = "with more behind it", .more = 100, .counts = true },
	{ .what = "the longest, and more", .size = DNS_PACKET_MAX, .more = 999, .counts = true },
	{ .what = "cut within its head", .said = 1 },
	{ .what = "cut after its head", .said = DNS_FRAME_HEAD },
	{ .what = "cut", .said = 20, .part = 7 },
	{ .what = "shorter than a header", .size = 5 },
	{ .what = "to another question", .other = 1 },
};

static size_t exchange(struct fixture *f, size_t row)
{
	static uint8_t stream[STREAM];
	uint8_t query[DNS_SMALL_ANSWER];
	const int n = dns_query_build("www.alpha.example", DNS_A, query);
	const size_t size = rows[row].size ? rows[row].size : (size_t)n;
	const size_t said =
		rows[row].said ? rows[row].said : DNS_FRAME_HEAD + size + rows[row].more;
	_cleanup_close_ int fd = -1;

	assert_true(n > 0);
	f->n_done = 0;
	assert_int_equal(
		forward_ask(f->forward, &f->server, 1, FORWARD_TCP, query, (size_t)n, on_done, f),
		0);
	memset(stream, 0, sizeof(stream));
	fd = take(f, stream, DNS_FRAME_HEAD + (size_t)n);
	set_size(stream, size);
	stream[DNS_FRAME_HEAD + 1] ^= rows[row].other;
	stream[DNS_FRAME_HEAD + 2] |= RESPONSE;
	say(f, fd, stream, said, rows[row].part ? rows[row].part : said);
	if (rows[row].said)
		close(TAKE_FD(fd));
	while (f->n_done == 0)
		assert_true(sd_event_run(f->event, 20 * USEC_PER_SEC) > 0);
	return rows[row].counts ? size : 0;
}

static void test_an_answer_in_parts(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const size_t expected = exchange(f, i);

		if (f->n_done != 1 || f->n_answer != expected)
			fail_msg(
				"%s: %zu bytes, expected %zu", rows[i].what, f->n_answer, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_answer_in_parts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
