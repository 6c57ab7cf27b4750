/* The question is libc's res_mkquery(); of the answer only the head and an extended error are
 * read. */
#include "dns-ask.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define PACKET_MAX 4096
#define OPT_EDE    15 /* RFC 8914 */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The info code among the options of an OPT record, or -1. */
static int find_reason(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 4) {
		const size_t length = get16(p + 2);

		if ((size_t)(end - p - 4) < length)
			return -1;
		if (get16(p) == OPT_EDE && length >= 2)
			return get16(p + 4);
		p += 4 + length;
	}
	return -1;
}

/* Behind the questions, records up to the OPT one. */
static int read_reason(const uint8_t *packet, size_t n)
{
	const uint8_t *p = packet + HFIXEDSZ, *end = packet + n;
	unsigned questions = get16(packet + 4);
	unsigned records = get16(packet + 6) + get16(packet + 8) + get16(packet + 10);

	while (questions + records > 0) {
		const bool question = questions > 0;
		const int name = dn_skipname(p, end);
		size_t length;

		if (name < 0 || end - p < name + (question ? QFIXEDSZ : RRFIXEDSZ))
			return -1;
		p += name + (question ? QFIXEDSZ : RRFIXEDSZ);
		if (question) {
			questions--;
			continue;
		}
		records--;
		length = get16(p - 2);
		if ((size_t)(end - p) < length)
			return -1;
		if (get16(p - RRFIXEDSZ) == T_OPT)
			return find_reason(p, p + length);
		p += length;
	}
	return -1;
}

int dns_reply_parse(const uint8_t *packet, size_t n, uint16_t id, struct dns_reply *ret)
{
	if (n < HFIXEDSZ || get16(packet) != id || !(packet[2] & 0x80))
		return -EBADMSG;
	*ret = (struct dns_reply){ .rcode = packet[3] & 0xf, .reason = read_reason(packet, n) };
	return 0;
}

static int connect_to(const struct endpoint *server)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(server->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(server->port) };
	const bool v6 = server->address.family == AF_INET6;
	_cleanup_close_ int fd =
		socket(server->address.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(&in.sin_addr, server->address.bytes, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, server->address.bytes, sizeof(in6.sin6_addr));
	if (fd < 0 || connect(fd, v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
			      v6 ? sizeof(in6) : sizeof(in)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* Waits for the reply that carries the id. */
static int await(int fd, uint16_t id, usec_t end_usec, struct dns_reply *ret)
{
	uint8_t packet[PACKET_MAX];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const usec_t now = clock_monotonic_usec();
		ssize_t n;

		if (now >= end_usec)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)((end_usec - now) / USEC_PER_MSEC) + 1) <= 0)
			continue;
		n = recv(fd, packet, sizeof(packet), 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0 && dns_reply_parse(packet, (size_t)n, id, ret) == 0)
			return 0;
	}
}

/* An empty OPT record: only who has EDNS is told the reason. */
static int add_opt(uint8_t *packet, int n)
{
	static const uint8_t opt[] = { 0, 0, T_OPT, 0x04, 0xd0, 0, 0, 0, 0, 0, 0 };

	memcpy(packet + n, opt, sizeof(opt));
	packet[11] = 1;
	return n + (int)sizeof(opt);
}

int dns_ask(const struct endpoint *server, const char *name, unsigned type, unsigned timeout_msec,
	struct dns_reply *ret)
{
	_cleanup_close_ int fd = connect_to(server);
	uint8_t packet[PACKET_MAX];
	int n, r = -ETIMEDOUT;

	if (fd < 0)
		return fd;
	n = res_mkquery(QUERY, name, C_IN, (int)type, NULL, 0, NULL, packet, PACKET_MAX - 16);
	if (n < 0)
		return -EINVAL;
	n = add_opt(packet, n);
	for (int i = 0; i < 2 && r == -ETIMEDOUT; i++) {
		if (send(fd, packet, (size_t)n, 0) < 0)
			return -errno;
		r = await(fd, get16(packet),
			clock_monotonic_usec() + timeout_msec / 2 * USEC_PER_MSEC, ret);
	}
	return r;
}
