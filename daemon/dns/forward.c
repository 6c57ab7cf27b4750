/* One exchange a question, attempts in a row, and one timer for all. */
#include "dns/forward.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/spares.h"
#include "core/dns-case.h"
#include "core/dns-frame.h"
#include "core/dns-message.h"
#include "dns/dice.h"
#include "dns/ports.h"
#include "dns/standing.h"
#include "dns/turn.h"

#define ATTEMPT_USEC   (800 * USEC_PER_MSEC)
#define DEAD_USEC      (5 * USEC_PER_SEC) /* a server that was silent is asked last */

#define QUESTION_BYTES 256 /* as a rule: room for it is kept … */
#define EXCHANGES_KEPT 64  /* … for so many */

/* Deadlines come in steps: one look at all exchanges serves many, however many wait in vain. */
#define STEP_USEC (10 * USEC_PER_MSEC)

/* For so long a server that changes letters, or does not answer where they are mixed, is asked in
 * the asker's own. Then it is tried again: whoever brought that about gains little. */
#define CASELESS_USEC  (600 * USEC_PER_SEC)
#define MIXED_ATTEMPTS 2 /* the first ones; then in the asker's letters */
#define SUSPICIONS     3 /* answers to those alone, in a row */

/* Connections to servers at once: where they are silent, many would take all descriptors that UDP
 * needs, and clients. Systemd gives a service 1024. */
#define TCP_MAX   512
#define TCP_BYTES (DNS_FRAME_HEAD + DNS_PACKET_MAX) /* room for any one answer */

#define SENT_MAX  4 /* as many as there is time for, where every server is silent */

/* A question on its way by UDP. Its answer counts until the end: on some links, and at some
 * servers, every answer takes longer than an attempt. */
struct sent {
	struct ports_place place;
	struct exchange *exchange;
	uint8_t server;
	bool mixed; /* it went out in mixed letters */
};

struct exchange {
	struct forward *forward;
	struct exchange *next, **at; /* in the list of all */
	struct endpoint servers[HOOK_UPSTREAMS_MAX];
	size_t n_servers, server;
	unsigned failed; /* bit per server that said no, or is not there */
	enum forward_transport transport;
	bool tcp;                /* the attempt under way */
	bool doubted;            /* an answer came in other letters: TCP tells who changed them */
	bool plain;              /* from now on in the asker's letters */
	bool mixed;              /* the query is in mixed letters now */
	unsigned n_mixed;        /* how many went out so */
	unsigned mixed_at;       /* bit per server that had one */
	struct dns_case letters; /* how the mixed ones differ from the asker's */
	bool ousted;             /* makes room for another one */
	usec_t deadline_usec, end_usec;
	struct sent sent[SENT_MAX];
	unsigned n_sent; /* in all; the latest ones are kept */
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
	struct ports *ports;
	struct exchange *exchanges; /* the youngest first */
	struct exchange *oldest;
	size_t n_exchanges, n_tcp;
	struct spares spares;
	usec_t armed_usec; /* when the timer fires */
	struct standing standing;
	struct dice dice;
};

static usec_t step_after(usec_t usec)
{
	return (usec / STEP_USEC + 1) * STEP_USEC;
}

static bool is_dead(const struct forward *f, const struct endpoint *server)
{
	return standing_has(&f->standing, STANDING_SILENT, server, turn_usec(f->event));
}

static void note_dead(struct forward *f, const struct endpoint *server)
{
	standing_note(&f->standing, STANDING_SILENT, server, turn_usec(f->event) + DEAD_USEC);
}

/* Takes the exchange off its sockets and connection. */
static void detach(struct exchange *x)
{
	for (size_t i = 0; i < SENT_MAX; i++)
		ports_leave(&x->sent[i].place);
	x->tcp_io = sd_event_source_disable_unref(x->tcp_io);
	if (x->tcp_fd >= 0) {
		close(TAKE_FD(x->tcp_fd));
		x->forward->n_tcp--;
	}
	free(TAKE_PTR(x->tcp_in));
	x->n_tcp_in = 0;
}

/* NULL: there is none. */
static struct exchange *younger(const struct exchange *x)
{
	if (x->at == &x->forward->exchanges)
		return NULL;
	return (struct exchange *)((char *)x->at - offsetof(struct exchange, next));
}

