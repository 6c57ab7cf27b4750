#pragma once
/* How systemd-resolved asks us itself, since 259: io.systemd.Resolve.Hook, varlink over a socket in
 * /run/systemd/resolve.hook that the service manager bound. It turns questions into requests and
 * answers into records, and knows nothing of names. */
#include "core/hook-table.h"
#include "dns/listener.h"

#define RESOLVED_FILTER_MAX    4096 /* suffixes; with more we are asked for every name */
#define RESOLVED_QUESTIONS_MAX 1024 /* under way at once; the rest goes past us */
#define RESOLVED_KEYS_MAX      16   /* records that one question may ask for */

struct sd_event;
struct resolved_hook;

/* fd: the listening socket, which stays the caller's. asked takes over each request, whose
 * `answered` is set, and answers or drops it once: dropped means that resolved asks elsewhere.
 * -EOPNOTSUPP: built with a libsystemd that has no varlink (before 257). */
int resolved_hook_new(struct sd_event *event, int fd,
	void (*asked)(struct request *request, void *userdata), void *userdata,
	struct resolved_hook **ret);
/* After all its requests. */
struct resolved_hook *resolved_hook_free(struct resolved_hook *h);
/* Which names it wants to be asked for from now on; NULL: none. -ENOMEM. */
int resolved_hook_filter(struct resolved_hook *h, const struct hook_table *table);
