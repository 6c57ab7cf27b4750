/* The redirect of people's port 53, in a table of our own descriptor: when this process ends,
 * however it ends, the kernel takes the table away and look-ups go where they went before. */
#include "system/attach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "system/attach-devices.h"
#include "system/conntrack.h"
#include "system/nft-run.h"

#define DNS_PORT  53
#define NEVER_UID 4294967294u /* (uid_t)-2: no account may have it */
/* What is redirected has a zone of conntrack's to itself. By its port alone it would take the path
 * that was remembered of somebody else's look-up, past the hook, or lead the hook's to itself. By
 * TCP each connection is remembered anew, and its last packets have no uid. */
#define ZONE 53

struct attach {
	struct nft_run *nft;
	char table[64];
	char *script;  /* of the last apply */
	char *applied; /* the elements in force, for renewal; NULL: none */
	bool devices;  /* the table has the sets and the chain for them */
};

DEFINE_CLEANUP(struct attach *, attach_free);

struct attach *attach_free(struct attach *a)
{
	if (!a)
		return NULL;
	nft_run_free(a->nft);
	free(a->applied);
	free(a->script);
	free(a);
	return NULL;
}

/* The first rule redirects nobody: it keeps the kernel's NAT hooks in place, so that translation
 * goes on when somebody flushes the other table. */
