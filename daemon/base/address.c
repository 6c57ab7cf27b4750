/* Values and their text forms. Knows nothing of interfaces, names or sockets. */
#include "base/address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

size_t address_size(int family)
{
	if (family == AF_INET)
		return 4;
	return family == AF_INET6 ? 16 : 0;
}

int address_parse(const char *text, struct address *ret)
{
	struct address a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(a.family, text, a.bytes) != 1)
		return -EINVAL;
	*ret = a;
	return 0;
}

const char *address_format(const struct address *a, char buffer[ADDRESS_TEXT_MAX])
{
	if (!inet_ntop(a->family, a->bytes, buffer, ADDRESS_TEXT_MAX))
		strcpy(buffer, "-");
	return buffer;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, address_size(a->family)) == 0;
}

struct address address_masked(const struct address *a, unsigned bits)
{
	struct address masked = *a;

	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = bits > i * 8 ? bits - i * 8 : 0;

		if (kept < 8)
			masked.bytes[i] &= (uint8_t)(0xff00 >> kept);
	}
	return masked;
}

static bool is_mapped4(const struct address *a)
{
	static const uint8_t head[12] = { [10] = 0xff, [11] = 0xff };

	return a->family == AF_INET6 && memcmp(a->bytes, head, sizeof(head)) == 0;
}

bool address_is_loopback(const struct address *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == AF_INET)
		return a->bytes[0] == 127;
	return memcmp(a->bytes, one, sizeof(one)) == 0 || (is_mapped4(a) && a->bytes[12] == 127);
}

bool address_is_local(const struct address *a)
{
	static const uint8_t zero[16] = { 0 };

	if (address_is_loopback(a))
		return true;
	if (a->family == AF_INET)
		return a->bytes[0] == 0;
	return memcmp(a->bytes, zero, sizeof(zero)) == 0 || (is_mapped4(a) && a->bytes[12] == 0);
}

int prefix_parse(const char *text, struct prefix *ret)
{
	char head[ADDRESS_TEXT_MAX];
	const char *slash = strchr(text, '/');
	struct prefix p;
	struct address masked;
	uint64_t bits;
	int r;

	if (!slash || (size_t)(slash - text) >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, (size_t)(slash - text));
	head[slash - text] = '\0';
	r = address_parse(head, &p.address);
	if (r < 0)
		return r;
	if (parse_uint64(slash + 1, address_size(p.address.family) * 8, &bits) < 0)
		return -EINVAL;
	p.bits = (unsigned)bits;
	masked = address_masked(&p.address, p.bits);
	if (!address_equal(&masked, &p.address))
		return -EINVAL;
	*ret = p;
	return 0;
}

bool prefix_contains(const struct prefix *p, const struct address *a)
{
	struct address masked;

	if (a->family != p->address.family)
		return false;
	masked = address_masked(a, p->bits);
	return address_equal(&masked, &p->address);
}

bool address_can_serve(const struct address *a)
{
	static const struct prefix nowhere[] = {
		{ { AF_INET, { 169, 254 } }, 16 },
		{ { AF_INET, { 224 } }, 3 },
		{ { AF_INET6, { 0xfe, 0x80 } }, 10 },
		{ { AF_INET6, { 0xff } }, 8 },
		{ { AF_INET6, { [10] = 0xff, [11] = 0xff } }, 96 },
	};

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
		if (prefix_contains(&nowhere[i], a))
			return false;
	return !address_is_local(a);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return a->bits <= b->bits ? prefix_contains(a, &b->address)
				  : prefix_contains(b, &a->address);
}

/* Splits TEXT into the address part (copied) and the port part (NULL where there is none). */
static int endpoint_split(const char *text, char head[ADDRESS_TEXT_MAX], const char **ret_port)
{
	const char *start = text, *end, *port = NULL;

	if (*text == '[') {
		start = text + 1;
		end = strchr(start, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return -EINVAL;
		port = end[1] == ':' ? end + 2 : NULL;
	} else {
		const char *colon = strchr(text, ':');

		if (colon && !strchr(colon + 1, ':')) {
			end = colon;
			port = colon + 1;
		} else {
			end = text + strlen(text);
		}
	}
	if ((size_t)(end - start) >= ADDRESS_TEXT_MAX)
		return -EINVAL;
	memcpy(head, start, (size_t)(end - start));
	head[end - start] = '\0';
	*ret_port = port;
	return 0;
}

int endpoint_parse(const char *text, uint16_t default_port, struct endpoint *ret)
{
	char head[ADDRESS_TEXT_MAX];
	struct endpoint e = { .port = default_port };
	const char *port;
	uint64_t number;
	int r;

	r = endpoint_split(text, head, &port);
	if (r < 0)
		return r;
	r = address_parse(head, &e.address);
	if (r < 0)
		return r;
	if (port) {
		if (parse_uint64(port, UINT16_MAX, &number) < 0 || number == 0)
			return -EINVAL;
		e.port = (uint16_t)number;
	}
	*ret = e;
	return 0;
}

const char *endpoint_format(const struct endpoint *e, char buffer[ENDPOINT_TEXT_MAX])
{
	char text[ADDRESS_TEXT_MAX];

	address_format(&e->address, text);
	snprintf(buffer, ENDPOINT_TEXT_MAX, e->address.family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		text, (unsigned)e->port);
	return buffer;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->link == b->link && a->port == b->port && address_equal(&a->address, &b->address);
}

bool endpoint_lists_equal(
	const struct endpoint *a, size_t n_a, const struct endpoint *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!endpoint_equal(&a[i], &b[i]))
			return false;
	return true;
}
