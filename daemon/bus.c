/* Marshalling and "who may what"; nothing is decided about sites here. Callers of the private
 * socket are known by its peer credentials, those of the system bus by the bus daemon's word. */
#include "bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "names.h"

#define CONNECTIONS_MAX 64 /* open at once; a client comes and goes in milliseconds */
#define BACKLOG         32
#define UID_UNKNOWN     ((uid_t)-1)

/* One connection and who is at its other end. */
struct door {
	struct bus *owner;
	struct door *next;
	sd_bus *bus;
	uid_t uid; /* UID_UNKNOWN: on the system bus, where every message has its own sender */
};

struct bus {
	sd_event *event;
	sd_event_source *source;
	struct manager *manager;
	char *path;
	struct door *doors;
	size_t n_doors;
};

static int caller(sd_bus_message *message, const struct door *door, uid_t *ret)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	int r;

	if (door->uid != UID_UNKNOWN) {
		*ret = door->uid;
		return 0;
	}
	r = sd_bus_query_sender_creds(message, SD_BUS_CREDS_EUID, &creds);
	return r < 0 ? r : sd_bus_creds_get_euid(creds, ret);
}

static int no_such_person(sd_bus_error *error, const char *name)
{
	return sd_bus_error_setf(error, FOCUSD_ERROR_NO_SUCH_PERSON,
		"%s: no such person; expected one that focusctl status shows", name);
}

/* Which people the caller may see: [*ret_first, *ret_end). */
static int authorise_view(const struct manager *m, uid_t uid, const char *name, size_t *ret_first,
	size_t *ret_end, sd_bus_error *error)
{
	const int own = manager_find_uid(m, uid);
	const int wanted = *name ? manager_find_person(m, name) : own;

	if (!*name && uid == 0) {
		*ret_first = 0;
		*ret_end = manager_n_people(m);
		return 0;
	}
	if (uid != 0 && (own < 0 || (*name && wanted != own)))
		return sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may see other people's time");
	if (wanted < 0)
		return no_such_person(error, name);
	*ret_first = (size_t)wanted;
	*ret_end = (size_t)wanted + 1;
	return 0;
}

static int append_entry(sd_bus_message *reply, const struct status_entry *e)
{
	return sd_bus_message_append(reply, "(sbxxxxxssxb)", e->name, (int)e->is_group,
		e->used_today_sec, e->used_week_sec, e->limit_today_sec, e->limit_week_sec,
		e->verdict.left_sec, gate_state_name(e->verdict.state),
		rule_reason_name(e->verdict.reason), (int64_t)e->verdict.until_usec,
		(int)e->active);
}

