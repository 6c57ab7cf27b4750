/* Marshals the stretches of attention, some days at a time. */
#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-past.h"
#include "names.h"

static int append_span(const struct ledger_span *span, void *userdata)
{
	return sd_bus_message_append(userdata, "(ssxxxttb)", span->person, span->site,
		(int64_t)span->start_usec, (int64_t)span->end_usec, (int64_t)span->used_usec,
		span->down_bytes, span->up_bytes, (int)span->opens);
}

static int read_days(const struct manager *m, const char *since, const char *until,
	struct ledger_day_query *ret, int32_t *ret_until, sd_bus_error *error)
{
	const char *wrong = NULL;

	if (*since && manager_parse_day(m, since, &ret->first_day) < 0)
		wrong = since;
	if (manager_parse_day(m, until, ret_until) < 0)
		wrong = until;
	if (wrong)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s: expected a day such as 2026-11-23", wrong);
	if (!*since)
		return manager_first_day(m, &ret->first_day);
	return 0;
}

static int append_people(sd_bus_message *reply, const struct manager *m,
	const struct bus_view *view, struct ledger_day_query *query)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(ssxxxttb)");
	for (size_t p = view->first; p < view->end && r >= 0; p++) {
		query->person = manager_person_name(m, p);
		r = manager_read_history(m, query, append_span, reply);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_on_get_sittings(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	char next[MANAGER_DAY_TEXT_MAX] = "";
	struct ledger_day_query query = { 0 };
	const char *name, *since, *until;
	struct bus_view view;
	int32_t last;
	int r;

	r = sd_bus_message_read(message, "sss", &name, &since, &until);
	if (r >= 0)
		r = bus_authorise_view(
			&(struct bus_call){ message, door, bus_on_get_sittings, error }, name,
			&view);
	if (r <= 0)
		return r < 0 ? r : 1;
	r = read_days(m, since, until, &query, &last, error);
	if (r < 0)
		return r;
	query.last_day = last;
	if ((int64_t)last - query.first_day >= FOCUSD_STRETCHES_DAYS) {
		query.last_day = query.first_day + FOCUSD_STRETCHES_DAYS - 1;
		manager_format_day(query.last_day + 1, next);
	}
	manager_refresh(m, clock_now());
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "s", next);
	if (r >= 0)
		r = append_people(reply, m, &view, &query);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
