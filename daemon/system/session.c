/* org.freedesktop.login1, read only. Whenever logind says that a session is another one, all that
 * is to know of it is asked for again: a handful of properties, and never half of them.
 *
 * IdleHint and LockedHint come over the bus alone; /run/systemd/sessions has neither. */
#include "system/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/presence.h"
#include "system/system-bus.h"

#define LOGIN1         "org.freedesktop.login1"
#define LOGIN1_PATH    "/org/freedesktop/login1"
#define LOGIN1_MANAGER LOGIN1 ".Manager"
#define LOGIN1_SESSION LOGIN1 ".Session"
#define PROPERTIES     "org.freedesktop.DBus.Properties"

#define SESSIONS_MAX   256                /* logind's own bound is 8192; a household has a few */
#define AGAIN_USEC     (2 * USEC_PER_SEC) /* until what got no answer is asked again */

struct session {
	struct session *next;
	struct session_watch *owner;
	sd_bus_slot *question; /* its properties are being asked for */
	bool again;            /* and have changed meanwhile */
	bool unanswered;       /* it is to be asked again */
	bool known;
	struct presence_session is;
	char path[];
};

struct session_watch {
	struct system_bus *login1;
	sd_bus *bus;            /* while logind is there */
	sd_event_source *timer; /* off, but while something is to be asked again */
	bool unlisted;          /* among it: who is there at all */
	struct session *sessions;
	size_t n_sessions;
	bool sleeping, was_there, lost;
	void (*changed)(void *userdata);
	void *userdata;
};

DEFINE_CLEANUP(struct session_watch *, session_watch_free);

static struct session *session_free(struct session *s)
{
	sd_bus_slot_unref(s->question);
	free(s);
	return NULL;
}

static struct session *find_session(const struct session_watch *w, const char *path)
{
	for (struct session *s = w->sessions; s; s = s->next)
		if (strcmp(s->path, path) == 0)
			return s;
	return NULL;
}

static void remove_session(struct session_watch *w, const char *path)
{
	for (struct session **at = &w->sessions; *at; at = &(*at)->next)
		if (strcmp((*at)->path, path) == 0) {
			struct session *s = *at;

			*at = s->next;
			w->n_sessions--;
			session_free(s);
			return;
		}
}

static void forget_sessions(struct session_watch *w)
{
	while (w->sessions)
		remove_session(w, w->sessions->path);
}

static bool is_graphical(const char *type)
{
	return strcmp(type, "x11") == 0 || strcmp(type, "wayland") == 0 || strcmp(type, "mir") == 0;
}

/* user, user-early, user-light …: a person's. user-incomplete has not logged in yet. */
static bool is_person(const char *class)
{
	return strncmp(class, "user", 4) == 0 && strcmp(class, "user-incomplete") != 0;
}

/* (uo): the account, and the path of its object. */
static int read_user(sd_bus_message *m, uid_t *ret)
{
	uint32_t uid;
	const char *path;
	int r;

	r = sd_bus_message_enter_container(m, 'v', "(uo)");
	if (r >= 0)
		r = sd_bus_message_read(m, "(uo)", &uid, &path);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r >= 0)
		*ret = uid;
	return r;
}

/* Type, Class and State. */
static int read_text(sd_bus_message *m, const char *name, struct presence_session *is)
{
	const char *text;
	int r;

	r = sd_bus_message_read(m, "v", "s", &text);
	if (r < 0)
		return r;
	if (*name == 'T')
		is->graphical = is_graphical(text);
	else if (*name == 'C')
		is->person = is_person(text);
	else
		is->over = strcmp(text, "closing") == 0;
	return 0;
}

static int read_property(sd_bus_message *m, const char *name, struct presence_session *is)
{
	const struct {
		const char *name;
		bool *value;
	} flags[] = { { "Active", &is->active }, { "LockedHint", &is->locked },
		{ "IdleHint", &is->idle } };
	int r, value;

	for (size_t i = 0; i < ELEMENTSOF(flags); i++)
		if (strcmp(name, flags[i].name) == 0) {
			r = sd_bus_message_read(m, "v", "b", &value);
			*flags[i].value = r >= 0 && value;
			return r;
		}
	if (strcmp(name, "User") == 0)
		return read_user(m, &is->uid);
	if (strcmp(name, "Type") == 0 || strcmp(name, "Class") == 0 || strcmp(name, "State") == 0)
		return read_text(m, name, is);
	return sd_bus_message_skip(m, "v");
}

