#pragma once
/* A server's socket on loopback, at a port of the kernel's choice. For behind <cmocka.h>. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/address.h"

/* Returns the socket, the caller's to close. */
static inline int udp_server(struct endpoint *ret)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	*ret = (struct endpoint){
		.address = { .family = AF_INET, .bytes = { 127, 0, 0, 1 } },
		.port = ntohs(a.sin_port),
	};
	return fd;
}
