/* Subscribes, and does so again. */
#include "keeper-link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "language.h"
#include "names.h"

#define RETRY_USEC    (500 * USEC_PER_MSEC)
#define RETRY_DOUBLED 6                    /* times, to half a minute */
#define NOBODY_USEC   (600 * USEC_PER_SEC) /* the keeper doesn't meter us: perhaps some day */

struct keeper_link {
	sd_event *event;
	sd_event_source *retry;
	struct client *client;
	char *keeper; /* its unique name on a bus; NULL on a private socket */
	char *person;
	unsigned n_failures;
	bool told; /* that it isn't there */
	struct keeper_link_events events;
};

static void find_keeper(struct keeper_link *k);

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	find_keeper(userdata);
	return 0;
}

/* Inside a callback of that connection it can't be closed: what comes next does that. */
static void try_later(struct keeper_link *k, usec_t delay_usec)
{
	int r;

	k->retry = sd_event_source_disable_unref(k->retry);
	r = sd_event_add_time_relative(
		k->event, &k->retry, CLOCK_BOOTTIME, delay_usec, 0, on_retry, k);
	if (r < 0)
		log_warning_errno(r, "Can't look for focusd again");
}

static int on_lost(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct keeper_link *k = userdata;

	if (!k->told)
		log_info("focusd is gone; waiting for it");
	k->told = true;
	try_later(k, RETRY_USEC);
	return 0;
}

static bool is_from_keeper(const struct keeper_link *k, sd_bus_message *m)
{
	const char *sender = sd_bus_message_get_sender(m);

	return !k->keeper || (sender && strcmp(sender, k->keeper) == 0);
}

static bool is_own(const struct keeper_link *k, const char *person)
{
	return k->person && strcmp(k->person, person) == 0;
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct keeper_link *k = userdata;
	struct notice_signal s = { 0 };
	const char *person;

	if (is_from_keeper(k, m) &&
		sd_bus_message_read(m, FOCUSD_CHANGED_SIGNATURE, &person, &s.site, &s.target,
			&s.state, &s.reason, &s.until_usec) >= 0 &&
		is_own(k, person))
		k->events.heard(&s, k->events.userdata);
	return 0;
}

static int on_warned(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct keeper_link *k = userdata;
	struct notice_signal s = { .warned = true };
	const char *person;

	if (is_from_keeper(k, m) &&
		sd_bus_message_read(m, FOCUSD_WARNED_SIGNATURE, &person, &s.site, &s.target,
			&s.reason, &s.left_sec) >= 0 &&
		is_own(k, person))
		k->events.heard(&s, k->events.userdata);
	return 0;
}

static int on_refused(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct keeper_link *k = userdata;
	const char *person, *server;

	if (is_from_keeper(k, m) &&
		sd_bus_message_read(m, FOCUSD_REFUSED_SIGNATURE, &person, &server) >= 0 &&
		is_own(k, person))
		k->events.refused(server, k->events.userdata);
	return 0;
}

/* On a bus the keeper may go and come while the bus stays. */
static int watch_keeper(struct keeper_link *k, sd_bus *bus)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	const char *unique;
	int r;

	free(k->keeper);
	k->keeper = NULL;
	if (!client_destination(k->client))
		return 0;
	r = sd_bus_get_name_creds(
		bus, client_destination(k->client), SD_BUS_CREDS_UNIQUE_NAME, &creds);
	if (r >= 0)
		r = sd_bus_creds_get_unique_name(creds, &unique);
	if (r < 0)
		return r;
	k->keeper = strdup(unique);
	if (!k->keeper)
		return -ENOMEM;
	return sd_bus_add_match(bus, NULL,
		"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
		"member='NameOwnerChanged',arg0='" FOCUSD_BUS_NAME "'",
		on_lost, k);
}

static int listen_to(struct keeper_link *k, sd_bus *bus)
{
	static const struct {
		const char *member;
		sd_bus_message_handler_t handler;
	} signals[] = {
		{ "Changed", on_changed },
		{ "Warned", on_warned },
		{ "Refused", on_refused },
	};
	int r;

	r = watch_keeper(k, bus);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, "org.freedesktop.DBus.Local",
			"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
			on_lost, k);
	for (size_t i = 0; i < ELEMENTSOF(signals) && r >= 0; i++)
		r = sd_bus_match_signal(bus, NULL, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE,
			signals[i].member, signals[i].handler, k);
	return r < 0 ? r : sd_bus_attach_event(bus, k->event, SD_EVENT_PRIORITY_NORMAL);
}

static const struct status_person *find_own(const struct status *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->people[i].uid == getuid() || (s->n == 1 && getuid() != 0))
			return &s->people[i];
	return NULL;
}

/* First the signals, then how it stands: nothing is missed between. -ESRCH: nobody meters us. */
static int join(struct keeper_link *k, struct client_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(status_done) struct status status = { 0 };
	const struct status_person *own;
	int r;

	client_forget(k->client);
	r = status_get(k->client, "", &status, error);
	if (r < 0)
		return error->kind == CLIENT_NOT_ALLOWED ? -ESRCH : r;
	own = find_own(&status);
	if (!own)
		return -ESRCH;
	free(k->person);
	k->person = strdup(own->name);
	if (!k->person)
		return -ENOMEM;
	r = listen_to(k, client_bus(k->client));
	if (r >= 0)
		r = client_call(k->client, "Subscribe", &reply, error, "s", k->person);
	status_done(&status);
	status = (struct status){ 0 };
	if (r >= 0)
		r = status_get(k->client, k->person, &status, error);
	if (r >= 0 && status.n == 1)
		k->events.joined(&status, &status.people[0], k->events.userdata);
	return r;
}

static void find_keeper(struct keeper_link *k)
{
	struct client_error error = { .text = "no answer" };
	const int r = join(k, &error);

	k->retry = sd_event_source_disable_unref(k->retry);
	if (r == -ESRCH) {
		log_info("focusd does not meter this account: nothing to tell for now");
		try_later(k, NOBODY_USEC);
		return;
	}
	if (r < 0) {
		if (!k->told)
			log_info("focusd can't be heard (%s); waiting for it", error.text);
		k->told = true;
		try_later(k, RETRY_USEC << (k->n_failures < RETRY_DOUBLED ? k->n_failures
									  : RETRY_DOUBLED));
		k->n_failures++;
		return;
	}
	log_info("Telling of the time of %s", k->person);
	k->told = false;
	k->n_failures = 0;
}

int keeper_link_new(sd_event *event, struct client *client, const struct keeper_link_events *events,
	struct keeper_link **ret)
{
	struct keeper_link *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->event = event;
	k->client = client;
	k->events = *events;
	*ret = k;
	find_keeper(k);
	return 0;
}

struct keeper_link *keeper_link_free(struct keeper_link *k)
{
	if (!k)
		return NULL;
	sd_event_source_disable_unref(k->retry);
	client_forget(k->client);
	free(k->keeper);
	free(k->person);
	free(k);
	return NULL;
}
