/* Random ports: who is called for which datagram, and that ports and ids are many. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dns/ports.h"
#include "udp-server.h"

struct fixture {
	sd_event *event;
	struct dice dice;
	struct batch batch;
	struct ports *ports;
	struct endpoint server;
	int fd;
};

struct asker {
	struct ports_place place;
	uint8_t packet[4];
	bool answered, refused, picky;
};

static bool on_packet(struct ports_place *place, uint8_t *packet, size_t n)
{
	struct asker *a = (struct asker *)place;

	if (a->picky && n == 2)
		return false;
	assert_false(a->answered);
	a->answered = true;
	ports_leave(place);
	return true;
}

static void on_refused(struct ports_place *place)
{
	((struct asker *)place)->refused = true;
	ports_leave(place);
}

static int set_up(void **state)
{
	static const struct ports_events events = { on_packet, on_refused };
	struct fixture *f = calloc(1, sizeof(*f));

	f->fd = udp_server(&f->server);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(ports_new(f->event, &events, &f->dice, &f->batch, &f->ports), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	ports_free(f->ports);
	sd_event_unref(f->event);
	if (f->fd >= 0)
		close(f->fd);
	free(f);
	return 0;
}

static void ask(struct fixture *f, struct asker *a)
{
	assert_int_equal(
		ports_send(f->ports, &f->server, a->packet, sizeof(a->packet), &a->place), 0);
	assert_int_equal(a->packet[0] << 8 | a->packet[1], a->place.id);
}

/* Takes the next question off the wire; its sender's port. */
static uint16_t take(struct fixture *f, uint8_t packet[4], struct sockaddr_in *ret)
{
	socklen_t size = sizeof(*ret);

	assert_int_equal(recvfrom(f->fd, packet, 4, 0, (struct sockaddr *)ret, &size), 4);
	return ntohs(ret->sin_port);
}

static void answer(struct fixture *f, const void *packet, size_t n, const struct sockaddr_in *to)
{
	assert_int_equal(sendto(f->fd, packet, n, 0, (const struct sockaddr *)to, sizeof(*to)), n);
}

static void run(struct fixture *f, const bool *until)
{
	while (!*until)
		assert_true(sd_event_run(f->event, 20 * UINT64_C(1000000)) > 0);
}

static void test_only_the_own_id_is_taken(void **state)
{
	struct fixture *f = *state;
	struct asker a = { .picky = true };
	struct sockaddr_in from;
	uint8_t packet[4], wrong[4];

	ask(f, &a);
	take(f, packet, &from);
	memcpy(wrong, packet, sizeof(wrong));
	wrong[1] ^= 1;
	answer(f, wrong, sizeof(wrong), &from);
	answer(f, "", 0, &from);
	answer(f, packet, 1, &from);
	answer(f, packet, 2, &from); /* the id, yet the asker does not want it */
	answer(f, packet, sizeof(packet), &from);
	run(f, &a.answered);
	assert_null(a.place.port);
}

static void test_ports_and_ids_are_many(void **state)
{
	enum { N = 4096 };
	struct fixture *f = *state;
	_cleanup_free_ uint8_t *ports = calloc(65536, 1), *ids = calloc(65536, 1);
	struct sockaddr_in from;
	uint8_t packet[4];
	unsigned n_ports = 0, n_ids = 0, most = 0;
	uint16_t uses[65536] = { 0 };

	for (int i = 0; i < N; i++) {
		struct asker a = { 0 };
		uint16_t port;

		ask(f, &a);
		ports_leave(&a.place);
		port = take(f, packet, &from);
		n_ports += !ports[port];
		ports[port] = 1;
		n_ids += !ids[a.place.id];
		ids[a.place.id] = 1;
		if (++uses[port] > most)
			most = uses[port];
	}
	/* 4096 questions by 128 a port: some 32 ports and the 8 at work; 3969 ids are expected */
	assert_in_range(n_ports, 30, 60);
	assert_in_range(n_ids, 3800, 4096);
	assert_true(most <= 256); /* the kernel may give a port anew */
}

static void test_a_batch_is_sent_at_its_end(void **state)
{
	enum { N = 100 }; /* more than is kept */
	struct fixture *f = *state;
	struct asker askers[N] = { 0 }, last = { 0 };
	struct sockaddr_in from;
	uint8_t packet[4];
	bool seen[65536] = { false };

	batch_begin(&f->batch);
	ask(f, &askers[0]);
	assert_int_equal(recv(f->fd, packet, sizeof(packet), MSG_DONTWAIT), -1);
	for (int i = 1; i < N; i++)
		ask(f, &askers[i]);
	batch_begin(&f->batch);
	batch_end(&f->batch);
	batch_end(&f->batch);
	for (int i = 0; i < N; i++) {
		take(f, packet, &from);
		seen[packet[0] << 8 | packet[1]] = true;
	}
	for (int i = 0; i < N; i++)
		assert_true(seen[askers[i].place.id]);
	answer(f, packet, sizeof(packet), &from);
	for (int i = 0; i < N; i++)
		if (askers[i].place.id == (packet[0] << 8 | packet[1]))
			run(f, &askers[i].answered);
	/* who has left by then is not asked for */
	batch_begin(&f->batch);
	ask(f, &last);
	ports_leave(&last.place);
	for (int i = 0; i < N; i++)
		ports_leave(&askers[i].place);
	ports_retire(f->ports);
	batch_end(&f->batch);
	assert_int_equal(recv(f->fd, packet, sizeof(packet), MSG_DONTWAIT), -1);
}

static void test_a_dead_server_is_told_in_a_batch(void **state)
{
	struct fixture *f = *state;
	struct asker a = { 0 };

	close(f->fd);
	f->fd = -1;
	batch_begin(&f->batch);
	ask(f, &a);
	batch_end(&f->batch);
	run(f, &a.refused);
}

static void test_a_dead_server_is_told(void **state)
{
	struct fixture *f = *state;
	struct asker a = { 0 }, b = { 0 };

	close(f->fd);
	f->fd = -1;
	ask(f, &a);
	run(f, &a.refused);
	assert_null(a.place.port);
	ask(f, &b);
	ports_retire(f->ports); /* closed when the last one has left */
	run(f, &b.refused);
}

/* Without its link nobody knows where that is. */
static void test_a_link_local_server_has_its_link(void **state)
{
	const struct endpoint e = {
		.address = { AF_INET6, { 0xfe, 0x80, [15] = 1 } }, .port = 53, .link = 7
	};
	struct sockaddr_storage a;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a;

	assert_int_equal(ports_sockaddr(&e, &a), sizeof(*in6));
	assert_int_equal(in6->sin6_scope_id, 7);
	assert_int_equal(ntohs(in6->sin6_port), 53);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_only_the_own_id_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ports_and_ids_are_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_batch_is_sent_at_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_dead_server_is_told_in_a_batch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_dead_server_is_told, set_up, tear_down),
		cmocka_unit_test(test_a_link_local_server_has_its_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
