/* It keeps nothing: the buffer is whoever's reads the socket. */
#include "core/dns-frame.h"

#include <errno.h>
#include <string.h>

static size_t announced(const uint8_t *bytes)
{
	return (size_t)bytes[0] << 8 | bytes[1];
}

int dns_frame_first(const uint8_t *bytes, size_t n, size_t max, const uint8_t **ret, size_t *ret_n)
{
	size_t size;

	if (n < DNS_FRAME_HEAD)
		return 0;
	size = announced(bytes);
	if (size > max)
		return -EMSGSIZE;
	if (n < DNS_FRAME_HEAD + size)
		return 0;
	*ret = bytes + DNS_FRAME_HEAD;
	*ret_n = size;
	return 1;
}

size_t dns_frame_drop(uint8_t *bytes, size_t n)
{
	const size_t size = DNS_FRAME_HEAD + announced(bytes);

	memmove(bytes, bytes + size, n - size);
	return n - size;
}
