#pragma once
/* UDP sockets that are bound to every address of the machine, for the devices behind it: an answer
 * must come from the address that was asked. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The address that a packet was sent to; family AF_UNSPEC: the socket has its own. */
struct own_address {
	int family;
	unsigned ifindex; /* of a link-local one */
	uint8_t bytes[16];
};

#define OWN_ADDRESS_CONTROL_MAX 64 /* bytes for one packet's control messages */

/* Is it bound to no address in particular? */
bool wildcard_is(int fd);
/* From now on the kernel tells. 0 or a negative errno. */
int wildcard_learn(int fd);
/* What it told of a packet that was received. */
struct own_address wildcard_read(struct msghdr *m);
/* Sends like sendto(), from that address. A full buffer drops it, as the network might. */
void wildcard_send(int fd, const struct own_address *from, struct iovec *io,
	const struct sockaddr *peer, socklen_t peer_size);
