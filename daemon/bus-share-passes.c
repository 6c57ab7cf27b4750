/* Passes of a household: what focusd-share hears of those of this device, and tells of others', and
 * what status shows of them. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-told.h"
#include "names.h"

/* Those of one person and day. */
struct own_passes {
	sd_bus_message *reply;
	const char *person;
	int32_t day;
};

static int append_own(const struct told_pass *pass, void *userdata)
{
	const struct own_passes *o = userdata;

	if (pass->day != o->day || strcmp(pass->person, o->person) != 0)
		return 0;
	return sd_bus_message_append(o->reply, "(ssxx)", pass_kind_name(pass->kind), pass->target,
		(int64_t)pass->start_usec, (int64_t)pass->end_usec);
}

static int append_day(struct own_passes *o, const struct manager *m)
{
	char day[MANAGER_DAY_TEXT_MAX];
	int r;

	r = sd_bus_message_open_container(o->reply, 'r', "ss" FOCUSD_SHARE_PASSES);
	if (r >= 0)
		r = sd_bus_message_append(
			o->reply, "ss", o->person, manager_format_day(o->day, day));
	if (r >= 0)
		r = sd_bus_message_open_container(o->reply, 'a', "(ssxx)");
	if (r >= 0)
		r = manager_told_own(m, append_own, o);
	if (r >= 0)
		r = sd_bus_message_close_container(o->reply);
	return r < 0 ? r : sd_bus_message_close_container(o->reply);
}

int bus_append_own_passes(sd_bus_message *reply, const struct manager *m)
{
	int32_t today;
	int r;

	r = manager_parse_day(m, "", &today);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(ss" FOCUSD_SHARE_PASSES ")");
	for (size_t p = 0; p < manager_n_people(m) && r >= 0; p++)
		for (int32_t day = today - 1; day <= today && r >= 0; day++)
			r = append_day(
				&(struct own_passes){ reply, manager_person_name(m, p), day }, m);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_told(const struct told_pass *pass, void *userdata)
{
	return sd_bus_message_append(userdata, FOCUSD_STATUS_TOLD, pass->device,
		pass_kind_name(pass->kind), pass->target, (int64_t)pass->until_usec);
}

int bus_append_told(sd_bus_message *reply, const struct manager *m, size_t person)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', FOCUSD_STATUS_TOLD);
	if (r >= 0)
		r = manager_told_each(m, person, clock_now(), append_told, reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int find_kind(const char *name, enum pass_kind *ret)
{
	static const enum pass_kind shared[] = { PASS_PASS, PASS_OPEN };

	for (size_t i = 0; i < ELEMENTSOF(shared); i++)
		if (strcmp(name, pass_kind_name(shared[i])) == 0) {
			*ret = shared[i];
			return 0;
		}
	return -EINVAL;
}

/* 1: *pass; 0: there is no more. */
static int read_pass(sd_bus_message *message, struct told_pass *pass, sd_bus_error *error)
{
	const char *kind, *target;
	int64_t start, end;
	int r;

	r = sd_bus_message_read(message, "(ssxx)", &kind, &target, &start, &end);
	if (r <= 0)
		return r;
	if (find_kind(kind, &pass->kind) < 0 || start < 0 || end < 0)
		return sd_bus_error_set(error, FOCUSD_ERROR_BAD_VALUE,
			"a pass; expected one, or an opening, since 1970");
	pass->target = (char *)target;
	pass->start_usec = (usec_t)start;
	pass->end_usec = (usec_t)end;
	return 1;
}

/* All of the message; *ret_news: something of it was not known. */
static int hear_passes(sd_bus_message *message, struct manager *m, struct told_pass *pass,
	bool *ret_news, sd_bus_error *error)
{
	const struct instant now = clock_now();
	const char *doubt = NULL;
	size_t n = 0;
	int r;

	*ret_news = false;
	while ((r = read_pass(message, pass, error)) > 0) {
		r = n++ < TOLD_PASS_DAY_MAX ? manager_told_hear(m, pass, now, &doubt) : -E2BIG;
		*ret_news |= r > 0 || r == -E2BIG;
		if (r < 0 && doubt)
			return sd_bus_error_set(error, FOCUSD_ERROR_BAD_VALUE, doubt);
		if (r < 0)
			return r;
	}
	return r;
}

int bus_on_share_passes(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	struct told_pass pass = { 0 };
	const char *device, *person, *day;
	bool news = false;
	int r;

	r = bus_authorise_sharer(message, door, error);
	if (r >= 0)
		r = sd_bus_message_read(message, "sssx", &device, &person, &day, &pass.ahead_usec);
	if (r < 0)
		return r;
	if (!*day || manager_parse_day(m, day, &pass.day) < 0)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s: expected a day such as 2026-11-23", day);
	pass.device = (char *)device;
	pass.person = (char *)person;
	r = sd_bus_message_enter_container(message, 'a', "(ssxx)");
	if (r >= 0)
		r = hear_passes(message, m, &pass, &news, error);
	if (news)
		manager_refresh(m, clock_now());
	return r < 0 ? r : sd_bus_reply_method_return(message, "b", (int)news);
}
