/* Marshals what people are used to. */
#include "base/cleanup.h"
#include "bus-internal.h"
#include "names.h"

_Static_assert(MANAGER_HABIT_DAYS == FOCUSD_HABIT_DAYS, "the days that names.h promises");

static bool is_unused(const struct manager_habit *h)
{
	for (size_t i = 0; i < MANAGER_HABIT_DAYS; i++)
		if (h->used_sec[i] > 0)
			return false;
	return true;
}

static int append_entry(
	sd_bus_message *reply, const struct status_entry *e, const struct manager_habit *h)
{
	int r;

	r = sd_bus_message_open_container(reply, 'r', "sbxau");
	if (r >= 0)
		r = sd_bus_message_append(
			reply, "sbx", e->name, (int)e->is_group, e->limit_today_sec);
	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'u', h->used_sec, sizeof(h->used_sec));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_habits(sd_bus_message *reply, const struct manager *m, size_t person)
{
	const struct rules_now now = manager_rules_now(m, clock_now());
	_cleanup_free_ struct manager_habit *habits = NULL;
	unsigned known_days;
	int r;

	r = manager_read_habits(m, person, &habits, &known_days);
	if (r >= 0)
		r = sd_bus_message_append(reply, "su", manager_person_name(m, person), known_days);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(sbxau)");
	for (size_t i = 0; r >= 0 && i < manager_n_entries(m); i++) {
		const struct status_entry e = manager_entry(m, person, i, now);

		if (!is_unused(&habits[i]))
			r = append_entry(reply, &e, &habits[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_on_habit(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	const struct manager *m = door->manager;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bus_view view;
	int r;

	r = bus_read_view(&(struct bus_call){ message, door, bus_on_habit, error }, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	if (view.end - view.first != 1)
		return sd_bus_error_set(error, FOCUSD_ERROR_NO_SUCH_PERSON,
			"Whose time? Expected a person: --person NAME");
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_habits(reply, m, view.first);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