static int read_properties(sd_bus_message *m, struct presence_session *ret)
{
	struct presence_session is = { .uid = (uid_t)-1 };
	const char *name;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = read_property(m, name, &is);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r < 0)
		return r;
	*ret = is;
	return 0;
}

static void ask_again_later(struct session_watch *w)
{
	int r;

	if (sd_event_source_get_enabled(w->timer, NULL) > 0)
		return;
	r = sd_event_source_set_time_relative(w->timer, AGAIN_USEC);
	if (r >= 0)
		r = sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
	if (r < 0)
		log_warning_errno(r, "logind can't be asked again");
}

/* Whoever can't be said to be away is there. */
static void doubt_session(struct session *s)
{
	s->unanswered = true;
	s->is.active = true;
	s->is.locked = s->is.idle = s->is.over = false;
	ask_again_later(s->owner);
	s->owner->changed(s->owner->userdata);
}

/* Of all that may be wrong, what tells that there is no such session any more. */
static bool has_ended(sd_bus_message *reply)
{
	return sd_bus_message_is_method_error(reply, SD_BUS_ERROR_UNKNOWN_OBJECT) ||
	       sd_bus_message_is_method_error(reply, SD_BUS_ERROR_UNKNOWN_METHOD) ||
	       sd_bus_message_is_method_error(reply, LOGIN1 ".NoSuchSession");
}

static void ask_session(struct session *s);

static int on_properties(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct session *s = userdata;
	struct session_watch *w = s->owner;

	s->question = sd_bus_slot_unref(s->question);
	if (has_ended(reply)) {
		remove_session(w, s->path);
	} else if (s->again) {
		ask_session(s);
		return 0;
	} else if (sd_bus_message_is_method_error(reply, NULL) ||
		   read_properties(reply, &s->is) < 0) {
		doubt_session(s);
		return 0;
	} else {
		s->known = true;
	}
	w->changed(w->userdata);
	return 0;
}

static void ask_session(struct session *s)
{
	s->again = s->question;
	if (s->question)
		return;
	s->unanswered = false;
	if (sd_bus_call_method_async(s->owner->bus, &s->question, LOGIN1, s->path, PROPERTIES,
		    "GetAll", on_properties, s, "s", LOGIN1_SESSION) < 0)
		doubt_session(s);
}

static int add_session(struct session_watch *w, const char *path)
{
	struct session *s = find_session(w, path);

	if (!s && w->n_sessions >= SESSIONS_MAX)
		return -E2BIG;
	if (!s) {
		s = calloc(1, sizeof(*s) + strlen(path) + 1);
		if (!s)
			return -ENOMEM;
		s->owner = w;
		strcpy(s->path, path);
		s->next = w->sessions;
		w->sessions = s;
		w->n_sessions++;
	}
	ask_session(s);
	return 0;
}

/* Some session is not watched: a list of all has it, unless there are too many. */
static void miss_session(struct session_watch *w, int r)
{
	if (r == -E2BIG) {
		log_warning_errno(r, "Not every session could be looked at");
		return;
	}
	w->unlisted = true;
	ask_again_later(w);
}

static int on_session_new(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const char *id, *path;
	int r;

	r = sd_bus_message_read(m, "so", &id, &path);
	if (r >= 0)
		r = add_session(userdata, path);
	if (r < 0)
		miss_session(userdata, r);
	return 0;
}

static int on_session_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct session_watch *w = userdata;
	const char *id, *path;

	if (sd_bus_message_read(m, "so", &id, &path) < 0)
		return 0;
	remove_session(w, path);
	w->changed(w->userdata);
	return 0;
}

static int on_session_changed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct session *s = find_session(userdata, sd_bus_message_get_path(m));

	if (s)
		ask_session(s);
	return 0;
}

static int on_sleep(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct session_watch *w = userdata;
	int start;

	if (sd_bus_message_read(m, "b", &start) < 0)
		return 0;
	w->sleeping = start;
	w->changed(w->userdata);
	return 0;
}

