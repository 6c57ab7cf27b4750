/* Marshals what people want to do instead. */
#include "base/cleanup.h"
#include "bus-internal.h"

int bus_on_instead(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	const struct manager *m = door->manager;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bus_view view;
	const char *name;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r >= 0)
		r = bus_authorise_view(
			&(struct bus_call){ message, door, bus_on_instead, error }, name, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	if (view.end - view.first != 1)
		return bus_no_such_person(error, name);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_append_strings(reply,
			config_instead(manager_config(m), manager_person_name(m, view.first)));
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
