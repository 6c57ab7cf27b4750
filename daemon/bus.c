/* Marshalling and "who may what"; nothing is decided about sites here. Callers of the private
 * socket are known by its peer credentials, those of the system bus by the bus daemon's word. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "bus-internal.h"
#include "manager-passes.h"
#include "names.h"

int bus_caller(sd_bus_message *message, const struct door *door, uid_t *ret)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	int r;

	if (door->uid != UID_UNKNOWN) {
		*ret = door->uid;
		return 0;
	}
	r = sd_bus_query_sender_creds(message, SD_BUS_CREDS_EUID, &creds);
	return r < 0 ? r : sd_bus_creds_get_euid(creds, ret);
}

/* After a refusal: is the caller an administrator, by polkit's word? As polkit_ask(). */
static int ask_polkit(struct door *door, sd_bus_message *message, const char *action,
	sd_bus_message_handler_t again, sd_bus_error *error)
{
	return door->polkit ? polkit_ask(door->polkit, message, action, again, door, error)
			    : -EACCES;
}

int bus_ask_polkit(const struct bus_call *call, const char *action)
{
	return ask_polkit(call->door, call->message, action, call->self, call->error);
}

int bus_no_such_person(sd_bus_error *error, const char *name)
{
	sd_bus_error_setf(error, FOCUSD_ERROR_NO_SUCH_PERSON,
		"%s: no such person; expected one that focusctl status shows", name);
	return -ESRCH;
}

/* A no stays one, whatever becomes of the words for it. */
static int judge_view(const struct manager *m, uid_t uid, const char *name, struct bus_view *ret,
	sd_bus_error *error)
{
	const int own = manager_find_uid(m, uid);
	const int wanted = *name ? manager_find_person(m, name) : own;

	if (!*name && uid == 0) {
		*ret = (struct bus_view){ .end = manager_n_people(m), .all = true };
		return 0;
	}
	if (uid != 0 && (own < 0 || (*name && wanted != own))) {
		sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may see other people's time");
		return -EACCES;
	}
	if (wanted < 0)
		return bus_no_such_person(error, name);
	*ret = (struct bus_view){ .first = (size_t)wanted, .end = (size_t)wanted + 1 };
	return 0;
}

int bus_authorise_view(const struct bus_call *call, const char *name, struct bus_view *ret)
{
	const struct manager *m = call->door->manager;
	uid_t uid;
	int r;

	r = bus_caller(call->message, call->door, &uid);
	if (r >= 0)
		r = judge_view(m, uid, name, ret, call->error);
	if (r < 0 && sd_bus_error_has_name(call->error, FOCUSD_ERROR_NOT_ALLOWED)) {
		r = ask_polkit(call->door, call->message, FOCUSD_ACTION_SEE_OTHERS, call->self,
			call->error);
		if (r == 0)
			return 0;
		if (r > 0)
			r = judge_view(m, 0, name, ret, call->error);
	}
	return r < 0 ? r : 1;
}

int bus_read_view(const struct bus_call *call, struct bus_view *ret)
{
	const char *name;
	int r;

	r = sd_bus_message_read(call->message, "s", &name);
	return r < 0 ? r : bus_authorise_view(call, name, ret);
}

static int append_entry(sd_bus_message *reply, const struct status_entry *e)
{
	return sd_bus_message_append(reply, FOCUSD_STATUS_ENTRY, e->name, (int)e->is_group,
		e->used_today_sec, e->used_week_sec, e->limit_today_sec, e->limit_week_sec,
		e->verdict.left_sec, e->opens_left, gate_state_name(e->verdict.state),
		rule_reason_name(e->verdict.reason), (int64_t)e->verdict.until_usec,
		(int)e->active);
}

