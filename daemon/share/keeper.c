/* ShareOwn, ShareOthers and SharePasses over sd-bus, without waiting for an answer. */
#include "share/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"
#include "names.h"

#define RETRY_USEC USEC_PER_SEC

struct keeper {
	sd_event *event;
	sd_event_source *retry;
	const char *address;
	struct keeper_events events;
	sd_bus *bus;
	bool connected, asking, lost_told;
};

static void try_again(struct keeper *k);

static void lose(struct keeper *k)
{
	k->bus = sd_bus_close_unref(k->bus);
	k->connected = k->asking = false;
	try_again(k);
}

static int on_lost(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct keeper *k = userdata;

	if (k->connected)
		log_info("The keeper is gone; waiting for it");
	k->lost_told = true;
	lose(k);
	return 0;
}

static int on_news(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct keeper *k = userdata;

	k->events.news(k->events.userdata);
	return 0;
}

static int open_bus(struct keeper *k)
{
	int r;

	r = sd_bus_new(&k->bus);
	if (r >= 0)
		r = sd_bus_set_address(k->bus, k->address);
	if (r >= 0)
		r = sd_bus_start(k->bus);
	if (r >= 0)
		r = sd_bus_match_signal_async(k->bus, NULL, "org.freedesktop.DBus.Local",
			"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
			on_lost, NULL, k);
	if (r >= 0)
		r = sd_bus_match_signal_async(k->bus, NULL, NULL, FOCUSD_BUS_PATH,
			FOCUSD_BUS_INTERFACE, "Shared", on_news, NULL, k);
	if (r >= 0)
		r = sd_bus_attach_event(k->bus, k->event, SD_EVENT_PRIORITY_NORMAL);
	return r;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct keeper *k = userdata;
	const int r = open_bus(k);

	if (r < 0) {
		if (!k->lost_told)
			log_info("%s: no keeper there yet (%s); waiting for it", k->address,
				strerror(-r));
		k->lost_told = true;
		lose(k);
		return 0;
	}
	k->connected = true;
	k->events.connected(k->events.userdata);
	return 0;
}

static void try_again(struct keeper *k)
{
	int r;

	k->retry = sd_event_source_disable_unref(k->retry);
	r = sd_event_add_time_relative(
		k->event, &k->retry, CLOCK_BOOTTIME, k->lost_told ? RETRY_USEC : 0, 0, on_retry, k);
	if (r < 0)
		log_end(r, "Can't set a timer");
}

int keeper_new(struct sd_event *event, const char *address, const struct keeper_events *events,
	struct keeper **ret)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->event = sd_event_ref(event);
	k->address = address;
	k->events = *events;
	try_again(k);
	*ret = k;
	return 0;
}

struct keeper *keeper_free(struct keeper *k)
{
	if (!k)
		return NULL;
	sd_event_source_disable_unref(k->retry);
	sd_bus_close_unref(k->bus);
	sd_event_unref(k->event);
	free(k);
	return NULL;
}

bool keeper_connected(const struct keeper *k)
{
	return k->connected;
}

