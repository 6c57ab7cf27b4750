#include "dns/outage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "core/dns-message.h"
#include "core/hook-message.h"
#include "dns/silence.h"
#include "dns/turn.h"

#define TYPE_NS 2

enum { UPSTREAMS, UPLINKS, LISTS };

struct list {
	struct outage *owner;
	sd_event_source *timer;
	struct endpoint servers[HOOK_UPSTREAMS_MAX];
	size_t n_servers; /* 0: nothing is known of them, and nothing noted */
	struct silence silence;
	enum silence_state told;
};

struct outage {
	sd_event *event;
	struct forward *forward;
	struct list lists[LISTS];
	void (*tell)(uint8_t silent, void *userdata);
	void *userdata;
};

static void tell_silence(const struct outage *o)
{
	static const uint8_t bits[LISTS] = { HOOK_SILENT_UPSTREAMS, HOOK_SILENT_UPLINKS };
	uint8_t silent = 0;
	bool known = false;

	for (size_t i = 0; i < LISTS; i++) {
		known |= o->lists[i].silence.state != SILENCE_UNKNOWN;
		if (o->lists[i].silence.state == SILENCE_LASTS)
			silent |= bits[i];
	}
	if (known)
		o->tell(silent, o->userdata);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

/* Whatever was noted: the timer is what it is to be, and a change is told. */
static void follow(struct list *l)
{
	const usec_t due = l->silence.due_usec;

	if (due != USEC_INFINITY)
		turn_arm(l->owner->event, &l->timer, due, on_timer, l);
	else if (l->timer)
		sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
	if (l->told != l->silence.state) {
		l->told = l->silence.state;
		tell_silence(l->owner);
	}
}

static void on_root(const uint8_t *answer, size_t n, void *userdata)
{
	struct list *l = userdata;

	silence_root(&l->silence, answer, turn_usec(l->owner->event));
	follow(l);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct list *l = userdata;
	uint8_t packet[DNS_SMALL_ANSWER];
	int r;

	silence_asked(&l->silence);
	r = dns_query_build(".", TYPE_NS, packet);
	if (r >= 0)
		r = forward_ask(l->owner->forward, l->servers, l->n_servers, FORWARD_UDP, packet,
			(size_t)r, on_root, l);
	if (r < 0)
		silence_not_asked(&l->silence, turn_usec(l->owner->event));
	follow(l);
	return 0;
}

void outage_note(struct outage *o, bool uplinks, bool answered)
{
	struct list *l =
		&o->lists[uplinks && o->lists[UPLINKS].n_servers > 0 ? UPLINKS : UPSTREAMS];
	struct silence *s = &l->silence;

	/* as a rule: this is asked for each question */
	if (l->n_servers == 0 || (answered && s->state == SILENCE_NONE && s->n == 0))
		return;
	silence_note(s, answered, turn_usec(o->event));
	follow(l);
}

void outage_hurry(struct outage *o)
{
	for (size_t i = 0; i < LISTS; i++) {
		silence_hurry(&o->lists[i].silence, turn_usec(o->event));
		follow(&o->lists[i]);
	}
}

static void set_servers(struct list *l, const struct endpoint *servers, size_t n)
{
	const bool asking = l->silence.asking;

	if (endpoint_lists_equal(l->servers, l->n_servers, servers, n))
		return;
	memcpy(l->servers, servers, n * sizeof(*servers));
	l->n_servers = n;
	if (n == 0) {
		silence_init(&l->silence);
		l->silence.asking = asking; /* its answer is still to come */
	}
	silence_hurry(&l->silence, turn_usec(l->owner->event));
	follow(l);
}

void outage_setup(struct outage *o, const struct hook_setup *setup)
{
	const bool same = endpoint_lists_equal(
		setup->upstreams, setup->n_upstreams, setup->uplinks, setup->n_uplinks);

	set_servers(&o->lists[UPSTREAMS], setup->upstreams, setup->n_upstreams);
	set_servers(&o->lists[UPLINKS], setup->uplinks, same ? 0 : setup->n_uplinks);
	tell_silence(o);
}

int outage_new(struct sd_event *event, struct forward *forward,
	void (*tell)(uint8_t silent, void *userdata), void *userdata, struct outage **ret)
{
	struct outage *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->event = event;
	o->forward = forward;
	o->tell = tell;
	o->userdata = userdata;
	for (size_t i = 0; i < LISTS; i++) {
		o->lists[i].owner = o;
		silence_init(&o->lists[i].silence);
	}
	*ret = o;
	return 0;
}

struct outage *outage_free(struct outage *o)
{
	for (size_t i = 0; o && i < LISTS; i++)
		sd_event_source_disable_unref(o->lists[i].timer);
	free(o);
	return NULL;
}