static int append_person(
	sd_bus_message *reply, const struct manager *m, size_t person, struct instant now)
{
	int r;

	r = sd_bus_message_open_container(reply, 'r', "sua(sbxxxxxssxb)");
	if (r >= 0)
		r = sd_bus_message_append(reply, "su", manager_person_name(m, person),
			(uint32_t)manager_person_uid(m, person));
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(sbxxxxxssxb)");
	for (size_t i = 0; r >= 0 && i < manager_n_entries(m); i++) {
		const struct status_entry e = manager_entry(m, person, i, now);

		r = append_entry(reply, &e);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_strings(sd_bus_message *reply, const struct strings *list)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "s");
	for (size_t i = 0; r >= 0 && i < list->n; i++)
		r = sd_bus_message_append(reply, "s", list->items[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_get_status(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct door *door = userdata;
	struct manager *m = door->owner->manager;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(strings_done) struct strings problems = { 0 };
	const struct instant now = clock_now();
	char day[MANAGER_DAY_TEXT_MAX];
	size_t first = 0, end = 0;
	const char *name;
	uid_t uid;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r >= 0)
		r = caller(message, door, &uid);
	if (r >= 0)
		r = authorise_view(m, uid, name, &first, &end, error);
	if (r < 0)
		return r;
	manager_refresh(m, now);
	r = manager_problems(m, &problems);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "xsb", (int64_t)now.wall_usec,
			manager_day_text(m, day), (int)manager_enforcing(m));
	if (r >= 0)
		r = append_strings(reply, &problems);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(sua(sbxxxxxssxb))");
	for (size_t p = first; r >= 0 && p < end; p++)
		r = append_person(reply, m, p, now);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

struct limit_request {
	const char *target, *person; /* person: NULL for everyone */
	enum limit_period period;
	int64_t limit_sec;
};

static int read_limit(sd_bus_message *message, struct limit_request *ret, sd_bus_error *error)
{
	const char *period;
	int r;

	r = sd_bus_message_read(
		message, "ssxs", &ret->target, &period, &ret->limit_sec, &ret->person);
	if (r < 0)
		return r;
	if (strcmp(period, "day") != 0 && strcmp(period, "week") != 0)
		return sd_bus_error_setf(
			error, FOCUSD_ERROR_BAD_VALUE, "%s: expected day or week", period);
	ret->period = strcmp(period, "day") == 0 ? LIMIT_DAY : LIMIT_WEEK;
	if (ret->limit_sec != LIMIT_NONE &&
		(ret->limit_sec < 0 || ret->limit_sec > FOCUSD_LIMIT_SEC_MAX))
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%" PRId64 " s: expected a limit of at most 7 days", ret->limit_sec);
	if (!*ret->person)
		ret->person = NULL;
	return 0;
}

static int find_target(const struct config *c, const char *name, bool *ret_group)
{
	const int site = config_find_site(c, name);

	*ret_group = site < 0;
	return site >= 0 ? site : config_find_group(c, name);
}

static int no_such_target(const struct config *c, const char *name, sd_bus_error *error)
{
	_cleanup_free_ const char **words = calloc(c->n_sites + c->n_groups + 1, sizeof(*words));
	const char *closest;
	size_t n = 0;

	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_sites; i++)
		words[n++] = c->sites[i].name;
	for (size_t i = 0; i < c->n_groups; i++)
		words[n++] = c->groups[i].name;
	closest = parse_closest(name, words, n);
	return sd_bus_error_setf(error, FOCUSD_ERROR_NO_SUCH_SITE,
		"%s: no such site or group%s%s%s\nAll of them: focusctl sites", name,
		closest ? "; did you mean " : "", closest ? closest : "", closest ? "?" : "");
}

/* Everybody may be stricter with themselves; the rest is for an administrator. */
static int authorise_limit(
	const struct manager *m, uid_t uid, struct limit_request *request, sd_bus_error *error)
{
	const struct config *c = manager_config(m);
	const int own = manager_find_uid(m, uid);
	struct rule_keys rules;
	bool is_group;
	int target;

	target = find_target(c, request->target, &is_group);
	if (target < 0)
		return no_such_target(c, request->target, error);
	if (request->person && manager_find_person(m, request->person) < 0)
		return no_such_person(error, request->person);
	if (uid == 0)
		return 0;
	if (own >= 0 && !request->person)
		request->person = manager_person_name(m, (size_t)own);
	if (own < 0 || manager_find_person(m, request->person) != own)
		return sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may set other people's limits");
	rules = config_rules(c, request->person, is_group, (size_t)target);
	if (request->limit_sec == LIMIT_NONE ||
		(rules.limit_sec[request->period] != LIMIT_NONE &&
			request->limit_sec > rules.limit_sec[request->period]))
		return sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
			"A looser limit is for an administrator to set; a stricter one you may set "
			"yourself");
	return 0;
}

static int bad_config(sd_bus_error *error, int r, const char *text)
{
	if (!text)
		return r;
	return sd_bus_error_set(error, FOCUSD_ERROR_BAD_CONFIG, text);
}

static int on_set_limit(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct door *door = userdata;
	struct manager *m = door->owner->manager;
	_cleanup_free_ char *text = NULL;
	struct limit_request request;
	uid_t uid;
	int r;

	r = read_limit(message, &request, error);
	if (r >= 0)
		r = caller(message, door, &uid);
	if (r >= 0)
		r = authorise_limit(m, uid, &request, error);
	if (r < 0)
		return r;
	r = manager_set_limit(
		m, request.target, request.person, request.period, request.limit_sec, &text);
	return r < 0 ? bad_config(error, r, text) : sd_bus_reply_method_return(message, "");
}

static int on_reload(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct door *door = userdata;
	_cleanup_free_ char *text = NULL;
	uid_t uid;
	int r;

	r = caller(message, door, &uid);
	if (r < 0)
		return r;
	if (uid != 0)
		return sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may have the configuration read again");
	r = manager_reload(door->owner->manager, clock_now(), &text);
	return r < 0 ? bad_config(error, r, text) : sd_bus_reply_method_return(message, "");
}

