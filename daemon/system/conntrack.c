/* ctnetlink: a dump, and a deletion for each flow that is meant. */
#include "system/conntrack.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

struct forgetting {
	struct mnl_socket *socket;
	bool (*which)(const struct conntrack_flow *flow, void *userdata);
	void *userdata;
	int r;
};

static void read_address(const struct nlattr *ip, struct address *ret)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, ip)
	{
		const uint16_t type = mnl_attr_get_type(attr), n = mnl_attr_get_payload_len(attr);

		if (type != CTA_IP_V4_DST && type != CTA_IP_V6_DST)
			continue;
		ret->family = type == CTA_IP_V4_DST ? AF_INET : AF_INET6;
		if (n == address_size(ret->family))
			memcpy(ret->bytes, mnl_attr_get_payload(attr), n);
	}
}

static uint16_t read_port(const struct nlattr *proto)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(
		attr, proto) if (mnl_attr_get_type(attr) ==
				 CTA_PROTO_DST_PORT) return ntohs(mnl_attr_get_u16(attr));
	return 0;
}

static void read_tuple(const struct nlattr *tuple, struct conntrack_flow *ret)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, tuple)
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			read_address(attr, &ret->destination);
		else if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
			ret->port = read_port(attr);
	}
}

static void delete_flow(struct forgetting *f, uint8_t family, const struct nlattr *tuple)
{
	char buffer[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	mnl_attr_put(nlh, CTA_TUPLE_ORIG | NLA_F_NESTED, mnl_attr_get_payload_len(tuple),
		mnl_attr_get_payload(tuple));
	/* a flow that is gone by now is what was wanted: no answer is asked for */
	if (mnl_socket_sendto(f->socket, nlh, nlh->nlmsg_len) < 0)
		f->r = -errno;
}

static int on_flow(const struct nlmsghdr *nlh, void *userdata)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *original = NULL;
	struct forgetting *f = userdata;
	struct conntrack_flow flow = { 0 };

	mnl_attr_for_each(attr, nlh, sizeof(*nfg))
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG)
			original = attr;
		else if (mnl_attr_get_type(attr) == CTA_STATUS)
			flow.answered = ntohl(mnl_attr_get_u32(attr)) & IPS_SEEN_REPLY;
	}
	if (!original)
		return MNL_CB_OK;
	read_tuple(original, &flow);
	if (f->which(&flow, f->userdata))
		delete_flow(f, nfg->nfgen_family, original);
	return MNL_CB_OK;
}

static void mnl_socket_closep(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

static int ask_for_flows(struct mnl_socket *dump, char *buffer)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	return mnl_socket_sendto(dump, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

int conntrack_forget(
	bool (*which)(const struct conntrack_flow *flow, void *userdata), void *userdata)
{
	_cleanup_(mnl_socket_closep) struct mnl_socket *dump =
		mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	_cleanup_(mnl_socket_closep) struct mnl_socket *delete =
		mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	struct forgetting f = { .socket = delete, .which = which, .userdata = userdata };
	char buffer[16384];
	ssize_t n;
	int r;

	if (!dump || !delete || mnl_socket_bind(dump, 0, MNL_SOCKET_AUTOPID) < 0 ||
		mnl_socket_bind(delete, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	r = ask_for_flows(dump, buffer);
	if (r < 0)
		return r;
	while ((n = mnl_socket_recvfrom(dump, buffer, sizeof(buffer))) > 0) {
		r = mnl_cb_run(buffer, (size_t)n, 0, mnl_socket_get_portid(dump), on_flow, &f);
		if (r < 0)
			return -errno;
		if (r == MNL_CB_STOP)
			return f.r;
	}
	return n < 0 ? -errno : f.r;
}
