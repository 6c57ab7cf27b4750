/* Questions to org.freedesktop.systemd1: which unit, which job, of what type; is it all over. */
#include "system/unit-job.h"

#include <string.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define MANAGER      "org.freedesktop.systemd1"
#define TIMEOUT_USEC (3 * USEC_PER_SEC) /* a unit that stops waits for us */

/* The unit of this very process; PID 1 knows it by the connection's credentials. */
static int ask_unit(sd_bus *bus, char **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *path;
	char *copy;
	int r;

	r = sd_bus_call_method(bus, MANAGER, "/org/freedesktop/systemd1", MANAGER ".Manager",
		"GetUnitByPID", NULL, &reply, "u", (uint32_t)0);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r < 0)
		return r;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

/* 1 and the job's path, or 0: there is none. */
static int ask_job(sd_bus *bus, const char *unit, char **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *path;
	uint32_t id;
	char *copy;
	int r;

	r = sd_bus_get_property(bus, MANAGER, unit, MANAGER ".Unit", "Job", NULL, &reply, "(uo)");
	if (r >= 0)
		r = sd_bus_message_read(reply, "(uo)", &id, &path);
	if (r < 0)
		return r;
	if (id == 0)
		return 0;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 1;
}

int unit_job_is_stop(void)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_free_ char *unit = NULL, *job = NULL, *type = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, TIMEOUT_USEC);
	if (r >= 0)
		r = ask_unit(bus, &unit);
	if (r >= 0)
		r = ask_job(bus, unit, &job);
	if (r <= 0)
		return r;
	r = sd_bus_get_property_string(bus, MANAGER, job, MANAGER ".Job", "JobType", NULL, &type);
	return r < 0 ? r : strcmp(type, "stop") == 0;
}

int unit_job_system_stops(void)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_free_ char *state = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, TIMEOUT_USEC);
	if (r >= 0)
		r = sd_bus_get_property_string(bus, MANAGER, "/org/freedesktop/systemd1",
			MANAGER ".Manager", "SystemState", NULL, &state);
	return r < 0 ? r : strcmp(state, "stopping") == 0;
}
