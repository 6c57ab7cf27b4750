/* Calls are asynchronous: a notification daemon that hangs or crashes holds nobody up. */
#include "desktop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "language.h"

#define NAME          "org.freedesktop.Notifications"
#define PATH          "/org/freedesktop/Notifications"
#define CALL_USEC     (10 * USEC_PER_SEC) /* the first one may have to start the daemon */
#define RETRY_USEC    (500 * USEC_PER_MSEC)
#define RETRY_DOUBLED 6 /* times, to half a minute */
#define SUBJECTS_MAX  1024
#define ICON          "appointment-soon"    /* of freedesktop.org's names */
#define BODY_MAX      (6 * NOTICE_TEXT_MAX) /* &quot; is the longest for one character */

struct item {
	struct item *next;
	struct desktop *desktop;
	struct notice notice;
	const char *action; /* of the button; NULL: it has none */
	char *label;
	uint32_t id; /* 0: none */
	bool closed; /* gone from the desktop; its button may be told of only now */
	bool due;    /* not taken yet */
	sd_bus_slot *call;
};

struct desktop {
	sd_event *event;
	sd_event_source *retry;
	sd_bus *bus;
	sd_bus_slot *ask;
	bool asked, can_actions, can_markup; /* asked: the daemon of now has told what it can */
	unsigned n_failures;
	struct item *items;
	size_t n;
	desktop_pressed_fn pressed;
	void *userdata;
};

static void lost(struct desktop *d, int r);
static void deliver_all(struct desktop *d);

static struct item *item_free(struct item *i)
{
	sd_bus_slot_unref(i->call);
	free(i->label);
	free(i);
	return NULL;
}

/* Text as markup: a name may have an & in it. */
static void escape(const char *text, char to[BODY_MAX])
{
	char *end = to;

	for (; *text; text++)
		switch (*text) {
		case '&':
			end = stpcpy(end, "&amp;");
			break;
		case '<':
			end = stpcpy(end, "&lt;");
			break;
		case '>':
			end = stpcpy(end, "&gt;");
			break;
		default:
			*end++ = *text;
		}
	*end = 0;
}

static struct item *find_id(const struct desktop *d, uint32_t id)
{
	for (struct item *i = d->items; i && id != 0; i = i->next)
		if (i->id == id)
			return i;
	return NULL;
}

static bool is_expired(const struct notice *n)
{
	return n->expires_usec != 0 && (int64_t)clock_now().wall_usec > n->expires_usec;
}

static int on_shown(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct item *i = userdata;

	i->call = sd_bus_slot_unref(i->call);
	if (sd_bus_message_is_method_error(reply, NULL)) {
		log_debug("Nobody shows notices: %s", sd_bus_message_get_error(reply)->message);
		i->due = true;
		return 0;
	}
	if (sd_bus_message_read(reply, "u", &i->id) < 0)
		i->id = 0;
	i->closed = false;
	if (i->due) /* it changed meanwhile */
		deliver_all(i->desktop);
	return 0;
}

static int fill(const struct item *i, sd_bus_message *m)
{
	const struct desktop *d = i->desktop;
	char body[BODY_MAX];
	int r;

	if (d->can_markup)
		escape(i->notice.body, body);
	else
		snprintf(body, sizeof(body), "%s", i->notice.body);
	r = sd_bus_message_append(
		m, "susss", "focusd", i->closed ? 0 : i->id, ICON, i->notice.summary, body);
	if (r < 0)
		return r;
	if (i->action && d->can_actions)
		r = sd_bus_message_append(m, "as", 2, i->action, i->label);
	else
		r = sd_bus_message_append(m, "as", 0);
	if (r < 0)
		return r;
	/* the urgencies of the specification: 0 low, 1 normal */
	return sd_bus_message_append(
		m, "a{sv}i", 1, "urgency", "y", i->notice.quiet ? 0 : 1, (int32_t)-1);
}

static int deliver(struct item *i)
{
	struct desktop *d = i->desktop;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r;

	if (!i->due || i->call)
		return 0;
	if (is_expired(&i->notice)) {
		i->due = false;
		return 0;
	}
	r = sd_bus_message_new_method_call(d->bus, &m, NAME, PATH, NAME, "Notify");
	if (r >= 0)
		r = fill(i, m);
	if (r >= 0)
		r = sd_bus_call_async(d->bus, &i->call, m, on_shown, i, CALL_USEC);
	if (r >= 0)
		i->due = false;
	return r;
}

static int on_capabilities(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct desktop *d = userdata;
	const char *word;

	d->ask = sd_bus_slot_unref(d->ask);
	if (sd_bus_message_is_method_error(reply, NULL)) {
		log_debug("Nobody shows notices: %s", sd_bus_message_get_error(reply)->message);
		return 0;
	}
	d->can_actions = d->can_markup = false;
	if (sd_bus_message_enter_container(reply, 'a', "s") >= 0)
		while (sd_bus_message_read(reply, "s", &word) > 0) {
			d->can_actions |= strcmp(word, "actions") == 0;
			d->can_markup |= strcmp(word, "body-markup") == 0;
		}
	d->asked = true;
	deliver_all(d);
	return 0;
}

/* What it can do comes first; that call starts a daemon that waits to be asked. */
static int ask(struct desktop *d)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r;

	if (d->ask)
		return 0;
	r = sd_bus_message_new_method_call(d->bus, &m, NAME, PATH, NAME, "GetCapabilities");
	return r < 0 ? r : sd_bus_call_async(d->bus, &d->ask, m, on_capabilities, d, CALL_USEC);
}

