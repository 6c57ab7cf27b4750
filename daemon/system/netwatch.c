/* Listens to the kernel's notices. Those that say nothing of where packets go (neighbours,
 * multicast, the kernel's own table) are not subscribed to, or dropped. */
#include "system/netwatch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "system/settle.h"

#define SETTLE_USEC    (300 * USEC_PER_MSEC)
#define READS_PER_WAKE 64 /* datagrams; then the loop gets its turn */

struct netwatch {
	struct mnl_socket *socket;
	sd_event_source *io, *settle;
	void (*changed)(void *userdata);
	void *userdata;
};

struct netwatch *netwatch_free(struct netwatch *w)
{
	if (!w)
		return NULL;
	sd_event_source_disable_unref(w->io);
	sd_event_source_disable_unref(w->settle);
	if (w->socket)
		mnl_socket_close(w->socket);
	free(w);
	return NULL;
}

DEFINE_CLEANUP(struct netwatch *, netwatch_free);

static bool leads_somewhere(const struct nlmsghdr *nlh)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*route) &&
	       !(route->rtm_flags & RTM_F_CLONED) && route->rtm_table != RT_TABLE_LOCAL &&
	       route->rtm_type != RTN_MULTICAST;
}

/* One of site scope is no source of anything that leaves: such are those of our own links, and they
 * are renewed all the time. */
static bool is_source(const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*address) &&
	       address->ifa_scope != RT_SCOPE_SITE;
}

static int on_notice(const struct nlmsghdr *nlh, void *userdata)
{
	bool *news = userdata;

	switch (nlh->nlmsg_type) {
	case RTM_NEWADDR:
	case RTM_DELADDR:
		*news |= is_source(nlh);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		*news |= leads_somewhere(nlh);
		break;
	default: /* the kernel's enum is open */
		break;
	}
	return MNL_CB_OK;
}

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct netwatch *w = userdata;

	w->changed(w->userdata);
	return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct netwatch *w = userdata;
	char buffer[8192];
	bool news = false;

	for (int i = 0; i < READS_PER_WAKE; i++) {
		const ssize_t n = mnl_socket_recvfrom(w->socket, buffer, sizeof(buffer));

		/* notices were lost: there were many */
		if (n < 0 && errno == ENOBUFS)
			news = true;
		if (n <= 0)
			break;
		if (mnl_cb_run(buffer, (size_t)n, 0, 0, on_notice, &news) < 0)
			news = true;
	}
	return news ? settle_arm(&w->settle, sd_event_source_get_event(source), SETTLE_USEC,
			      on_settled, w)
		    : 0;
}

int netwatch_new(struct sd_event *event, void (*changed)(void *userdata), void *userdata,
	struct netwatch **ret)
{
	const unsigned groups =
		RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
	_cleanup_(netwatch_freep) struct netwatch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->changed = changed;
	w->userdata = userdata;
	w->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!w->socket || mnl_socket_bind(w->socket, groups, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	r = sd_event_add_io(event, &w->io, mnl_socket_get_fd(w->socket), EPOLLIN, on_io, w);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}
