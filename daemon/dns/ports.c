/* Connected sockets, because one tells a dead server by ECONNREFUSED, and takes nothing from
 * elsewhere; kept open, because a fresh one a question costs more than the question. */
#include "dns/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

#define POOL_PER_SERVER 8   /* sockets, one of which is picked at random */
#define PORT_USES       128 /* questions by one port */
#define PACKET_MAX      65535
#define READS_PER_WAKE  64
#define BUCKETS         32 /* of ids, where many wait */

struct port {
	struct ports *ports;
	struct port *next;
	sd_event_source *io;
	int fd;
	struct endpoint server;
	unsigned slot, uses;
	size_t n_places;
	bool retired; /* no new question; closed with the last one */
	bool busy;    /* its own callback runs */
	struct ports_place *places[BUCKETS];
};

struct ports {
	sd_event *event;
	const struct ports_events *events;
	struct dice *dice;
	struct port *first;
	uint8_t packet[PACKET_MAX];
};

socklen_t ports_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (e->address.family == AF_INET6) {
		a6->sin6_family = AF_INET6;
		a6->sin6_port = htons(e->port);
		memcpy(&a6->sin6_addr, e->address.bytes, sizeof(a6->sin6_addr));
		return sizeof(*a6);
	}
	a4->sin_family = AF_INET;
	a4->sin_port = htons(e->port);
	memcpy(&a4->sin_addr, e->address.bytes, sizeof(a4->sin_addr));
	return sizeof(*a4);
}

static void port_free(struct port *port)
{
	struct port **at = &port->ports->first;

	while (*at != port)
		at = &(*at)->next;
	*at = port->next;
	sd_event_source_disable_unref(port->io);
	close(port->fd);
	free(port);
}

/* Closes a socket that nobody needs any more. */
static void port_release(struct port *port)
{
	if (port->retired && port->n_places == 0 && !port->busy)
		port_free(port);
}

static void take_place(struct port *port, struct ports_place *place)
{
	struct ports_place **bucket = &port->places[place->id % BUCKETS];

	place->port = port;
	place->next = *bucket;
	place->at = bucket;
	if (place->next)
		place->next->at = &place->next;
	*bucket = place;
	port->n_places++;
}

void ports_leave(struct ports_place *place)
{
	struct port *port = TAKE_PTR(place->port);

	if (!port)
		return;
	*place->at = place->next;
	if (place->next)
		place->next->at = place->at;
	port->n_places--;
	port_release(port);
}

static void port_refused(struct port *port)
{
	port->retired = true;
	for (size_t i = 0; i < BUCKETS; i++)
		while (port->places[i])
			port->ports->events->refused(port->places[i]);
}

/* Another id, another question, somebody's guess: nobody takes it. */
static void take_packet(struct port *port, uint8_t *packet, size_t n)
{
	const uint16_t id = n < 2 ? 0 : (uint16_t)(packet[0] << 8 | packet[1]);
	struct ports_place *place = n < 2 ? NULL : port->places[id % BUCKETS], *next;

	for (; place; place = next) {
		next = place->next;
		if (place->id == id && port->ports->events->packet(place, packet, n))
			return;
	}
}

static int on_port(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct port *port = userdata;
	struct ports *p = port->ports;
	ssize_t n;

	port->busy = true;
	for (int i = 0; i < READS_PER_WAKE; i++) {
		n = recv(fd, p->packet, sizeof(p->packet), MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			port_refused(port);
		if (n < 0)
			break;
		take_packet(port, p->packet, (size_t)n);
	}
	port->busy = false;
	port_release(port);
	return 0;
}

/* Port 0 lets the kernel pick one at random. */
static int open_port(
	struct ports *p, const struct endpoint *server, unsigned slot, struct port **ret)
{
	_cleanup_close_ int fd = socket(
		server->address.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	struct sockaddr_storage a;
	const socklen_t size = ports_sockaddr(server, &a);
	struct port *port;
	int r;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, size) < 0)
		return -errno;
	port = calloc(1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	r = sd_event_add_io(p->event, &port->io, fd, EPOLLIN, on_port, port);
	if (r < 0) {
		free(port);
		return r;
	}
	port->ports = p;
	port->server = *server;
	port->slot = slot;
	port->fd = TAKE_FD(fd);
	port->next = p->first;
	p->first = port;
	*ret = port;
	return 0;
}

static int pick_port(struct ports *p, const struct endpoint *server, struct port **ret)
{
	const unsigned slot = dice_roll(p->dice) % POOL_PER_SERVER;

	for (struct port *port = p->first; port; port = port->next) {
		if (port->retired || port->slot != slot || !endpoint_equal(&port->server, server))
			continue;
		if (port->uses < PORT_USES) {
			*ret = port;
			return 0;
		}
		port->retired = true;
		port_release(port);
		break;
	}
	return open_port(p, server, slot, ret);
}

int ports_send(struct ports *p, const struct endpoint *server, uint8_t *packet, size_t n,
	struct ports_place *place)
{
	struct port *port = NULL;
	int r;

	r = pick_port(p, server, &port);
	if (r < 0)
		return r;
	port->uses++;
	place->id = dice_roll(p->dice);
	packet[0] = (uint8_t)(place->id >> 8);
	packet[1] = (uint8_t)place->id;
	take_place(port, place);
	if (send(port->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN &&
		errno != ENOBUFS)
		return -errno;
	return 0;
}

void ports_retire(struct ports *p)
{
	for (struct port *port = p->first, *next; port; port = next) {
		next = port->next;
		port->retired = true;
		port_release(port);
	}
}

int ports_new(struct sd_event *event, const struct ports_events *events, struct dice *dice,
	struct ports **ret)
{
	struct ports *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->event = event;
	p->events = events;
	p->dice = dice;
	*ret = p;
	return 0;
}

struct ports *ports_free(struct ports *p)
{
	if (!p)
		return NULL;
	while (p->first)
		port_free(p->first);
	free(p);
	return NULL;
}
