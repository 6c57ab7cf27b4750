/* The packets between keeper and hook, written and read byte by byte. Nothing here knows a socket.
 *
 *   byte 0 version, 1 type, then by type (numbers in network order):
 *   HELLO   u16 port4, u16 port6, u8 0 or 1 for resolved, build to the end
 *   GATEWAY u16 port4, u16 port6
 *   LEASES  u8 verdict, u8 4 or 6, u8 n, n addresses, name to the end
 *   ASK     u8 own,     u8 4 or 6, u8 n, n addresses, u64 since, u32 passed, name to the end
 *   RESOLVE u8 0,       u8 4 or 6, u8 0,               name to the end
 *   UPSTREAM u8 silent
 *   SETUP, REFRESH, QUIT  nothing more
 */
#include "core/hook-message.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define HEAD_BYTES    2
#define HELLO_BYTES   (HEAD_BYTES + 5)
#define PORTS_BYTES   (HEAD_BYTES + 4)
#define SILENCE_BYTES (HEAD_BYTES + 1)
#define NAME_HEAD     (HEAD_BYTES + 3)
#define ASK_BYTES     12 /* since and passed */

static void put_number(uint8_t *bytes, size_t n, uint64_t value)
{
	while (n-- > 0) {
		bytes[n] = (uint8_t)value;
		value >>= 8;
	}
}

static uint64_t get_number(const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}

static size_t addresses_max(enum hook_message_type type)
{
	return type == HOOK_RESOLVE ? 0 : LEASE_SLOTS_MAX;
}

static int encode_name(const struct hook_message *m, uint8_t *packet)
{
	const size_t size = address_size(m->family), length = strlen(m->name);
	size_t at = NAME_HEAD;

	if (size == 0 || length == 0 || length > DOMAIN_TEXT_MAX ||
		m->n_addresses > addresses_max(m->type) || m->own >> m->n_addresses)
		return -EINVAL;
	packet[2] = m->type == HOOK_LEASES ? (uint8_t)m->verdict : m->own;
	packet[3] = m->family == AF_INET6 ? 6 : 4;
	packet[4] = (uint8_t)m->n_addresses;
	for (size_t i = 0; i < m->n_addresses; i++, at += size) {
		if (m->addresses[i].family != m->family)
			return -EINVAL;
		memcpy(packet + at, m->addresses[i].bytes, size);
	}
	if (m->type == HOOK_ASK) {
		put_number(packet + at, 8, m->since_usec);
		put_number(packet + at + 8, 4, m->n_passed);
		at += ASK_BYTES;
	}
	memcpy(packet + at, m->name, length);
	return (int)(at + length);
}

static int encode_silence(const struct hook_message *m, uint8_t *packet)
{
	if (m->silent & ~(HOOK_SILENT_UPSTREAMS | HOOK_SILENT_UPLINKS))
		return -EINVAL;
	packet[HEAD_BYTES] = m->silent;
	return SILENCE_BYTES;
}

static int decode_silence(const uint8_t *packet, size_t n, struct hook_message *m)
{
	if (n != SILENCE_BYTES ||
		packet[HEAD_BYTES] & ~(HOOK_SILENT_UPSTREAMS | HOOK_SILENT_UPLINKS))
		return -EBADMSG;
	m->silent = packet[HEAD_BYTES];
	return 0;
}

static bool is_build(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) && !memchr(".~+-", text[i], 4))
			return false;
	return n <= HOOK_BUILD_MAX;
}

static int encode_ports(const struct hook_message *m, uint8_t *packet)
{
	put_number(packet + HEAD_BYTES, 2, m->port4);
	put_number(packet + HEAD_BYTES + 2, 2, m->port6);
	return PORTS_BYTES;
}

static int decode_ports(const uint8_t *packet, size_t n, struct hook_message *m)
{
	if (n < PORTS_BYTES)
		return -EBADMSG;
	m->port4 = (uint16_t)get_number(packet + HEAD_BYTES, 2);
	m->port6 = (uint16_t)get_number(packet + HEAD_BYTES + 2, 2);
	return 0;
}

static int encode_hello(const struct hook_message *m, uint8_t *packet)
{
	const size_t length = strlen(m->build);

	if (!is_build(m->build, length))
		return -EINVAL;
	encode_ports(m, packet);
	packet[6] = m->resolved;
	memcpy(packet + HELLO_BYTES, m->build, length);
	return (int)(HELLO_BYTES + length);
}

