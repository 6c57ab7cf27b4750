#pragma once
/* The machine's open internet sockets, listed and ended through the kernel's socket diagnosis
 * (sock_diag(7)). CAP_NET_ADMIN suffices; whose they are is the caller's question. */
#include <sys/types.h>

#include "base/address.h"

/* A connection: TCP that is open or being opened, or UDP that is connected. IPv4 inside an IPv6
 * socket is IPv4 here. */
struct open_socket {
	uint64_t cookie; /* the kernel's name for it: never given to another */
	uid_t uid;
	struct address remote;
	uint16_t remote_port;
};

/* Lists every connection of this network namespace. Those for which wanted() says true are ended
 * when the list is complete (the program sees ECONNABORTED); *ret_ended is how many were. One that
 * is gone by itself meanwhile is no error and does not count. -EOPNOTSUPP: this kernel ends no
 * sockets. -EBUSY: a program is in the middle of using one, and the kernel waits for it; what was
 * chosen ends when that lets go. */
int sockets_end(bool (*wanted)(const struct open_socket *s, void *userdata), void *userdata,
	size_t *ret_ended);
