#pragma once
/* What the messages say, as JSON: {"device":"desk","day":"2026-11-23",
 * "sites":{"instagram":[[START,END],…]}}, seconds since the epoch, to the microsecond. Pure. */
#include "core/household.h"
#include "core/told-passes.h"
#include "share/topic.h"

#define PAYLOAD_MAX                                                                   \
	((size_t)128 * 1024) /* bytes; a day has 1440 stretches of 38 at most, a site \
			      */

struct payload_site {
	char *name;
	struct intervals set;
};

struct payload {
	struct payload_site *sites;
	size_t n;
};

/* Once, before anything is read: jansson 2.14 that gets no memory leaves letters and digits out of
 * what it reads, and goes on; instead the process ends (base/log.h). */
void payload_set_up(void);

void payload_done(struct payload *p);
/* One more site, owned by p; NULL: out of memory. */
struct payload_site *payload_add(struct payload *p, const char *name);
/* The caller's. -ENOMEM. */
int payload_write(const struct topic *t, const struct payload *p, char **ret);
/* Of a message under that topic: NULL and *ret, or what is wrong and what was expected;
 * payload_no_memory: that is not the message's fault. */
extern const char payload_no_memory[];
const char *payload_read(const struct topic *t, const void *bytes, size_t n, struct payload *ret);

/* What was declared on a device: {"device":"desk","day":"2026-11-23",
 * "passes":[{"kind":"pass","target":"instagram","start":START,"end":END},…]}. Those of that topic
 * are written; what is read is of its device, person and day. */
int payload_write_passes(const struct topic *t, const struct told_passes *passes, char **ret);
const char *payload_read_passes(
	const struct topic *t, const void *bytes, size_t n, struct told_passes *ret);

/* Whether a device is there: {"state":"online","instance":"…"}. */
#define PAYLOAD_INSTANCE_MAX 32
struct presence {
	bool online;
	char instance[PAYLOAD_INSTANCE_MAX + 1]; /* of the process that speaks for it */
};
#define PRESENCE_TEXT_MAX 128
const char *presence_write(const struct presence *p, char buffer[PRESENCE_TEXT_MAX]);
int presence_read(const void *bytes, size_t n, struct presence *ret);
