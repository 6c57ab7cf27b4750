#pragma once
/* Starts focusd-dns where no service manager does. A small unprivileged process, forked before the
 * keeper gives up its privileges, binds the listening sockets, keeps them, and starts the hook on
 * request: the keeper itself can neither change uids nor open an internet socket. */
#include <sys/types.h>

#include "core/config.h"

struct hook_process;

/* The account of the hook: focusd-dns, else nobody. -ENOENT when there is neither. */
int hook_process_account(uid_t *ret_uid, gid_t *ret_gid);

/* Forks the starter. program: path of focusd-dns (opened now: the account need not be able to walk
 * there); dir: the runtime folder; listens: borrowed for the call. */
int hook_process_new(const char *program, const char *dir, const struct endpoints *listens,
	struct hook_process **ret);
/* The starter ends with it; a hook that runs goes on. */
struct hook_process *hook_process_free(struct hook_process *p);
/* Asks for a hook and waits until it was executed. -EADDRINUSE: somebody has the address; other
 * errors as bind(2) and execve(2) give them. */
int hook_process_start(struct hook_process *p, pid_t *ret_pid);
