#pragma once
/* The redirect's descriptor in the service manager's keeping (FDSTORE=1 of sd_notify(3)): its table
 * then outlives a crash or a restart of the keeper, and goes when the unit stops. It knows names
 * and descriptors, not what hangs on them. */

struct fd_store;

/* Takes what a predecessor left ($LISTEN_FDS), and a name that none of it has. */
int fd_store_new(struct fd_store **ret);
/* What is stored stays stored. */
struct fd_store *fd_store_free(struct fd_store *s);
/* Ours alone among all that are stored; lives as long as s. */
const char *fd_store_name(const struct fd_store *s);
/* Stores fd under our name, then lets go of everything a predecessor left. The second call does
 * nothing. */
int fd_store_hand_over(struct fd_store *s, int fd);
/* Lets go of all of it, whoever stored it, and waits until the service manager has. For a process
 * of the same unit (NotifyAccess=exec). */
int fd_store_clear(void);
