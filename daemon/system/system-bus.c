/* Connects, watches one name, and connects again: with growing pauses, and for ever where there
 * once was a bus. */
#include "system/system-bus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#define RETRY_USEC    (200 * USEC_PER_MSEC)
#define RETRY_DOUBLED 6  /* times, to 13 s */
#define RETRY_MAX     12 /* two minutes where there never was a bus */

struct system_bus {
	sd_event *event;
	const char *service;
	struct system_bus_events events;
	sd_bus *bus;
	sd_event_source *retry;
	unsigned n_lost; /* in a row */
	bool was_connected, up;
};

static void connect_bus(struct system_bus *b);

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	connect_bus(userdata);
	return 0;
}

static void take_down(struct system_bus *b, enum system_bus_loss loss)
{
	b->up = false;
	b->events.down(loss, b->events.userdata);
}

static void lost(struct system_bus *b, int r, enum system_bus_loss loss)
{
	const unsigned doubled = b->n_lost < RETRY_DOUBLED ? b->n_lost : RETRY_DOUBLED;

	take_down(b, b->was_connected ? loss : SYSTEM_BUS_SERVICE_GONE);
	b->bus = sd_bus_close_unref(b->bus);
	b->retry = sd_event_source_disable_unref(b->retry);
	b->n_lost++;
	if (!b->was_connected && (r == -ENOENT || b->n_lost > RETRY_MAX))
		return;
	r = sd_event_add_time_relative(b->event, &b->retry, CLOCK_BOOTTIME, RETRY_USEC << doubled,
		100 * USEC_PER_MSEC, on_retry, b);
	if (r < 0)
		log_warning_errno(r, "Can't try the system bus again");
}

/* The connection is made anew for each life of the service, so that nothing of the last one comes
 * late. */
static void set_owner(struct system_bus *b, bool there)
{
	int r;

	b->was_connected = true;
	if (b->up) {
		lost(b, -ECONNRESET, SYSTEM_BUS_SERVICE_GONE);
		return;
	}
	if (!there) {
		take_down(b, SYSTEM_BUS_SERVICE_GONE);
		return;
	}
	b->n_lost = 0;
	b->up = true;
	r = b->events.up(b->bus, b->events.userdata);
	if (r < 0) {
		log_debug_errno(r, "%s can't be asked", b->service);
		lost(b, r, SYSTEM_BUS_LOST);
	}
}

static int on_owner(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct system_bus *b = userdata;

	if (!b->up)
		set_owner(b, !sd_bus_message_is_method_error(reply, NULL));
	return 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *name, *before, *after;

	if (sd_bus_message_read(message, "sss", &name, &before, &after) >= 0)
		set_owner(userdata, *after);
	return 0;
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	lost(userdata, -ECONNRESET, SYSTEM_BUS_LOST);
	return 0;
}

static int watch(struct system_bus *b)
{
	char match[256];
	int r;

	snprintf(match, sizeof(match),
		"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
		"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
		b->service);
	r = sd_bus_set_method_call_timeout(b->bus, SYSTEM_BUS_CALL_USEC);
	if (r >= 0)
		r = sd_bus_match_signal_async(b->bus, NULL, "org.freedesktop.DBus.Local",
			"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
			on_disconnected, NULL, b);
	if (r >= 0)
		r = sd_bus_add_match_async(b->bus, NULL, match, on_owner_changed, NULL, b);
	if (r >= 0)
		r = sd_bus_call_method_async(b->bus, NULL, "org.freedesktop.DBus",
			"/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner", on_owner,
			b, "s", b->service);
	return r < 0 ? r : sd_bus_attach_event(b->bus, b->event, SD_EVENT_PRIORITY_NORMAL);
}

static void connect_bus(struct system_bus *b)
{
	int r;

	b->bus = sd_bus_close_unref(b->bus);
	r = sd_bus_open_system(&b->bus);
	if (r >= 0)
		r = watch(b);
	if (r < 0)
		lost(b, r, SYSTEM_BUS_LOST);
}

int system_bus_new(struct sd_event *event, const char *service,
	const struct system_bus_events *events, struct system_bus **ret)
{
	struct system_bus *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->event = event;
	b->service = service;
	b->events = *events;
	connect_bus(b);
	*ret = b;
	return 0;
}

struct system_bus *system_bus_free(struct system_bus *b)
{
	if (!b)
		return NULL;
	sd_event_source_disable_unref(b->retry);
	sd_bus_close_unref(b->bus);
	free(b);
	return NULL;
}
