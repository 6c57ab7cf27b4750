/* How people come in: the private socket, and the system bus, to which the way back is found when
 * dbus restarts. What is said there is bus.c's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "bus-internal.h"
#include "manager-problems.h"
#include "manager-share.h"
#include "names.h"

/* Open at once; a client comes and goes in milliseconds, those who listen stay. */
#define CONNECTIONS_MAX  64
#define CONNECTIONS_ROOM 8 /* of these, for root alone */
#define CONNECTIONS_EACH 8 /* of one account; each may hold a message of 128 MB, sd-bus's limit */
#define BACKLOG          32
#define SYSTEM_CALL_USEC (2 * USEC_PER_SEC)
#define RETRY_USEC       (200 * USEC_PER_MSEC)
#define RETRY_DOUBLED    6  /* times, to 13 s */
#define RETRY_MAX        12 /* two minutes where we never were on the bus */

struct bus {
	sd_event *event;
	sd_event_source *source;
	struct manager *manager;
	char *path;
	struct door *doors;
	size_t n_doors;
	struct budget budget;
	sd_event_source *retry; /* of the system bus */
	unsigned n_failures;    /* in a row */
	bool was_on_system_bus;
};

static void lost_system_bus(struct bus *b, int r);

void bus_close_door(struct door *d)
{
	struct door **at = &d->owner->doors;

	while (*at && *at != d)
		at = &(*at)->next;
	if (*at) {
		*at = d->next;
		d->owner->n_doors--;
	}
	bus_forget_listeners(d);
	free(d->sharer);
	polkit_free(d->polkit);
	sd_bus_close_unref(d->bus);
	free(d);
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *d = userdata;
	struct bus *b = d->owner;
	const bool system = d->uid == UID_UNKNOWN;

	bus_close_door(d);
	if (system)
		lost_system_bus(b, -ECONNRESET);
	return 0;
}

static int on_name(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct door *d = userdata;
	struct bus *b = d->owner;
	const int r = -sd_bus_message_get_errno(reply);

	if (r < 0) {
		bus_close_door(d);
		lost_system_bus(b, r);
		return 0;
	}
	if (b->was_on_system_bus || b->n_failures > 0)
		log_info("On the system bus");
	b->was_on_system_bus = true;
	b->n_failures = 0;
	manager_note_loss(b->manager, LOSS_BUS, false);
	return 0;
}

/* A bus that hangs must not hang us. */
static int join_system_bus(struct door *d)
{
	int r;

	r = sd_bus_set_method_call_timeout(d->bus, SYSTEM_CALL_USEC);
	if (r >= 0)
		r = polkit_new(d->bus, &d->polkit);
	return r < 0 ? r : sd_bus_request_name_async(d->bus, NULL, FOCUSD_BUS_NAME, 0, on_name, d);
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
	*d = (struct door){
		.owner = b,
		.manager = b->manager,
		.next = b->doors,
		.bus = bus,
		.budget = &b->budget,
		.uid = uid,
	};
	b->doors = d;
	b->n_doors++;
	r = sd_bus_add_object_vtable(
		bus, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE, bus_vtable, d);
	if (r >= 0)
		r = sd_bus_match_signal_async(bus, NULL, "org.freedesktop.DBus.Local",
			"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
			on_disconnected, NULL, d);
	if (r >= 0)
		r = sd_bus_add_filter(bus, NULL, bus_on_message, d);
	if (r >= 0)
		r = bus_confine_sharer(d);
	if (r >= 0 && uid == UID_UNKNOWN)
		r = join_system_bus(d);
	if (r >= 0)
		r = sd_bus_attach_event(bus, b->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		bus_close_door(d);
	return r;
}

/* Speaks to a client of the private socket, without a bus daemon. Takes fd over. */
static int welcome(struct bus *b, int fd, uid_t uid)
{
	_cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
	sd_id128_t id;
	int r;

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
	return r < 0 ? r : add_door(b, TAKE_PTR(bus), uid);
}

/* One account leaves room for the others, and all of them for root. */
static bool has_room(const struct bus *b, uid_t uid)
{
	size_t n = 0;

	if (uid == 0)
		return b->n_doors < CONNECTIONS_MAX;
	for (const struct door *d = b->doors; d; d = d->next)
		n += d->uid == uid;
	return n < CONNECTIONS_EACH && b->n_doors < CONNECTIONS_MAX - CONNECTIONS_ROOM;
}

static int on_connection(sd_event_source *source, int listen_fd, uint32_t events, void *userdata)
{
	struct bus *b = userdata;
	_cleanup_close_ int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int r;

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
		!has_room(b, peer.uid))
		return 0;
	r = welcome(b, TAKE_FD(fd), peer.uid);
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
		lost_system_bus(b, r);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	open_system_bus(userdata);
	return 0;
}

/* dbus restarts now and then, and reads the policy of a new package a little later than we start.
 * Where there is no bus at all there is nothing to wait for. */
static void lost_system_bus(struct bus *b, int r)
{
	const usec_t delay = RETRY_USEC
			     << (b->n_failures < RETRY_DOUBLED ? b->n_failures : RETRY_DOUBLED);

	if (b->n_failures++ == 0)
		log_info("Not on the system bus (%s); the private socket serves", strerror(-r));
	manager_note_loss(b->manager, LOSS_BUS, b->was_on_system_bus);
	b->retry = sd_event_source_disable_unref(b->retry);
	if (!b->was_on_system_bus && (r == -ENOENT || b->n_failures > RETRY_MAX))
		return;
	r = sd_event_add_time_relative(b->event, &b->retry, CLOCK_BOOTTIME, delay, 0, on_retry, b);
	if (r < 0)
		log_warning_errno(r, "Can't try the system bus again");
}

static void on_notice(const struct manager_notice *notice, void *userdata)
{
	const struct bus *b = userdata;

	bus_tell(b->doors, notice);
}

static void on_news(void *userdata)
{
	const struct bus *b = userdata;

	bus_tell_sharer(b->doors);
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
	r = manager_listen(manager, on_notice, b);
	if (r < 0)
		return r;
	manager_share_watch(manager, on_news, b);
	*ret = TAKE_PTR(b);
	return 0;
}

struct bus *bus_free(struct bus *b)
{
	if (!b)
		return NULL;
	manager_share_watch(b->manager, NULL, NULL);
	(void)manager_listen(b->manager, NULL, NULL); /* it listens: there is nothing to allocate */
	while (b->doors)
		bus_close_door(b->doors);
	sd_event_source_disable_unref(b->source);
	sd_event_source_disable_unref(b->retry);
	if (b->path)
		unlink(b->path);
	free(b->path);
	free(b);
	return NULL;
}
