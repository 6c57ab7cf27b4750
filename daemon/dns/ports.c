/* Connected sockets, because one tells a dead server by ECONNREFUSED, and takes nothing from
 * elsewhere; kept open, because a fresh one a question costs more than the question. */
#include "dns/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

#define POOL_PER_SERVER 8   /* sockets, one of which is picked at random */
#define PORT_USES       128 /* questions by one port */
#define PACKET_MAX      65535
#define READS           8   /* packets in one go; where more wait the loop comes again */
#define WAKES           16  /* ports in one go */
#define ROUNDS          16  /* of all of that, where nothing must be left: 2048 packets */
#define BUCKETS         32  /* of ids, where many wait */
#define LETTERS         64  /* questions that are sent in one go; the next one sends them */
#define LETTER_MAX      512 /* larger ones are sent at once */

struct port {
	struct ports *ports;
	struct port *next;
	int fd;
	struct endpoint server;
	unsigned slot, uses;
	size_t n_places;
	bool retired; /* no new question; closed with the last one */
	struct ports_place *places[BUCKETS];
};

/* A question that waits for the end of the batch. */
struct letter {
	struct port *port; /* NULL: sent, or nobody waits any more */
	size_t size;
	uint8_t bytes[LETTER_MAX];
};

struct ports {
	const struct ports_events *events;
	struct dice *dice;
	struct batch *batch;
	sd_event_source *io;
	int epoll_fd; /* of all ports: one wake-up of the loop for all that have something */
	bool busy;    /* ports stay until the end of it */
	bool flushing;
	struct port *first;
	struct letter letters[LETTERS];
	size_t n_letters;
	uint8_t packets[READS][PACKET_MAX];
};

socklen_t ports_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (e->address.family == AF_INET6) {
		a6->sin6_family = AF_INET6;
		a6->sin6_port = htons(e->port);
		a6->sin6_scope_id = e->link;
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
	for (size_t i = 0; i < port->ports->n_letters; i++)
		if (port->ports->letters[i].port == port)
			port->ports->letters[i].port = NULL;
	close(port->fd); /* epoll forgets it too: epoll(7) */
	free(port);
}

/* Closes a socket that nobody needs any more. */
static void port_release(struct port *port)
{
	if (port->retired && port->n_places == 0 && !port->ports->busy)
		port_free(port);
}

