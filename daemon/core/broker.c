/* One address of a message broker. */
#include "core/broker.h"

#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/parse.h"

static const char *cut_scheme(const char *text, struct broker *b)
{
	b->tls = strncmp(text, "mqtts://", 8) == 0;
	b->port = b->tls ? BROKER_PORT_TLS : BROKER_PORT_PLAIN;
	if (b->tls)
		return text + 8;
	return strncmp(text, "mqtt://", 7) == 0 ? text + 7 : NULL;
}

/* An address, in brackets where it is an IPv6 one. */
static int take_address(const char *rest, struct broker *b)
{
	struct endpoint e;
	char text[ADDRESS_TEXT_MAX];

	if (strlen(rest) >= ENDPOINT_TEXT_MAX || endpoint_parse(rest, b->port, &e) < 0 ||
		e.port == 0)
		return -EINVAL;
	strcpy(b->host, address_format(&e.address, text));
	b->port = e.port;
	return 0;
}

static int take_name(const char *rest, struct broker *b)
{
	const char *colon = strchr(rest, ':');
	const size_t n = colon ? (size_t)(colon - rest) : strlen(rest);
	char name[DOMAIN_TEXT_MAX + 1];
	uint64_t port = b->port;

	if (n == 0 || n >= sizeof(name))
		return -EINVAL;
	memcpy(name, rest, n);
	name[n] = 0;
	if (colon && (parse_uint64(colon + 1, UINT16_MAX, &port) < 0 || port == 0))
		return -EINVAL;
	b->port = (uint16_t)port;
	return domain_normalize(name, b->host);
}

int broker_parse(const char *text, struct broker *ret)
{
	struct broker b = { 0 };
	const char *rest = cut_scheme(text, &b);

	if (!rest || (take_address(rest, &b) < 0 && take_name(rest, &b) < 0))
		return -EINVAL;
	*ret = b;
	return 0;
}
