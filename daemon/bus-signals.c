/* Tells people what they should hear of at once: a signal to each connection that asked, and to
 * nobody else, for what one person does is not for another's ears. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "bus-internal.h"
#include "names.h"

/* On one connection; the system bus is one for all, and may have that many people's sessions. */
#define LISTENERS_MAX  1024
#define LISTENERS_EACH 16 /* of one account, root's aside */

struct listener {
	struct listener *next;
	uid_t uid;
	char *sender; /* on the system bus: whom to send it to */
	char *person; /* NULL: everybody */
};

static struct listener *listener_free(struct listener *l)
{
	if (l) {
		free(l->sender);
		free(l->person);
	}
	free(l);
	return NULL;
}

DEFINE_CLEANUP(struct listener *, listener_free);

void bus_forget_listeners(struct door *d)
{
	while (d->listeners) {
		struct listener *l = d->listeners;

		d->listeners = l->next;
		listener_free(l);
	}
	d->track = sd_bus_track_unref(d->track);
}

/* Those who left the system bus. */
static void drop_gone(struct door *d)
{
	for (struct listener **at = &d->listeners; *at;) {
		struct listener *l = *at;

		if (!l->sender || sd_bus_track_contains(d->track, l->sender)) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		listener_free(l);
	}
}

static bool has_room(const struct door *d, uid_t uid)
{
	size_t all = 0, theirs = 0;

	for (const struct listener *l = d->listeners; l; l = l->next) {
		all++;
		theirs += l->uid == uid;
	}
	return all < LISTENERS_MAX && (uid == 0 || theirs < LISTENERS_EACH);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static int add_listener(struct door *d, uid_t uid, const char *sender, const char *person)
{
	_cleanup_(listener_freep) struct listener *l = NULL;
	int r = 0;

	for (const struct listener *old = d->listeners; old; old = old->next)
		if (same(old->sender, sender) && same(old->person, person))
			return 0;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->uid = uid;
	if (sender && !(l->sender = strdup(sender)))
		return -ENOMEM;
	if (person && !(l->person = strdup(person)))
		return -ENOMEM;
	if (sender && !d->track)
		r = sd_bus_track_new(d->bus, &d->track, NULL, NULL);
	if (sender && r >= 0)
		r = sd_bus_track_add_name(d->track, sender);
	if (r < 0)
		return r;
	l->next = d->listeners;
	d->listeners = TAKE_PTR(l);
	return 0;
}

int bus_on_subscribe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct bus_view view;
	uid_t uid;
	int r;

	r = bus_read_view(&(struct bus_call){ message, door, bus_on_subscribe, error }, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	r = bus_caller(message, door, &uid);
	if (r < 0)
		return r;
	drop_gone(door);
	if (!has_room(door, uid))
		return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
			"Too many listen already: expected at most %d of one account",
			LISTENERS_EACH);
	r = add_listener(door, uid,
		door->uid == UID_UNKNOWN ? sd_bus_message_get_sender(message) : NULL,
		view.all ? NULL : manager_person_name(door->manager, view.first));
	return r < 0 ? r : sd_bus_reply_method_return(message, "");
}

static const char *signal_name(enum notice_kind kind)
{
	switch (kind) {
	case NOTICE_CHANGED:
		return "Changed";
	case NOTICE_WARNED:
		return "Warned";
	case NOTICE_REFUSED:
		return "Refused";
	}
	return "";
}

static int fill(sd_bus_message *m, const struct manager_notice *n)
{
	const char *reason = rule_reason_name(n->reason);

	if (n->kind == NOTICE_REFUSED)
		return sd_bus_message_append(m, FOCUSD_REFUSED_SIGNATURE, n->person, n->server);
	if (n->kind == NOTICE_WARNED)
		return sd_bus_message_append(m, FOCUSD_WARNED_SIGNATURE, n->person, n->site,
			n->target, reason, n->left_sec);
	return sd_bus_message_append(m, FOCUSD_CHANGED_SIGNATURE, n->person, n->site, n->target,
		gate_state_name(n->state), reason, (int64_t)n->until_usec);
}

static int send_notice(
	const struct door *d, const struct listener *l, const struct manager_notice *n)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r;

	r = sd_bus_message_new_signal(
		d->bus, &m, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE, signal_name(n->kind));
	if (r >= 0 && l->sender)
		r = sd_bus_message_set_destination(m, l->sender);
	if (r >= 0)
		r = fill(m, n);
	return r < 0 ? r : sd_bus_send(d->bus, m, NULL);
}

void bus_tell(struct door *doors, const struct manager_notice *notice)
{
	for (struct door *d = doors; d; d = d->next) {
		drop_gone(d);
		if (bus_is_deaf(d))
			continue;
		for (const struct listener *l = d->listeners; l; l = l->next) {
			int r = 0;

			if (!l->person || strcmp(l->person, notice->person) == 0)
				r = send_notice(d, l, notice);
			if (r < 0)
				log_debug_errno(r, "Can't tell a listener");
		}
	}
}