/* -1 where the rules allow none at all. */
static int append_passes_left(sd_bus_message *reply, const struct manager *m, size_t person)
{
	const struct pass_rules rules =
		config_passes(manager_config(m), manager_person_name(m, person));
	int64_t left_sec;
	unsigned left;

	if (rules.n_a_day == 0 || rules.time_sec == 0)
		return sd_bus_message_append(reply, "xx", INT64_C(-1), INT64_C(-1));
	manager_passes_left(m, person, &left, &left_sec);
	return sd_bus_message_append(reply, "xx", (int64_t)left, left_sec);
}

static int append_person(
	sd_bus_message *reply, const struct manager *m, size_t person, struct rules_now now)
{
	int r;

	r = sd_bus_message_open_container(reply, 'r', FOCUSD_STATUS_PERSON);
	if (r >= 0)
		r = sd_bus_message_append(reply, "su", manager_person_name(m, person),
			(uint32_t)manager_person_uid(m, person));
	if (r >= 0)
		r = append_passes_left(reply, m, person);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', FOCUSD_STATUS_ENTRY);
	for (size_t i = 0; r >= 0 && i < manager_n_entries(m); i++) {
		const struct status_entry e = manager_entry(m, person, i, now);

		r = append_entry(reply, &e);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = bus_append_told(reply, m, person);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_append_strings(sd_bus_message *reply, const struct strings *list)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "s");
	for (size_t i = 0; r >= 0 && i < list->n; i++)
		r = sd_bus_message_append(reply, "s", list->items[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_get_status(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(strings_done) struct strings problems = { 0 };
	const struct instant now = clock_now();
	char day[MANAGER_DAY_TEXT_MAX];
	struct bus_view view;
	uid_t uid;
	int r;

	r = bus_read_view(&(struct bus_call){ message, door, on_get_status, error }, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	manager_refresh(m, now);
	r = bus_caller(message, door, &uid);
	if (r >= 0)
		r = manager_problems(m, uid == 0 || view.all, &problems);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "xsb", (int64_t)now.wall_usec,
			manager_day_text(m, day), (int)manager_enforcing(m));
	if (r >= 0)
		r = bus_append_strings(reply, &problems);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(" FOCUSD_STATUS_PERSON ")");
	for (size_t p = view.first; r >= 0 && p < view.end; p++)
		r = append_person(reply, m, p, manager_rules_now(m, now));
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

struct limit_request {
	const char *target, *person; /* person: NULL for everyone */
	enum limit_period period;
	int64_t limit_sec;
};

static int read_limit(sd_bus_message *message, struct limit_request *ret, sd_bus_error *error)
{
	const char *period;
	int i, r;

	r = sd_bus_message_read(
		message, "ssxs", &ret->target, &period, &ret->limit_sec, &ret->person);
	if (r < 0)
		return r;
	for (i = 0; i < LIMIT_PERIODS && strcmp(period, limit_period_names[i]) != 0;)
		i++;
	if (i == LIMIT_PERIODS)
		return sd_bus_error_setf(
			error, FOCUSD_ERROR_BAD_VALUE, "%s: expected day, week or sitting", period);
	ret->period = (enum limit_period)i;
	if (ret->limit_sec != LIMIT_NONE &&
		(ret->limit_sec < 0 || ret->limit_sec > FOCUSD_LIMIT_SEC_MAX))
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%" PRId64 " s: expected a limit of at most 7 days", ret->limit_sec);
	if (!*ret->person)
		ret->person = NULL;
	return 0;
}

static int find_target(const struct config *c, const char *name, bool *ret_group)
{
	const int site = config_find_site(c, name);

	*ret_group = site < 0;
	return site >= 0 ? site : config_find_group(c, name);
}

int bus_no_such_target(const struct config *c, const char *name, sd_bus_error *error)
{
	_cleanup_free_ const char **words = calloc(c->n_sites + c->n_groups + 1, sizeof(*words));
	const char *closest;
	size_t n = 0;

	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_sites; i++)
		words[n++] = c->sites[i].name;
	for (size_t i = 0; i < c->n_groups; i++)
		words[n++] = c->groups[i].name;
	closest = parse_closest(name, words, n);
	if (!closest)
		return sd_bus_error_setf(error, FOCUSD_ERROR_NO_SUCH_SITE,
			"%s: no such site or group\nAll of them: focusctl sites", name);
	return sd_bus_error_setf(error, FOCUSD_ERROR_NO_SUCH_SITE,
		"%s: no such site or group; did you mean %s?\nAll of them: focusctl sites", name,
		closest);
}

/* Everybody may be stricter with themselves; the rest is for an administrator: *ret_action says
 * what it takes then. */
static int authorise_limit(const struct manager *m, uid_t uid, struct limit_request *request,
	const char **ret_action, sd_bus_error *error)
{
	const struct config *c = manager_config(m);
	const int own = manager_find_uid(m, uid);
	struct rule_keys rules;
	bool is_group;
	int target;

	target = find_target(c, request->target, &is_group);
	if (target < 0)
		return bus_no_such_target(c, request->target, error);
	if (request->person && manager_find_person(m, request->person) < 0)
		return bus_no_such_person(error, request->person);
	if (uid == 0)
		return 0;
	if (own >= 0 && !request->person)
		request->person = manager_person_name(m, (size_t)own);
	if (own < 0 || manager_find_person(m, request->person) != own) {
		*ret_action = FOCUSD_ACTION_MANAGE_OTHERS;
		return sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may set other people's limits");
	}
	rules = config_rules(c, request->person, is_group, (size_t)target);
	if (request->limit_sec == LIMIT_NONE ||
		(rules.limit_sec[request->period] != LIMIT_NONE &&
			request->limit_sec > rules.limit_sec[request->period])) {
		*ret_action = FOCUSD_ACTION_LOOSEN;
		return sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
			"A looser limit is for an administrator to set; a stricter one you may set "
			"yourself");
	}
	return 0;
}

static int bad_config(sd_bus_error *error, int r, const char *text)
{
	if (!text)
		return r;
	return sd_bus_error_set(error, FOCUSD_ERROR_BAD_CONFIG, text);
}

static int on_set_limit(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	_cleanup_free_ char *text = NULL;
	struct limit_request request;
	const char *action = NULL;
	uid_t uid;
	int r;

	r = read_limit(message, &request, error);
	if (r >= 0)
		r = bus_caller(message, door, &uid);
	if (r >= 0)
		r = authorise_limit(m, uid, &request, &action, error);
	if (r < 0 && action) {
		r = ask_polkit(door, message, action, on_set_limit, error);
		if (r == 0)
			return 1;
	}
	if (r >= 0)
		r = bus_spend(&(struct bus_call){ message, door, on_set_limit, error });
	if (r < 0)
		return r;
	r = manager_set_limit(
		m, request.target, request.person, request.period, request.limit_sec, &text);
	/* what stands in the files is for root to read, or who acts as an administrator */
	if (r < 0 && text && uid != 0 && !action)
		return sd_bus_error_set(error, FOCUSD_ERROR_BAD_CONFIG,
			"The limit can't be written as the configuration stands: the same command "
			"with sudo says why");
	return r < 0 ? bad_config(error, r, text) : sd_bus_reply_method_return(message, "");
}

static int on_reload(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	_cleanup_free_ char *text = NULL;
	uid_t uid;
	int r;

	r = bus_caller(message, door, &uid);
	if (r < 0)
		return r;
	if (uid != 0) {
		sd_bus_error_set(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may have the configuration read again");
		r = ask_polkit(door, message, FOCUSD_ACTION_RELOAD, on_reload, error);
		if (r <= 0)
			return r < 0 ? r : 1;
	}
	r = manager_reload(door->manager, clock_now(), &text);
	return r < 0 ? bad_config(error, r, text) : sd_bus_reply_method_return(message, "");
}

static int on_list_sites(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct door *door = userdata;
	const struct config *c = manager_config(door->manager);
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(sssasasasb)");
	for (size_t i = 0; r >= 0 && i < c->n_sites; i++) {
		const struct config_site *s = &c->sites[i];

		r = sd_bus_message_open_container(reply, 'r', "sssasasasb");
		if (r >= 0)
			r = sd_bus_message_append(reply, "sss", s->name, s->title, s->category);
		for (int k = 0; r >= 0 && k < HOST_KINDS; k++)
			r = bus_append_strings(reply, &s->hosts[k]);
		if (r >= 0)
			r = sd_bus_message_append(reply, "b", (int)s->meter.needs_media);
		if (r >= 0)
			r = sd_bus_message_close_container(reply);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int on_version(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", FOCUSD_VERSION);
}

static int on_day(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct door *door = userdata;
	char day[MANAGER_DAY_TEXT_MAX];

	manager_refresh(door->manager, clock_now());
	return sd_bus_message_append(reply, "s", manager_day_text(door->manager, day));
}

/* Every method judges its caller itself: UNPRIVILEGED lets the question through. */
const sd_bus_vtable bus_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("GetStatus", "s", FOCUSD_STATUS_SIGNATURE, on_get_status,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("GetEvents", "sxu", FOCUSD_EVENTS_SIGNATURE, bus_on_get_events,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Explain", "sss", FOCUSD_EXPLAIN_SIGNATURE, bus_on_explain,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Allowance", "s", "uxx", bus_on_allowance, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Instead", "s", "as", bus_on_instead, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD(
		"Habit", "s", FOCUSD_HABIT_SIGNATURE, bus_on_habit, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("GetSittings", "sss", FOCUSD_STRETCH_SIGNATURE, bus_on_get_sittings,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("GetReport", "ssss", FOCUSD_REPORT_SIGNATURE, bus_on_get_report,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Forget", "ssss", FOCUSD_FORGET_SIGNATURE, bus_on_forget,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("SetLimit", "ssxs", "", on_set_limit, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reload", "", "", on_reload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD(
		"ListSites", "", FOCUSD_SITES_SIGNATURE, on_list_sites, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("GetGateway", "", FOCUSD_GATEWAY_SIGNATURE, bus_on_get_gateway,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("ListDevices", "", FOCUSD_DEVICES_SIGNATURE, bus_on_list_devices,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("AssignDevice", "ss", "", bus_on_assign_device, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("FindHost", "s", FOCUSD_HOST_SIGNATURE, bus_on_find_host,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD(
		"Examine", "", FOCUSD_DOCTOR_SIGNATURE, bus_on_examine, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD(
		"Probe", "s", FOCUSD_PROBE_SIGNATURE, bus_on_probe, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Declare", "ssxss", FOCUSD_DECLARE_SIGNATURE, bus_on_declare,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD(
		"Focus", "sxs", FOCUSD_DECLARE_SIGNATURE, bus_on_focus, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD(
		"Grant", "xss", FOCUSD_DECLARE_SIGNATURE, bus_on_grant, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Cancel", "ss", "a" FOCUSD_PASS_SIGNATURE, bus_on_cancel,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("ListDeclared", "s", "a" FOCUSD_PASS_SIGNATURE, bus_on_list_declared,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("GetPending", "s", FOCUSD_PENDING_SIGNATURE, bus_on_get_pending,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("CancelPending", "s", "", bus_on_cancel_pending, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Subscribe", "s", "", bus_on_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("ShareOwn", "as", FOCUSD_SHARE_OWN_SIGNATURE, bus_on_share_own,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("SharePasses", FOCUSD_SHARE_PASSES_SIGNATURE, "b", bus_on_share_passes,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("ShareOthers", FOCUSD_SHARE_OTHERS_SIGNATURE, "b", bus_on_share_others,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("Shared", "", 0),
	SD_BUS_SIGNAL("Changed", FOCUSD_CHANGED_SIGNATURE, 0),
	SD_BUS_SIGNAL("Warned", FOCUSD_WARNED_SIGNATURE, 0),
	SD_BUS_SIGNAL("Refused", FOCUSD_REFUSED_SIGNATURE, 0),
	SD_BUS_PROPERTY("Version", "s", on_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Day", "s", on_day, 0, 0),
	SD_BUS_VTABLE_END,
};
