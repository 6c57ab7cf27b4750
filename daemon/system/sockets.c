/* Four dumps (TCP and UDP, IPv4 and IPv6), then one request for each socket that is to end. To end
 * one the kernel waits for its lock, and a program holds that for as long as it likes: it sends
 * from memory that does not come, a file of its own file system, or of a server that is gone.
 * Before Linux 6.9 every other question waits with it, anybody's. So threads wait, a few at most,
 * and the caller only for a moment. It decides nothing. */
#include "system/sockets.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

#define LISTED_MAX 65536 /* the rest is not looked at: a server's, not a desktop's */
#define ENDED_MAX  4096  /* more than the descriptors that a desktop's programs may have */
#define JOBS_MAX   4     /* at once; each is a thread */
#define WAIT_SEC   1     /* three sockets end in 1.6 ms, ten thousand are listed in 20 */

/* Neither listeners nor what is closing anyway. A connected UDP socket counts as established. */
#define STATES (1U << TCP_ESTABLISHED | 1U << TCP_SYN_SENT | 1U << TCP_CLOSE_WAIT)

/* Enough to name a socket to the kernel; the cookie makes sure that it is still the same one. */
struct victim {
	uint8_t family, protocol;
	struct inet_diag_sockid id;
};

struct found {
	struct open_socket socket;
	struct victim victim;
};

/* One of the two parts, in a thread of its own; whoever is the last to look at it frees it. */
struct job {
	struct mnl_socket *socket;
	struct found *found;
	size_t n_found, room;
	uint8_t protocol; /* that is being listed */
	struct victim *victims;
	size_t n_victims, n_ended;
	bool ends; /* else it lists */
	int error;
	bool over, left; /* left: the caller waits no more */
};

static void mnl_socket_closep(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

static struct address remote_of(const struct inet_diag_msg *d)
{
	const uint8_t *bytes = (const uint8_t *)d->id.idiag_dst;
	struct address a = { .family = d->idiag_family };

	if (d->idiag_family == AF_INET6 &&
		IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)d->id.idiag_dst)) {
		a.family = AF_INET;
		bytes += 12;
	}
	memcpy(a.bytes, bytes, address_size(a.family));
	return a;
}

static int make_room(struct job *j)
{
	const size_t room = j->room > 0 ? 2 * j->room : 256;
	struct found *found;

	if (j->n_found < j->room)
		return 0;
	found = reallocarray(j->found, room, sizeof(*found));
	if (!found)
		return -ENOMEM;
	j->found = found;
	j->room = room;
	return 0;
}

static int on_socket(const struct nlmsghdr *nlh, void *userdata)
{
	const struct inet_diag_msg *d = mnl_nlmsg_get_payload(nlh);
	struct job *j = userdata;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*d) || j->n_found == LISTED_MAX)
		return MNL_CB_OK;
	if (make_room(j) < 0)
		return MNL_CB_ERROR;
	j->found[j->n_found++] = (struct found){
		.socket = {
			.cookie = (uint64_t)d->id.idiag_cookie[1] << 32 | d->id.idiag_cookie[0],
			.uid = d->idiag_uid,
			.remote = remote_of(d),
			.remote_port = ntohs(d->id.idiag_dport),
		},
		.victim = { d->idiag_family, j->protocol, d->id },
	};
	return MNL_CB_OK;
}

static struct inet_diag_req_v2 *put_request(char *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	return mnl_nlmsg_put_extra_header(nlh, sizeof(struct inet_diag_req_v2));
}

/* Sends what is in the buffer and handles all that comes back. */
static int ask(struct mnl_socket *socket, char *buffer, size_t size, struct job *j)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
	ssize_t n;
	int r;

	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while ((n = mnl_socket_recvfrom(socket, buffer, size)) > 0) {
		r = mnl_cb_run(buffer, (size_t)n, 0, mnl_socket_get_portid(socket), on_socket, j);
		if (r < 0)
			return -errno;
		if (r == MNL_CB_STOP)
			return 0;
	}
	return n < 0 ? -errno : 0;
}

