/* org.freedesktop.resolve1 and the little that is asked of org.freedesktop.systemd1. The calls for
 * a link go one after the other, the server last: until then a link has no say. */
#include "system/resolved.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "system/system-bus.h"

#define RESOLVE1      "org.freedesktop.resolve1"
#define RESOLVE1_PATH "/org/freedesktop/resolve1"
#define SYSTEMD1      "org.freedesktop.systemd1"
#define SYSTEMD1_PATH "/org/freedesktop/systemd1"
#define PROPERTIES    "org.freedesktop.DBus.Properties"
#define RETRY_USEC    (200 * USEC_PER_MSEC)
#define RETRY_DOUBLED 6            /* times, to 13 s */
#define RETRY_MAX     12           /* two minutes; then something must change first */
#define SETTLE_USEC   USEC_PER_SEC /* after somebody changed servers */

struct step {
	const char *method;
	int (*append)(sd_bus_message *call, const struct resolved *r, size_t link);
};

struct resolved {
	sd_event *event;
	void (*changed)(void *userdata);
	void *userdata;

	struct system_bus *service;
	sd_bus *bus; /* while resolved is there */
	enum resolved_presence presence;
	unsigned version;

	unsigned *ifindexes; /* the plan */
	size_t n_links;
	char **domains;
	size_t n_domains;
	uint16_t port;

	sd_bus_slot *call; /* the one under way */
	size_t link, step; /* what it says */
	sd_event_source *again;
	unsigned n_failures; /* in a row */
	int status;
};

static void drop_plan(struct resolved *r)
{
	for (size_t i = 0; i < r->n_domains; i++)
		free(r->domains[i]);
	free(TAKE_PTR(r->domains));
	free(TAKE_PTR(r->ifindexes));
	r->n_domains = r->n_links = 0;
}

static void stop_telling(struct resolved *r)
{
	r->call = sd_bus_slot_unref(r->call);
	r->again = sd_event_source_disable_unref(r->again);
}

struct resolved *resolved_free(struct resolved *r)
{
	if (!r)
		return NULL;
	stop_telling(r);
	drop_plan(r);
	system_bus_free(r->service);
	free(r);
	return NULL;
}

static int append_no(sd_bus_message *call, const struct resolved *r, size_t link)
{
	return sd_bus_message_append(call, "s", "no");
}

static int append_false(sd_bus_message *call, const struct resolved *r, size_t link)
{
	return sd_bus_message_append(call, "b", 0);
}

/* Routing only: as search domains they would be tried for every bare word. */
static int append_domains(sd_bus_message *call, const struct resolved *r, size_t link)
{
	const size_t first = link * RESOLVED_LINK_DOMAINS_MAX;
	int q;

	q = sd_bus_message_open_container(call, 'a', "(sb)");
	for (size_t i = first; q >= 0 && i < r->n_domains && i < first + RESOLVED_LINK_DOMAINS_MAX;
		i++)
		q = sd_bus_message_append(call, "(sb)", r->domains[i], 1);
	return q < 0 ? q : sd_bus_message_close_container(call);
}

static int append_server(sd_bus_message *call, const struct resolved *r, size_t link)
{
	return sd_bus_message_append(
		call, "a(iayqs)", 1, AF_INET, 4, 127, 0, 0, 1, (unsigned)r->port, "");
}

static const struct step steps[] = {
	{ "SetLinkDefaultRoute", append_false },
	{ "SetLinkLLMNR", append_no },
	{ "SetLinkMulticastDNS", append_no },
	{ "SetLinkDNSOverTLS", append_no },
	{ "SetLinkDNSSEC", append_no },
	{ "SetLinkDomains", append_domains },
	{ "SetLinkDNSEx", append_server },
};

static int tell_next(struct resolved *r);

static int on_again(sd_event_source *source, uint64_t usec, void *userdata);

static int arm_again(struct resolved *r, usec_t usec)
{
	r->again = sd_event_source_disable_unref(r->again);
	return sd_event_add_time_relative(
		r->event, &r->again, CLOCK_BOOTTIME, usec, 0, on_again, r);
}

/* A link that resolved has not seen yet, polkit that starts: in a moment it may go. */
static void telling_failed(struct resolved *r, int error)
{
	const unsigned doubled = r->n_failures < RETRY_DOUBLED ? r->n_failures : RETRY_DOUBLED;

	r->status = error;
	if (r->n_failures++ < RETRY_MAX)
		arm_again(r, RETRY_USEC << doubled);
	r->changed(r->userdata);
}

static int on_told(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct resolved *r = userdata;
	int q = -sd_bus_message_get_errno(reply);

	r->call = sd_bus_slot_unref(r->call);
	if (q >= 0 && ++r->step == ELEMENTSOF(steps)) {
		r->step = 0;
		r->link++;
	}
	if (q >= 0)
		q = tell_next(r);
	if (q < 0)
		telling_failed(r, q);
	return 0;
}

static int tell_next(struct resolved *r)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int q;

	if (r->link == r->n_links) {
		r->status = 1;
		r->n_failures = 0;
		r->changed(r->userdata);
		return 0;
	}
	q = sd_bus_message_new_method_call(
		r->bus, &call, RESOLVE1, RESOLVE1_PATH, RESOLVE1 ".Manager", steps[r->step].method);
	if (q >= 0)
		q = sd_bus_message_set_auto_start(call, false);
	if (q >= 0)
		q = sd_bus_message_append(call, "i", (int)r->ifindexes[r->link]);
	if (q >= 0)
		q = steps[r->step].append(call, r, r->link);
	return q < 0 ? q : sd_bus_call_async(r->bus, &r->call, call, on_told, r, 0);
}

