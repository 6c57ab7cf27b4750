/* Two netlink sockets and nothing else: what the news means is for the gate to find out. */
#include "system/gate-watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define TABLE_NAME  "focusd"
#define SETTLE_USEC (50 * USEC_PER_MSEC) /* a flush is many messages */

struct gate_watch {
	struct mnl_socket *log, *tables;
	sd_event_source *log_source, *tables_source, *settle;
	void (*wake)(void *userdata);
	void (*touched)(void *userdata);
	void *userdata;
};

DEFINE_CLEANUP(struct gate_watch *, gate_watch_free);

struct gate_watch *gate_watch_free(struct gate_watch *w)
{
	if (!w)
		return NULL;
	sd_event_source_disable_unref(w->log_source);
	sd_event_source_disable_unref(w->tables_source);
	sd_event_source_disable_unref(w->settle);
	if (w->log)
		mnl_socket_close(w->log);
	if (w->tables)
		mnl_socket_close(w->tables);
	free(w);
	return NULL;
}

static struct nlmsghdr *log_message(char *buffer, uint16_t group)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(group);
	return nlh;
}

/* Sends and waits for the kernel's answer. */
static int ask(struct mnl_socket *s, const struct nlmsghdr *nlh)
{
	char buffer[4096];
	ssize_t n;

	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(s, buffer, sizeof(buffer));
	if (n < 0 || mnl_cb_run(buffer, (size_t)n, 0, mnl_socket_get_portid(s), NULL, NULL) < 0)
		return -errno;
	return 0;
}

static int open_log(struct gate_watch *w, uint16_t group)
{
	const struct nfulnl_msg_config_cmd bind = { .command = NFULNL_CFG_CMD_BIND };
	/* no bytes of the packet: that there was one is all we want to know */
	const struct nfulnl_msg_config_mode mode = { .copy_mode = NFULNL_COPY_NONE };
	char buffer[512];
	struct nlmsghdr *nlh;
	int r;

	w->log = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!w->log || mnl_socket_bind(w->log, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	nlh = log_message(buffer, group);
	mnl_attr_put(nlh, NFULA_CFG_CMD, sizeof(bind), &bind);
	r = ask(w->log, nlh);
	if (r < 0)
		return r;
	nlh = log_message(buffer, group);
	mnl_attr_put(nlh, NFULA_CFG_MODE, sizeof(mode), &mode);
	return ask(w->log, nlh);
}

static int on_log(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct gate_watch *w = userdata;
	char buffer[8192];
	bool any = false;

	while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		any = true;
	if (any || errno == ENOBUFS)
		w->wake(w->userdata);
	return 0;
}

/* Which notifications may mean that our table is not whole any more, and the attribute that names
 * the table in each. */
static int table_attribute(uint16_t type)
{
	if (type >> 8 != NFNL_SUBSYS_NFTABLES)
		return 0;
	switch (type & 0xff) {
	case NFT_MSG_DELTABLE:
		return NFTA_TABLE_NAME;
	case NFT_MSG_DELCHAIN:
		return NFTA_CHAIN_TABLE;
	case NFT_MSG_DELRULE:
		return NFTA_RULE_TABLE;
	case NFT_MSG_DELSET:
		return NFTA_SET_TABLE;
	default: /* the kernel's enum is open, and the rest is no loss */
		return 0;
	}
}

static bool names_our_table(const struct nlmsghdr *nlh)
{
	const int wanted = table_attribute(nlh->nlmsg_type);
	const struct nlattr *attr;

	if (wanted == 0)
		return false;
	mnl_attr_for_each(
		attr, nlh, sizeof(struct nfgenmsg)) if (mnl_attr_get_type(attr) == wanted &&
							strncmp(mnl_attr_get_str(attr), TABLE_NAME,
								mnl_attr_get_payload_len(attr)) ==
								0) return true;
	return false;
}

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct gate_watch *w = userdata;

	w->touched(w->userdata);
	return 0;
}

static int settle(struct gate_watch *w, sd_event *event)
{
	int r;

	if (!w->settle)
		return sd_event_add_time_relative(
			event, &w->settle, CLOCK_BOOTTIME, SETTLE_USEC, 0, on_settled, w);
	r = sd_event_source_set_time_relative(w->settle, SETTLE_USEC);
	return r < 0 ? r : sd_event_source_set_enabled(w->settle, SD_EVENT_ONESHOT);
}

static int on_tables(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct gate_watch *w = userdata;
	char buffer[16384];
	bool ours = false;
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buffer;

		for (int left = (int)n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			ours |= names_our_table(nlh);
	}
	if (errno == ENOBUFS) /* messages were lost: look */
		ours = true;
	/* an error returned from here would be the end of this watch */
	if (ours && settle(w, sd_event_source_get_event(source)) < 0)
		w->touched(w->userdata);
	return 0;
}

static int open_tables(struct gate_watch *w)
{
	const int group = NFNLGRP_NFTABLES;

	w->tables = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!w->tables || mnl_socket_bind(w->tables, 0, MNL_SOCKET_AUTOPID) < 0 ||
		mnl_socket_setsockopt(
			w->tables, NETLINK_ADD_MEMBERSHIP, (void *)&group, sizeof(group)) < 0)
		return -errno;
	return 0;
}

int gate_watch_new(struct sd_event *event, uint16_t log_group, void (*wake)(void *userdata),
	void (*touched)(void *userdata), void *userdata, struct gate_watch **ret)
{
	_cleanup_(gate_watch_freep) struct gate_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->wake = wake;
	w->touched = touched;
	w->userdata = userdata;
	r = open_log(w, log_group);
	if (r >= 0)
		r = open_tables(w);
	if (r >= 0)
		r = sd_event_add_io(
			event, &w->log_source, mnl_socket_get_fd(w->log), EPOLLIN, on_log, w);
	if (r >= 0)
		r = sd_event_add_io(event, &w->tables_source, mnl_socket_get_fd(w->tables), EPOLLIN,
			on_tables, w);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}