static void deliver_all(struct desktop *d)
{
	int r = 0;

	if (!d->bus)
		return;
	if (!d->asked)
		r = ask(d);
	for (struct item *i = d->items; i && d->asked && r >= 0; i = i->next)
		r = deliver(i);
	if (r < 0)
		log_debug_errno(r, "A notice can't be sent");
}

static int on_action(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct desktop *d = userdata;
	struct item *i;
	const char *action;
	uint32_t id;

	if (sd_bus_message_read(m, "us", &id, &action) < 0)
		return 0;
	i = find_id(d, id);
	if (i && i->action && strcmp(i->action, action) == 0)
		d->pressed(i->notice.subject, i->action, d->userdata);
	return 0;
}

static int on_closed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct desktop *d = userdata;
	struct item *i;
	uint32_t id, reason;

	if (sd_bus_message_read(m, "uu", &id, &reason) < 0)
		return 0;
	i = find_id(d, id);
	if (i)
		i->closed = true;
	return 0;
}

/* Another daemon counts anew: the old numbers may be another program's there. */
static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct desktop *d = userdata;
	const char *name, *before, *after;

	if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0)
		return 0;
	if (*before)
		d->asked = false;
	for (struct item *i = d->items; i && *before; i = i->next)
		i->id = 0;
	for (struct item *i = d->items; i && *after; i = i->next)
		if (i->due) {
			deliver_all(d);
			break;
		}
	return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	lost(userdata, -ECONNRESET);
	return 0;
}

static int listen_to(struct desktop *d)
{
	int r;

	r = sd_bus_match_signal_async(d->bus, NULL, "org.freedesktop.DBus.Local",
		"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
		on_disconnected, NULL, d);
	if (r >= 0)
		r = sd_bus_add_match_async(d->bus, NULL,
			"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop."
			"DBus',"
			"member='NameOwnerChanged',arg0='" NAME "'",
			on_owner, NULL, d);
	if (r >= 0)
		r = sd_bus_match_signal_async(
			d->bus, NULL, NULL, PATH, NAME, "ActionInvoked", on_action, NULL, d);
	if (r >= 0)
		r = sd_bus_match_signal_async(
			d->bus, NULL, NULL, PATH, NAME, "NotificationClosed", on_closed, NULL, d);
	return r;
}

static void find_bus(struct desktop *d)
{
	int r;

	r = sd_bus_open_user(&d->bus);
	if (r >= 0)
		r = listen_to(d);
	if (r >= 0)
		r = sd_bus_attach_event(d->bus, d->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0) {
		lost(d, r);
		return;
	}
	d->n_failures = 0;
	deliver_all(d);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	find_bus(userdata);
	return 0;
}

/* No answer will come any more, and the numbers are void. */
static void forget_calls(struct desktop *d)
{
	d->ask = sd_bus_slot_unref(d->ask);
	d->asked = false;
	for (struct item *i = d->items; i; i = i->next) {
		i->due |= i->call != NULL;
		i->call = sd_bus_slot_unref(i->call);
		i->id = 0;
	}
}

static void lost(struct desktop *d, int r)
{
	const usec_t delay = RETRY_USEC
			     << (d->n_failures < RETRY_DOUBLED ? d->n_failures : RETRY_DOUBLED);

	if (d->n_failures++ == 0)
		log_info("Not on the session bus (%s); trying again", strerror(-r));
	forget_calls(d);
	d->bus = sd_bus_close_unref(d->bus);
	d->retry = sd_event_source_disable_unref(d->retry);
	r = sd_event_add_time_relative(d->event, &d->retry, CLOCK_BOOTTIME, delay, 0, on_retry, d);
	if (r < 0)
		log_warning_errno(r, "Can't try the session bus again");
}

int desktop_new(sd_event *event, desktop_pressed_fn pressed, void *userdata, struct desktop **ret)
{
	struct desktop *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->event = event;
	d->pressed = pressed;
	d->userdata = userdata;
	find_bus(d);
	*ret = d;
	return 0;
}

struct desktop *desktop_free(struct desktop *d)
{
	while (d && d->items) {
		struct item *i = d->items;

		d->items = i->next;
		item_free(i);
	}
	if (d) {
		sd_bus_slot_unref(d->ask);
		sd_event_source_disable_unref(d->retry);
		sd_bus_flush_close_unref(d->bus);
	}
	free(d);
	return NULL;
}

static struct item *item_of(struct desktop *d, const char *subject)
{
	struct item *i;

	for (i = d->items; i; i = i->next)
		if (strcmp(i->notice.subject, subject) == 0)
			return i;
	i = d->n < SUBJECTS_MAX ? calloc(1, sizeof(*i)) : NULL;
	if (!i)
		return NULL;
	i->desktop = d;
	i->next = d->items;
	d->items = i;
	d->n++;
	return i;
}

int desktop_show(struct desktop *d, const struct notice *n, const struct desktop_button *button)
{
	struct item *i = item_of(d, n->subject);
	char *copy = button ? strdup(button->label) : NULL;

	if (!i || (button && !copy)) {
		free(copy);
		return -ENOMEM;
	}
	free(i->label);
	i->label = copy;
	i->action = button ? button->action : NULL;
	i->notice = *n;
	notice_trim(&i->notice);
	i->due = true;
	deliver_all(d);
	return 0;
}
