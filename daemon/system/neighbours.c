/* Two dumps of rtnetlink; nothing is watched: whoever asks gets what holds now. */
#include "system/neighbours.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define TICK_USEC 10000 /* the kernel tells the age in hundredths of a second (USER_HZ) */

struct found {
	const char (*insides)[CONFIG_INTERFACE_SIZE];
	size_t n_insides;
	unsigned ifindexes[CONFIG_INSIDES_MAX];
	size_t n_ifindexes;
	struct neighbour *items;
	size_t n, room;
};

static void mnl_socket_closep(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

int neighbour_parse(const struct nlmsghdr *nlh, struct neighbour *ret)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	struct neighbour n = { 0 };
	bool hardware = false;
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm) || address_size(ndm->ndm_family) == 0 ||
		(ndm->ndm_state & (NUD_NOARP | NUD_INCOMPLETE | NUD_FAILED)))
		return -EINVAL;
	n.ifindex = (unsigned)ndm->ndm_ifindex;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm))
	{
		const void *payload = mnl_attr_get_payload(attr);
		const size_t size = mnl_attr_get_payload_len(attr);
		struct nda_cacheinfo cache;

		if (mnl_attr_get_type(attr) == NDA_DST && size == address_size(ndm->ndm_family)) {
			n.address.family = ndm->ndm_family;
			memcpy(n.address.bytes, payload, size);
		} else if (mnl_attr_get_type(attr) == NDA_LLADDR && size == sizeof(n.hardware)) {
			memcpy(n.hardware, payload, size);
			hardware = !(n.hardware[0] & 1);
		} else if (mnl_attr_get_type(attr) == NDA_CACHEINFO && size >= sizeof(cache)) {
			memcpy(&cache, payload, sizeof(cache));
			n.ago_usec = (uint64_t)cache.ndm_confirmed * TICK_USEC;
		}
	}
	if (!hardware || n.address.family == AF_UNSPEC)
		return -EINVAL;
	*ret = n;
	return 0;
}

static bool is_inside(const struct found *f, unsigned ifindex)
{
	for (size_t i = 0; i < f->n_ifindexes; i++)
		if (f->ifindexes[i] == ifindex)
			return true;
	return f->n_insides == 0;
}

static int on_neighbour(const struct nlmsghdr *nlh, void *userdata)
{
	struct found *f = userdata;
	struct neighbour n;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || neighbour_parse(nlh, &n) < 0 ||
		!is_inside(f, n.ifindex) || f->n == NEIGHBOURS_MAX)
		return MNL_CB_OK;
	if (f->n == f->room) {
		const size_t room = f->room ? 2 * f->room : 32;
		struct neighbour *items = reallocarray(f->items, room, sizeof(*items));

		if (!items)
			return MNL_CB_ERROR;
		f->items = items;
		f->room = room;
	}
	f->items[f->n++] = n;
	return MNL_CB_OK;
}

static int on_link(const struct nlmsghdr *nlh, void *userdata)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct found *f = userdata;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		if (mnl_attr_get_type(attr) != IFLA_IFNAME)
			continue;
		for (size_t i = 0; i < f->n_insides && f->n_ifindexes < CONFIG_INSIDES_MAX; i++)
			if (strcmp(mnl_attr_get_str(attr), f->insides[i]) == 0)
				f->ifindexes[f->n_ifindexes++] = (unsigned)ifi->ifi_index;
	}
	return MNL_CB_OK;
}

/* head_bytes: of the message's own header, which is zero in a dump of all. */
static int dump(
	struct mnl_socket *s, uint16_t type, size_t head_bytes, mnl_cb_t callback, struct found *f)
{
	char buffer[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	ssize_t n;
	int r;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = type;
	mnl_nlmsg_put_extra_header(nlh, head_bytes);
	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(s, buffer, sizeof(buffer));
		if (n < 0)
			return -errno;
		r = mnl_cb_run(buffer, (size_t)n, type, mnl_socket_get_portid(s), callback, f);
	} while (r > MNL_CB_STOP);
	return r < 0 ? -errno : 0;
}

int neighbours_read(const char (*insides)[CONFIG_INTERFACE_SIZE], size_t n_insides,
	struct neighbour **ret, size_t *ret_n)
{
	_cleanup_(mnl_socket_closep) struct mnl_socket *s =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct found f = { .insides = insides, .n_insides = n_insides };
	int r = 0;

	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (n_insides > 0)
		r = dump(s, RTM_GETLINK, sizeof(struct ifinfomsg), on_link, &f);
	if (r >= 0)
		r = dump(s, RTM_GETNEIGH, sizeof(struct ndmsg), on_neighbour, &f);
	if (r < 0) {
		free(f.items);
		return r;
	}
	*ret = f.items;
	*ret_n = f.n;
	return 0;
}
