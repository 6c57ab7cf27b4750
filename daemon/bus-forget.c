/* Marshals and judges the wish to have something forgotten. */
#include <string.h>

#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-past.h"
#include "names.h"

/* Everybody may have their own past forgotten; another's is for an administrator. */
static int judge(const struct manager *m, uid_t uid, const char **person, sd_bus_error *error)
{
	const int own = manager_find_uid(m, uid);

	if (!**person && own < 0)
		return sd_bus_error_set(error, FOCUSD_ERROR_NO_SUCH_PERSON,
			"Whose past? Expected a person: focusctl --person NAME forget");
	if (!**person)
		*person = manager_person_name(m, (size_t)own);
	if (uid == 0 || (own >= 0 && manager_find_person(m, *person) == own))
		return 0;
	return sd_bus_error_set(error, FOCUSD_ERROR_NOT_ALLOWED,
		"Only an administrator may have other people's past forgotten");
}

/* Somebody who is metered no more, and a site that was taken out, have a past too. */
static int check_names(
	const struct manager *m, const char *person, const char *site, sd_bus_error *error)
{
	if (manager_find_person(m, person) < 0 && !manager_knows(m, person, NULL))
		return bus_no_such_person(error, person);
	if (site && config_find_site(manager_config(m), site) < 0 &&
		!manager_knows(m, person, site))
		return bus_no_such_target(manager_config(m), site, error);
	return 0;
}

static int read_range(const struct manager *m, const char *since, const char *until,
	struct forget_request *ret, sd_bus_error *error)
{
	int32_t today;

	if (manager_parse_day(m, "", &today) < 0 ||
		(*since && manager_parse_day(m, since, &ret->first_day) < 0) ||
		manager_parse_day(m, until, &ret->last_day) < 0)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s to %s: expected days such as 2026-11-23", since, until);
	if (ret->last_day > today)
		ret->last_day = today;
	if (ret->first_day > ret->last_day)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s to %s: expected a first day that is not after the last", since, until);
	return 0;
}

static int authorise(const struct bus_call *call, const char **person)
{
	const struct manager *m = call->door->manager;
	uid_t uid;
	int r;

	r = bus_caller(call->message, call->door, &uid);
	if (r >= 0)
		r = judge(m, uid, person, call->error);
	if (r < 0 && sd_bus_error_has_name(call->error, FOCUSD_ERROR_NOT_ALLOWED))
		return bus_ask_polkit(call, FOCUSD_ACTION_MANAGE_OTHERS);
	return r < 0 ? r : 1;
}

int bus_on_forget(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	const struct bus_call call = { message, door, bus_on_forget, error };
	const char *site, *since, *until;
	struct forget_request request = { 0 };
	char kept[MANAGER_DAY_TEXT_MAX] = "";
	int32_t kept_day;
	int r;

	r = sd_bus_message_read(message, "ssss", &request.person, &site, &since, &until);
	if (r >= 0)
		r = authorise(&call, &request.person);
	if (r <= 0)
		return r < 0 ? r : 1;
	request.site = *site ? site : NULL;
	r = check_names(m, request.person, request.site, error);
	if (r >= 0)
		r = read_range(m, since, until, &request, error);
	if (r >= 0)
		r = bus_spend(&call);
	if (r >= 0)
		r = manager_forget(m, &request, &kept_day);
	if (r < 0)
		return r;
	if (kept_day >= 0)
		manager_format_day(kept_day, kept);
	return sd_bus_reply_method_return(message, "ss", request.person, kept);
}
