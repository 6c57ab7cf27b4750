/* A thin layer over sd-bus: where, how long, and what went wrong. */
#include "client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "keeper-words.h"
#include "names.h"

#define CALL_TIMEOUT_USEC   (10 * USEC_PER_SEC)
#define PERSON_TIMEOUT_USEC (130 * USEC_PER_SEC) /* polkit may ask for a password meanwhile */
#define HURRY_TIMEOUT_USEC  USEC_PER_SEC
#define PRIVATE_ADDRESS     "unix:path=" FOCUSD_RUNTIME_DIR "/" FOCUSD_BUS_SOCKET

struct client {
	const char *address;     /* NULL: the usual places */
	sd_bus *bus;             /* NULL until the first call */
	const char *destination; /* NULL: nobody but the daemon is at the other end */
	bool hurry;
};

static int fail_errno(struct client_error *ret, const char *where, int r)
{
	ret->kind = CLIENT_UNREACHABLE;
	snprintf(ret->text, sizeof(ret->text), "%s: %s", where, strerror(-r));
	return r;
}

struct client *client_free(struct client *c)
{
	if (c)
		sd_bus_flush_close_unref(c->bus);
	free(c);
	return NULL;
}

static int open_address(const char *address, struct client *c)
{
	/* anything but a plain socket is a bus daemon, which wants a Hello */
	const bool peer = strncmp(address, "unix:path=", 10) == 0;
	int r;

	r = sd_bus_new(&c->bus);
	if (r >= 0)
		r = sd_bus_set_address(c->bus, address);
	if (r >= 0 && !peer)
		r = sd_bus_set_bus_client(c->bus, true);
	if (r >= 0)
		r = sd_bus_start(c->bus);
	c->destination = peer ? NULL : FOCUSD_BUS_NAME;
	return r;
}

/* Is focusd on this bus? Asked without starting it. */
static bool has_owner(sd_bus *bus)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;

	return sd_bus_get_name_creds(bus, FOCUSD_BUS_NAME, 0, &creds) >= 0;
}

static int open_system(struct client *c)
{
	int r;

	r = sd_bus_open_system(&c->bus);
	if (r < 0)
		return r;
	if (!has_owner(c->bus)) {
		c->bus = sd_bus_flush_close_unref(c->bus);
		return -ENOENT;
	}
	c->destination = FOCUSD_BUS_NAME;
	return 0;
}

struct client *client_new(const char *address)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c)
		c->address = address;
	return c;
}

void client_hurry(struct client *c)
{
	c->hurry = true;
}

static int connect_once(struct client *c, struct client_error *ret_error)
{
	const char *address = c->address ? c->address : PRIVATE_ADDRESS;
	int r = -ENOENT;

	if (c->bus)
		return 0;
	if (!c->address)
		r = open_system(c);
	if (r < 0)
		r = open_address(address, c);
	if (r < 0) {
		c->bus = sd_bus_flush_close_unref(c->bus);
		return fail_errno(ret_error, address, r);
	}
	return 0;
}

static int call_failed(struct client_error *ret, const sd_bus_error *error, int r)
{
	static const char *const unreachable[] = { SD_BUS_ERROR_SERVICE_UNKNOWN,
		SD_BUS_ERROR_NAME_HAS_NO_OWNER, SD_BUS_ERROR_DISCONNECTED, SD_BUS_ERROR_NO_REPLY };

	ret->kind = CLIENT_FAILED;
	if (sd_bus_error_has_name(error, FOCUSD_ERROR_NOT_ALLOWED))
		ret->kind = CLIENT_NOT_ALLOWED;
	for (size_t i = 0; i < ELEMENTSOF(unreachable); i++)
		if (sd_bus_error_has_name(error, unreachable[i]))
			ret->kind = CLIENT_UNREACHABLE;
	if (r == -ECONNRESET || r == -ENOTCONN || r == -ECONNREFUSED || r == -ENOENT ||
		r == -EPIPE || r == -ETIMEDOUT)
		ret->kind = ret->kind == CLIENT_NOT_ALLOWED ? ret->kind : CLIENT_UNREACHABLE;
	keeper_words(error->message ? error->message : strerror(-r), ret->text, sizeof(ret->text));
	return r;
}

int client_call(struct client *c, const char *method, sd_bus_message **ret_reply,
	struct client_error *ret_error, const char *types, ...)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	/* nobody can answer a question that a script gets */
	const bool interactive = c->destination && !c->hurry && isatty(STDIN_FILENO);
	const uint64_t timeout_usec = interactive ? PERSON_TIMEOUT_USEC
				      : c->hurry  ? HURRY_TIMEOUT_USEC
						  : CALL_TIMEOUT_USEC;
	va_list arguments;
	int r;

	r = connect_once(c, ret_error);
	if (r < 0)
		return r;
	r = sd_bus_message_new_method_call(
		c->bus, &m, c->destination, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE, method);
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, false);
	if (r >= 0)
		r = sd_bus_message_set_allow_interactive_authorization(m, interactive);
	if (r >= 0 && *types) {
		va_start(arguments, types);
		r = sd_bus_message_appendv(m, types, arguments);
		va_end(arguments);
	}
	if (r >= 0)
		r = sd_bus_call(c->bus, m, timeout_usec, &error, ret_reply);
	return r < 0 ? call_failed(ret_error, &error, r) : 0;
}

sd_bus *client_bus(const struct client *c)
{
	return c->bus;
}

const char *client_destination(const struct client *c)
{
	return c->destination;
}

void client_forget(struct client *c)
{
	sd_bus_detach_event(c->bus);
	c->bus = sd_bus_close_unref(c->bus);
	c->destination = NULL;
}

static int read_property(
	struct client *c, const char *name, char **ret, struct client_error *ret_error)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = connect_once(c, ret_error);
	if (r < 0)
		return r;
	r = sd_bus_get_property_string(
		c->bus, c->destination, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE, name, &error, ret);
	return r < 0 ? call_failed(ret_error, &error, r) : 0;
}

int client_version(struct client *c, char **ret, struct client_error *ret_error)
{
	return read_property(c, "Version", ret, ret_error);
}

int client_day(struct client *c, char **ret, struct client_error *ret_error)
{
	return read_property(c, "Day", ret, ret_error);
}
