/* IP_PKTINFO and IPV6_PKTINFO (ip(7), ipv6(7)). */
#include "dns/wildcard.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

bool wildcard_is(int fd)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} a = { 0 };
	socklen_t size = sizeof(a.any);

	if (getsockname(fd, (struct sockaddr *)&a.any, &size) < 0)
		return false;
	if (a.any.ss_family == AF_INET)
		return a.in4.sin_addr.s_addr == INADDR_ANY;
	return a.any.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a.in6.sin6_addr);
}

int wildcard_learn(int fd)
{
	int domain, on = 1;
	socklen_t size = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0)
		return -errno;
	if (domain == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0
			       : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0)
		return -errno;
	return 0;
}

struct own_address wildcard_read(struct msghdr *m)
{
	struct own_address own = { .family = AF_UNSPEC };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct in_pktinfo in4;
		struct in6_pktinfo in6;

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&in4, CMSG_DATA(c), sizeof(in4));
			own.family = AF_INET;
			memcpy(own.bytes, &in4.ipi_addr, sizeof(in4.ipi_addr));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&in6, CMSG_DATA(c), sizeof(in6));
			own.family = AF_INET6;
			memcpy(own.bytes, &in6.ipi6_addr, sizeof(in6.ipi6_addr));
			/* any other way back is as good; this address means one link only */
			if (IN6_IS_ADDR_LINKLOCAL(&in6.ipi6_addr))
				own.ifindex = in6.ipi6_ifindex;
		}
	}
	return own;
}

/* Fills in the one control message; the buffer is the caller's. */
static void put_own(struct msghdr *m, const struct own_address *from)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (from->family == AF_INET) {
		struct in_pktinfo in4 = { 0 };

		memcpy(&in4.ipi_spec_dst, from->bytes, sizeof(in4.ipi_spec_dst));
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(in4));
		memcpy(CMSG_DATA(c), &in4, sizeof(in4));
		m->msg_controllen = CMSG_SPACE(sizeof(in4));
	} else {
		struct in6_pktinfo in6 = { .ipi6_ifindex = from->ifindex };

		memcpy(&in6.ipi6_addr, from->bytes, sizeof(in6.ipi6_addr));
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(in6));
		memcpy(CMSG_DATA(c), &in6, sizeof(in6));
		m->msg_controllen = CMSG_SPACE(sizeof(in6));
	}
}

void wildcard_send(int fd, const struct own_address *from, struct iovec *io,
	const struct sockaddr *peer, socklen_t peer_size)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[OWN_ADDRESS_CONTROL_MAX];
	} control = { 0 };
	struct msghdr m = { .msg_name = (void *)peer,
		.msg_namelen = peer_size,
		.msg_iov = io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };

	put_own(&m, from);
	if (sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}
