#pragma once
/* The door: org.focusd1 on the private socket RUNTIME/bus and, where there is one, on the system
 * bus. It marshals: read, validate, authorise, act, reply. */
#include "manager.h"

struct bus;

/* Opens both doors. The private socket replaces a stale file and lets everybody in (mode 0666):
 * callers are judged by their credentials. A missing system bus is no failure. dir: the runtime
 * folder. */
int bus_new(struct sd_event *event, struct manager *manager, const char *dir, struct bus **ret);
struct bus *bus_free(struct bus *b);
