/* Bytes in, bytes out: a name that is asked for is never compressed, so its bytes are its labels.
 */
#include "core/dns-case.h"

#include <ctype.h>
#include <string.h>

#include "core/dns-message.h"

#define NAME_MAX_BYTES 255 /* RFC 1035 section 2.3.4, with lengths and the root */

/* Bytes of the question's name, the root included; 0: there is none. */
static size_t name_size(const uint8_t *query, size_t n)
{
	size_t at = DNS_HEADER_BYTES;

	while (at < n && query[at] != 0) {
		if (query[at] > DOMAIN_LABEL_MAX)
			return 0;
		at += query[at] + 1U;
	}
	at++;
	return at <= n && at - DNS_HEADER_BYTES <= NAME_MAX_BYTES ? at - DNS_HEADER_BYTES : 0;
}

/* A label's length is below any letter: no need to know where labels begin. */
static void flip(uint8_t *name, size_t size, const struct dns_case *c)
{
	for (size_t i = 0; i < size; i++) {
		const uint8_t lower = name[i] | 0x20;

		if (lower >= 'a' && lower <= 'z' && (c->flips[i / 8] >> i % 8 & 1))
			name[i] ^= 0x20;
	}
}

void dns_case_flip(uint8_t *query, size_t n, const struct dns_case *c)
{
	flip(query + DNS_HEADER_BYTES, name_size(query, n), c);
}

bool dns_case_kept(const uint8_t *answer, const uint8_t *query, size_t n_query)
{
	return memcmp(answer + DNS_HEADER_BYTES, query + DNS_HEADER_BYTES,
		       name_size(query, n_query)) == 0;
}

void dns_case_restore(
	uint8_t *answer, size_t n, const uint8_t *query, size_t n_query, const struct dns_case *c)
{
	const uint8_t *sent = query + DNS_HEADER_BYTES;
	const size_t size = name_size(query, n_query);
	uint8_t name[NAME_MAX_BYTES], *at = answer + DNS_HEADER_BYTES;

	if (size == 0 || size > n - DNS_HEADER_BYTES)
		return;
	memcpy(name, sent, size);
	flip(name, size, c);
	memcpy(at, name, size);
	if (memcmp(name, sent, size) == 0)
		return;
	for (at += size; (at = memmem(at, (size_t)(answer + n - at), sent, size)); at += size)
		memcpy(at, name, size);
}
