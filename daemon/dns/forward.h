#pragma once
/* Asking upstream servers: random ids and ports, answers checked, the next server when one is
 * silent, TCP when an answer was cut. */
#include <stdbool.h>

#include "core/hook-table.h"
#include "dns/batch.h"

#define FORWARD_PENDING_MAX 2048
#define FORWARD_TOTAL_USEC  (2500 * USEC_PER_MSEC) /* then nobody answers */
#define FORWARD_YOUNG_USEC \
	(200 * USEC_PER_MSEC) /* so long a question keeps its place for certain */

struct sd_event;
struct forward;

/* answer: NULL with n 0 when no server answered; else the first good answer (or the last REFUSED or
 * SERVFAIL), borrowed for the call, with the id of the query that was given. Always called later
 * than forward_ask() returns. */
typedef void (*forward_done_fn)(const uint8_t *answer, size_t n, void *userdata);

/* batch must outlive it. */
int forward_new(struct sd_event *event, struct batch *batch, struct forward **ret);
struct forward *forward_free(struct forward *f); /* no callback is called any more */

/* The network may have changed: sockets with an address of the old one, and what was held against
 * silent servers, are given up. Questions under way go on, the next attempt by a new socket. */
void forward_restart(struct forward *f);

enum forward_transport {
	FORWARD_UDP,          /* the answer as it comes, cut or not */
	FORWARD_UDP_THEN_TCP, /* a cut answer is asked for again by TCP */
	FORWARD_TCP
};
/* Asks the servers in turn, first those that answered lately; an answer counts until the end,
 * whoever is asked by then. The query is copied. -ENOBUFS: too many are under way; -EDESTADDRREQ:
 * no servers. */
int forward_ask(struct forward *f, const struct endpoint *servers, size_t n_servers,
	enum forward_transport transport, const uint8_t *query, size_t n, forward_done_fn done,
	void *userdata);
