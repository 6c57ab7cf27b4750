/* Sockets in batches, frames of TCP (RFC 7766), and the way back to whoever asked. */
#include "dns/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/spares.h"
#include "core/dns-frame.h"

#define BATCH_PACKETS 32
#define LETTERS       64   /* answers that are sent in one go; the next one sends them */
#define LETTER_MAX    1536 /* larger ones are sent at once */
#define REQUEST_BYTES 256  /* of a question as a rule: room for it is kept … */
#define REQUESTS_KEPT 64   /* … for so many */
#define TCP_IDLE_USEC (10 * USEC_PER_SEC)
#define TCP_OUT_MAX   (256 << 10) /* a client that does not read is shut at this */

struct tcp_client {
	struct listener *listener;
	struct tcp_client *prev, *next;
	sd_event_source *io, *idle;
	int fd;
	size_t n_waiting; /* requests that hold us */
	bool ended;       /* asks nothing more; closed when all is answered (RFC 1035, 4.2.2) */
	bool gone;        /* closed; freed with the last request */
	uint8_t in[DNS_FRAME_HEAD + DNS_QUERY_MAX];
	size_t n_in;
	uint8_t *out;
	size_t n_out;
};

/* An answer that waits for the end of the batch. */
struct letter {
	int fd; /* -1: sent */
	struct sockaddr_storage peer;
	socklen_t peer_size;
	size_t size;
	uint8_t bytes[LETTER_MAX];
};

struct listener {
	sd_event *event;
	int fds[LISTENER_SOCKETS_MAX];
	sd_event_source *sources[LISTENER_SOCKETS_MAX];
	size_t n;
	struct tcp_client *clients; /* youngest first */
	size_t n_clients, n_requests;
	struct spares requests;
	struct listener_options options;
	struct letter letters[LETTERS];
	size_t n_letters;
	uint8_t packets[BATCH_PACKETS][DNS_QUERY_MAX];
};

static void client_free(struct tcp_client *c)
{
	free(c->out);
	free(c);
}

/* Ends the connection now; the memory goes when no request holds it. */
static void client_close(struct tcp_client *c)
{
	if (c->gone)
		return;
	c->gone = true;
	sd_event_source_disable_unref(c->io);
	sd_event_source_disable_unref(c->idle);
	close(c->fd);
	if (c->prev)
		c->prev->next = c->next;
	else
		c->listener->clients = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->listener->n_clients--;
	if (c->n_waiting == 0)
		client_free(c);
}

static bool is_done(const struct tcp_client *c)
{
	return c->ended && c->n_waiting == 0 && c->n_out == 0;
}

static void request_free(struct request *q)
{
	struct tcp_client *c = q->client;

	q->listener->n_requests--;
	if (c && --c->n_waiting == 0) {
		if (c->gone)
			client_free(c);
		else if (is_done(c))
			client_close(c);
	}
	spares_give(&q->listener->requests, q, sizeof(*q) + q->size);
}

void request_drop(struct request *request)
{
	if (request->answered)
		request->answered(request, NULL);
	else
		request_free(request);
}

/* The payload size that the asker announced, 512 without EDNS. The OPT's class is found by its
 * bytes: the root name, type 41, behind the question. */
static size_t payload_size(const struct request *q)
{
	size_t at = DNS_HEADER_BYTES, size;

	if (!q->query.edns)
		return 512;
	while (at < q->size && q->packet[at] != 0)
		at += q->packet[at] + 1U;
	at += 5;
	if (at + 5 > q->size || q->packet[at] != 0 || q->packet[at + 1] != 0 ||
		q->packet[at + 2] != 41)
		return DNS_UDP_PAYLOAD;
	size = (size_t)q->packet[at + 3] << 8 | q->packet[at + 4];
	return size < 512 ? 512 : size;
}

/* Header and question only, with TC: come again by TCP. */
static size_t cut(uint8_t *ret, const uint8_t *packet, size_t n)
{
	size_t at = DNS_HEADER_BYTES;

	while (at < n && packet[at] != 0)
		at += packet[at] + 1U;
	at += 5;
	if (at > n || at > DNS_SMALL_ANSWER)
		at = DNS_HEADER_BYTES;
	memcpy(ret, packet, at);
	ret[2] |= 0x02;
	memset(ret + 4, 0, 8);
	ret[5] = at > DNS_HEADER_BYTES;
	return at;
}

