#pragma once
/* systemd-resolved over the system bus: does it run, which version is it, and what it is told about
 * links of ours. Every call is asynchronous and timed out; what was told is told again when
 * resolved or the bus come back. It knows nothing of what the names mean. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESOLVED_LINK_DOMAINS_MAX 256 /* LINK_SEARCH_DOMAINS_MAX of resolved, since systemd 247 */

struct sd_event;
struct resolved;

enum resolved_presence {
	RESOLVED_UNKNOWN, /* nobody has answered yet */
	RESOLVED_GONE,    /* not running, or there is no system bus */
	RESOLVED_RUNNING
};

/* Look-ups below these domains go to 127.0.0.1:port, by way of these links. */
struct resolved_plan {
	const unsigned *ifindexes;
	size_t n_links; /* at least n_domains / RESOLVED_LINK_DOMAINS_MAX */
	const char *const *domains;
	size_t n_domains;
	uint16_t port;
};

/* changed: presence, version or resolved_status() may be others now. */
int resolved_new(struct sd_event *event, void (*changed)(void *userdata), void *userdata,
	struct resolved **ret);
struct resolved *resolved_free(struct resolved *r); /* what resolved was told stays */

enum resolved_presence resolved_presence(const struct resolved *r);
/* systemd's version, 0 while it is not known. */
unsigned resolved_version(const struct resolved *r);
/* Tells resolved, unless it is being told this or has taken it; the plan is copied. NULL: nothing
 * more is told. */
int resolved_tell(struct resolved *r, const struct resolved_plan *plan);
/* 1: it has taken all of the plan; 0: not yet, or there is none; else why it did not. */
int resolved_status(const struct resolved *r);
