/* The way to a broker, with one in the test's hand. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "share/link.h"

/* MQTT 5: kinds of packets, with their flags, and a reason. */
#define CONNECT     0x10
#define CONNACK     0x20
#define SUBSCRIBE   0x82
#define SUBACK      0x90
#define GRANTED     1
#define NOT_ALLOWED 0x87

struct fixture {
	sd_event *event;
	struct link *link;
	int listening, broker;
	unsigned n_connected, n_subscribed, n_refused;
};

static void on_connected(void *userdata)
{
	((struct fixture *)userdata)->n_connected++;
}

static void on_subscribed(const char *why, void *userdata)
{
	struct fixture *f = userdata;

	f->n_subscribed++;
	f->n_refused += why != NULL;
}

static void on_lost(const char *why, void *userdata)
{
	fail_msg("lost: %s", why);
}

static void run(struct fixture *f, const unsigned *n, unsigned until)
{
	while (*n < until)
		assert_true(sd_event_run(f->event, 20 * UINT64_C(1000000)) > 0);
}

/* A packet of less than 128 bytes. */
static void take(const struct fixture *f, uint8_t kind, uint8_t packet[130])
{
	assert_int_equal(recv(f->broker, packet, 2, MSG_WAITALL), 2);
	assert_int_equal(packet[0], kind);
	assert_true(packet[1] < 128);
	assert_int_equal(recv(f->broker, packet + 2, packet[1], MSG_WAITALL), packet[1]);
}

static int set_up(void **state)
{
	static const uint8_t welcome[] = { CONNACK, 3, 0, 0, 0 };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	struct fixture *f = calloc(1, sizeof(*f));
	struct link_options options = { .client_id = "desk", .will_topic = "t", .will = "gone" };
	const struct link_events events = { .connected = on_connected,
		.subscribed = on_subscribed,
		.lost = on_lost,
		.userdata = f };
	uint8_t packet[130];
	char *error = NULL;

	f->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listening, (struct sockaddr *)&a, size), 0);
	assert_int_equal(listen(f->listening, 1), 0);
	assert_int_equal(getsockname(f->listening, (struct sockaddr *)&a, &size), 0);
	strcpy(options.broker.host, "127.0.0.1");
	options.broker.port = ntohs(a.sin_port);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(link_new(f->event, &options, &events, &f->link, &error), 0);
	f->broker = accept(f->listening, NULL, NULL);
	assert_true(f->broker >= 0);
	take(f, CONNECT, packet);
	assert_int_equal(send(f->broker, welcome, sizeof(welcome), 0), sizeof(welcome));
	run(f, &f->n_connected, 1);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	link_free(f->link);
	sd_event_unref(f->event);
	close(f->broker);
	close(f->listening);
	free(f);
	return 0;
}

static void answer_subscription(struct fixture *f, uint8_t reason)
{
	uint8_t packet[130], answer[] = { SUBACK, 4, 0, 0, 0, reason };

	assert_int_equal(link_subscribe(f->link, "focusd/v1/home/+/usage/+/+"), 0);
	take(f, SUBSCRIBE, packet);
	memcpy(answer + 2, packet + 2, 2); /* its number */
	assert_int_equal(send(f->broker, answer, sizeof(answer), 0), sizeof(answer));
	run(f, &f->n_subscribed, f->n_subscribed + 1);
}

static void test_a_refusal_is_told(void **state)
{
	struct fixture *f = *state;

	answer_subscription(f, GRANTED);
	assert_int_equal(f->n_refused, 0);
	answer_subscription(f, NOT_ALLOWED);
	assert_int_equal(f->n_refused, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_refusal_is_told, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
