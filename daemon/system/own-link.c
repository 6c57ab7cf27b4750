/* rtnetlink, a few messages a link. What a resolver wants of a link is that it is up, has a carrier
 * (a bridge without ports has) and an address that is not of this machine alone; what everybody
 * else wants is not to notice. So: no multicast (avahi passes by), no IPv6 at all, no route, and an
 * address of site scope, which the kernel never picks as a source. The address has a lifetime: the
 * link outlives its keeper, yet by itself serves nobody. */
#include "system/own-link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define NAME_PREFIX "focusd"
#define NAME_TRIES  64
#define KIND        "bridge"
/* RFC 7600, the IPv4 dummy address: nobody's destination, on no network. */
#define ADDRESS "192.0.0.8"

struct found_link {
	unsigned ifindex;
	unsigned number; /* in its name */
	bool up;
};

struct found_links {
	struct found_link items[OWN_LINKS_MAX * 2]; /* more are left for the next time */
	size_t n;
};

static void mnl_socket_closep(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

static int talk(struct mnl_socket *s, struct nlmsghdr *nlh, mnl_cb_t callback, void *userdata)
{
	char buffer[32768]; /* a dump comes in pieces of at most this */
	ssize_t n;
	int r;

	nlh->nlmsg_seq = 1;
	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(s, buffer, sizeof(buffer));
		if (n < 0)
			return -errno;
		r = mnl_cb_run(buffer, (size_t)n, 1, mnl_socket_get_portid(s), callback, userdata);
	} while (r > MNL_CB_STOP);
	return r < 0 ? -errno : 0;
}

static struct nlmsghdr *start(char *buffer, uint16_t type, uint16_t flags, unsigned ifindex)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	return nlh;
}

/* focusd and a number, nothing else. */
static bool number_of(const char *name, unsigned *ret)
{
	const char *digits = name + strlen(NAME_PREFIX);

	if (strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX)) != 0 || !*digits ||
		strlen(digits) > 4 || strspn(digits, "0123456789") != strlen(digits))
		return false;
	*ret = (unsigned)strtoul(digits, NULL, 10);
	return true;
}

static bool is_bridge(const struct nlattr *linkinfo)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, linkinfo)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			return strcmp(mnl_attr_get_str(attr), KIND) == 0;
	}
	return false;
}

static int on_link(const struct nlmsghdr *nlh, void *userdata)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct found_links *found = userdata;
	struct found_link link = { .ifindex = (unsigned)ifi->ifi_index,
		.up = ifi->ifi_flags & IFF_UP };
	bool named = false, bridge = false;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			named = number_of(mnl_attr_get_str(attr), &link.number);
		else if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
			bridge = is_bridge(attr);
	}
	if (named && bridge && found->n < ELEMENTSOF(found->items))
		found->items[found->n++] = link;
	return MNL_CB_OK;
}

static int find_links(struct mnl_socket *s, struct found_links *ret)
{
	char buffer[256];
	struct nlmsghdr *nlh = start(buffer, RTM_GETLINK, NLM_F_DUMP, 0);

	*ret = (struct found_links){ 0 };
	return talk(s, nlh, on_link, ret);
}

static int remove_link(struct mnl_socket *s, unsigned ifindex)
{
	char buffer[256];
	struct nlmsghdr *nlh = start(buffer, RTM_DELLINK, NLM_F_ACK, ifindex);
	const int r = talk(s, nlh, NULL, NULL);

	return r == -ENODEV ? 0 : r;
}

/* Makes a link with the first name that is free; the caller finds it in the next list. */
static int create_link(struct mnl_socket *s)
{
	int r = -EEXIST;

	for (unsigned i = 0; r == -EEXIST && i < NAME_TRIES; i++) {
		char buffer[512], name[IF_NAMESIZE];
		struct nlmsghdr *nlh =
			start(buffer, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, 0);
		struct nlattr *info;

		snprintf(name, sizeof(name), NAME_PREFIX "%u", i);
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
		info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
		mnl_attr_put_strz(nlh, IFLA_INFO_KIND, KIND);
		mnl_attr_nest_end(nlh, info);
		r = talk(s, nlh, NULL, NULL);
	}
	return r;
}

