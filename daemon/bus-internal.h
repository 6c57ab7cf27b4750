#pragma once
/* What the two halves of the bus share: methods (bus.c) and connections (bus-doors.c). */
#include <systemd/sd-bus.h>

#include "bus.h"
#include "core/budget.h"
#include "core/config.h"
#include "polkit.h"

#define UID_UNKNOWN ((uid_t)-1)

/* One connection and who is at its other end. */
struct door {
	struct bus *owner;
	struct manager *manager;
	struct door *next;
	sd_bus *bus;
	struct polkit *polkit; /* on the system bus */
	struct budget *budget; /* of all who change anything */
	struct listener *listeners;
	sd_bus_track *track; /* of the listeners on the system bus */
	char *sharer;        /* who hears of news to share: their name on the system bus, else "" */
	uid_t uid; /* UID_UNKNOWN: on the system bus, where every message has its own sender */
};

/* org.focusd1.Manager; userdata is the door. */
extern const sd_bus_vtable bus_vtable[];

/* bus.c: whose call it is. */
int bus_caller(sd_bus_message *message, const struct door *door, uid_t *ret);
int bus_no_such_person(sd_bus_error *error, const char *name);

/* A call that may have to be handled again, after polkit's answer. */
struct bus_call {
	sd_bus_message *message;
	struct door *door;
	sd_bus_message_handler_t self; /* its handler */
	sd_bus_error *error;
};

/* People [first, end). */
struct bus_view {
	size_t first, end;
	bool all; /* an administrator looks at everybody */
};
/* Whom the caller may see of `name` ("": of everybody). 1: *ret; 0: polkit is asked, and the
 * handler runs again; or a negative errno. */
int bus_authorise_view(const struct bus_call *call, const char *name, struct bus_view *ret);

/* The same for a call whose one argument is that name. */
int bus_read_view(const struct bus_call *call, struct bus_view *ret);

int bus_append_strings(sd_bus_message *reply, const struct strings *list);

/* -ENOENT as an error with the name that was meant. */
int bus_no_such_target(const struct config *c, const char *name, sd_bus_error *error);

/* bus-history.c */
int bus_on_explain(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_get_events(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-report.c */
int bus_on_get_report(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-pending.c */
int bus_on_get_pending(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_cancel_pending(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-instead.c */
int bus_on_instead(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-allowance.c */
int bus_on_allowance(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-habit.c */
int bus_on_habit(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-doctor.c */
int bus_on_probe(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_examine(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-passes.c */
int bus_on_declare(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_focus(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_grant(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_list_declared(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-signals.c */
int bus_on_subscribe(sd_bus_message *message, void *userdata, sd_bus_error *error);
/* To whoever subscribed at one of these doors. */
void bus_tell(struct door *doors, const struct manager_notice *notice);
void bus_forget_listeners(struct door *d);

/* After a refusal: may the caller do it by polkit's word? 1: yes, 0: it is asked and the handler
 * runs again, or a negative errno. */
int bus_ask_polkit(const struct bus_call *call, const char *action);

/* bus-doors.c: drops the connection, also within a message of its own. */
void bus_close_door(struct door *d);

/* bus-bounds.c */
/* A filter before every method: refuses what is too long, and drops who does not read. */
int bus_on_message(sd_bus_message *message, void *userdata, sd_bus_error *error);
/* Does it leave unread what it was sent? */
bool bus_is_deaf(const struct door *d);
/* One of the caller's changes of today, after it was found to be allowed; or an error. Root's are
 * free. */
int bus_spend(const struct bus_call *call);

/* bus-forget.c */
int bus_on_forget(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-sittings.c */
int bus_on_get_sittings(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-share.c */
int bus_on_share_own(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_share_others(sd_bus_message *message, void *userdata, sd_bus_error *error);
/* bus-share-passes.c */
int bus_on_share_passes(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_append_own_passes(sd_bus_message *reply, const struct manager *m);
/* What other devices opened for that person, and is open here with it. */
int bus_append_told(sd_bus_message *reply, const struct manager *m, size_t person);
/* bus-share.c: is it focusd-share, or root? */
int bus_authorise_sharer(sd_bus_message *message, const struct door *door, sd_bus_error *error);
/* A new connection: if it is focusd-share's, it may say these three alone. */
int bus_confine_sharer(struct door *door);
/* There is news for focusd-share, if it is at one of these doors. */
void bus_tell_sharer(struct door *doors);

/* bus-devices.c */
int bus_on_get_gateway(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_list_devices(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_on_assign_device(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* bus-sites.c */
int bus_on_find_host(sd_bus_message *message, void *userdata, sd_bus_error *error);
