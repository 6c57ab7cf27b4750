#pragma once
/* logind's sessions: who sits where, what is locked, and whether the machine goes to sleep. A
 * machine without logind has no sessions; nobody is away there. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sd_event;
struct session_watch;

/* changed: what session_watch_away() or session_watch_lost() says may be another thing from now
 * on; first called later than session_watch_new() returns. */
int session_watch_new(struct sd_event *event, void (*changed)(void *userdata), void *userdata,
	struct session_watch **ret);
struct session_watch *session_watch_free(struct session_watch *w);

/* Is the person with these accounts away (core/presence.h), or the machine about to sleep? */
bool session_watch_away(const struct session_watch *w, const uid_t *uids, size_t n_uids);
/* Was logind there, and is not running now? Nobody knows while the system bus is away. */
bool session_watch_lost(const struct session_watch *w);
/* Does logind answer? */
bool session_watch_connected(const struct session_watch *w);
