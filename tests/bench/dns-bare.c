/* The physical limits that tests/bench/dns compares with: the least that a program can do which
 * answers names, or passes them on by random ports with random ids. Neither checks what it must;
 * they are no servers.
 *
 *   dns-bare respond ADDRESS PORT            192.0.2.80 for every A, nothing for the rest
 *   dns-bare forward ADDRESS PORT UPSTREAM   to port 53 there */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#define BATCH   64
#define BYTES   1500
#define HEADER  12
#define PORTS   8
#define RANDOMS 128

struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec io[BATCH];
	struct sockaddr_in peers[BATCH];
	uint8_t bytes[BATCH][BYTES];
};

/* Where an answer goes back to, by the id that its question went out with. */
struct way {
	struct sockaddr_in peer;
	uint16_t id;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address_of(const char *text, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
		die(text);
	return a;
}

static int udp(void)
{
	const int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static int listen_at(const char *address, const char *port)
{
	const struct sockaddr_in a = address_of(address, port);
	const int fd = udp();

	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		die("bind");
	return fd;
}

static int receive(int fd, struct batch *b, bool wait)
{
	for (size_t i = 0; i < BATCH; i++) {
		b->io[i] = (struct iovec){ b->bytes[i], BYTES };
		b->messages[i].msg_hdr = (struct msghdr){ .msg_iov = &b->io[i],
			.msg_iovlen = 1,
			.msg_name = &b->peers[i],
			.msg_namelen = sizeof(b->peers[i]) };
	}
	return recvmmsg(fd, b->messages, BATCH, wait ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
}

/* Turns a question into its answer; the new size. */
static size_t answer(uint8_t *p, size_t n)
{
	static const uint8_t record[] = { 0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2,
		80 };
	size_t at = HEADER;

	while (at < n && p[at] != 0)
		at += p[at] + 1U;
	at += 5;
	if (n < HEADER || at > n)
		return 0;
	p[2] |= 0x80;
	p[3] = 0x80;
	memset(p + 6, 0, 6);
	if (p[at - 3] == 1) {
		p[7] = 1;
		memcpy(p + at, record, sizeof(record));
		at += sizeof(record);
	}
	return at;
}

static void respond(int fd)
{
	static struct batch b;

	for (;;) {
		const int n = receive(fd, &b, true);

		for (int i = 0; i < n; i++)
			b.io[i].iov_len = answer(b.bytes[i], b.messages[i].msg_len);
		if (n > 0)
			sendmmsg(fd, b.messages, (unsigned)n, 0);
	}
}

static uint16_t roll(void)
{
	static uint16_t rolled[RANDOMS];
	static size_t n;

	if (n == 0 && getrandom(rolled, sizeof(rolled), 0) == sizeof(rolled))
		n = RANDOMS;
	return rolled[--n];
}

static struct way ways[65536];

static void forward_questions(int fd, const int *ports)
{
	static struct batch b;
	static struct mmsghdr out[PORTS][BATCH];
	unsigned n_out[PORTS] = { 0 };
	const int n = receive(fd, &b, false);

	for (int i = 0; i < n; i++) {
		const uint16_t id = roll(), port = roll() % PORTS;

		memcpy(&ways[id].id, b.bytes[i], 2);
		ways[id].peer = b.peers[i];
		memcpy(b.bytes[i], &id, 2);
		b.io[i].iov_len = b.messages[i].msg_len;
		out[port][n_out[port]++].msg_hdr =
			(struct msghdr){ .msg_iov = &b.io[i], .msg_iovlen = 1 };
	}
	for (size_t i = 0; i < PORTS; i++)
		if (n_out[i] > 0)
			sendmmsg(ports[i], out[i], n_out[i], 0);
}

static void forward_answers(int fd, int port)
{
	static struct batch b;
	const int n = receive(port, &b, false);

	for (int i = 0; i < n; i++) {
		uint16_t id;

		memcpy(&id, b.bytes[i], 2);
		memcpy(b.bytes[i], &ways[id].id, 2);
		b.peers[i] = ways[id].peer;
		b.messages[i].msg_hdr.msg_namelen = sizeof(b.peers[i]);
		b.io[i].iov_len = b.messages[i].msg_len;
	}
	if (n > 0)
		sendmmsg(fd, b.messages, (unsigned)n, 0);
}

static void forward(int fd, const char *upstream)
{
	const struct sockaddr_in a = address_of(upstream, "53");
	struct epoll_event events[PORTS + 1], e = { .events = EPOLLIN, .data.fd = fd };
	const int epoll = epoll_create1(0);
	int ports[PORTS];

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
	for (size_t i = 0; i < PORTS; i++) {
		e.data.fd = ports[i] = udp();
		if (connect(ports[i], (const struct sockaddr *)&a, sizeof(a)) < 0 ||
			epoll_ctl(epoll, EPOLL_CTL_ADD, ports[i], &e) < 0)
			die("port");
	}
	for (;;) {
		const int n = epoll_wait(epoll, events, PORTS + 1, -1);

		for (int i = 0; i < n; i++)
			if (events[i].data.fd == fd)
				forward_questions(fd, ports);
			else
				forward_answers(fd, events[i].data.fd);
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "respond") == 0)
		respond(listen_at(argv[2], argv[3]));
	if (argc == 5 && strcmp(argv[1], "forward") == 0)
		forward(listen_at(argv[2], argv[3]), argv[4]);
	fputs("dns-bare respond ADDRESS PORT | forward ADDRESS PORT UPSTREAM\n", stderr);
	return 2;
}
