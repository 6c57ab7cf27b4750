#pragma once
/* Where questions come in and answers go out: the UDP and TCP sockets that the service manager
 * bound. It knows frames and senders, not what they say. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/dns-message.h"
#include "dns/batch.h"
#include "dns/wildcard.h"

#define LISTENER_SOCKETS_MAX 16
#define TCP_CLIENTS_MAX      128  /* open connections; the oldest idle one makes room */
#define TCP_PIPELINE_MAX     32   /* unanswered questions of one connection */
#define REQUESTS_MAX         4096 /* unanswered questions in all */

/* Of more than so many connections in so long the rest waits: 5,000 a second, as of questions by
 * UDP (system/attach.h). To take one costs more than a question does, and keeps others waiting. */
#define TCP_ACCEPTS      50
#define TCP_ACCEPTS_USEC (10 * USEC_PER_MSEC)

struct sd_event;
struct listener;
struct tcp_client;

/* One question until it is answered. */
struct request {
	/* Set where it did not come by a listener: who takes its answer and frees it; NULL: there
	 * is none, and whoever asked asks elsewhere. Such a request has no packet. */
	void (*answered)(struct request *request, const struct dns_answer *answer);
	struct listener *listener;
	struct request *next;      /* for whoever holds it */
	void *holder;              /* the same */
	bool uplinks;              /* the same: they are asked, not the system's resolvers */
	int fd;                    /* UDP: the socket it came by */
	struct tcp_client *client; /* TCP: the connection, NULL for UDP */
	struct sockaddr_storage peer;
	socklen_t peer_size;
	struct own_address asked; /* of a wildcard UDP socket: where it came to */
	struct dns_query query;
	size_t size;
	uint8_t packet[];
};

struct listener_options {
	struct batch *batch; /* outlives it; the questions that have come together are one */
	/* Takes over each request and answers it once. */
	void (*asked)(struct request *request, void *userdata);
	void *userdata;
};

/* fds: bound sockets, SOCK_DGRAM or listening SOCK_STREAM; they stay the caller's. */
int listener_new(struct sd_event *event, const int *fds, size_t n_fds,
	const struct listener_options *options, struct listener **ret);
struct listener *listener_free(struct listener *l); /* after all its requests */
/* The ports of the sockets on IPv4 and IPv6 (getsockname); 0: none. wildcard: of those that are
 * bound to every address, or of the others. */
void listener_ports(
	const struct listener *l, bool wildcard, uint16_t *ret_port4, uint16_t *ret_port6);

/* Sends and frees; a UDP answer larger than the asker takes is cut to its question with TC. */
void request_answer(struct request *request, const uint8_t *packet, size_t n);
/* Ends it without an answer. */
void request_drop(struct request *request);
