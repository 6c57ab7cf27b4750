/* Marshals what waits to be looser. Everybody sees what concerns them; to keep a rule as it is, is
 * free for one's own, and for everybody's it takes an administrator. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-commitment.h"
#include "names.h"

static bool concerns(const struct manager *m, const struct bus_view *view, const char *person)
{
	if (view->all || !person)
		return true;
	for (size_t p = view->first; p < view->end; p++)
		if (strcmp(manager_person_name(m, p), person) == 0)
			return true;
	return false;
}

static int append_pending(sd_bus_message *reply, const struct manager *m,
	const struct bus_view *view, struct instant now)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', FOCUSD_PENDING_ITEM);
	for (size_t i = 0; r >= 0 && i < manager_n_pending(m); i++) {
		const struct pending_view v = manager_pending(m, i, now);

		if (concerns(m, view, v.person))
			r = sd_bus_message_append(reply, FOCUSD_PENDING_ITEM, v.id,
				v.person ? v.person : "", v.target, v.now, v.then,
				(int64_t)v.due_wall_usec);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_on_get_pending(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bus_view view;
	int r;

	r = bus_read_view(&(struct bus_call){ message, door, bus_on_get_pending, error }, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "x", manager_config(m)->loosen_after_sec);
	if (r >= 0)
		r = append_pending(reply, m, &view, clock_now());
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int find_pending(const struct manager *m, const char *id, struct pending_view *ret)
{
	for (size_t i = 0; i < manager_n_pending(m); i++) {
		*ret = manager_pending(m, i, clock_now());
		if (strcmp(ret->id, id) == 0)
			return 0;
	}
	return -ENOENT;
}

/* 1, 0 (polkit is asked) or a refusal. */
static int authorise_keep(const struct bus_call *call, const struct pending_view *v)
{
	const struct manager *m = call->door->manager;
	uid_t uid;
	int own, r;

	r = bus_caller(call->message, call->door, &uid);
	if (r < 0)
		return r;
	own = manager_find_uid(m, uid);
	if (uid == 0 || (own >= 0 && v->person && manager_find_person(m, v->person) == own))
		return 1;
	sd_bus_error_set(call->error, FOCUSD_ERROR_NOT_ALLOWED,
		"What everybody's or somebody else's rules are to be is for an administrator to "
		"say");
	return call->door->polkit
		       ? polkit_ask(call->door->polkit, call->message, FOCUSD_ACTION_MANAGE_OTHERS,
				 call->self, call->door, call->error)
		       : -EACCES;
}

int bus_on_cancel_pending(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	const struct bus_call call = { message, door, bus_on_cancel_pending, error };
	struct pending_view v;
	const char *id;
	int r;

	r = sd_bus_message_read(message, "s", &id);
	if (r < 0)
		return r;
	if (find_pending(door->manager, id, &v) < 0)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s: nothing of that kind waits; expected what focusctl pending shows", id);
	r = authorise_keep(&call, &v);
	if (r <= 0)
		return r < 0 ? r : 1;
	r = bus_spend(&call);
	if (r >= 0)
		r = manager_keep(door->manager, id, clock_now());
	return r < 0 ? r : sd_bus_reply_method_return(message, "");
}