static int decode_hello(const uint8_t *packet, size_t n, struct hook_message *m)
{
	if (n < HELLO_BYTES || packet[6] > 1 ||
		!is_build((const char *)packet + HELLO_BYTES, n - HELLO_BYTES))
		return -EBADMSG;
	m->resolved = packet[6];
	memcpy(m->build, packet + HELLO_BYTES, n - HELLO_BYTES);
	return decode_ports(packet, n, m);
}

int hook_message_encode(const struct hook_message *m, uint8_t packet[HOOK_MESSAGE_MAX])
{
	packet[0] = HOOK_VERSION;
	packet[1] = (uint8_t)m->type;
	switch (m->type) {
	case HOOK_HELLO:
		return encode_hello(m, packet);
	case HOOK_GATEWAY:
		return encode_ports(m, packet);
	case HOOK_UPSTREAM:
		return encode_silence(m, packet);
	case HOOK_SETUP:
	case HOOK_REFRESH:
	case HOOK_QUIT:
		return HEAD_BYTES;
	case HOOK_LEASES:
	case HOOK_ASK:
	case HOOK_RESOLVE:
		return encode_name(m, packet);
	}
	return -EINVAL;
}

static int decode_name(const uint8_t *packet, size_t n, struct hook_message *m)
{
	char text[DOMAIN_TEXT_MAX + 1];
	size_t size, at = NAME_HEAD, length;

	if (n <= NAME_HEAD || (packet[3] != 4 && packet[3] != 6) ||
		packet[4] > addresses_max(m->type))
		return -EBADMSG;
	if (m->type == HOOK_LEASES ? packet[2] > HOOK_FAILED : packet[2] >> packet[4] != 0)
		return -EBADMSG;
	if (m->type == HOOK_LEASES)
		m->verdict = (enum hook_verdict)packet[2];
	else
		m->own = packet[2];
	m->family = packet[3] == 6 ? AF_INET6 : AF_INET;
	m->n_addresses = packet[4];
	size = address_size(m->family);
	if (n <= at + m->n_addresses * size + (m->type == HOOK_ASK ? ASK_BYTES : 0))
		return -EBADMSG;
	for (size_t i = 0; i < m->n_addresses; i++, at += size) {
		m->addresses[i].family = m->family;
		memcpy(m->addresses[i].bytes, packet + at, size);
	}
	if (m->type == HOOK_ASK) {
		m->since_usec = get_number(packet + at, 8);
		m->n_passed = (uint32_t)get_number(packet + at + 8, 4);
		at += ASK_BYTES;
	}
	length = n - at;
	if (length > DOMAIN_TEXT_MAX || memchr(packet + at, 0, length))
		return -EBADMSG;
	memcpy(text, packet + at, length);
	text[length] = 0;
	if (domain_normalize(text, m->name) < 0 || strcmp(text, m->name) != 0)
		return -EBADMSG;
	return 0;
}

int hook_message_decode(const uint8_t *packet, size_t n, struct hook_message *ret)
{
	struct hook_message m = { 0 };
	int r = 0;

	if (n < HEAD_BYTES || n > HOOK_MESSAGE_MAX || packet[0] != HOOK_VERSION)
		return -EBADMSG;
	m.version = packet[0];
	m.type = (enum hook_message_type)packet[1];
	switch (m.type) {
	case HOOK_HELLO:
		r = decode_hello(packet, n, &m);
		break;
	case HOOK_GATEWAY:
		r = n == PORTS_BYTES ? decode_ports(packet, n, &m) : -EBADMSG;
		break;
	case HOOK_UPSTREAM:
		r = decode_silence(packet, n, &m);
		break;
	case HOOK_SETUP:
	case HOOK_REFRESH:
	case HOOK_QUIT:
		r = n == HEAD_BYTES ? 0 : -EBADMSG;
		break;
	case HOOK_LEASES:
	case HOOK_ASK:
	case HOOK_RESOLVE:
		r = decode_name(packet, n, &m);
		break;
	}
	if (r < 0)
		return r;
	if (m.type < HOOK_HELLO || m.type > HOOK_UPSTREAM)
		return -EBADMSG;
	*ret = m;
	return 0;
}