static int list(struct job *j, uint8_t family)
{
	char buffer[32768]; /* the kernel fills as much as there is room for */
	struct inet_diag_req_v2 *request = put_request(buffer, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	int r;

	request->sdiag_family = family;
	request->sdiag_protocol = j->protocol;
	request->idiag_states = STATES;
	r = ask(j->socket, buffer, sizeof(buffer), j);
	/* a kernel without that family or without diagnosis of UDP: there is nothing to list */
	return r == -ENOENT ? 0 : r;
}

static int end(struct mnl_socket *socket, const struct victim *v)
{
	char buffer[1024];
	struct inet_diag_req_v2 *request = put_request(buffer, SOCK_DESTROY, NLM_F_ACK);

	request->sdiag_family = v->family;
	request->sdiag_protocol = v->protocol;
	request->idiag_states = STATES;
	request->id = v->id;
	return ask(socket, buffer, sizeof(buffer), NULL);
}

static int list_all(struct job *j)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
	int r = 0;

	for (size_t p = 0; p < ELEMENTSOF(protocols); p++)
		for (size_t f = 0; f < ELEMENTSOF(families) && r >= 0; f++) {
			j->protocol = protocols[p];
			r = list(j, families[f]);
		}
	return r;
}

static int end_all(struct job *j)
{
	int r, failure = 0;

	for (size_t i = 0; i < j->n_victims; i++) {
		r = end(j->socket, &j->victims[i]);
		if (r >= 0)
			j->n_ended++;
		else if (r != -ENOENT) /* gone by itself is what was wanted */
			failure = r;
	}
	return failure;
}

static struct job *job_free(struct job *j)
{
	if (j) {
		mnl_socket_closep(&j->socket);
		free(j->found);
		free(j->victims);
		free(j);
	}
	return NULL;
}

DEFINE_CLEANUP(struct job *, job_free);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of every job's end, and of: */
static pthread_cond_t over = PTHREAD_COND_INITIALIZER;
static size_t n_jobs;

static void *run(void *userdata)
{
	struct job *j = userdata;
	const int error = j->ends ? end_all(j) : list_all(j);
	bool left;

	pthread_mutex_lock(&lock);
	n_jobs--;
	j->error = error;
	j->over = true;
	left = j->left;
	pthread_cond_broadcast(&over);
	pthread_mutex_unlock(&lock);
	if (left)
		job_free(j);
	return NULL;
}

static int start_thread(struct job *j)
{
	sigset_t all, before;
	pthread_t thread;
	int r;

	/* signals are the event loop's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&thread, NULL, run, j);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r >= 0)
		pthread_detach(thread);
	return r;
}

/* Under the lock. false: there was no end to wait for. */
static bool wait_until_over(const struct job *j)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_SEC;
	while (!j->over && r == 0)
		r = pthread_cond_clockwait(&over, &lock, CLOCK_MONOTONIC, &until);
	return j->over;
}

/* Has a thread do it. *j is NULL when that goes on without us. */
static int do_beside(struct job **j)
{
	int r;

	pthread_mutex_lock(&lock);
	(*j)->over = false;
	r = n_jobs < JOBS_MAX ? start_thread(*j) : -EBUSY;
	if (r >= 0) {
		n_jobs++;
		(*j)->left = !wait_until_over(*j);
		r = (*j)->left ? -EBUSY : (*j)->error;
		if ((*j)->left)
			*j = NULL;
	}
	pthread_mutex_unlock(&lock);
	return r;
}

static int choose_victims(
	struct job *j, bool (*wanted)(const struct open_socket *s, void *userdata), void *userdata)
{
	j->victims = calloc(ENDED_MAX, sizeof(*j->victims));
	if (!j->victims)
		return -ENOMEM;
	for (size_t i = 0; i < j->n_found && j->n_victims < ENDED_MAX; i++)
		if (wanted(&j->found[i].socket, userdata))
			j->victims[j->n_victims++] = j->found[i].victim;
	free(TAKE_PTR(j->found));
	j->ends = true;
	return 0;
}

int sockets_end(bool (*wanted)(const struct open_socket *s, void *userdata), void *userdata,
	size_t *ret_ended)
{
	_cleanup_(job_freep) struct job *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	j->socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!j->socket || mnl_socket_bind(j->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	r = do_beside(&j);
	if (r >= 0)
		r = choose_victims(j, wanted, userdata);
	if (r >= 0 && j->n_victims > 0)
		r = do_beside(&j);
	if (r >= 0)
		*ret_ended = j->n_ended;
	return r;
}
