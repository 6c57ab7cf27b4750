/* One exchange a question, attempts in a row, and one timer for all. A pool of connected sockets
 * with random ports is cheaper than a fresh one a question, and a connected socket tells a dead
 * server by ECONNREFUSED; each is retired after some use, so that ports stay unguessable. */
#include "dns/forward.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "core/dns-message.h"

#define POOL_PER_SERVER 8   /* sockets, one of which is picked at random */
#define SOCKET_USES     128 /* questions by one port */
#define ATTEMPT_USEC    (800 * USEC_PER_MSEC)
#define DEAD_USEC       (5 * USEC_PER_SEC) /* a server that was silent is asked last */
#define DEAD_MAX        16
#define ANSWER_UDP_MAX  65535
#define READS_PER_WAKE  64

/* A bound, connected UDP socket and the questions that went out by it. */
struct udp_socket {
	struct forward *forward;
	struct udp_socket *next;
	sd_event_source *io;
	int fd;
	struct endpoint server;
	unsigned slot, uses;
	bool retired; /* no new question; closed with the last one */
	bool busy;    /* its own callback runs */
	struct exchange *pending;
};

struct exchange {
	struct forward *forward;
	struct exchange *next, **at; /* in the list of all */
	struct exchange *socket_next, **socket_at;
	struct endpoint servers[HOOK_UPSTREAMS_MAX];
	size_t n_servers, server;
	unsigned failed; /* bit per server that said no, or is not there */
	enum forward_transport transport;
	bool tcp;    /* the attempt under way */
	bool ousted; /* makes room for another one */
	usec_t deadline_usec, end_usec;
	struct udp_socket *socket;
	int tcp_fd;
	sd_event_source *tcp_io;
	uint8_t *tcp_in;
	size_t n_tcp_in;
	uint8_t *no; /* what the last server said that said no */
	size_t n_no;
	uint16_t id; /* the asker's */
	forward_done_fn done;
	void *userdata;
	size_t size;
	uint8_t query[]; /* two bytes of length for TCP, then the question with our id */
};

struct forward {
	sd_event *event;
	sd_event_source *timer;
	struct udp_socket *sockets;
	struct exchange *exchanges;
	size_t n_exchanges;
	usec_t armed_usec; /* when the timer fires */
	struct {
		struct endpoint server;
		usec_t until_usec;
	} dead[DEAD_MAX];
	size_t next_dead;
	uint16_t random[128];
	size_t n_random;
	uint8_t answer[ANSWER_UDP_MAX];
};

static usec_t now_usec(const struct forward *f)
{
	uint64_t now;

	return sd_event_now(f->event, CLOCK_BOOTTIME, &now) < 0 ? clock_now().boot_usec : now;
}

static uint16_t random16(struct forward *f)
{
	if (f->n_random == 0) {
		/* never short for up to 256 bytes (getrandom(2)) */
		if (getrandom(f->random, sizeof(f->random), 0) != sizeof(f->random))
			abort();
		f->n_random = ELEMENTSOF(f->random);
	}
	return f->random[--f->n_random];
}

static socklen_t to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret)
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

static void note_dead(struct forward *f, const struct endpoint *server)
{
	f->dead[f->next_dead].server = *server;
	f->dead[f->next_dead].until_usec = now_usec(f) + DEAD_USEC;
	f->next_dead = (f->next_dead + 1) % DEAD_MAX;
}

static void note_alive(struct forward *f, const struct endpoint *server)
{
	for (size_t i = 0; i < DEAD_MAX; i++)
		if (f->dead[i].until_usec > 0 && endpoint_equal(&f->dead[i].server, server))
			f->dead[i].until_usec = 0;
}

static bool is_dead(const struct forward *f, const struct endpoint *server)
{
	const usec_t now = now_usec(f);

	for (size_t i = 0; i < DEAD_MAX; i++)
		if (f->dead[i].until_usec > now && endpoint_equal(&f->dead[i].server, server))
			return true;
	return false;
}

static void socket_free(struct udp_socket *s)
{
	struct udp_socket **at = &s->forward->sockets;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
	sd_event_source_disable_unref(s->io);
	close(s->fd);
	free(s);
}

/* Closes a socket that nobody needs any more. */
static void socket_release(struct udp_socket *s)
{
	if (s->retired && !s->pending && !s->busy)
		socket_free(s);
}

