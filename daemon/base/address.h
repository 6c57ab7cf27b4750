#pragma once
/* IPv4 and IPv6 addresses, prefixes and endpoints as plain values; bytes are in network order. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
	int family; /* AF_INET, AF_INET6, or AF_UNSPEC for "no address" */
	uint8_t bytes[16];
};

struct prefix {
	struct address address;
	unsigned bits;
};

struct endpoint {
	struct address address;
	uint16_t port; /* host order */
	uint32_t link; /* number of the interface that a link-local address is of; 0: not said */
};

#define ADDRESS_TEXT_MAX  INET6_ADDRSTRLEN
#define ENDPOINT_TEXT_MAX (INET6_ADDRSTRLEN + sizeof("[]:65535"))

/* Length of an address of the family in bytes: 4, 16, or 0. */
size_t address_size(int family);
/* -EINVAL unless the text is one literal address. */
int address_parse(const char *text, struct address *ret);
const char *address_format(const struct address *a, char buffer[ADDRESS_TEXT_MAX]);
bool address_equal(const struct address *a, const struct address *b);
/* a with every bit after the first `bits` cleared. */
struct address address_masked(const struct address *a, unsigned bits);
bool address_is_loopback(const struct address *a); /* 127/8 or ::1 */
/* 0/8, 127/8, ::, ::1 and IPv4-mapped forms of them: this machine, whoever says it. */
bool address_is_local(const struct address *a);
/* Can a site be served there? Nowhere that is local, of one link (169.254/16, fe80::/10), of many
 * machines (224/4, ff00::/8), reserved (240/4), or IPv4 in the clothes of IPv6 (::ffff:0:0/96). */
bool address_can_serve(const struct address *a);

/* ADDRESS/BITS; -EINVAL when malformed or when host bits are set. */
int prefix_parse(const char *text, struct prefix *ret);
bool prefix_contains(const struct prefix *p, const struct address *a);
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);

/* ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT (RFC 3986 form for IPv6); -EINVAL when malformed. */
int endpoint_parse(const char *text, uint16_t default_port, struct endpoint *ret);
const char *endpoint_format(const struct endpoint *e, char buffer[ENDPOINT_TEXT_MAX]);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
/* The same ones in the same order. */
bool endpoint_lists_equal(
	const struct endpoint *a, size_t n_a, const struct endpoint *b, size_t n_b);