static void take_setting(struct settings *s, const char *name, const char *value)
{
	const struct {
		const char *name;
		char *field;
		size_t size;
	} fields[] = {
		{ "broker", s->broker, sizeof(s->broker) },
		{ "household", s->household, sizeof(s->household) },
		{ "device", s->device, sizeof(s->device) },
		{ "user", s->user, sizeof(s->user) },
		{ "password-file", s->password_file, sizeof(s->password_file) },
		{ "ca", s->ca, sizeof(s->ca) },
		{ "certificate", s->certificate, sizeof(s->certificate) },
		{ "key", s->key, sizeof(s->key) },
		{ "home-assistant", s->home_assistant, sizeof(s->home_assistant) },
	};

	for (size_t i = 0; i < ELEMENTSOF(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			snprintf(fields[i].field, fields[i].size, "%s", value);
}

static int read_settings(sd_bus_message *m, struct settings *ret)
{
	const char *name, *value;
	int r;

	*ret = (struct settings){ 0 };
	r = sd_bus_message_enter_container(m, 'a', "{ss}");
	while (r >= 0 && (r = sd_bus_message_read(m, "{ss}", &name, &value)) > 0)
		take_setting(ret, name, value);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_site(sd_bus_message *m, struct payload *p)
{
	struct payload_site *site;
	const char *name;
	int64_t from, to;
	int r;

	r = sd_bus_message_read(m, "s", &name);
	if (r < 0)
		return r;
	site = payload_add(p, name);
	if (!site)
		return -ENOMEM;
	r = sd_bus_message_enter_container(m, 'a', "(xx)");
	while (r >= 0 && (r = sd_bus_message_read(m, "(xx)", &from, &to)) > 0)
		r = intervals_add(&site->set, (struct interval){ (usec_t)from, (usec_t)to });
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_sites(sd_bus_message *m, struct payload *p)
{
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(sa(xx))");
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "sa(xx)")) > 0) {
		r = read_site(m, p);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_day(struct keeper *k, sd_bus_message *m)
{
	struct keeper_day d = { 0 };
	int r;

	r = sd_bus_message_read(m, "ss", &d.person, &d.day);
	if (r >= 0)
		r = read_sites(m, &d.used);
	if (r >= 0)
		k->events.own(&d, k->events.userdata);
	payload_done(&d.used);
	return r;
}

static int read_figures(struct keeper *k, sd_bus_message *m)
{
	const char *person, *name, *state;
	int64_t used, left;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(ssxxs)");
	while (r >= 0 &&
		(r = sd_bus_message_read(m, "(ssxxs)", &person, &name, &used, &left, &state)) > 0) {
		struct discovery_figure f = { .used_sec = used, .left_sec = left };

		if (strlen(person) >= sizeof(f.person) || strlen(name) >= sizeof(f.name) ||
			strlen(state) >= sizeof(f.state))
			continue;
		strcpy(f.person, person);
		strcpy(f.name, name);
		strcpy(f.state, state);
		k->events.figure(&f, k->events.userdata);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_passes_of(struct keeper *k, sd_bus_message *m, const char *person, const char *day)
{
	static char own[] = HOUSEHOLD_OWN;
	struct told_pass pass = { .device = own, .person = (char *)person };
	const char *kind, *target;
	int64_t start, end;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(ssxx)");
	if (r >= 0)
		r = calendar_parse_day(day, &pass.day);
	while (r >= 0 && (r = sd_bus_message_read(m, "(ssxx)", &kind, &target, &start, &end)) > 0) {
		pass.kind = strcmp(kind, pass_kind_name(PASS_OPEN)) == 0 ? PASS_OPEN : PASS_PASS;
		pass.target = (char *)target;
		pass.start_usec = (usec_t)start;
		pass.end_usec = (usec_t)end;
		k->events.pass(&pass, k->events.userdata);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_passes(struct keeper *k, sd_bus_message *m)
{
	const char *person, *day;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(ss" FOCUSD_SHARE_PASSES ")");
	while (r >= 0 &&
		(r = sd_bus_message_enter_container(m, 'r', "ss" FOCUSD_SHARE_PASSES)) > 0) {
		r = sd_bus_message_read(m, "ss", &person, &day);
		if (r >= 0)
			r = read_passes_of(k, m, person, day);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_answer(struct keeper *k, sd_bus_message *m)
{
	struct settings settings;
	const char *day;
	int64_t now;
	int r;

	r = sd_bus_message_read(m, "xs", &now, &day);
	if (r >= 0)
		r = read_settings(m, &settings);
	if (r < 0)
		return r;
	k->events.settings(&settings, (usec_t)now, day, k->events.userdata);
	r = sd_bus_message_enter_container(m, 'a', "(ss" FOCUSD_SHARE_SITES ")");
	while (r >= 0 &&
		(r = sd_bus_message_enter_container(m, 'r', "ss" FOCUSD_SHARE_SITES)) > 0) {
		r = read_day(k, m);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r >= 0)
		r = read_figures(k, m);
	return r < 0 ? r : read_passes(k, m);
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct keeper *k = userdata;
	int r;

	k->asking = false;
	if (sd_bus_message_is_method_error(m, NULL)) {
		log_warning("The keeper does not answer: %s", sd_bus_message_get_error(m)->message);
		return 0;
	}
	r = read_answer(k, m);
	if (r == -ENOMEM)
		log_end(r, "Can't read what the keeper says");
	if (r < 0)
		log_warning_errno(r, "Can't read what the keeper says");
	k->events.told(k->events.userdata);
	return 0;
}

int keeper_ask(struct keeper *k, char *const *problems)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r;

	if (!k->connected || k->asking)
		return k->connected ? -EBUSY : -ENOTCONN;
	r = sd_bus_message_new_method_call(
		k->bus, &m, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE, "ShareOwn");
	if (r >= 0)
		r = sd_bus_message_append_strv(m, (char **)problems);
	if (r >= 0)
		r = sd_bus_call_async(k->bus, NULL, m, on_answer, k, 0);
	k->asking = r >= 0;
	return r;
}

/* Whose message it was that is answered. */
struct errand {
	struct keeper *keeper;
	char device[HOUSEHOLD_DEVICE_NAME_MAX + 1];
};

static int on_heard(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct errand *e = userdata;

	if (sd_bus_message_is_method_error(m, FOCUSD_ERROR_BAD_VALUE))
		e->keeper->events.doubt(e->device, sd_bus_message_get_error(m)->message,
			e->keeper->events.userdata);
	else if (sd_bus_message_is_method_error(m, NULL))
		log_warning("The keeper does not take what %s says: %s", e->device,
			sd_bus_message_get_error(m)->message);
	return 0;
}

static int append_site(sd_bus_message *m, const struct payload_site *site)
{
	int r;

	r = sd_bus_message_open_container(m, 'r', "sa(xx)");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", site->name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(xx)");
	for (size_t i = 0; i < site->set.n && r >= 0; i++)
		r = sd_bus_message_append(m, "(xx)", (int64_t)site->set.items[i].from_usec,
			(int64_t)site->set.items[i].to_usec);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int send_errand(struct keeper *k, sd_bus_message *m, const char *device)
{
	struct errand *e = calloc(1, sizeof(*e));
	sd_bus_slot *slot = NULL;
	int r;

	if (!e)
		return -ENOMEM;
	e->keeper = k;
	snprintf(e->device, sizeof(e->device), "%s", device);
	r = sd_bus_call_async(k->bus, &slot, m, on_heard, e, 0);
	if (r < 0) {
		free(e);
		return r;
	}
	/* the answer lets go of it, and so does the end of the connection */
	sd_bus_slot_set_destroy_callback(slot, free);
	sd_bus_slot_set_floating(slot, true);
	sd_bus_slot_unref(slot);
	return 0;
}

static int new_message(struct keeper *k, const char *method, const struct topic *t,
	int64_t ahead_usec, sd_bus_message **ret)
{
	int r;

	if (!k->connected)
		return -ENOTCONN;
	r = sd_bus_message_new_method_call(
		k->bus, ret, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE, method);
	return r < 0 ? r
		     : sd_bus_message_append(
			       *ret, "sssx", t->device, t->person, t->day, ahead_usec);
}

int keeper_tell(
	struct keeper *k, const struct topic *t, int64_t ahead_usec, const struct payload *p)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r;

	r = new_message(k, "ShareOthers", t, ahead_usec, &m);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sa(xx))");
	for (size_t i = 0; i < p->n && r >= 0; i++)
		r = append_site(m, &p->sites[i]);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : send_errand(k, m, t->device);
}

int keeper_tell_passes(struct keeper *k, const struct topic *t, int64_t ahead_usec,
	const struct told_passes *passes)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r;

	r = new_message(k, "SharePasses", t, ahead_usec, &m);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(ssxx)");
	for (size_t i = 0; i < passes->n && r >= 0; i++)
		r = sd_bus_message_append(m, "(ssxx)", pass_kind_name(passes->items[i].kind),
			passes->items[i].target, (int64_t)passes->items[i].start_usec,
			(int64_t)passes->items[i].end_usec);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : send_errand(k, m, t->device);
}
