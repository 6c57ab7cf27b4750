/* Marshals what happened: the past, as the ledger has it. */
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
