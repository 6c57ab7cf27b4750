#pragma once
/* Where encrypted look-ups go: the names and addresses of public servers, from readable lists. It
 * knows what is listed, not whom it concerns. */
#include "base/address.h"
#include "base/strings.h"

#define SEAL_PORT          443
#define SEAL_PORT_TLS      853  /* DNS over TLS and QUIC (RFC 7858, 9250): refused at any address */
#define SEAL_ENDPOINTS_MAX 4096 /* all go to the kernel: a longer list is some other file */
#define SEAL_NAMES_MAX     4096

struct seal_endpoint {
	struct endpoint endpoint;
	char *name; /* what it is called; owned */
};

struct seal_list {
	struct seal_endpoint *endpoints;
	size_t n, room;
	struct strings names; /* normalised host names, each once */
};

/* Adds what a text lists and takes out what it lists with a "-": lines of NAME [ADDRESS[:PORT] …],
 * -NAME or -ADDRESS. *ret_error = "PATH:LINE: VALUE: what is wrong, what was expected" (owned by
 * the caller); after an error the list can only be ended. -EINVAL, -E2BIG, -ENOMEM (no sentence).
 */
int seal_list_add(struct seal_list *l, const char *path, const char *text, char **ret_error);
void seal_list_done(struct seal_list *l);

/* What the server there is called, or NULL; at SEAL_PORT_TLS whatever listed port it has. */
const char *seal_list_name(const struct seal_list *l, const struct endpoint *endpoint);
/* Is this very host (normalised) listed? Hosts below it are others. */
bool seal_list_contains(const struct seal_list *l, const char *host);