static int create_table(struct attach *a, char **ret_error)
{
	_cleanup_free_ char *text = NULL, *error = NULL;
	int r;

	if (asprintf(&text,
		    "add table inet %1$s { flags owner; }\n"
		    "add set inet %1$s limited { type uid; flags timeout; timeout %2$ds; }\n"
		    "add set inet %1$s observed { type uid; flags timeout; timeout %2$ds; }\n"
		    "add set inet %1$s resolvers4 { type ipv4_addr; }\n"
		    "add set inet %1$s resolvers6 { type ipv6_addr; }\n"
		    "add chain inet %1$s names { type nat hook output priority -101; }\n"
		    "add rule inet %1$s names meta skuid %3$u udp dport 53 redirect to :53\n"
		    "add set inet %1$s askers { type uid; size 1024; flags dynamic; timeout 60s; "
		    "}\n"
		    "add chain inet %1$s apart { type filter hook output priority raw; }\n"
		    "add chain inet %1$s floods { type filter hook output priority 0; }\n",
		    a->table, ATTACH_TIMEOUT_SEC, NEVER_UID) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	r = nft_run(a->nft, text, NULL, &error);
	if (r < 0 && asprintf(ret_error, "nftables refuses the redirect: %s",
			     error ? error : strerror(-r)) < 0)
		*ret_error = NULL;
	return r;
}

int attach_fd(const struct attach *a)
{
	return nft_run_fd(a->nft);
}

int attach_new(const char *table, struct attach **ret, char **ret_error)
{
	_cleanup_(attach_freep) struct attach *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	*ret_error = NULL;
	snprintf(a->table, sizeof(a->table), "%s", table);
	r = nft_run_new(&a->nft);
	if (r >= 0)
		r = create_table(a, ret_error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(a);
	return 0;
}

static bool is_look_up(const struct conntrack_flow *flow, void *userdata)
{
	return flow->port == DNS_PORT;
}

/* conntrack remembers for 30 s where a look-up went. */
static int forget_flows(void)
{
	return conntrack_forget(is_look_up, NULL);
}

static void put_uids(FILE *f, const struct attach *a, const char *set, const uid_t *uids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "add element inet %s %s { %u }\n", a->table, set, uids[i]);
}

/* Without a listener in a family its look-ups stay where they are. */
static void put_rules(FILE *f, const struct attach *a, const struct attach_plan *plan)
{
	const struct {
		const char *limited, *observed;
		uint16_t port;
	} rows[] = {
		{ "@limited meta nfproto ipv4", "@observed ip daddr @resolvers4", plan->port4 },
		{ "@limited meta nfproto ipv6", "@observed ip6 daddr @resolvers6", plan->port6 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const char *who[] = { rows[i].limited, rows[i].observed };

		for (size_t k = 0; rows[i].port != 0 && k < ELEMENTSOF(who); k++)
			fprintf(f,
				"add rule inet %1$s apart meta skuid %2$s udp dport 53 "
				"ct original zone set %3$d\n"
				"add rule inet %1$s names meta skuid %2$s " ATTACH_LOOK_UPS
				" redirect to :%4$u\n",
				a->table, who[k], ZONE, rows[i].port);
	}
}

/* One account's flood is dropped before it fills the buffer that all questions come by; behind NAT,
 * so that whoever asks the hook's own port is no exception. Root may do worse than that. */
static void put_floods(FILE *f, const struct attach *a, const struct attach_plan *plan)
{
	const struct {
		const char *family;
		uint16_t port;
	} rows[] = { { "ipv4", plan->port4 }, { "ipv6", plan->port6 } };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (rows[i].port != 0)
			fprintf(f,
				"add rule inet %s floods udp dport %u meta nfproto %s fib daddr "
				"type local meta skuid != 0 update @askers { meta skuid limit rate "
				"over %d/second burst %d packets } drop\n",
				a->table, rows[i].port, rows[i].family, ATTACH_QUESTIONS_PER_SEC,
				ATTACH_QUESTIONS_BURST);
}

/* Without any the table is what it is on a machine that routes for nobody. */
static void put_devices(FILE *f, const struct attach *a, const struct attach_devices *devices)
{
	if (devices) {
		attach_devices_open(f, a->table, ATTACH_TIMEOUT_SEC);
		attach_devices_write_rules(f, a->table, devices);
	} else if (a->devices) {
		attach_devices_close(f, a->table);
	}
}

static int write_plan(
	const struct attach *a, const struct attach_plan *plan, char **ret, char **ret_uids)
{
	_cleanup_free_ char *uids = NULL, *text = NULL;
	size_t size;
	FILE *f;

	f = text_open(&uids, &size);
	if (!f)
		return -ENOMEM;
	if (plan) {
		put_uids(f, a, "limited", plan->limited, plan->n_limited);
		put_uids(f, a, "observed", plan->observed, plan->n_observed);
		if (plan->devices)
			attach_devices_write(f, a->table, plan->devices);
	}
	if (text_close(f, &uids) < 0)
		return -ENOMEM;
	f = text_open(&text, &size);
	if (!f)
		return -ENOMEM;
	fprintf(f,
		"flush chain inet %1$s names\nflush chain inet %1$s apart\n"
		"flush chain inet %1$s floods\n"
		"flush set inet %1$s limited\n"
		"flush set inet %1$s observed\nflush set inet %1$s resolvers4\n"
		"flush set inet %1$s resolvers6\n"
		"add rule inet %1$s names meta skuid %2$u udp dport 53 redirect to :53\n",
		a->table, NEVER_UID);
	for (size_t i = 0; plan && i < plan->n_resolvers; i++) {
		char address[ADDRESS_TEXT_MAX];

		fprintf(f, "add element inet %s resolvers%c { %s }\n", a->table,
			plan->resolvers[i].family == AF_INET6 ? '6' : '4',
			address_format(&plan->resolvers[i], address));
	}
	if (plan) {
		put_rules(f, a, plan);
		put_floods(f, a, plan);
	}
	put_devices(f, a, plan ? plan->devices : NULL);
	fputs(uids, f);
	if (text_close(f, &text) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(text);
	*ret_uids = TAKE_PTR(uids);
	return 0;
}

/* Has everybody's path been this one since the last apply? */
static bool is_in_force(struct attach *a, const char *script)
{
	return a->script && strcmp(a->script, script) == 0 && attach_check(a) == 1;
}

int attach_apply(struct attach *a, const struct attach_plan *plan)
{
	_cleanup_free_ char *text = NULL, *uids = NULL;
	bool same;
	int r;

	r = write_plan(a, plan, &text, &uids);
	same = r >= 0 && is_in_force(a, text);
	if (r >= 0)
		r = nft_run(a->nft, text, NULL, NULL);
	if (r < 0)
		return r;
	free(a->applied);
	a->applied = plan ? TAKE_PTR(uids) : NULL;
	a->devices = plan && plan->devices;
	free(a->script);
	a->script = TAKE_PTR(text);
	/* who waits for an answer of a hook that was restarted would wait in vain */
	return same ? 0 : forget_flows();
}

/* Before kernel 6.12 adding an element again does not renew its time: flush and add, at once. */
int attach_renew(struct attach *a)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *f;

	if (!a->applied)
		return 0;
	f = text_open(&text, &size);
	if (!f)
		return -ENOMEM;
	fprintf(f, "flush set inet %1$s limited\nflush set inet %1$s observed\n", a->table);
	if (a->devices)
		attach_devices_flush(f, a->table);
	fputs(a->applied, f);
	if (text_close(f, &text) < 0)
		return -ENOMEM;
	return nft_run(a->nft, text, NULL, NULL);
}

int attach_check(struct attach *a)
{
	_cleanup_free_ char *json = NULL, *command = NULL;
	int r;

	if (asprintf(&command, "list chain inet %s names", a->table) < 0) {
		command = NULL;
		return -ENOMEM;
	}
	r = nft_run_list(a->nft, command, true, &json);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	return !a->applied || strstr(json, "@limited") || strstr(json, "@observed");
}

int attach_release(char **ret_error)
{
	/* The kernel did it when the descriptor closed; what is left are remembered flows. */
	const int r = forget_flows();

	if (r < 0 &&
		asprintf(ret_error, "remembered look-ups can't be deleted: %s", strerror(-r)) < 0)
		*ret_error = NULL;
	return r;
}