/* Sends all that go by the socket of the first one. */
static void send_letters(struct listener *l, size_t first)
{
	const int fd = l->letters[first].fd;
	struct mmsghdr messages[LETTERS] = { 0 };
	struct iovec io[LETTERS];
	unsigned n = 0, done = 0;

	for (size_t i = first; i < l->n_letters; i++) {
		struct letter *letter = &l->letters[i];

		if (letter->fd != fd)
			continue;
		letter->fd = -1;
		io[n] = (struct iovec){ letter->bytes, letter->size };
		messages[n].msg_hdr = (struct msghdr){ .msg_iov = &io[n],
			.msg_iovlen = 1,
			.msg_name = &letter->peer,
			.msg_namelen = letter->peer_size };
		n++;
	}
	/* A full buffer drops them, as the network might: the asker asks again. What else is wrong
	 * with one is no other's matter. */
	while (done < n) {
		const int r = sendmmsg(fd, messages + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (r < 0 && errno == EAGAIN)
			break;
		done += r > 0 ? (unsigned)r : 1;
	}
}

static void flush_letters(void *userdata)
{
	struct listener *l = userdata;

	for (size_t i = 0; i < l->n_letters; i++)
		if (l->letters[i].fd >= 0)
			send_letters(l, i);
	l->n_letters = 0;
}

static void answer_udp(const struct request *q, const uint8_t *packet, size_t n)
{
	struct listener *l = q->listener;
	uint8_t truncated[DNS_SMALL_ANSWER];
	struct letter *letter;

	if (n > payload_size(q)) {
		n = cut(truncated, packet, n);
		packet = truncated;
	}
	if (q->asked.family != AF_UNSPEC) {
		wildcard_send(q->fd, &q->asked, &(struct iovec){ (void *)packet, n },
			(const struct sockaddr *)&q->peer, q->peer_size);
		return;
	}
	if (!batch_open(l->options.batch) || n > LETTER_MAX) {
		if (sendto(q->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL,
			    (const struct sockaddr *)&q->peer, q->peer_size) < 0)
			return; /* as in send_letters() */
		return;
	}
	if (l->n_letters == LETTERS)
		flush_letters(l);
	letter = &l->letters[l->n_letters++];
	letter->fd = q->fd;
	letter->peer = q->peer;
	letter->peer_size = q->peer_size;
	letter->size = n;
	memcpy(letter->bytes, packet, n);
}

static int client_watch(struct tcp_client *c)
{
	const uint32_t in = !c->ended && c->n_waiting < TCP_PIPELINE_MAX ? EPOLLIN : 0;

	return sd_event_source_set_io_events(c->io, in | (c->n_out > 0 ? EPOLLOUT : 0));
}

static void client_flush(struct tcp_client *c)
{
	while (c->n_out > 0) {
		const ssize_t n = send(c->fd, c->out, c->n_out, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			client_close(c);
			return;
		}
		c->n_out -= (size_t)n;
		memmove(c->out, c->out + n, c->n_out);
	}
	if (is_done(c) || client_watch(c) < 0)
		client_close(c);
}

static void answer_tcp(struct tcp_client *c, const uint8_t *packet, size_t n)
{
	uint8_t *out;

	if (c->gone)
		return;
	if (n > DNS_PACKET_MAX || c->n_out + n + 2 > TCP_OUT_MAX) {
		client_close(c);
		return;
	}
	out = realloc(c->out, c->n_out + n + 2);
	if (!out) {
		client_close(c);
		return;
	}
	c->out = out;
	out[c->n_out] = (uint8_t)(n >> 8);
	out[c->n_out + 1] = (uint8_t)n;
	memcpy(out + c->n_out + 2, packet, n);
	c->n_out += n + 2;
	client_flush(c);
}

void request_answer(struct request *request, const uint8_t *packet, size_t n)
{
	if (request->client)
		answer_tcp(request->client, packet, n);
	else
		answer_udp(request, packet, n);
	request_free(request);
}

/* Makes a request of a packet and hands it on; what is no question is answered or dropped here. */
static void take_packet(struct listener *l, const uint8_t *packet, size_t n, struct request *from)
{
	uint8_t reply[DNS_SMALL_ANSWER];
	struct request *q;
	int r;

	if (l->n_requests >= REQUESTS_MAX)
		return;
	q = spares_take(&l->requests, sizeof(*q) + n);
	if (!q)
		return;
	*q = *from;
	q->listener = l;
	q->size = n;
	memcpy(q->packet, packet, n);
	l->n_requests++;
	if (q->client)
		q->client->n_waiting++;
	r = dns_query_parse(packet, n, &q->query);
	if (r == 0) {
		l->options.asked(q, l->options.userdata);
		return;
	}
	r = r == -EPROTO || r == -EOPNOTSUPP
		    ? dns_error_build(packet, n, r == -EPROTO ? DNS_FORMERR : DNS_NOTIMP, reply)
		    : -1;
	if (r > 0)
		request_answer(q, reply, (size_t)r);
	else
		request_drop(q);
}

/* Where each packet came to is told on a wildcard socket only. */
static void receive(struct listener *l, int fd, bool wildcard)
{
	struct sockaddr_storage peers[BATCH_PACKETS];
	union {
		struct cmsghdr header;
		uint8_t bytes[OWN_ADDRESS_CONTROL_MAX];
	} controls[BATCH_PACKETS];
	struct mmsghdr messages[BATCH_PACKETS] = { 0 };
	struct iovec io[BATCH_PACKETS];
	int n;

	for (size_t i = 0; i < BATCH_PACKETS; i++) {
		io[i] = (struct iovec){ l->packets[i], DNS_QUERY_MAX };
		messages[i].msg_hdr.msg_iov = &io[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = &peers[i];
		messages[i].msg_hdr.msg_namelen = sizeof(peers[i]);
		if (wildcard) {
			memset(&controls[i], 0, sizeof(controls[i]));
			messages[i].msg_hdr.msg_control = &controls[i];
			messages[i].msg_hdr.msg_controllen = sizeof(controls[i]);
		}
	}
	n = recvmmsg(fd, messages, BATCH_PACKETS, MSG_DONTWAIT, NULL);
	batch_begin(l->options.batch);
	for (int i = 0; i < n; i++) {
		struct request from = {
			.fd = fd, .peer = peers[i], .peer_size = messages[i].msg_hdr.msg_namelen
		};

		if (wildcard)
			from.asked = wildcard_read(&messages[i].msg_hdr);
		if (!(messages[i].msg_hdr.msg_flags & MSG_TRUNC))
			take_packet(l, io[i].iov_base, messages[i].msg_len, &from);
	}
	batch_end(l->options.batch);
}

static int on_udp(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	receive(userdata, fd, false);
	return 0;
}

static int on_wildcard_udp(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	receive(userdata, fd, true);
	return 0;
}

/* Hands on every whole frame that has come. */
static void client_frames(struct tcp_client *c)
{
	struct request from = { .client = c, .fd = -1 };
	const uint8_t *packet;
	size_t n;
	int r = 0;

	c->n_waiting++; /* an answer at once must not free us */
	while (!c->gone) {
		r = dns_frame_first(c->in, c->n_in, DNS_QUERY_MAX, &packet, &n);
		if (r <= 0)
			break;
		take_packet(c->listener, packet, n, &from);
		c->n_in = dns_frame_drop(c->in, c->n_in);
	}
	if (--c->n_waiting == 0 && c->gone)
		client_free(c);
	else if (!c->gone && (r < 0 || client_watch(c) < 0))
		client_close(c);
}

/* Its half is shut; what it asked for before is still answered. */
static void client_end(struct tcp_client *c)
{
	c->ended = true;
	if (is_done(c) || client_watch(c) < 0)
		client_close(c);
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct tcp_client *c = userdata;
	ssize_t n;

	if (events & EPOLLOUT) {
		client_flush(c);
		return 0;
	}
	/* who has ended is told of for errors only */
	n = c->ended ? 0 : recv(fd, c->in + c->n_in, sizeof(c->in) - c->n_in, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == 0 && !c->ended) {
		client_end(c);
		return 0;
	}
	if (n <= 0) {
		client_close(c);
		return 0;
	}
	c->n_in += (size_t)n;
	if (sd_event_source_set_time_relative(c->idle, TCP_IDLE_USEC) < 0) {
		client_close(c);
		return 0;
	}
	client_frames(c);
	return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata)
{
	client_close(userdata);
	return 0;
}

static int client_new(struct listener *l, int fd)
{
	struct tcp_client *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		close(fd);
		return -ENOMEM;
	}
	c->listener = l;
	c->fd = fd;
	c->next = l->clients;
	if (c->next)
		c->next->prev = c;
	l->clients = c;
	l->n_clients++;
	r = sd_event_add_io(l->event, &c->io, fd, EPOLLIN, on_client, c);
	if (r >= 0)
		r = sd_event_add_time_relative(
			l->event, &c->idle, CLOCK_BOOTTIME, TCP_IDLE_USEC, 0, on_idle, c);
	if (r < 0)
		client_close(c);
	return r;
}

static int on_accept(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct listener *l = userdata;
	struct tcp_client *oldest = l->clients;
	int client;

	client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (client < 0)
		return 0;
	while (oldest && oldest->next)
		oldest = oldest->next;
	if (l->n_clients >= TCP_CLIENTS_MAX)
		client_close(oldest);
	client_new(l, client);
	return 0;
}

DEFINE_CLEANUP(struct listener *, listener_free);

static int add_socket(struct listener *l, int fd)
{
	sd_event_io_handler_t handler = on_accept;
	int type, r = 0;
	socklen_t size = sizeof(type);

	if (l->n == LISTENER_SOCKETS_MAX)
		return -E2BIG;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return -errno;
	if (type == SOCK_DGRAM) {
		const bool wildcard = wildcard_is(fd);

		handler = wildcard ? on_wildcard_udp : on_udp;
		r = wildcard ? wildcard_learn(fd) : 0;
	}
	if (r < 0)
		return r;
	l->fds[l->n] = fd;
	r = sd_event_add_io(l->event, &l->sources[l->n++], fd, EPOLLIN, handler, l);
	if (r >= 0 && type != SOCK_DGRAM)
		r = sd_event_source_set_ratelimit(
			l->sources[l->n - 1], TCP_ACCEPTS_USEC, TCP_ACCEPTS);
	return r;
}

int listener_new(struct sd_event *event, const int *fds, size_t n_fds,
	const struct listener_options *options, struct listener **ret)
{
	_cleanup_(listener_freep) struct listener *l = calloc(1, sizeof(*l));
	int r = 0;

	if (!l)
		return -ENOMEM;
	l->event = event;
	l->options = *options;
	l->requests.size = sizeof(struct request) + REQUEST_BYTES;
	l->requests.n_max = REQUESTS_KEPT;
	batch_add(options->batch, flush_letters, l);
	for (size_t i = 0; r >= 0 && i < n_fds; i++)
		r = add_socket(l, fds[i]);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(l);
	return 0;
}

struct listener *listener_free(struct listener *l)
{
	if (!l)
		return NULL;
	while (l->clients)
		client_close(l->clients);
	for (size_t i = 0; i < l->n; i++)
		sd_event_source_disable_unref(l->sources[i]);
	spares_done(&l->requests);
	free(l);
	return NULL;
}

void listener_ports(
	const struct listener *l, bool wildcard, uint16_t *ret_port4, uint16_t *ret_port6)
{
	*ret_port4 = *ret_port6 = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct sockaddr_storage a;
		socklen_t size = sizeof(a);

		if (wildcard_is(l->fds[i]) != wildcard ||
			getsockname(l->fds[i], (struct sockaddr *)&a, &size) < 0)
			continue;
		if (a.ss_family == AF_INET && *ret_port4 == 0)
			*ret_port4 = ntohs(((struct sockaddr_in *)&a)->sin_port);
		if (a.ss_family == AF_INET6 && *ret_port6 == 0)
			*ret_port6 = ntohs(((struct sockaddr_in6 *)&a)->sin6_port);
	}
}
