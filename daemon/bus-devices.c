/* Marshals the devices of a gateway. Which there are and whose they are is an administrator's to
 * see and to say; that it is a gateway, and what becomes of unknown ones, is everybody's. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-devices.h"
#include "manager.h"
#include "names.h"

int bus_on_get_gateway(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct door *door = userdata;
	const struct manager *m = door->manager;
	const char *person, *policy = manager_unknown_devices(m, &person);
	size_t unknown = 0;

	if (manager_is_gateway(m) && manager_count_unknown(m, &unknown) < 0)
		unknown = 0;
	return sd_bus_reply_method_return(
		message, "bssu", (int)manager_is_gateway(m), policy, person, (uint32_t)unknown);
}

/* 1, 0 (polkit is asked) or a refusal. */
static int authorise(const struct bus_call *call, const char *action, const char *text)
{
	uid_t uid;
	int r;

	r = bus_caller(call->message, call->door, &uid);
	if (r < 0)
		return r;
	if (uid == 0)
		return 1;
	sd_bus_error_set(call->error, FOCUSD_ERROR_NOT_ALLOWED, text);
	return bus_ask_polkit(call, action);
}

static int append_device(const struct manager_device *d, void *userdata)
{
	sd_bus_message *reply = userdata;
	char text[ADDRESS_TEXT_MAX];
	int r;

	r = sd_bus_message_open_container(reply, 'r', "sasssx");
	if (r >= 0)
		r = sd_bus_message_append(reply, "s", d->device);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "s");
	for (size_t i = 0; r >= 0 && i < d->n_addresses; i++)
		r = sd_bus_message_append(reply, "s", address_format(&d->addresses[i], text));
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "ssx", d->name, d->person, (int64_t)d->seen_usec);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_on_list_devices(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	const struct bus_call call = { message, door, bus_on_list_devices, error };
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = authorise(&call, FOCUSD_ACTION_SEE_OTHERS,
		"Other people's devices are for an administrator to see");
	if (r <= 0)
		return r < 0 ? r : 1;
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(sasssx)");
	if (r >= 0)
		r = manager_list_devices(door->manager, clock_now(), append_device, reply);
	if (r == -EOPNOTSUPP)
		return sd_bus_error_set(error, FOCUSD_ERROR_BAD_VALUE,
			"This machine meters no other ones: expected [network] gateway = yes");
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

int bus_on_assign_device(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	const struct bus_call call = { message, door, bus_on_assign_device, error };
	_cleanup_free_ char *text = NULL;
	const char *device, *person;
	int r;

	r = sd_bus_message_read(message, "ss", &device, &person);
	if (r < 0)
		return r;
	r = authorise(&call, FOCUSD_ACTION_MANAGE_OTHERS,
		"Whose a device is, is for an administrator to say");
	if (r <= 0)
		return r < 0 ? r : 1;
	r = bus_spend(&call);
	if (r < 0)
		return r;
	r = manager_assign_device(door->manager, device, *person ? person : NULL, &text);
	if (r == -ESRCH)
		return bus_no_such_person(error, person);
	if (r < 0 && text)
		return sd_bus_error_set(error, FOCUSD_ERROR_BAD_CONFIG, text);
	return r < 0 ? r : sd_bus_reply_method_return(message, "");
}
