/* One question to the kernel, answered at once. */
#include "system/way-out.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "base/cleanup.h"

static void mnl_socket_closep(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

static int on_route(const struct nlmsghdr *nlh, void *userdata)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(nlh);
	bool *leads = userdata;

	*leads = nlh->nlmsg_type == RTM_NEWROUTE &&
		 mnl_nlmsg_get_payload_len(nlh) >= sizeof(*route) &&
		 (route->rtm_type == RTN_UNICAST || route->rtm_type == RTN_LOCAL);
	return MNL_CB_STOP;
}

static struct nlmsghdr *put_question(char *buffer, const struct address *to)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct rtmsg *route;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	route = mnl_nlmsg_put_extra_header(nlh, sizeof(*route));
	route->rtm_family = (unsigned char)to->family;
	route->rtm_dst_len = (unsigned char)(address_size(to->family) * 8);
	mnl_attr_put(nlh, RTA_DST, address_size(to->family), to->bytes);
	return nlh;
}

/* ip-route(8): unreachable, blackhole and prohibit are EHOSTUNREACH, EINVAL and EACCES; a kernel
 * without a family does not know its routes. */
static bool means_no_way(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH || error == EINVAL ||
	       error == EACCES || error == EAFNOSUPPORT || error == EOPNOTSUPP;
}

int way_out_leads(const struct address *to)
{
	_cleanup_(mnl_socket_closep) struct mnl_socket *s =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char buffer[4096];
	const struct nlmsghdr *question = put_question(buffer, to);
	bool leads = false;
	ssize_t n;

	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (mnl_socket_sendto(s, question, question->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(s, buffer, sizeof(buffer));
	if (n < 0)
		return -errno;
	if (mnl_cb_run(buffer, (size_t)n, 1, mnl_socket_get_portid(s), on_route, &leads) < 0)
		return means_no_way(errno) ? 0 : -errno;
	return leads;
}
