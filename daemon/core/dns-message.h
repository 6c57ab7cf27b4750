#pragma once
/* DNS messages as values (RFC 1035, 6891 for EDNS, 8914 for extended errors), by libknot. Bytes in,
 * bytes out; every byte of the input is the network's. */
#include "base/address.h"
#include "core/domain.h"

#define DNS_HEADER_BYTES   12
#define DNS_UDP_PAYLOAD    1232 /* what we announce: no fragment on any path (DNS flag day 2020) */
#define DNS_PACKET_MAX     65535
#define DNS_QUERY_MAX      4096 /* a question with every option there is stays far below */
#define DNS_SMALL_ANSWER   1024 /* room for any answer that dns_answer_build() makes */
#define DNS_ANSWER_TTL_SEC 60

enum dns_type { DNS_A = 1, DNS_AAAA = 28, DNS_SVCB = 64, DNS_HTTPS = 65 };
enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5
};

struct dns_query {
	uint16_t id, type, klass;
	char name[DOMAIN_TEXT_MAX + 1]; /* lower case, no final dot; "" when it is no host name */
	bool edns;
};

/* 0; -EBADMSG: drop it (no query, or no header); -EPROTO: answer FORMERR; -EOPNOTSUPP: NOTIMP. */
int dns_query_parse(const uint8_t *packet, size_t n, struct dns_query *ret);
/* Of a query that could be read and whose name is no host name (a space in a label): the longest
 * end of it that is one; "" when there is none. */
void dns_query_suffix(const uint8_t *packet, size_t n, char ret[DOMAIN_TEXT_MAX + 1]);
/* A fresh query for a name (normalised), with recursion and EDNS. Returns its length, or -EINVAL.
 */
int dns_query_build(const char *name, uint16_t type, uint8_t ret[DNS_SMALL_ANSWER]);

struct dns_answer {
	enum dns_rcode rcode;
	const struct address *addresses; /* all of one family */
	size_t n_addresses;
	int ede; /* RFC 8914 info code, -1 for none */
	const char *ede_text;
};
/* The answer to a query whose question could be read; without addresses NOERROR and NXDOMAIN carry
 * a SOA (RFC 2308). Returns its length, or a negative errno. */
int dns_answer_build(const uint8_t *query, size_t n, const struct dns_answer *answer,
	uint8_t ret[DNS_SMALL_ANSWER]);
/* One A or AAAA record as it stands in an answer, its name in full (RFC 1035 section 4.1.3).
 * Returns its length, or -EINVAL for what is no host name or address. */
#define DNS_RECORD_MAX (255 + 10 + 16)
int dns_record_build(const char *name, const struct address *address, uint8_t ret[DNS_RECORD_MAX]);
/* The bare header of an error answer, for a query whose question can't be read. Returns its length.
 */
int dns_error_build(
	const uint8_t *query, size_t n, enum dns_rcode rcode, uint8_t ret[DNS_SMALL_ANSWER]);

/* Is this the answer to that query: same id, same question, a response? */
bool dns_answer_matches(
	const uint8_t *answer, size_t n_answer, const uint8_t *query, size_t n_query);
/* The rcode and the TC bit of a message of at least DNS_HEADER_BYTES. */
enum dns_rcode dns_answer_rcode(const uint8_t *answer);
bool dns_answer_truncated(const uint8_t *answer);

/* The addresses of the asked family that the answer gives for its question, along its CNAMEs; at
 * most max. *ret_ttl_sec is the shortest lifetime on the way. -EBADMSG: malformed. */
int dns_answer_addresses(const uint8_t *answer, size_t n, struct address *ret, size_t max,
	size_t *ret_n, uint32_t *ret_ttl_sec);
/* The name under which those addresses stand: the question's, or where its CNAMEs lead. -EBADMSG:
 * malformed, or no host name. */
int dns_answer_owner(const uint8_t *answer, size_t n, char ret[DOMAIN_TEXT_MAX + 1]);
/* All addresses of an answer, whosever they are, at a fraction of the cost: nothing is copied or
 * allocated, and reading ends at the first thing that is not as it should be. Returns the number.
 */
size_t dns_answer_skim(const uint8_t *answer, size_t n, struct address *ret, size_t max);
