/* Asks the kernel for its addresses and routes, once. */
#include "system/range-check.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

#define WIDE_ROUTE_BITS 8 /* up to this a route is "the internet", not somebody's network */

struct check {
	const struct prefix *range;
	char *found;
};

static void mnl_socket_closep(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

static void note(struct check *c, const char *what, const struct prefix *p, unsigned ifindex)
{
	char text[ADDRESS_TEXT_MAX], range[ADDRESS_TEXT_MAX], name[IF_NAMESIZE] = "";

	if (c->found || !prefix_overlaps(c->range, p))
		return;
	if (ifindex > 0)
		if_indextoname(ifindex, name);
	if (asprintf(&c->found,
		    "%s %s/%u%s%s lies in the lease range %s/%u: choose another range with %s in "
		    "[dns]",
		    what, address_format(&p->address, text), p->bits, *name ? " of " : "", name,
		    address_format(&c->range->address, range), c->range->bits,
		    c->range->address.family == AF_INET6 ? "lease6 =" : "lease4 =") < 0)
		c->found = NULL;
}

static bool take_address(const struct nlattr *attr, int family, struct address *ret)
{
	if (mnl_attr_get_payload_len(attr) != address_size(family))
		return false;
	ret->family = family;
	memcpy(ret->bytes, mnl_attr_get_payload(attr), address_size(family));
	return true;
}

static int on_address(const struct nlmsghdr *nlh, void *userdata)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct check *c = userdata;
	const struct nlattr *attr;
	struct prefix p = { .bits = 0 };

	mnl_attr_for_each(
		attr, nlh, sizeof(*ifa)) if ((mnl_attr_get_type(attr) == IFA_ADDRESS ||
						     mnl_attr_get_type(attr) == IFA_LOCAL) &&
					     take_address(attr, ifa->ifa_family, &p.address))
	{
		p.bits = (unsigned)address_size(p.address.family) * 8;
		if (p.address.family == c->range->address.family)
			note(c, "The address", &p, ifa->ifa_index);
	}
	return MNL_CB_OK;
}

static int on_route(const struct nlmsghdr *nlh, void *userdata)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);
	struct check *c = userdata;
	const struct nlattr *attr;
	struct prefix p = { .bits = rt->rtm_dst_len };
	unsigned ifindex = 0;

	if (p.bits <= WIDE_ROUTE_BITS || rt->rtm_family != c->range->address.family)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*rt))
	{
		if (mnl_attr_get_type(attr) == RTA_DST)
			take_address(attr, rt->rtm_family, &p.address);
		else if (mnl_attr_get_type(attr) == RTA_OIF)
			ifindex = mnl_attr_get_u32(attr);
	}
	if (p.address.family != AF_UNSPEC)
		note(c, "The route to", &p, ifindex);
	return MNL_CB_OK;
}

static int dump(struct mnl_socket *s, uint16_t type, mnl_cb_t callback, struct check *c)
{
	char buffer[16384];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct rtmsg *rt;
	ssize_t n;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = type;
	rt = mnl_nlmsg_put_extra_header(
		nlh, sizeof(*rt)); /* ifaddrmsg begins alike and is shorter */
	rt->rtm_family = (unsigned char)c->range->address.family;
	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while ((n = mnl_socket_recvfrom(s, buffer, sizeof(buffer))) > 0) {
		const int r =
			mnl_cb_run(buffer, (size_t)n, type, mnl_socket_get_portid(s), callback, c);

		if (r < 0)
			return -errno;
		if (r == MNL_CB_STOP)
			return 0;
	}
	return n < 0 ? -errno : 0;
}

int range_check(const struct prefix *range, char **ret_error)
{
	_cleanup_(mnl_socket_closep) struct mnl_socket *s =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct check c = { .range = range };
	int r;

	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	r = dump(s, RTM_GETADDR, on_address, &c);
	if (r >= 0)
		r = dump(s, RTM_GETROUTE, on_route, &c);
	if (r < 0 || !c.found) {
		free(c.found);
		return r;
	}
	*ret_error = c.found;
	return -EADDRINUSE;
}
