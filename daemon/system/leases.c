/* Carries messages between keeper and hook and trusts none of them: what does not decode ends the
 * connection. Knows nothing of names, sites or addresses. */
#include "system/leases.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "names.h"

#define LEASES_SEND_BUFFER (1 << 20)           /* bytes: room to push every known name in one go */
#define LEASES_BATCH       64                  /* messages read before the loop gets its turn */
#define STRANGER_USEC      (60 * USEC_PER_SEC) /* a line a minute about who is no hook */

struct leases {
	sd_event *event;
	struct leases_events events;
	uid_t hook_uid;
	sd_event_source *listen_source, *source;
	char *path; /* while we listen there */
	int fd;
	pid_t pid;
	bool greeted;         /* it has said HELLO */
	usec_t stranger_usec; /* boot time at which one was told of; 0: never */
};

static void leases_disconnect(struct leases *l)
{
	l->source = sd_event_source_disable_unref(l->source);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->greeted = false;
}

/* Is a hook there that has said so? Then it stays: who comes while it lives is another process of
 * its account, and must not take its place. A hook that was restarted finds the old end hung up. */
static bool leases_taken(const struct leases *l)
{
	struct pollfd p = { .fd = l->fd };

	return l->fd >= 0 && l->greeted && poll(&p, 1, 0) >= 0 &&
	       !(p.revents & (POLLHUP | POLLERR));
}

struct leases *leases_free(struct leases *l)
{
	if (!l)
		return NULL;
	leases_disconnect(l);
	sd_event_source_disable_unref(l->listen_source);
	if (l->path)
		unlink(l->path); /* one that is left says that its keeper was killed */
	free(l->path);
	free(l);
	return NULL;
}

DEFINE_CLEANUP(struct leases *, leases_free);

static void leases_drop(struct leases *l)
{
	leases_disconnect(l);
	l->events.lost(l->events.userdata);
}

/* One message; -EBADMSG or 0 bytes end the connection. */
static int leases_receive(struct leases *l)
{
	uint8_t packet[HOOK_MESSAGE_MAX + 1];
	struct hook_message m;
	ssize_t n;
	int r;

	n = recv(l->fd, packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	if ((size_t)n > HOOK_MESSAGE_MAX)
		return -EBADMSG;
	r = hook_message_decode(packet, (size_t)n, &m);
	if (r < 0)
		return r;
	if (m.type == HOOK_HELLO && m.version == HOOK_VERSION) {
		l->greeted = true;
		l->events.hello(&m, l->pid, l->events.userdata);
	} else if (m.type == HOOK_GATEWAY) {
		if (l->events.gateway)
			l->events.gateway(&m, l->events.userdata);
	} else if (m.type == HOOK_UPSTREAM) {
		if (l->events.upstream)
			l->events.upstream(&m, l->events.userdata);
	} else if (m.type == HOOK_ASK) {
		l->events.ask(&m, l->events.userdata);
	} else {
		return -EBADMSG;
	}
	return 0;
}

static int on_packet(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct leases *l = userdata;
	int r = 0;

	for (size_t i = 0; i < LEASES_BATCH && r == 0 && l->fd == fd; i++)
		r = leases_receive(l);
	if (r == -EAGAIN || l->fd != fd)
		return 0;
	if (r < 0) {
		if (r != -ECONNRESET)
			log_warning_errno(r, "The name hook sent what no name hook sends");
		leases_drop(l);
	}
	return 0;
}

/* Everybody may knock, and nobody fills the journal by it. */
static void note_stranger(struct leases *l, const struct ucred *peer)
{
	const usec_t now = clock_now().boot_usec;

	if (l->stranger_usec && now < l->stranger_usec + STRANGER_USEC)
		return;
	l->stranger_usec = now;
	log_warning("Process %d of uid %u is not the name hook: refused", (int)peer->pid,
		(unsigned)peer->uid);
}

static int on_connection(sd_event_source *source, int listen_fd, uint32_t revents, void *userdata)
{
	struct leases *l = userdata;
	_cleanup_close_ int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int r, buffer = LEASES_SEND_BUFFER;

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return 0;
	if (peer.uid != l->hook_uid && peer.uid != 0) {
		note_stranger(l, &peer);
		return 0;
	}
	if (leases_taken(l)) {
		log_debug("Process %d is not the name hook that is there: refused", (int)peer.pid);
		return 0;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (l->fd >= 0)
		leases_drop(l);
	r = sd_event_add_io(l->event, &l->source, fd, EPOLLIN, on_packet, l);
	if (r < 0) {
		log_warning_errno(r, "Can't listen to the name hook");
		return 0;
	}
	l->fd = TAKE_FD(fd);
	l->pid = peer.pid;
	return 0;
}

static int leases_listen(const char *path, uid_t owner)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	/* Another uid than ours needs write permission to connect; who comes is checked on accept.
	 */
	if (chmod(path, owner == geteuid() ? 0600 : 0666) < 0)
		return -errno;
	if (listen(fd, 4) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int leases_new(struct sd_event *event, const char *dir, uid_t hook_uid,
	const struct leases_events *events, struct leases **ret)
{
	_cleanup_(leases_freep) struct leases *l = calloc(1, sizeof(*l));
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *path = NULL;
	int r;

	if (!l || asprintf(&path, "%s/%s", dir, FOCUSD_HOOK_SOCKET) < 0)
		return -ENOMEM;
	*l = (struct leases){ .event = event, .events = *events, .hook_uid = hook_uid, .fd = -1 };
	fd = leases_listen(path, hook_uid);
	if (fd < 0)
		return fd;
	r = sd_event_add_io(event, &l->listen_source, fd, EPOLLIN, on_connection, l);
	if (r < 0)
		return r;
	r = sd_event_source_set_io_fd_own(l->listen_source, true);
	if (r < 0)
		return r;
	TAKE_FD(fd);
	l->path = TAKE_PTR(path);
	*ret = TAKE_PTR(l);
	return 0;
}

/* Sends one packet with or without a descriptor. */
static int leases_send_packet(struct leases *l, const struct hook_message *message, int memfd)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	uint8_t packet[HOOK_MESSAGE_MAX];
	struct iovec io = { .iov_base = packet };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	int r;

	if (l->fd < 0)
		return -ENOTCONN;
	r = hook_message_encode(message, packet);
	if (r < 0)
		return r;
	io.iov_len = (size_t)r;
	if (memfd >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		control.header = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(int)),
		};
		memcpy(CMSG_DATA(&control.header), &memfd, sizeof(int));
	}
	if (sendmsg(l->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

int leases_send(struct leases *l, const struct hook_message *message)
{
	return leases_send_packet(l, message, -1);
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

int leases_send_setup(struct leases *l, const void *bytes, size_t size)
{
	_cleanup_close_ int fd = memfd_create("focusd-names", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, bytes, size);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, seals) < 0)
		return -errno;
	return leases_send_packet(l, &(struct hook_message){ .type = HOOK_SETUP }, fd);
}

bool leases_connected(const struct leases *l)
{
	return l->fd >= 0;
}