static void tell_all(struct resolved *r)
{
	int q;

	stop_telling(r);
	if (r->n_links == 0 || !r->bus)
		return;
	r->link = r->step = 0;
	r->status = 0;
	q = tell_next(r);
	if (q < 0)
		telling_failed(r, q);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	tell_all(userdata);
	return 0;
}

static int copy_plan(struct resolved *r, const struct resolved_plan *plan)
{
	r->ifindexes = calloc(plan->n_links + 1, sizeof(*r->ifindexes));
	r->domains = calloc(plan->n_domains + 1, sizeof(*r->domains));
	if (!r->ifindexes || !r->domains)
		return -ENOMEM;
	for (; r->n_domains < plan->n_domains; r->n_domains++) {
		r->domains[r->n_domains] = strdup(plan->domains[r->n_domains]);
		if (!r->domains[r->n_domains])
			return -ENOMEM;
	}
	memcpy(r->ifindexes, plan->ifindexes, plan->n_links * sizeof(*r->ifindexes));
	r->n_links = plan->n_links;
	r->port = plan->port;
	return 0;
}

static bool plan_holds(const struct resolved *r, const struct resolved_plan *plan)
{
	if (!plan || plan->n_links != r->n_links || plan->n_domains != r->n_domains)
		return !plan && r->n_links == 0;
	for (size_t i = 0; i < r->n_domains; i++)
		if (strcmp(r->domains[i], plan->domains[i]) != 0)
			return false;
	return plan->port == r->port &&
	       memcmp(plan->ifindexes, r->ifindexes, plan->n_links * sizeof(*r->ifindexes)) == 0;
}

int resolved_tell(struct resolved *r, const struct resolved_plan *plan)
{
	int q;

	if (plan_holds(r, plan)) {
		if (r->status < 0 && !r->call && !r->again)
			tell_all(r); /* it was given up: polkit may be there by now */
		return 0;
	}
	stop_telling(r);
	drop_plan(r);
	r->status = 0;
	r->n_failures = 0;
	if (!plan)
		return 0;
	q = copy_plan(r, plan);
	if (q < 0) {
		drop_plan(r);
		return q;
	}
	tell_all(r);
	return 0;
}

static int on_version(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct resolved *r = userdata;
	const char *text;

	/* "252.39-1~deb12u1", "257.9", "v258-rc1" on some */
	if (sd_bus_message_is_method_error(reply, NULL) ||
		sd_bus_message_read(reply, "v", "s", &text) < 0)
		return 0;
	r->version = (unsigned)strtoul(text + (*text == 'v'), NULL, 10);
	r->changed(r->userdata);
	return 0;
}

/* The service manager's, which is of the same source; resolved itself does not tell. */
static int ask_version(struct resolved *r)
{
	return sd_bus_call_method_async(r->bus, NULL, SYSTEMD1, SYSTEMD1_PATH, PROPERTIES, "Get",
		on_version, r, "ss", SYSTEMD1 ".Manager", "Version");
}

/* Somebody changed servers: ours may have gone with theirs. What is as it should be does not
 * change by being told again, so this ends. */
static int on_servers_changed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct resolved *r = userdata;

	if (r->n_links > 0 && !r->call && r->status > 0)
		arm_again(r, SETTLE_USEC);
	return 0;
}

/* A new resolved has forgotten some of it, and may be another version. */
static int on_resolved_up(sd_bus *bus, void *userdata)
{
	struct resolved *r = userdata;
	int q;

	r->bus = bus;
	q = sd_bus_match_signal_async(bus, NULL, RESOLVE1, RESOLVE1_PATH, PROPERTIES,
		"PropertiesChanged", on_servers_changed, NULL, r);
	if (q >= 0)
		q = ask_version(r);
	if (q < 0)
		return q;
	r->presence = RESOLVED_RUNNING;
	r->n_failures = 0;
	tell_all(r);
	r->changed(r->userdata);
	return 0;
}

/* Without a bus resolved may still run: what it was told it keeps, so nothing is taken back. */
static void on_resolved_down(enum system_bus_loss loss, void *userdata)
{
	struct resolved *r = userdata;

	stop_telling(r);
	r->bus = NULL;
	if (loss == SYSTEM_BUS_LOST || r->presence == RESOLVED_GONE)
		return;
	r->presence = RESOLVED_GONE;
	r->changed(r->userdata);
}

int resolved_new(struct sd_event *event, void (*changed)(void *userdata), void *userdata,
	struct resolved **ret)
{
	struct resolved *r = calloc(1, sizeof(*r));
	const struct system_bus_events events = { on_resolved_up, on_resolved_down, r };
	int q;

	if (!r)
		return -ENOMEM;
	r->event = event;
	r->changed = changed;
	r->userdata = userdata;
	q = system_bus_new(event, RESOLVE1, &events, &r->service);
	if (q < 0) {
		free(r);
		return q;
	}
	*ret = r;
	return 0;
}

enum resolved_presence resolved_presence(const struct resolved *r)
{
	return r->presence;
}

unsigned resolved_version(const struct resolved *r)
{
	return r->version;
}

int resolved_status(const struct resolved *r)
{
	return r->status;
}
