#pragma once
/* One DNS question to one server, without the system's resolver in between. */
#include "base/address.h"

struct dns_reply {
	unsigned rcode; /* RFC 1035 */
	int reason;     /* of an extended error (RFC 8914), or -1 */
};

#define DNS_ASK_NS     2
#define DNS_ASK_HTTPS  65
#define DNS_SERVFAIL   2
#define DNS_REASON_NET 23 /* network error: no upstream answers */

/* Asks by UDP, again after half of the time. name: "." for the root. -ETIMEDOUT; -ECONNREFUSED
 * when nobody listens; other errors as socket(2) and connect(2) give them. */
int dns_ask(const struct endpoint *server, const char *name, unsigned type, unsigned timeout_msec,
	struct dns_reply *ret);
/* Reads a reply to the question with this id. -EBADMSG. */
int dns_reply_parse(const uint8_t *packet, size_t n, uint16_t id, struct dns_reply *ret);