/* Before it is up: afterwards IPv6 has given it an address already. */
static int refuse_inet6(struct mnl_socket *s, unsigned ifindex)
{
	char buffer[512];
	struct nlmsghdr *nlh = start(buffer, RTM_NEWLINK, NLM_F_ACK, ifindex);
	struct nlattr *families, *inet6;

	families = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, families);
	return talk(s, nlh, NULL, NULL);
}

static int bring_up(struct mnl_socket *s, unsigned ifindex)
{
	char buffer[512];
	struct nlmsghdr *nlh = start(buffer, RTM_NEWLINK, NLM_F_ACK, ifindex);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const int r = refuse_inet6(s, ifindex);

	if (r < 0 && r != -EAFNOSUPPORT) /* a kernel without IPv6 */
		return r;
	ifi->ifi_flags = IFF_UP | IFF_NOARP;
	ifi->ifi_change = IFF_UP | IFF_NOARP | IFF_MULTICAST;
	return talk(s, nlh, NULL, NULL);
}

static int renew_address(struct mnl_socket *s, unsigned ifindex)
{
	/* resolved takes notice of an address that becomes deprecated, not of one that goes */
	const struct ifa_cacheinfo life = { .ifa_prefered = OWN_LINK_TIMEOUT_SEC,
		.ifa_valid = 2 * OWN_LINK_TIMEOUT_SEC };
	char buffer[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *ifa;
	struct in_addr address;

	if (inet_pton(AF_INET, ADDRESS, &address) != 1)
		return -EINVAL;
	nlh->nlmsg_type = RTM_NEWADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = 32;
	ifa->ifa_scope = RT_SCOPE_SITE;
	ifa->ifa_index = ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, sizeof(address), &address);
	mnl_attr_put(nlh, IFA_ADDRESS, sizeof(address), &address);
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
	mnl_attr_put(nlh, IFA_CACHEINFO, sizeof(life), &life);
	return talk(s, nlh, NULL, NULL);
}

static int prepare(struct mnl_socket *s, const struct found_link *link, bool *changed)
{
	int r = 0;

	if (!link->up) {
		*changed = true;
		r = bring_up(s, link->ifindex);
	}
	return r < 0 ? r : renew_address(s, link->ifindex);
}

/* The lowest numbers first: who looks finds focusd0. */
static int by_number(const void *a, const void *b)
{
	const unsigned x = ((const struct found_link *)a)->number;
	const unsigned y = ((const struct found_link *)b)->number;

	return (x > y) - (x < y);
}

static int make_number(
	struct mnl_socket *s, size_t n, struct found_links *ret_found, bool *ret_changed)
{
	int r = find_links(s, ret_found);

	for (size_t missing = ret_found->n; r >= 0 && missing < n; missing++) {
		*ret_changed = true;
		r = create_link(s);
	}
	if (r >= 0 && *ret_changed)
		r = find_links(s, ret_found);
	if (r < 0)
		return r;
	qsort(ret_found->items, ret_found->n, sizeof(ret_found->items[0]), by_number);
	return ret_found->n < n ? -ENODEV : 0;
}

int own_link_keep(size_t n, struct own_links *ret, bool *ret_changed)
{
	_cleanup_(mnl_socket_closep) struct mnl_socket *s =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct own_links links = { 0 };
	struct found_links found;
	bool changed = false;
	int r;

	if (n > OWN_LINKS_MAX)
		return -E2BIG;
	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	r = make_number(s, n, &found, &changed);
	for (size_t i = 0; r >= 0 && i < found.n; i++) {
		if (i >= n) {
			r = remove_link(s, found.items[i].ifindex);
			continue;
		}
		r = prepare(s, &found.items[i], &changed);
		links.ifindexes[links.n++] = found.items[i].ifindex;
	}
	if (r < 0)
		return r;
	*ret = links;
	*ret_changed = changed;
	return 0;
}