/* Takes the exchange off its socket or connection. */
static void detach(struct exchange *x)
{
	struct udp_socket *s = x->socket;

	if (s) {
		*x->socket_at = x->socket_next;
		if (x->socket_next)
			x->socket_next->socket_at = x->socket_at;
		x->socket = NULL;
		socket_release(s);
	}
	x->tcp_io = sd_event_source_disable_unref(x->tcp_io);
	if (x->tcp_fd >= 0)
		close(TAKE_FD(x->tcp_fd));
	free(TAKE_PTR(x->tcp_in));
	x->n_tcp_in = 0;
}

static void exchange_free(struct exchange *x)
{
	detach(x);
	*x->at = x->next;
	if (x->next)
		x->next->at = x->at;
	x->forward->n_exchanges -= !x->ousted;
	free(x->no);
	free(x);
}

static void set_id(uint8_t *packet, uint16_t id)
{
	packet[0] = (uint8_t)(id >> 8);
	packet[1] = (uint8_t)id;
}

static void finish(struct exchange *x, uint8_t *answer, size_t n)
{
	const forward_done_fn done = x->done;
	void *userdata = x->userdata;
	uint8_t *no = TAKE_PTR(x->no);

	if (!answer) {
		answer = no;
		n = no ? x->n_no : 0;
	}
	if (answer)
		set_id(answer, x->id);
	exchange_free(x);
	done(answer, n, userdata);
	free(no);
}

static void attempt(struct exchange *x);
static void arm(struct forward *f, usec_t deadline_usec);

/* This server won't do: on to the next, or the end when there is none left. */
static void next_server(struct exchange *x, bool said_no)
{
	if (said_no)
		x->failed |= 1U << x->server;
	if (x->failed == (1U << x->n_servers) - 1) {
		finish(x, NULL, 0);
		return;
	}
	do
		x->server = (x->server + 1) % x->n_servers;
	while (x->failed & (1U << x->server));
	attempt(x);
}

static void keep_no(struct exchange *x, const uint8_t *answer, size_t n)
{
	uint8_t *copy = malloc(n);

	if (!copy)
		return;
	memcpy(copy, answer, n);
	free(x->no);
	x->no = copy;
	x->n_no = n;
}

/* An answer to our question has come by either way. */
static void take_answer(struct exchange *x, uint8_t *answer, size_t n)
{
	const enum dns_rcode rcode = dns_answer_rcode(answer);

	note_alive(x->forward, &x->servers[x->server]);
	if (rcode == DNS_SERVFAIL || rcode == DNS_REFUSED) {
		keep_no(x, answer, n);
		next_server(x, true);
	} else if (!x->tcp && x->transport == FORWARD_UDP_THEN_TCP &&
		   dns_answer_truncated(answer)) {
		x->transport = FORWARD_TCP;
		attempt(x);
	} else {
		finish(x, answer, n);
	}
}

static void socket_refused(struct udp_socket *s)
{
	note_dead(s->forward, &s->server);
	s->retired = true;
	while (s->pending)
		next_server(s->pending, true);
}

static void take_datagram(struct udp_socket *s, uint8_t *packet, size_t n)
{
	struct exchange *x = s->pending;

	/* Another id, another question, somebody's guess: not for us. */
	while (x && !dns_answer_matches(packet, n, x->query + 2, x->size))
		x = x->socket_next;
	if (x)
		take_answer(x, packet, n);
}

static int on_udp(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct udp_socket *s = userdata;
	struct forward *f = s->forward;
	ssize_t n;

	s->busy = true;
	for (int i = 0; i < READS_PER_WAKE; i++) {
		n = recv(fd, f->answer, sizeof(f->answer), MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			socket_refused(s);
		if (n < 0)
			break;
		take_datagram(s, f->answer, (size_t)n);
	}
	s->busy = false;
	socket_release(s);
	return 0;
}

/* Port 0 lets the kernel pick one at random. */
static int open_udp(
	struct forward *f, const struct endpoint *server, unsigned slot, struct udp_socket **ret)
{
	_cleanup_close_ int fd = socket(
		server->address.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	struct sockaddr_storage a;
	const socklen_t size = to_sockaddr(server, &a);
	struct udp_socket *s;
	int r;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, size) < 0)
		return -errno;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	r = sd_event_add_io(f->event, &s->io, fd, EPOLLIN, on_udp, s);
	if (r < 0) {
		free(s);
		return r;
	}
	s->forward = f;
	s->server = *server;
	s->slot = slot;
	s->fd = TAKE_FD(fd);
	s->next = f->sockets;
	f->sockets = s;
	*ret = s;
	return 0;
}

