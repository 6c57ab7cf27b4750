/* One SOCK_SEQPACKET connection and the memory it hands over. It does not know DNS. */
#include "dns/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "dns/turn.h"

#define RETRY_USEC (150 * USEC_PER_MSEC)
#define SEALS      (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct keeper {
	sd_event *event;
	sd_event_source *io, *retry;
	const char *path;
	struct hook_message hellos[KEEPER_HELLOS];
	struct keeper_events events;
	int fd;
	void *bytes; /* the mapped table */
	size_t size;
	struct hook_table *table;
};

static void drop_table(struct keeper *k)
{
	k->table = hook_table_close(k->table);
	if (k->bytes)
		munmap(k->bytes, k->size);
	k->bytes = NULL;
}

struct keeper *keeper_free(struct keeper *k)
{
	if (!k)
		return NULL;
	sd_event_source_disable_unref(k->io);
	sd_event_source_disable_unref(k->retry);
	if (k->fd >= 0)
		close(k->fd);
	drop_table(k);
	free(k);
	return NULL;
}

/* Maps a sealed memfd: whoever wrote it can't change it under us any more. */
static int take_table(struct keeper *k, int fd)
{
	const int seals = fcntl(fd, F_GET_SEALS); /* -1: nothing that has any */
	struct hook_table *table = NULL;
	struct stat st;
	void *bytes;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (seals < 0 || (seals & SEALS) != SEALS || st.st_size <= 0)
		return -EBADMSG;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	r = hook_table_open(bytes, (size_t)st.st_size, &table);
	if (r < 0) {
		munmap(bytes, (size_t)st.st_size);
		return r;
	}
	/* the new one is announced before the old one goes: nobody looks into a hole */
	k->events.setup(table, k->events.userdata);
	drop_table(k);
	k->table = table;
	k->bytes = bytes;
	k->size = (size_t)st.st_size;
	return 0;
}

static int on_message(struct keeper *k, const struct hook_message *m, int fd)
{
	switch (m->type) {
	case HOOK_SETUP:
		return fd >= 0 ? take_table(k, fd) : -EBADMSG;
	case HOOK_LEASES:
		k->events.leases(m, k->events.userdata);
		return 0;
	case HOOK_RESOLVE:
		k->events.resolve(m, k->events.userdata);
		return 0;
	case HOOK_REFRESH:
		k->events.refresh(k->events.userdata);
		return 0;
	case HOOK_QUIT:
		k->events.quit(k->events.userdata);
		return 0;
	case HOOK_HELLO:
	case HOOK_GATEWAY:
	case HOOK_ASK:
	case HOOK_UPSTREAM:
		return -EBADMSG;
	}
	return -EBADMSG;
}

/* Receives one packet; -EAGAIN: none, -ECONNRESET: the keeper is gone. */
static int receive(struct keeper *k)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control;
	uint8_t packet[HOOK_MESSAGE_MAX];
	struct iovec io = { packet, sizeof(packet) };
	struct msghdr m = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	const ssize_t n = recvmsg(k->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	_cleanup_close_ int fd = -1;
	struct hook_message message;
	const struct cmsghdr *c;
	int r;

	if (n < 0)
		return -errno;
	if (n == 0)
		return -ECONNRESET;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	r = m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)
		    ? -EBADMSG
		    : hook_message_decode(packet, (size_t)n, &message);
	return r < 0 ? r : on_message(k, &message, fd);
}

static void arm_retry(struct keeper *k);

static void drop_connection(struct keeper *k)
{
	k->io = sd_event_source_disable_unref(k->io);
	close(TAKE_FD(k->fd));
	k->events.lost(k->events.userdata);
	arm_retry(k);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct keeper *k = userdata;
	int r = receive(k);

	if (r >= 0 || r == -EAGAIN || r == -EINTR)
		return 0;
	if (r != -ECONNRESET)
		log_warning_errno(r, "The keeper sent what no keeper sends");
	drop_connection(k);
	return 0;
}

static int try_connect(struct keeper *k)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int r;

	if (strlen(k->path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, k->path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	r = sd_event_add_io(k->event, &k->io, fd, EPOLLIN, on_io, k);
	if (r < 0)
		return r;
	k->fd = TAKE_FD(fd);
	for (size_t i = 0; i < KEEPER_HELLOS && r >= 0; i++)
		if (k->hellos[i].type)
			r = keeper_send(k, &k->hellos[i]);
	if (r < 0) { /* it would wait for our hello, and we for its word */
		k->io = sd_event_source_disable_unref(k->io);
		close(TAKE_FD(k->fd));
	}
	return r;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct keeper *k = userdata;

	if (k->fd < 0 && try_connect(k) < 0)
		arm_retry(k);
	return 0;
}

/* A hook that no keeper finds holds the ports that the next one needs. */
static void arm_retry(struct keeper *k)
{
	turn_arm(k->event, &k->retry, turn_usec(k->event) + RETRY_USEC, on_retry, k);
}

int keeper_new(struct sd_event *event, const char *path,
	const struct hook_message hellos[KEEPER_HELLOS], const struct keeper_events *events,
	struct keeper **ret)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	*k = (struct keeper){ .event = event, .path = path, .events = *events, .fd = -1 };
	memcpy(k->hellos, hellos, sizeof(k->hellos));
	if (try_connect(k) < 0)
		arm_retry(k);
	*ret = k;
	return 0;
}

int keeper_send(struct keeper *k, const struct hook_message *message)
{
	uint8_t packet[HOOK_MESSAGE_MAX];
	const int n = hook_message_encode(message, packet);

	if (n < 0)
		return n;
	if (k->fd < 0)
		return -ENOTCONN;
	return send(k->fd, packet, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}
