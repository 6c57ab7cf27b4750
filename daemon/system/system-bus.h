#pragma once
/* One service on the system bus, watched from the moment it is there until it is gone, however
 * often it, or dbus itself, is restarted. It asks nothing of the service: that is the caller's. */
#include <systemd/sd-bus.h>

struct sd_event;
struct system_bus;

enum system_bus_loss {
	SYSTEM_BUS_SERVICE_GONE, /* it does not run, or has begun anew; or there never was a bus */
	SYSTEM_BUS_LOST          /* nobody knows whether the service runs on */
};

struct system_bus_events {
	/* The service is there: matches and first questions. Every match and call must be
	 * asynchronous; their slots may float, the connection is closed before the next `up`.
	 * A negative errno: try again later. */
	int (*up)(sd_bus *bus, void *userdata);
	/* What was learnt is the past, and the connection that `up` was given with it. Also called
	 * for a service that is not there at all. */
	void (*down)(enum system_bus_loss loss, void *userdata);
	void *userdata;
};

#define SYSTEM_BUS_CALL_USEC (5 * UINT64_C(1000000)) /* a service that hangs must not hang us */

/* service: its well-known name, which must outlive it; it is never started by this. Connects
 * asynchronously. -ENOMEM. */
int system_bus_new(struct sd_event *event, const char *service,
	const struct system_bus_events *events, struct system_bus **ret);
struct system_bus *system_bus_free(struct system_bus *b); /* calls nobody */
