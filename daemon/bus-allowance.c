/* Marshals what a person may still declare today. */
#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-passes.h"

int bus_on_allowance(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	const struct manager *m = door->manager;
	struct pass_rules rules;
	struct bus_view view;
	const char *name;
	int64_t left_sec;
	unsigned left;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r >= 0)
		r = bus_authorise_view(
			&(struct bus_call){ message, door, bus_on_allowance, error }, name, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	if (view.end - view.first != 1)
		return bus_no_such_person(error, name);
	rules = config_passes(manager_config(m), manager_person_name(m, view.first));
	manager_passes_left(m, view.first, &left, &left_sec);
	return sd_bus_reply_method_return(message, "uxx", (uint32_t)left, left_sec, rules.max_sec);
}