static void release_all(struct ports *p)
{
	for (struct port *port = p->first, *next; port; port = next) {
		next = port->next;
		port_release(port);
	}
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

static void read_port(struct ports *p, struct port *port)
{
	struct mmsghdr messages[READS] = { 0 };
	struct iovec io[READS];
	int n;

	for (size_t i = 0; i < READS; i++) {
		io[i] = (struct iovec){ p->packets[i], PACKET_MAX };
		messages[i].msg_hdr.msg_iov = &io[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(port->fd, messages, READS, MSG_DONTWAIT, NULL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		port_refused(port);
	for (int i = 0; i < n; i++)
		take_packet(port, p->packets[i], messages[i].msg_len);
}

/* How many ports had something. */
static int read_ready(struct ports *p)
{
	struct epoll_event ready[WAKES];
	const int n = epoll_wait(p->epoll_fd, ready, WAKES, 0);

	p->busy = true;
	batch_begin(p->batch);
	for (int i = 0; i < n; i++)
		read_port(p, ready[i].data.ptr);
	batch_end(p->batch);
	p->busy = false;
	release_all(p);
	return n;
}

static int on_ports(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	read_ready(userdata);
	return 0;
}

void ports_read(struct ports *p)
{
	for (unsigned i = 0; i < ROUNDS && read_ready(p) > 0; i++)
		continue;
}

/* Sends all that go by the port of the first one. */
static void send_letters(struct ports *p, size_t first)
{
	struct port *port = p->letters[first].port;
	struct mmsghdr messages[LETTERS] = { 0 };
	struct iovec io[LETTERS];
	unsigned n = 0, sent = 0;

	for (size_t i = first; i < p->n_letters; i++) {
		struct letter *letter = &p->letters[i];

		if (letter->port != port)
			continue;
		letter->port = NULL;
		io[n] = (struct iovec){ letter->bytes, letter->size };
		messages[n].msg_hdr.msg_iov = &io[n];
		messages[n++].msg_hdr.msg_iovlen = 1;
	}
	while (sent < n) {
		const int r =
			sendmmsg(port->fd, messages + sent, n - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (r < 0 && (errno == EAGAIN || errno == ENOBUFS))
			break; /* lost, as on the way */
		if (r < 0) {
			port_refused(port);
			break;
		}
		sent += (unsigned)r;
	}
}

static void flush_letters(void *userdata)
{
	struct ports *p = userdata;
	const bool busy = p->busy;

	p->busy = p->flushing = true;
	for (size_t i = 0; i < p->n_letters; i++)
		if (p->letters[i].port)
			send_letters(p, i);
	p->n_letters = 0;
	p->busy = busy;
	p->flushing = false;
	release_all(p);
}

/* Port 0 lets the kernel pick one at random. */
static int open_port(
	struct ports *p, const struct endpoint *server, unsigned slot, struct port **ret)
{
	_cleanup_close_ int fd = socket(
		server->address.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	struct sockaddr_storage a;
	const socklen_t size = ports_sockaddr(server, &a);
	struct epoll_event e = { .events = EPOLLIN };
	struct port *port;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, size) < 0)
		return -errno;
	port = calloc(1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	e.data.ptr = port;
	if (epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0) {
		free(port);
		return -errno;
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

static int send_packet(struct port *port, const uint8_t *packet, size_t n)
{
	struct ports *p = port->ports;
	struct letter *letter;

	if (!batch_open(p->batch) || p->flushing || n > LETTER_MAX)
		return send(port->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
				       errno != EAGAIN && errno != ENOBUFS
			       ? -errno
			       : 0;
	letter = &p->letters[p->n_letters++];
	letter->port = port;
	letter->size = n;
	memcpy(letter->bytes, packet, n);
	return 0;
}

int ports_send(struct ports *p, const struct endpoint *server, uint8_t *packet, size_t n,
	struct ports_place *place)
{
	struct port *port = NULL;
	int r;

	/* first: whoever is refused is told then, which must not be this one, nor its port */
	if (p->n_letters == LETTERS && !p->flushing)
		flush_letters(p);
	r = pick_port(p, server, &port);
	if (r < 0)
		return r;
	port->uses++;
	place->id = dice_roll(p->dice);
	packet[0] = (uint8_t)(place->id >> 8);
	packet[1] = (uint8_t)place->id;
	take_place(port, place);
	return send_packet(port, packet, n);
}

void ports_retire(struct ports *p)
{
	for (struct port *port = p->first; port; port = port->next)
		port->retired = true;
	release_all(p);
}

DEFINE_CLEANUP(struct ports *, ports_free);

int ports_new(struct sd_event *event, const struct ports_events *events, struct dice *dice,
	struct batch *batch, struct ports **ret)
{
	_cleanup_(ports_freep) struct ports *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->events = events;
	p->dice = dice;
	p->batch = batch;
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll_fd < 0)
		return -errno;
	r = sd_event_add_io(event, &p->io, p->epoll_fd, EPOLLIN, on_ports, p);
	if (r < 0)
		return r;
	batch_add(batch, flush_letters, p);
	*ret = TAKE_PTR(p);
	return 0;
}

struct ports *ports_free(struct ports *p)
{
	if (!p)
		return NULL;
	while (p->first)
		port_free(p->first);
	sd_event_source_disable_unref(p->io);
	if (p->epoll_fd >= 0)
		close(p->epoll_fd);
	free(p);
	return NULL;
}