static int pick_socket(struct forward *f, const struct endpoint *server, struct udp_socket **ret)
{
	const unsigned slot = random16(f) % POOL_PER_SERVER;

	for (struct udp_socket *s = f->sockets; s; s = s->next) {
		if (s->retired || s->slot != slot || !endpoint_equal(&s->server, server))
			continue;
		if (s->uses < SOCKET_USES) {
			*ret = s;
			return 0;
		}
		s->retired = true;
		socket_release(s);
		break;
	}
	return open_udp(f, server, slot, ret);
}

static int attempt_udp(struct exchange *x)
{
	struct udp_socket *s = NULL;
	int r;

	r = pick_socket(x->forward, &x->servers[x->server], &s);
	if (r < 0)
		return r;
	s->uses++;
	x->socket = s;
	x->socket_next = s->pending;
	x->socket_at = &s->pending;
	if (s->pending)
		s->pending->socket_at = &x->socket_next;
	s->pending = x;
	if (send(s->fd, x->query + 2, x->size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
		errno != EAGAIN && errno != ENOBUFS)
		return -errno;
	return 0;
}

/* Reads as much of the framed answer as there is; 1: whole. */
static int read_tcp(struct exchange *x)
{
	size_t wanted = 2;
	ssize_t n;

	for (;;) {
		if (x->n_tcp_in >= 2)
			wanted = 2 + ((size_t)x->tcp_in[0] << 8 | x->tcp_in[1]);
		if (x->n_tcp_in == wanted)
			return 1;
		n = recv(x->tcp_fd, x->tcp_in + x->n_tcp_in, wanted - x->n_tcp_in, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (n == 0)
			return -ECONNRESET;
		x->n_tcp_in += (size_t)n;
	}
}

static int on_tcp(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct exchange *x = userdata;
	uint8_t *answer;
	int r;

	if (events & EPOLLOUT) {
		/* connected: the question is far below any socket's buffer */
		if (send(fd, x->query, x->size + 2, MSG_NOSIGNAL | MSG_DONTWAIT) !=
			(ssize_t)x->size + 2)
			next_server(x, true);
		else if (sd_event_source_set_io_events(x->tcp_io, EPOLLIN) < 0)
			next_server(x, true);
		return 0;
	}
	r = read_tcp(x);
	if (r == 0)
		return 0;
	if (r < 0 || !dns_answer_matches(x->tcp_in + 2, x->n_tcp_in - 2, x->query + 2, x->size)) {
		next_server(x, true);
	} else {
		answer = TAKE_PTR(x->tcp_in);
		take_answer(x, answer + 2, x->n_tcp_in - 2);
		free(answer);
	}
	return 0;
}

static int attempt_tcp(struct exchange *x)
{
	const struct endpoint *server = &x->servers[x->server];
	struct sockaddr_storage a;
	const socklen_t size = to_sockaddr(server, &a);

	x->tcp_in = malloc(2 + DNS_PACKET_MAX);
	x->tcp_fd = socket(
		server->address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (!x->tcp_in || x->tcp_fd < 0)
		return -errno;
	if (connect(x->tcp_fd, (struct sockaddr *)&a, size) < 0 && errno != EINPROGRESS)
		return -errno;
	return sd_event_add_io(x->forward->event, &x->tcp_io, x->tcp_fd, EPOLLOUT, on_tcp, x);
}

/* Sends the question to the server of the moment, with a fresh id. What fails at once is due at
 * once: the timer goes on from there, so that nobody is called back from inside their own call. */
static void attempt(struct exchange *x)
{
	const usec_t now = now_usec(x->forward);
	int r;

	detach(x);
	set_id(x->query + 2, random16(x->forward));
	x->tcp = x->transport == FORWARD_TCP;
	r = x->tcp ? attempt_tcp(x) : attempt_udp(x);
	x->deadline_usec = now + ATTEMPT_USEC;
	if (r < 0) {
		x->failed |= 1U << x->server;
		x->deadline_usec = now;
	}
	if (x->deadline_usec > x->end_usec || (x->tcp && r >= 0))
		x->deadline_usec = x->end_usec;
	arm(x->forward, x->deadline_usec);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct forward *f = userdata;
	const usec_t now = now_usec(f);
	usec_t first = USEC_INFINITY;

	f->armed_usec = USEC_INFINITY;
	/* a callback may ask anew, at the head of the list, but ends no exchange but its own */
	for (struct exchange *x = f->exchanges, *next; x; x = next) {
		next = x->next;
		if (x->deadline_usec > now)
			continue;
		if (!(x->failed & (1U << x->server)))
			note_dead(f, &x->servers[x->server]);
		if (now >= x->end_usec)
			finish(x, NULL, 0);
		else
			next_server(x, false);
	}
	for (const struct exchange *x = f->exchanges; x; x = x->next)
		if (x->deadline_usec < first)
			first = x->deadline_usec;
	arm(f, first);
	return 0;
}

/* Makes sure that the timer fires by then; when it fires too early it looks for the next time. */
static void arm(struct forward *f, usec_t deadline_usec)
{
	int r;

	if (deadline_usec >= f->armed_usec)
		return;
	f->armed_usec = deadline_usec;
	if (!f->timer) {
		r = sd_event_add_time(
			f->event, &f->timer, CLOCK_BOOTTIME, deadline_usec, 1, on_timer, f);
	} else {
		r = sd_event_source_set_time(f->timer, deadline_usec);
		if (r >= 0)
			r = sd_event_source_set_enabled(f->timer, SD_EVENT_ONESHOT);
	}
	if (r < 0)
		abort(); /* a resolver without timeouts is worse than a restart */
}

/* Whoever asks for names whose servers are silent must not lock others out: when all places are
 * taken, the question that has waited longest gives its own up, unless it is young too. It ends by
 * the timer. */
static bool make_room(struct forward *f)
{
	const usec_t now = now_usec(f);
	struct exchange *oldest = NULL;

	if (f->n_exchanges < FORWARD_PENDING_MAX)
		return true;
	for (struct exchange *x = f->exchanges; x; x = x->next)
		if (!x->ousted)
			oldest = x; /* the youngest stands first */
	if (!oldest || now < oldest->end_usec - FORWARD_TOTAL_USEC + FORWARD_YOUNG_USEC)
		return false;
	oldest->ousted = true;
	oldest->end_usec = oldest->deadline_usec = now;
	oldest->failed |= 1U << oldest->server; /* that says nothing of the server */
	f->n_exchanges--;
	arm(f, now);
	return true;
}

int forward_ask(struct forward *f, const struct endpoint *servers, size_t n_servers,
	enum forward_transport transport, const uint8_t *query, size_t n, forward_done_fn done,
	void *userdata)
{
	struct exchange *x;

	if (n_servers == 0)
		return -EDESTADDRREQ;
	if (n > DNS_PACKET_MAX || n < DNS_HEADER_BYTES || !make_room(f))
		return -ENOBUFS;
	x = calloc(1, sizeof(*x) + 2 + n);
	if (!x)
		return -ENOMEM;
	x->forward = f;
	x->n_servers = n_servers > HOOK_UPSTREAMS_MAX ? HOOK_UPSTREAMS_MAX : n_servers;
	memcpy(x->servers, servers, x->n_servers * sizeof(*servers));
	while (x->server + 1 < x->n_servers && is_dead(f, &x->servers[x->server]))
		x->server++;
	if (is_dead(f, &x->servers[x->server]))
		x->server = 0;
	x->transport = transport;
	x->tcp_fd = -1;
	x->end_usec = now_usec(f) + FORWARD_TOTAL_USEC;
	x->id = (uint16_t)(query[0] << 8 | query[1]);
	x->done = done;
	x->userdata = userdata;
	x->size = n;
	x->query[0] = (uint8_t)(n >> 8);
	x->query[1] = (uint8_t)n;
	memcpy(x->query + 2, query, n);
	x->next = f->exchanges;
	x->at = &f->exchanges;
	if (x->next)
		x->next->at = &x->next;
	f->exchanges = x;
	f->n_exchanges++;
	attempt(x);
	return 0;
}

void forward_restart(struct forward *f)
{
	for (struct udp_socket *s = f->sockets, *next; s; s = next) {
		next = s->next;
		s->retired = true;
		socket_release(s);
	}
	for (size_t i = 0; i < DEAD_MAX; i++)
		f->dead[i].until_usec = 0;
}

int forward_new(struct sd_event *event, struct forward **ret)
{
	struct forward *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->event = event;
	f->armed_usec = USEC_INFINITY;
	*ret = f;
	return 0;
}

struct forward *forward_free(struct forward *f)
{
	if (!f)
		return NULL;
	while (f->exchanges)
		exchange_free(f->exchanges);
	while (f->sockets)
		socket_free(f->sockets);
	sd_event_source_disable_unref(f->timer);
	free(f);
	return NULL;
}
