/* Marshals what the examination found. */
#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-doctor.h"

static int append_finding(sd_bus_message *reply, const struct finding *f)
{
	return sd_bus_message_append(
		reply, "(ssss)", f->check, finding_level_name(f->level), f->text, f->cure);
}

int bus_on_examine(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(findings_done) struct findings findings = { 0 };
	uid_t uid;
	int r;

	r = bus_caller(message, door, &uid);
	if (r >= 0)
		r = manager_examine(door->manager, clock_now(), uid == 0, &findings);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(ssss)");
	for (size_t i = 0; r >= 0 && i < findings.n; i++)
		r = append_finding(reply, &findings.items[i]);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
