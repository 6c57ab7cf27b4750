/* libnftables as a function. It knows no table. */
#include "system/nft-run.h"

#include <errno.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define FDS_MAX 1024 /* libnftables waits with select(2) and can't use a descriptor beyond */

struct nft_run {
	struct nft_ctx *ctx;
	int fd;
};

DEFINE_CLEANUP(struct nft_run *, nft_run_free);

struct nft_run *nft_run_free(struct nft_run *n)
{
	if (n && n->ctx)
		nft_ctx_free(n->ctx);
	free(n);
	return NULL;
}

/* libnftables has no call for its socket: it is the one that was not there before. */
static void mark_sockets(bool marks[static FDS_MAX])
{
	for (int fd = 0; fd < FDS_MAX; fd++) {
		int domain = 0, protocol = 0;
		socklen_t size = sizeof(int);

		marks[fd] = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
			    domain == AF_NETLINK &&
			    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
			    protocol == NETLINK_NETFILTER;
	}
}

static int find_new(const bool before[static FDS_MAX], const bool after[static FDS_MAX])
{
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (after[fd] && !before[fd])
			return fd;
	return -ENOENT;
}

int nft_run_fd(const struct nft_run *n)
{
	return n->fd;
}

int nft_run_new(struct nft_run **ret)
{
	bool before[FDS_MAX], after[FDS_MAX];
	_cleanup_(nft_run_freep) struct nft_run *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	mark_sockets(before);
	n->ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!n->ctx)
		return -ENOMEM;
	mark_sockets(after);
	n->fd = find_new(before, after);
	if (nft_ctx_buffer_output(n->ctx) != 0 || nft_ctx_buffer_error(n->ctx) != 0)
		return -ENOMEM;
	*ret = TAKE_PTR(n);
	return 0;
}

/* libnftables says in words what the kernel said in numbers. */
static int errno_of(const char *error)
{
	static const struct {
		const char *words;
		int r;
	} rows[] = {
		{ "Operation not permitted", -EPERM },
		{ "No such file or directory", -ENOENT },
		{ "File exists", -EEXIST },
		{ "Device or resource busy", -EBUSY },
		{ "Cannot allocate memory", -ENOMEM },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (strstr(error, rows[i].words))
			return rows[i].r;
	return -EIO;
}

/* After a success libnftables keeps its picture of the ruleset (0.4 MB for each table), which
 * whatever we do next makes stale. After a failure it does not, so here is one. */
static void forget_ruleset(struct nft_run *n)
{
	nft_run_cmd_from_buffer(n->ctx, "forget");
	nft_ctx_get_output_buffer(n->ctx);
	nft_ctx_get_error_buffer(n->ctx);
}

static int run(const struct nft_run *n, const char *commands, char **ret_output, char **ret_error)
{
	const int code = nft_run_cmd_from_buffer(n->ctx, commands);
	const char *output = nft_ctx_get_output_buffer(n->ctx);
	const char *error = nft_ctx_get_error_buffer(n->ctx);
	_cleanup_free_ char *copy = NULL;
	size_t end;

	if (code != 0) {
		const int r = errno_of(error);

		if (ret_error) {
			end = strcspn(error, "\n"); /* the first line says it, the rest points */
			*ret_error = strndup(error, end);
		}
		return r;
	}
	if (ret_output) {
		copy = strdup(output);
		if (!copy)
			return -ENOMEM;
		*ret_output = TAKE_PTR(copy);
	}
	return 0;
}

int nft_run(struct nft_run *n, const char *commands, char **ret_output, char **ret_error)
{
	const int r = run(n, commands, ret_output, ret_error);

	if (r >= 0)
		forget_ruleset(n);
	return r;
}

int nft_run_list(struct nft_run *n, const char *command, bool terse, char **ret_json)
{
	const unsigned flags = NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_NUMERIC_ALL |
			       (terse ? NFT_CTX_OUTPUT_TERSE : 0);
	int r;

	nft_ctx_output_set_flags(n->ctx, flags);
	r = nft_run(n, command, ret_json, NULL);
	nft_ctx_output_set_flags(n->ctx, 0);
	return r;
}