static void exchange_free(struct exchange *x)
{
	detach(x);
	if (x->forward->oldest == x)
		x->forward->oldest = younger(x);
	*x->at = x->next;
	if (x->next)
		x->next->at = x->at;
	x->forward->n_exchanges -= !x->ousted;
	free(x->no);
	spares_give(&x->forward->spares, x, sizeof(*x) + 2 + x->size);
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

static void note_caseless(struct exchange *x)
{
	standing_note(&x->forward->standing, STANDING_CASELESS, &x->servers[x->server],
		turn_usec(x->forward->event) + CASELESS_USEC);
}

/* Nobody guesses what goes to this machine itself. */
static bool bears_mixing(const struct exchange *x)
{
	const struct endpoint *server = &x->servers[x->server];

	return !x->plain && !address_is_loopback(&server->address) &&
	       !standing_has(&x->forward->standing, STANDING_CASELESS, server,
		       turn_usec(x->forward->event)) &&
	       !(x->n_mixed >= MIXED_ATTEMPTS && x->mixed_at & (1U << x->server));
}

static void set_letters(struct exchange *x, bool mixed)
{
	if (x->mixed != mixed)
		dns_case_flip(x->query + 2, x->size, &x->letters);
	x->mixed = mixed;
}

/* One exchange has one mixture: answers to an earlier question are judged by it, too. */
static void choose_letters(struct exchange *x)
{
	const size_t n = (x->size - DNS_HEADER_BYTES + 7) / 8; /* a bit each */
	const bool mixed = bears_mixing(x);

	if (mixed && x->n_mixed == 0)
		dice_fill(&x->forward->dice, x->letters.flips,
			n < DNS_CASE_BYTES ? n : DNS_CASE_BYTES);
	set_letters(x, mixed);
	if (!mixed)
		return;
	x->n_mixed++;
	x->mixed_at |= 1U << x->server;
}

static void attempt(struct exchange *x);
static void arm(struct forward *f, usec_t deadline_usec);

/* This server won't do: on to the next, or the end when there is none left. */
static void next_server(struct exchange *x, bool said_no)
{
	x->doubted = false;
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
	uint8_t *copy = realloc(x->no, n);

	if (!copy)
		return;
	memcpy(copy, answer, n);
	x->no = copy;
	x->n_no = n;
}

/* An answer to our question has come by either way. */
static void take_answer(struct exchange *x, uint8_t *answer, size_t n)
{
	static const struct dns_case unmixed;
	const enum dns_rcode rcode = dns_answer_rcode(answer);

	dns_case_restore(answer, n, x->query + 2, x->size, x->mixed ? &x->letters : &unmixed);
	standing_clear(&x->forward->standing, STANDING_SILENT, &x->servers[x->server]);
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

static struct sent *at_place(struct ports_place *place)
{
	return (struct sent *)((char *)place - offsetof(struct sent, place));
}

static void on_refused(struct ports_place *place)
{
	const struct sent *sent = at_place(place);
	struct exchange *x = sent->exchange;

	ports_leave(place);
	note_dead(x->forward, &x->servers[sent->server]);
	if (sent->server == x->server)
		next_server(x, true);
	else
		x->failed |= 1U << sent->server;
}

/* Who answers, and only in the asker's letters, may have been slow. */
static void judge_letters(struct exchange *x)
{
	struct standing *standing = &x->forward->standing;
	const struct endpoint *server = &x->servers[x->server];

	if (x->mixed)
		standing_trust(standing, server);
	else if (x->mixed_at & (1U << x->server) &&
		 standing_suspect(standing, server) >= SUSPICIONS)
		note_caseless(x);
}

static bool on_packet(struct ports_place *place, uint8_t *packet, size_t n)
{
	const struct sent *sent = at_place(place);
	struct exchange *x = sent->exchange;

	set_id(x->query + 2, place->id);
	if (!dns_answer_matches(packet, n, x->query + 2, x->size))
		return false;
	set_letters(x, sent->mixed);
	x->server = sent->server; /* perhaps not the one that is being asked now */
	if (x->mixed && !dns_case_kept(packet, x->query + 2, x->size)) {
		x->doubted = true;
		attempt(x);
		return true;
	}
	judge_letters(x);
	take_answer(x, packet, n);
	return true;
}

/* Where TCP does not tell, the answer in other letters was the server's own, or a rare forger's. */
static void tcp_failed(struct exchange *x)
{
	if (!x->doubted) {
		next_server(x, true);
		return;
	}
	x->doubted = false;
	x->plain = true;
	attempt(x);
}

/* Reads as much of the framed answer as there is; 1: whole. */
static int read_tcp(struct exchange *x, const uint8_t **ret, size_t *ret_n)
{
	ssize_t n;
	int r;

	while ((r = dns_frame_first(x->tcp_in, x->n_tcp_in, DNS_PACKET_MAX, ret, ret_n)) == 0) {
		n = recv(x->tcp_fd, x->tcp_in + x->n_tcp_in, TCP_BYTES - x->n_tcp_in, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (n == 0)
			return -ECONNRESET;
		x->n_tcp_in += (size_t)n;
	}
	return r;
}

static int on_tcp(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct exchange *x = userdata;
	const uint8_t *answer;
	size_t n;
	int r;

	if (events & EPOLLOUT) {
		/* connected: the question is far below any socket's buffer */
		if (send(fd, x->query, x->size + 2, MSG_NOSIGNAL | MSG_DONTWAIT) !=
				(ssize_t)x->size + 2 ||
			sd_event_source_set_io_events(x->tcp_io, EPOLLIN) < 0)
			tcp_failed(x);
		return 0;
	}
	r = read_tcp(x, &answer, &n);
	if (r == 0)
		return 0;
	if (r < 0 || !dns_answer_matches(answer, n, x->query + 2, x->size)) {
		tcp_failed(x);
	} else {
		uint8_t *bytes = TAKE_PTR(x->tcp_in);

		/* no forger's: there it takes a connection */
		if (x->doubted && !dns_case_kept(answer, x->query + 2, x->size))
			note_caseless(x);
		take_answer(x, bytes + DNS_FRAME_HEAD, n);
		free(bytes);
	}
	return 0;
}

static int attempt_tcp(struct exchange *x)
{
	const struct endpoint *server = &x->servers[x->server];
	struct sockaddr_storage a;
	const socklen_t size = ports_sockaddr(server, &a);

	if (x->forward->n_tcp >= TCP_MAX)
		return -EMFILE;
	set_id(x->query + 2, dice_roll(&x->forward->dice));
	x->tcp_in = malloc(TCP_BYTES);
	x->tcp_fd = socket(
		server->address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	x->forward->n_tcp += x->tcp_fd >= 0;
	if (!x->tcp_in || x->tcp_fd < 0 ||
		(connect(x->tcp_fd, (struct sockaddr *)&a, size) < 0 && errno != EINPROGRESS))
		return -errno;
	return sd_event_add_io(x->forward->event, &x->tcp_io, x->tcp_fd, EPOLLOUT, on_tcp, x);
}

static int attempt_udp(struct exchange *x)
{
	struct sent *sent = &x->sent[x->n_sent++ % SENT_MAX];
	int r;

	ports_leave(&sent->place);
	choose_letters(x);
	sent->exchange = x;
	sent->server = (uint8_t)x->server;
	sent->mixed = x->mixed;
	r = ports_send(
		x->forward->ports, &x->servers[x->server], x->query + 2, x->size, &sent->place);
	if (r < 0)
		ports_leave(&sent->place);
	return r;
}

/* Sends the question to the server of the moment, with a fresh id. What fails at once is due at
 * once: the timer goes on from there, so that nobody is called back from inside their own call. */
static void attempt(struct exchange *x)
{
	const usec_t now = turn_usec(x->forward->event);
	int r;

	x->tcp = x->transport == FORWARD_TCP || x->doubted;
	if (x->tcp || x->tcp_fd >= 0)
		detach(x); /* by UDP, what was asked before may still be answered */
	r = x->tcp ? attempt_tcp(x) : attempt_udp(x);
	x->deadline_usec = step_after(now + ATTEMPT_USEC);
	if (r < 0 && !x->doubted)
		x->failed |= 1U << x->server;
	if (r < 0)
		x->deadline_usec = now;
	if (x->deadline_usec > x->end_usec || (x->tcp && !x->doubted && r >= 0))
		x->deadline_usec = x->end_usec;
	arm(x->forward, x->deadline_usec);
}

/* The time of the question is over. */
static void give_up(struct exchange *x)
{
	if (!(x->failed & (1U << x->server)))
		note_dead(x->forward, &x->servers[x->server]);
	finish(x, NULL, 0);
}

static void attempt_late(struct exchange *x)
{
	if (x->doubted) {
		tcp_failed(x);
		return;
	}
	if (!(x->failed & (1U << x->server)))
		note_dead(x->forward, &x->servers[x->server]);
	next_server(x, false);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct forward *f = userdata;
	const usec_t now = turn_usec(f->event);
	usec_t first = USEC_INFINITY;

	ports_read(f->ports); /* what waits here because the processor was elsewhere is not late */
	f->armed_usec = USEC_INFINITY;
	/* a callback may ask anew, at the head of the list, but ends no exchange but its own */
	for (struct exchange *x = f->exchanges, *next; x; x = next) {
		next = x->next;
		if (x->deadline_usec > now)
			continue;
		if (now >= x->end_usec)
			give_up(x);
		else
			attempt_late(x);
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
	if (deadline_usec >= f->armed_usec)
		return;
	f->armed_usec = deadline_usec;
	turn_arm(f->event, &f->timer, deadline_usec, on_timer, f);
}

/* Whoever asks for names whose servers are silent must not lock others out: when all places are
 * taken, the question that has waited longest gives its own up, unless it is young too. It ends by
 * the timer. */
static bool make_room(struct forward *f)
{
	const usec_t now = turn_usec(f->event);
	struct exchange *oldest = f->oldest;

	if (f->n_exchanges < FORWARD_PENDING_MAX)
		return true;
	while (oldest && oldest->ousted)
		oldest = younger(oldest);
	if (!oldest || now < oldest->end_usec - FORWARD_TOTAL_USEC + FORWARD_YOUNG_USEC)
		return false;
	oldest->ousted = true;
	oldest->end_usec = oldest->deadline_usec = step_after(now);
	oldest->failed |= 1U << oldest->server; /* that says nothing of the server */
	f->n_exchanges--;
	arm(f, oldest->deadline_usec);
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
	x = spares_take(&f->spares, sizeof(*x) + 2 + n);
	if (!x)
		return -ENOMEM;
	memset(x, 0, sizeof(*x));
	x->forward = f;
	x->n_servers = n_servers > HOOK_UPSTREAMS_MAX ? HOOK_UPSTREAMS_MAX : n_servers;
	memcpy(x->servers, servers, x->n_servers * sizeof(*servers));
	while (x->server + 1 < x->n_servers && is_dead(f, &x->servers[x->server]))
		x->server++;
	if (is_dead(f, &x->servers[x->server]))
		x->server = 0;
	x->transport = transport;
	x->tcp_fd = -1;
	x->end_usec = step_after(turn_usec(f->event) + FORWARD_TOTAL_USEC);
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
	else
		f->oldest = x;
	f->exchanges = x;
	f->n_exchanges++;
	attempt(x);
	return 0;
}

void forward_restart(struct forward *f)
{
	ports_retire(f->ports);
	f->standing = (struct standing){ 0 };
}

int forward_new(struct sd_event *event, struct batch *batch, struct forward **ret)
{
	static const struct ports_events events = { on_packet, on_refused };
	struct forward *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->event = event;
	f->armed_usec = USEC_INFINITY;
	f->spares.size = sizeof(struct exchange) + 2 + QUESTION_BYTES;
	f->spares.n_max = EXCHANGES_KEPT;
	r = ports_new(event, &events, &f->dice, batch, &f->ports);
	if (r < 0) {
		free(f);
		return r;
	}
	*ret = f;
	return 0;
}

struct forward *forward_free(struct forward *f)
{
	if (!f)
		return NULL;
	while (f->exchanges)
		exchange_free(f->exchanges);
	ports_free(f->ports);
	sd_event_source_disable_unref(f->timer);
	spares_done(&f->spares);
	free(f);
	return NULL;
}
