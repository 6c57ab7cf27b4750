#pragma once
/* The way to the daemon: the system bus without starting anything, or its private socket. */
#include <systemd/sd-bus.h>

struct client;

struct client_error {
	enum { CLIENT_UNREACHABLE, CLIENT_NOT_ALLOWED, CLIENT_FAILED } kind;
	char text[512];
};

/* address: NULL tries the system bus, then unix:path=/run/focusd/bus; else only that, and the
 * caller keeps it. A "unix:path=" address is spoken to without a bus daemon. Connects at the first
 * call, so that a mistake in the command line is told first. NULL: no memory. */
struct client *client_new(const char *address);
struct client *client_free(struct client *c);

/* From now on gives up after a second and lets nobody be asked for a password. */
void client_hurry(struct client *c);

/* Calls a method; a negative errno comes with *ret_error filled. types and arguments as for
 * sd_bus_message_append(). Gives up after 10 s. */
int client_call(struct client *c, const char *method, sd_bus_message **ret_reply,
	struct client_error *ret_error, const char *types, ...);
/* The connection after a call, to hear signals on, and the daemon's name there (NULL: nobody else
 * is at the other end). Lasts until client_forget(), after which the next call connects anew. */
sd_bus *client_bus(const struct client *c);
const char *client_destination(const struct client *c);
void client_forget(struct client *c);
/* The daemon's properties of text; the caller frees it. */
int client_version(struct client *c, char **ret, struct client_error *ret_error);
int client_day(struct client *c, char **ret, struct client_error *ret_error);