static int on_list_sites(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct door *door = userdata;
	const struct config *c = manager_config(door->owner->manager);
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(sssasasasb)");
	for (size_t i = 0; r >= 0 && i < c->n_sites; i++) {
		const struct config_site *s = &c->sites[i];

		r = sd_bus_message_open_container(reply, 'r', "sssasasasb");
		if (r >= 0)
			r = sd_bus_message_append(reply, "sss", s->name, s->title, s->category);
		for (int k = 0; r >= 0 && k < HOST_KINDS; k++)
			r = append_strings(reply, &s->hosts[k]);
		if (r >= 0)
			r = sd_bus_message_append(reply, "b", (int)s->meter.needs_media);
		if (r >= 0)
			r = sd_bus_message_close_container(reply);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int on_version(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", FOCUSD_VERSION);
}

/* Every method judges its caller itself: UNPRIVILEGED lets the question through. */
static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("GetStatus", "s", FOCUSD_STATUS_SIGNATURE, on_get_status,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("SetLimit", "ssxs", "", on_set_limit, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reload", "", "", on_reload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD(
		"ListSites", "", FOCUSD_SITES_SIGNATURE, on_list_sites, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Version", "s", on_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_VTABLE_END,
};

static void door_free(struct door *d)
{
	struct door **at = &d->owner->doors;

	while (*at && *at != d)
		at = &(*at)->next;
	if (*at) {
		*at = d->next;
		d->owner->n_doors--;
	}
	sd_bus_close_unref(d->bus);
	free(d);
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	door_free(userdata);
	return 0;
}

/* Takes bus over. */
static int add_door(struct bus *b, sd_bus *bus, uid_t uid)
{
	struct door *d = calloc(1, sizeof(*d));
	int r;

	if (!d) {
		sd_bus_unref(bus);
		return -ENOMEM;
	}
	*d = (struct door){ .owner = b, .next = b->doors, .bus = bus, .uid = uid };
	b->doors = d;
	b->n_doors++;
	r = sd_bus_add_object_vtable(bus, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE, vtable, d);
	if (r >= 0)
		r = sd_bus_match_signal_async(bus, NULL, "org.freedesktop.DBus.Local",
			"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
			on_disconnected, NULL, d);
	if (r >= 0 && uid == UID_UNKNOWN)
		r = sd_bus_request_name(bus, FOCUSD_BUS_NAME, 0);
	if (r >= 0)
		r = sd_bus_attach_event(bus, b->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		door_free(d);
	return r;
}

/* A connection to the private socket, spoken without a bus daemon. Takes fd over. */
static int welcome(struct bus *b, int fd)
{
	_cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	sd_id128_t id;
	int r;

	r = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? -errno : 0;
	if (r >= 0)
		r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_server(bus, true, id);
	if (r >= 0)
		r = sd_bus_set_anonymous(bus, true); /* who it is, the socket has told */
	if (r >= 0)
		r = sd_bus_start(bus);
	return r < 0 ? r : add_door(b, TAKE_PTR(bus), peer.uid);
}

static int on_connection(sd_event_source *source, int listen_fd, uint32_t events, void *userdata)
{
	struct bus *b = userdata;
	const int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int r;

	if (fd < 0)
		return 0;
	if (b->n_doors >= CONNECTIONS_MAX) {
		close(fd);
		return 0;
	}
	r = welcome(b, fd);
	if (r < 0)
		log_debug_errno(r, "A client of the private socket could not be served");
	return 0;
}

static int listen_private(const char *path)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 || chmod(path, 0666) < 0 ||
		listen(fd, BACKLOG) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static void open_system_bus(struct bus *b)
{
	sd_bus *bus = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = add_door(b, bus, UID_UNKNOWN);
	if (r < 0)
		log_info("Not on the system bus (%s); the private socket serves", strerror(-r));
}

DEFINE_CLEANUP(struct bus *, bus_free);

int bus_new(struct sd_event *event, struct manager *manager, const char *dir, struct bus **ret)
{
	_cleanup_(bus_freep) struct bus *b = calloc(1, sizeof(*b));
	_cleanup_close_ int fd = -1;
	int r;

	if (!b)
		return -ENOMEM;
	b->event = event;
	b->manager = manager;
	if (asprintf(&b->path, "%s/" FOCUSD_BUS_SOCKET, dir) < 0) {
		b->path = NULL;
		return -ENOMEM;
	}
	open_system_bus(b);
	fd = listen_private(b->path);
	if (fd < 0)
		return fd;
	r = sd_event_add_io(event, &b->source, fd, EPOLLIN, on_connection, b);
	if (r >= 0)
		r = sd_event_source_set_io_fd_own(b->source, true);
	if (r < 0)
		return r;
	TAKE_FD(fd);
	*ret = TAKE_PTR(b);
	return 0;
}

struct bus *bus_free(struct bus *b)
{
	if (!b)
		return NULL;
	while (b->doors)
		door_free(b->doors);
	sd_event_source_disable_unref(b->source);
	if (b->path)
		unlink(b->path);
	free(b->path);
	free(b);
	return NULL;
}
