#pragma once
/* Where a household's messages go: mqtts://HOST[:PORT], or mqtt://HOST[:PORT] without TLS. */
#include <stdbool.h>
#include <stdint.h>

#include "core/domain.h"

struct broker {
	bool tls;
	char host[DOMAIN_TEXT_MAX + 1]; /* a name or an address */
	uint16_t port;
};

#define BROKER_PORT_TLS   8883
#define BROKER_PORT_PLAIN 1883

/* -EINVAL for anything else. */
int broker_parse(const char *text, struct broker *ret);
