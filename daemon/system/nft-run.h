#pragma once
/* One way to run libnftables, for the gate and for the redirect: a long-lived context, one command
 * (a whole transaction) at a time, both output buffers fetched every time because they grow. */
#include <stdbool.h>

struct nft_run;

/* Its descriptor stays open for as long as it lives: a table with `flags owner` hangs on it. */
int nft_run_new(struct nft_run **ret);
struct nft_run *nft_run_free(struct nft_run *n);
/* That descriptor, still the context's own; -ENOENT where libnftables does not show it. */
int nft_run_fd(const struct nft_run *n);
/* All or nothing. *ret_output (owned by the caller; NULL: not wanted) is what it printed,
 * *ret_error (owned by the caller; NULL: not wanted) what it complained about. -EPERM, -ENOENT, or
 * -EIO for anything else that libnftables tells in words only. */
int nft_run(struct nft_run *n, const char *commands, char **ret_output, char **ret_error);
/* The same for a listing, as JSON; terse leaves the elements of sets out. Never a table that may
 * have flags, nor the ruleset: for a table with exactly one flag, as `owner`, libnftables up
 * to 1.0.6 uses memory that it has freed. */
int nft_run_list(struct nft_run *n, const char *command, bool terse, char **ret_json);
