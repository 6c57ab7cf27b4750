/* Names are few and numbered, so that a successor, and the process that clears up after a stop,
 * know all that can be stored without asking. */
#include "system/fd-store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define NAME_FORMAT  "focusd-redirect-%u"
#define NAMES_MAX    8 /* FileDescriptorStoreMax= of the unit */
#define BARRIER_USEC (5 * USEC_PER_SEC)

struct fd_store {
	char name[32];
	int fds[NAMES_MAX]; /* a predecessor's, by the number in its name; -1: none */
	bool ours;          /* stored */
};

DEFINE_CLEANUP(struct fd_store *, fd_store_free);

static void close_inherited(struct fd_store *s)
{
	for (size_t i = 0; i < NAMES_MAX; i++) {
		if (s->fds[i] >= 0)
			close(s->fds[i]);
		s->fds[i] = -1;
	}
}

struct fd_store *fd_store_free(struct fd_store *s)
{
	if (s)
		close_inherited(s);
	free(s);
	return NULL;
}

static int forget(unsigned number)
{
	const int r = sd_notifyf(false, "FDSTOREREMOVE=1\nFDNAME=" NAME_FORMAT, number);

	return r < 0 ? r : 0;
}

static void take(struct fd_store *s, const char *name, int fd)
{
	unsigned number;
	char end;

	if (sscanf(name, NAME_FORMAT "%c", &number, &end) != 1 || number >= NAMES_MAX ||
		s->fds[number] >= 0) {
		close(fd);
		return;
	}
	s->fds[number] = fd;
}

/* The first number that nobody has. All taken: keepers that crashed one after the other, and the
 * oldest can't be told: the first has to go. */
static unsigned choose_number(struct fd_store *s)
{
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (s->fds[i] < 0)
			return i;
	forget(0);
	close(TAKE_FD(s->fds[0]));
	return 0;
}

int fd_store_new(struct fd_store **ret)
{
	_cleanup_(fd_store_freep) struct fd_store *s = calloc(1, sizeof(*s));
	char **names = NULL;
	int n;

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < NAMES_MAX; i++)
		s->fds[i] = -1;
	n = sd_listen_fds_with_names(true, &names);
	for (int i = 0; i < n; i++) {
		take(s, names[i], SD_LISTEN_FDS_START + i);
		free(names[i]);
	}
	free(names);
	if (n < 0)
		return n;
	snprintf(s->name, sizeof(s->name), NAME_FORMAT, choose_number(s));
	*ret = TAKE_PTR(s);
	return 0;
}

const char *fd_store_name(const struct fd_store *s)
{
	return s->name;
}

int fd_store_hand_over(struct fd_store *s, int fd)
{
	char message[64 + sizeof(s->name)];
	int r = 0;

	if (!s->ours && fd >= 0) {
		/* FDPOLL=0: a netlink socket with news is not a dead one */
		snprintf(message, sizeof(message), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", s->name);
		r = sd_pid_notify_with_fds(0, false, message, &fd, 1);
		s->ours = r > 0;
	}
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (s->fds[i] >= 0)
			forget(i);
	close_inherited(s);
	return fd < 0 ? fd : r < 0 ? r : s->ours ? 0 : -ENOTCONN;
}

int fd_store_clear(void)
{
	int r = 0;

	for (unsigned i = 0; r >= 0 && i < NAMES_MAX; i++)
		r = forget(i);
	return r < 0 ? r : sd_notify_barrier(false, BARRIER_USEC);
}
