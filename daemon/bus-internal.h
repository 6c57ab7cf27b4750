#pragma once
/* What the two halves of the bus share: methods (bus.c) and connections (bus-doors.c). */
#include <systemd/sd-bus.h>

#include "bus.h"
#include "polkit.h"

#define UID_UNKNOWN ((uid_t)-1)

/* One connection and who is at its other end. */
struct door {
	struct bus *owner;
	struct manager *manager;
	struct door *next;
	sd_bus *bus;
	struct polkit *polkit; /* on the system bus */
	uid_t uid; /* UID_UNKNOWN: on the system bus, where every message has its own sender */
};

/* org.focusd1.Manager; userdata is the door. */
extern const sd_bus_vtable bus_vtable[];

/* bus.c: whose call it is. */
int bus_caller(sd_bus_message *message, const struct door *door, uid_t *ret);

/* bus-doctor.c */
int bus_on_examine(sd_bus_message *message, void *userdata, sd_bus_error *error);
