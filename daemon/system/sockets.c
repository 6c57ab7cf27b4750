/* Four dumps (TCP and UDP, IPv4 and IPv6), then one request for each socket that is to end. To end
 * one the kernel waits for its lock, and a program holds that for as long as it likes: it sends
 * from memory that does not come, a file of its own file system, or of a server that is gone. So
 * threads wait, a few at most, and the caller only for a moment. It decides nothing. */
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

#define ENDED_MAX \
	4096 /* of one pass: more than the descriptors that a desktop's programs may have */
#define ENDINGS_MAX 4   /* at once; each is a thread */
#define WAIT_MSEC   250 /* three sockets end in 1.6 ms, a thousand in half a second */

/* Neither listeners nor what is closing anyway. A connected UDP socket counts as established. */
#define STATES (1U << TCP_ESTABLISHED | 1U << TCP_SYN_SENT | 1U << TCP_CLOSE_WAIT)

/* Enough to name a socket to the kernel; the cookie makes sure that it is still the same one. */
struct victim {
	uint8_t family, protocol;
	struct inet_diag_sockid id;
};

struct listing {
	bool (*wanted)(const struct open_socket *s, void *userdata);
	void *userdata;
	uint8_t protocol;
	struct victim *victims;
	size_t n_victims;
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

static int on_socket(const struct nlmsghdr *nlh, void *userdata)
{
	const struct inet_diag_msg *d = mnl_nlmsg_get_payload(nlh);
	struct listing *l = userdata;
	struct open_socket s;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*d) || l->n_victims == ENDED_MAX)
		return MNL_CB_OK;
	s = (struct open_socket){
		.cookie = (uint64_t)d->id.idiag_cookie[1] << 32 | d->id.idiag_cookie[0],
		.uid = d->idiag_uid,
		.remote = remote_of(d),
		.remote_port = ntohs(d->id.idiag_dport),
	};
	if (l->wanted(&s, l->userdata))
		l->victims[l->n_victims++] = (struct victim){ d->idiag_family, l->protocol, d->id };
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
static int ask(struct mnl_socket *socket, char *buffer, size_t size, struct listing *l)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;
	ssize_t n;
	int r;

	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while ((n = mnl_socket_recvfrom(socket, buffer, size)) > 0) {
		r = mnl_cb_run(buffer, (size_t)n, 0, mnl_socket_get_portid(socket), on_socket, l);
		if (r < 0)
			return -errno;
		if (r == MNL_CB_STOP)
			return 0;
	}
	return n < 0 ? -errno : 0;
}

static int list(struct mnl_socket *socket, uint8_t family, struct listing *l)
{
	char buffer[32768]; /* the kernel fills as much as there is room for */
	struct inet_diag_req_v2 *request = put_request(buffer, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	int r;

	request->sdiag_family = family;
	request->sdiag_protocol = l->protocol;
	request->idiag_states = STATES;
	r = ask(socket, buffer, sizeof(buffer), l);
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

/* Under way in a thread of its own; whoever is the last to look at it frees it. */
struct ending {
	struct mnl_socket *socket;
	struct victim *victims;
	size_t n_victims, n_ended;
	int error;
	bool over, left; /* left: the caller waits no more */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of endings, and of: */
static pthread_cond_t over = PTHREAD_COND_INITIALIZER;
static size_t n_endings;

static struct ending *ending_free(struct ending *e)
{
	if (e) {
		mnl_socket_closep(&e->socket);
		free(e->victims);
		free(e);
	}
	return NULL;
}

static void end_all(struct ending *e)
{
	int r;

	for (size_t i = 0; i < e->n_victims; i++) {
		r = end(e->socket, &e->victims[i]);
		if (r >= 0)
			e->n_ended++;
		else if (r != -ENOENT) /* gone by itself is what was wanted */
			e->error = r;
	}
}

static void *run(void *userdata)
{
	struct ending *e = userdata;
	bool left;

	end_all(e);
	pthread_mutex_lock(&lock);
	n_endings--;
	e->over = true;
	left = e->left;
	pthread_cond_broadcast(&over);
	pthread_mutex_unlock(&lock);
	if (left)
		ending_free(e);
	return NULL;
}

static int start_thread(struct ending *e)
{
	sigset_t all, before;
	pthread_t thread;
	int r;

	/* signals are the event loop's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&thread, NULL, run, e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r >= 0)
		pthread_detach(thread);
	return r;
}

/* Under the lock. */
static int wait_until_over(const struct ending *e)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += WAIT_MSEC * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	while (!e->over && r == 0)
		r = pthread_cond_clockwait(&over, &lock, CLOCK_MONOTONIC, &until);
	return e->over ? 0 : -EBUSY;
}

/* Takes e over. */
static int end_beside(struct ending *e, size_t *ret_ended)
{
	int r;

	pthread_mutex_lock(&lock);
	r = n_endings < ENDINGS_MAX ? start_thread(e) : -EBUSY;
	if (r >= 0) {
		n_endings++;
		r = wait_until_over(e);
		e->left = !e->over;
	}
	if (r >= 0) {
		r = e->error;
		*ret_ended = e->n_ended;
	}
	if (!e->left)
		ending_free(e);
	pthread_mutex_unlock(&lock);
	return r;
}

static int list_all(struct mnl_socket *socket, struct listing *l)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
	int r = 0;

	for (size_t p = 0; p < ELEMENTSOF(protocols); p++)
		for (size_t f = 0; f < ELEMENTSOF(families) && r >= 0; f++) {
			l->protocol = protocols[p];
			r = list(socket, families[f], l);
		}
	return r;
}

DEFINE_CLEANUP(struct ending *, ending_free);

int sockets_end(bool (*wanted)(const struct open_socket *s, void *userdata), void *userdata,
	size_t *ret_ended)
{
	_cleanup_(ending_freep) struct ending *e = calloc(1, sizeof(*e));
	struct listing l = { .wanted = wanted, .userdata = userdata };
	int r;

	if (e)
		e->victims = l.victims = calloc(ENDED_MAX, sizeof(*l.victims));
	if (!l.victims)
		return -ENOMEM;
	e->socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!e->socket || mnl_socket_bind(e->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	r = list_all(e->socket, &l);
	e->n_victims = l.n_victims;
	if (r >= 0 && e->n_victims > 0)
		return end_beside(TAKE_PTR(e), ret_ended);
	if (r >= 0)
		*ret_ended = 0;
	return r;
}
