#pragma once
/* Random ports and ids towards upstream servers (RFC 5452): a pool of connected UDP sockets for
 * each server, each retired after some use, so that ports stay unguessable. It knows who waits
 * where, not what a message says. */
#include <stdbool.h>
#include <sys/socket.h>

#include "base/address.h"
#include "dns/batch.h"
#include "dns/dice.h"

struct sd_event;
struct ports;
struct port;

/* A question on its way; a part of whoever asks. */
struct ports_place {
	struct port *port; /* NULL: nowhere */
	struct ports_place *next, **at;
	uint16_t id;
};

struct ports_events {
	/* A datagram with the id of this place, borrowed. True: it was meant, and is done with. */
	bool (*packet)(struct ports_place *place, uint8_t *packet, size_t n);
	/* Nobody listens where it went; must leave the place. */
	void (*refused)(struct ports_place *place);
};

/* events, dice and batch must outlive it; the datagrams that have come together are a batch. */
int ports_new(struct sd_event *event, const struct ports_events *events, struct dice *dice,
	struct batch *batch, struct ports **ret);
struct ports *ports_free(struct ports *p); /* every place is left */

/* Sends a copy of the packet, which gets a fresh id, by a random port, and takes the place there;
 * in a batch when that ends. A negative errno may come with or without the place taken. */
int ports_send(struct ports *p, const struct endpoint *server, uint8_t *packet, size_t n,
	struct ports_place *place);
void ports_leave(struct ports_place *place); /* also one that is nowhere */
/* What has come, now and not when the loop comes to it. */
void ports_read(struct ports *p);
/* The network may have changed: from now on by new sockets. */
void ports_retire(struct ports *p);

socklen_t ports_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret);