static int on_sessions(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct session_watch *w = userdata;
	const char *path;
	int r;

	r = sd_bus_message_is_method_error(reply, NULL)
		    ? -EIO
		    : sd_bus_message_enter_container(reply, 'a', "(susso)");
	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', "susso")) > 0) {
		r = sd_bus_message_skip(reply, "suss");
		if (r >= 0)
			r = sd_bus_message_read(reply, "o", &path);
		if (r >= 0)
			r = add_session(w, path);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	if (r < 0)
		miss_session(w, r);
	return 0;
}

static int list_sessions(struct session_watch *w)
{
	return sd_bus_call_method_async(w->bus, NULL, LOGIN1, LOGIN1_PATH, LOGIN1_MANAGER,
		"ListSessions", on_sessions, w, "");
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct session_watch *w = userdata;
	int r;

	if (w->unlisted) {
		r = list_sessions(w);
		w->unlisted = false;
		if (r < 0)
			miss_session(w, r);
	}
	for (struct session *s = w->sessions; s; s = s->next)
		if (s->unanswered)
			ask_session(s);
	return 0;
}

static int add_match(struct session_watch *w, const char *member, sd_bus_message_handler_t handler)
{
	return sd_bus_match_signal_async(
		w->bus, NULL, LOGIN1, LOGIN1_PATH, LOGIN1_MANAGER, member, handler, NULL, w);
}

static int on_login1_up(sd_bus *bus, void *userdata)
{
	struct session_watch *w = userdata;
	int r;

	w->bus = bus;
	w->was_there = true;
	r = add_match(w, "SessionNew", on_session_new);
	if (r >= 0)
		r = add_match(w, "SessionRemoved", on_session_removed);
	if (r >= 0)
		r = add_match(w, "PrepareForSleep", on_sleep);
	if (r >= 0)
		r = sd_bus_add_match_async(bus, NULL,
			"type='signal',sender='" LOGIN1 "',interface='" PROPERTIES
			"',member='PropertiesChanged',path_namespace='" LOGIN1_PATH "/session'",
			on_session_changed, NULL, w);
	if (r >= 0)
		r = list_sessions(w);
	if (r >= 0 && w->lost) {
		w->lost = false;
		w->changed(w->userdata);
	}
	return r;
}

/* What logind said before it ended holds no longer; its next life tells anew. */
static void on_login1_down(enum system_bus_loss loss, void *userdata)
{
	struct session_watch *w = userdata;
	const bool lost = loss == SYSTEM_BUS_SERVICE_GONE ? w->was_there : w->lost;

	w->bus = NULL;
	w->sleeping = w->unlisted = false;
	sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
	if (!w->sessions && w->lost == lost)
		return;
	w->lost = lost;
	forget_sessions(w);
	w->changed(w->userdata);
}

int session_watch_new(struct sd_event *event, void (*changed)(void *userdata), void *userdata,
	struct session_watch **ret)
{
	_cleanup_(session_watch_freep) struct session_watch *w = calloc(1, sizeof(*w));
	const struct system_bus_events events = { on_login1_up, on_login1_down, w };
	int r;

	if (!w)
		return -ENOMEM;
	w->changed = changed;
	w->userdata = userdata;
	r = sd_event_add_time(event, &w->timer, CLOCK_BOOTTIME, UINT64_MAX, 0, on_again, w);
	if (r >= 0)
		r = sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = system_bus_new(event, LOGIN1, &events, &w->login1);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}

struct session_watch *session_watch_free(struct session_watch *w)
{
	if (!w)
		return NULL;
	forget_sessions(w);
	system_bus_free(w->login1);
	sd_event_source_disable_unref(w->timer);
	free(w);
	return NULL;
}

bool session_watch_away(const struct session_watch *w, const uid_t *uids, size_t n_uids)
{
	struct presence_session sessions[SESSIONS_MAX];
	size_t n = 0;

	if (w->sleeping)
		return true;
	for (const struct session *s = w->sessions; s; s = s->next)
		if (s->known)
			sessions[n++] = s->is;
	return presence_away(sessions, n, uids, n_uids);
}

bool session_watch_lost(const struct session_watch *w)
{
	return w->lost;
}

bool session_watch_connected(const struct session_watch *w)
{
	return w->bus;
}
