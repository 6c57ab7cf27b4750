#pragma once
/* Answers that are ours, to one question or to all that wait for a name. */
#include "dns/known.h"

/* RFC 8914 */
#define EDE_NOT_READY 14
#define EDE_UPSTREAM  23

/* Each ends the request. */
void request_reply_addresses(struct request *q, const struct address *addresses, size_t n);
void request_reply_nothing(struct request *q, enum dns_rcode rcode);
void request_reply_failure(struct request *q, int ede, const char *why);

/* Answers everybody who waits for this name. */
void known_release(struct known_name *n, const struct dns_answer *answer);
void known_release_failure(struct known_name *n, int ede, const char *why);
