/* Asking upstream servers: what has come in time counts, however late it is read. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/dns-message.h"
#include "dns/forward.h"
#include "udp-server.h"

#define OTHERS    8      /* sources of the loop that have something to do as well */
#define BUSY_USEC 900000 /* of this process, longer than an attempt has */
#define RESPONSE  0x80

struct fixture {
	sd_event *event;
	struct batch batch;
	struct forward *forward;
	struct endpoint server;
	int fd;
	sd_event_source *others[OTHERS];
	unsigned n_answered, n_failed;
};

static int on_other(sd_event_source *source, void *userdata)
{
	return 0;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->fd = udp_server(&f->server);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(forward_new(f->event, &f->batch, &f->forward), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < OTHERS; i++)
		sd_event_source_disable_unref(f->others[i]);
	forward_free(f->forward);
	sd_event_unref(f->event);
	close(f->fd);
	free(f);
	return 0;
}

static void on_done(const uint8_t *answer, size_t n, void *userdata)
{
	struct fixture *f = userdata;

	if (answer)
		f->n_answered++;
	else
		f->n_failed++;
}

static void ask(struct fixture *f)
{
	uint8_t query[DNS_SMALL_ANSWER];
	const int n = dns_query_build("www.alpha.example", DNS_A, query);

	assert_true(n > 0);
	assert_int_equal(
		forward_ask(f->forward, &f->server, 1, FORWARD_UDP, query, (size_t)n, on_done, f),
		0);
}

/* The server answers what it was asked; how often that was. */
static unsigned serve(struct fixture *f)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	uint8_t packet[DNS_SMALL_ANSWER];
	unsigned asked = 0;
	ssize_t n;

	for (; (n = recvfrom(f->fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *)&from,
			&size)) > 0;
		asked++) {
		packet[2] |= RESPONSE;
		assert_int_equal(
			sendto(f->fd, packet, (size_t)n, 0, (struct sockaddr *)&from, size), n);
	}
	return asked;
}

static void run(struct fixture *f, unsigned until)
{
	while (f->n_answered + f->n_failed < until)
		assert_true(sd_event_run(f->event, 20 * USEC_PER_SEC) > 0);
}

/* The processor was elsewhere: when it is back the time of the attempt is over, the answers are
 * here, and the loop may come to the one or the other first. */
static void test_an_answer_that_has_come_is_not_late(void **state)
{
	enum { N = 200 }; /* on all ports, more than are read in one go */
	struct fixture *f = *state;

	for (unsigned i = 0; i < N; i++)
		ask(f);
	assert_int_equal(serve(f), N);
	for (size_t i = 0; i < OTHERS; i++)
		assert_true(sd_event_add_defer(f->event, &f->others[i], on_other, f) >= 0);
	usleep(BUSY_USEC);
	run(f, N);
	assert_int_equal(f->n_answered, N);
	assert_int_equal(serve(f), 0); /* nothing was asked again */
}

static void test_a_silent_server_is_asked_again_and_given_up(void **state)
{
	struct fixture *f = *state;

	ask(f);
	run(f, 1);
	assert_int_equal(f->n_failed, 1);
	assert_in_range(serve(f), 2, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_an_answer_that_has_come_is_not_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_silent_server_is_asked_again_and_given_up, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
