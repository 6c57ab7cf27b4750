/* Marshals what happened: the past, as the ledger has it. */
#include <string.h>

#include "base/cleanup.h"
#include "bus-internal.h"
#include "names.h"

static int append_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	return sd_bus_message_append(userdata, "(xssss)", (int64_t)wall_usec, kind,
		person ? person : "", site ? site : "", text ? text : "");
}

int bus_on_get_events(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct ledger_event_query query = { 0 };
	struct bus_view view;
	const char *name;
	int64_t since;
	int r;

	r = sd_bus_message_read(message, "sxu", &name, &since, &query.most);
	if (r >= 0)
		r = bus_authorise_view(
			&(struct bus_call){ message, door, bus_on_get_events, error }, name, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	if (query.most > FOCUSD_EVENTS_MAX)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%u events: expected at most %d", query.most, FOCUSD_EVENTS_MAX);
	query.since_usec = since > 0 ? (usec_t)since : 0;
	if (!view.all)
		query.person = manager_person_name(door->manager, view.first);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(xssss)");
	if (r >= 0)
		r = manager_read_events(door->manager, &query, append_event, reply);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int append_sitting(const struct ledger_span *span, void *userdata)
{
	return sd_bus_message_append(userdata, "(xxxttb)", (int64_t)span->start_usec,
		(int64_t)span->end_usec, (int64_t)span->used_usec, span->down_bytes, span->up_bytes,
		(int)span->opens);
}

struct kind_reply {
	sd_bus_message *reply;
	enum detail_kind kind;
};

static int append_detail(const struct detail *d, void *userdata)
{
	const struct kind_reply *k = userdata;

	return d->kind == k->kind ? sd_bus_message_append(k->reply, "(st)", d->name, d->bytes) : 0;
}

static int append_details(sd_bus_message *reply, struct manager *m,
	const struct ledger_day_query *query, enum detail_kind kind)
{
	struct kind_reply k = { reply, kind };
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(st)");
	if (r >= 0)
		r = manager_explain(m, query, append_detail, &k);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_day(
	sd_bus_message *reply, struct manager *m, const struct ledger_day_query *query)
{
	char day[MANAGER_DAY_TEXT_MAX];
	usec_t start, end;
	int r;

	manager_day_span(m, query->first_day, &start, &end);
	r = sd_bus_message_append(reply, "ssxx", query->person,
		manager_format_day(query->first_day, day), (int64_t)start, (int64_t)end);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(xxxttb)");
	if (r >= 0)
		r = manager_read_sittings(m, query, append_sitting, reply);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = append_details(reply, m, query, DETAIL_HOST);
	return r < 0 ? r : append_details(reply, m, query, DETAIL_UNCOUNTED);
}

static int find_day(const struct manager *m, const char *text, int32_t *ret, sd_bus_error *error)
{
	if (manager_parse_day(m, text, ret) >= 0)
		return 0;
	return sd_bus_error_setf(
		error, FOCUSD_ERROR_BAD_VALUE, "%s: expected a day such as 2026-11-23", text);
}

/* The group by whose rule a site is as it is now. */
static const char *ruling_group(const struct manager *m, size_t person, size_t site)
{
	const struct status_entry e =
		manager_entry(m, person, site, manager_rules_now(m, clock_now()));

	return e.verdict.group == RULES_OWN ? "" : manager_config(m)->groups[e.verdict.group].name;
}

int bus_on_explain(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *name, *site, *day;
	struct ledger_day_query query = { 0 };
	struct bus_view view;
	int at, r;

	r = sd_bus_message_read(message, "sss", &name, &site, &day);
	if (r >= 0)
		r = bus_authorise_view(
			&(struct bus_call){ message, door, bus_on_explain, error }, name, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	if (view.end - view.first != 1)
		return sd_bus_error_set(error, FOCUSD_ERROR_NO_SUCH_PERSON,
			"Whose day? Expected a person: focusctl --person NAME why SITE");
	at = config_find_site(manager_config(m), site);
	if (at < 0)
		return bus_no_such_target(manager_config(m), site, error);
	r = find_day(m, day, &query.first_day, error);
	if (r < 0)
		return r;
	query.person = manager_person_name(m, view.first);
	query.site = site;
	query.last_day = query.first_day;
	manager_refresh(m, clock_now());
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_day(reply, m, &query);
	if (r >= 0)
		r = sd_bus_message_append(reply, "s", ruling_group(m, view.first, (size_t)at));
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
