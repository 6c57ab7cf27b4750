/* Marshals what people declare, and judges whose it may be: one's own is free, another's takes an
 * administrator, and so do a shorter focus and the answer to a request. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-passes.h"
#include "names.h"

/* Whom it is about. */
struct declarer {
	size_t person;
	bool admin;
};

static int ask_admin(const struct bus_call *call, const char *action)
{
	return call->door->polkit ? polkit_ask(call->door->polkit, call->message, action,
					    call->self, call->door, call->error)
				  : -EACCES;
}

/* A no stays one, whatever becomes of the words for it. */
static int judge_declarer(const struct manager *m, uid_t uid, const char *name,
	struct declarer *ret, sd_bus_error *error)
{
	const int own = manager_find_uid(m, uid);
	const int wanted = *name ? manager_find_person(m, name) : own;

	if (uid != 0 && *name && wanted != own) {
		sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may declare anything for others");
		return -EACCES;
	}
	if (wanted < 0 && !*name) {
		sd_bus_error_setf(error, FOCUSD_ERROR_NO_SUCH_PERSON,
			"You are not metered here: for whom? --person NAME says so");
		return -ESRCH;
	}
	if (wanted < 0) {
		bus_no_such_person(error, name);
		return -ESRCH;
	}
	*ret = (struct declarer){ (size_t)wanted, uid == 0 };
	return 0;
}

/* 1: *ret; 0: polkit is asked, and the handler runs again; or a negative errno. */
static int authorise(const struct bus_call *call, const char *name, struct declarer *ret)
{
	const struct manager *m = call->door->manager;
	uid_t uid;
	int r;

	r = bus_caller(call->message, call->door, &uid);
	if (r >= 0)
		r = judge_declarer(m, uid, name, ret, call->error);
	if (r < 0 && sd_bus_error_has_name(call->error, FOCUSD_ERROR_NOT_ALLOWED)) {
		r = ask_admin(call, FOCUSD_ACTION_MANAGE_OTHERS);
		if (r == 0)
			return 0;
		if (r > 0)
			r = judge_declarer(m, 0, name, ret, call->error);
	}
	return r < 0 ? r : 1;
}

static int fail(sd_bus_error *error, int r, const char *text)
{
	if (!text)
		return r;
	return sd_bus_error_set(
		error, r == -EPERM ? FOCUSD_ERROR_NOT_ALLOWED : FOCUSD_ERROR_BAD_VALUE, text);
}

static int check_target(const struct config *c, const char *name, sd_bus_error *error)
{
	if (config_find_site(c, name) < 0 && config_find_group(c, name) < 0)
		return bus_no_such_target(c, name, error);
	return 0;
}

static int append_view(sd_bus_message *reply, const struct pass_view *v)
{
	return sd_bus_message_append(reply, FOCUSD_PASS_SIGNATURE, v->id, v->person,
		pass_kind_name(v->kind), pass_state_name(v->state), v->target, v->reason,
		v->span_sec, (int64_t)v->start_usec, (int64_t)v->end_usec);
}

static int visit_view(const struct pass_view *v, void *userdata)
{
	return append_view(userdata, v);
}

static int reply_view(
	sd_bus_message *message, const struct manager *m, size_t person, const struct pass_view *v)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int64_t left_sec;
	unsigned left;
	int r;

	manager_passes_left(m, person, &left, &left_sec);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_view(reply, v);
	if (r >= 0)
		r = sd_bus_message_append(reply, "ux", (uint32_t)left, left_sec);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int find_kind(const char *name, enum pass_kind *ret)
{
	static const struct {
		const char *name;
		enum pass_kind kind;
	} kinds[] = { { "pass", PASS_PASS }, { "open", PASS_OPEN }, { "ask", PASS_GRANT } };

	for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0) {
			*ret = kinds[i].kind;
			return 0;
		}
	return -EINVAL;
}

int bus_on_declare(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct pass_request q = { .n_targets = 1, .now = clock_now() };
	_cleanup_free_ char *text = NULL;
	const char *kind, *target, *name;
	struct declarer who;
	struct pass_view view;
	int r;

	r = sd_bus_message_read(message, "ssxss", &kind, &target, &q.span_sec, &q.reason, &name);
	if (r < 0)
		return r;
	if (find_kind(kind, &q.kind) < 0)
		return sd_bus_error_setf(
			error, FOCUSD_ERROR_BAD_VALUE, "%s: expected pass, open or ask", kind);
	r = check_target(manager_config(door->manager), target, error);
	if (r >= 0)
		r = authorise(
			&(struct bus_call){ message, door, bus_on_declare, error }, name, &who);
	if (r <= 0)
		return r < 0 ? r : 1;
	manager_refresh(door->manager, q.now);
	q.person = who.person;
	q.targets = &target;
	r = manager_declare(door->manager, &q, &view, &text);
	return r < 0 ? fail(error, r, text) : reply_view(message, door->manager, who.person, &view);
}

/* Cuts the text into names of targets, which must exist. */
static int split_targets(char *text, const struct config *c, const char **targets, size_t *ret_n,
	sd_bus_error *error)
{
	char *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		int r;

		if (n == FOCUSD_FOCUS_TARGETS_MAX)
			return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
				"More than %d sites or groups at once", FOCUSD_FOCUS_TARGETS_MAX);
		r = check_target(c, w, error);
		if (r < 0)
			return r;
		targets[n++] = w;
	}
	*ret_n = n;
	return 0;
}

static int read_focus(sd_bus_message *message, struct pass_request *q, char **ret_targets,
	const char **ret_person)
{
	const char *targets;
	int r;

	r = sd_bus_message_read(message, "sxs", &targets, &q->span_sec, ret_person);
	if (r < 0)
		return r;
	*ret_targets = strdup(targets);
	return *ret_targets ? 0 : -ENOMEM;
}

int bus_on_focus(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	const char *targets[FOCUSD_FOCUS_TARGETS_MAX], *name;
	struct pass_request q = {
		.kind = PASS_FOCUS, .targets = targets, .reason = "", .now = clock_now()
	};
	const struct bus_call call = { message, door, bus_on_focus, error };
	_cleanup_free_ char *text = NULL, *names = NULL;
	struct declarer who;
	struct pass_view view;
	int r;

	r = read_focus(message, &q, &names, &name);
	if (r >= 0)
		r = split_targets(
			names, manager_config(door->manager), targets, &q.n_targets, error);
	if (r >= 0)
		r = authorise(&call, name, &who);
	if (r <= 0)
		return r < 0 ? r : 1;
	/* one that is made longer is none of those that a person may declare a day */
	r = bus_spend(&call);
	if (r < 0)
		return r;
	q.person = who.person;
	q.admin = who.admin;
	r = manager_declare(door->manager, &q, &view, &text);
	if (r == -EPERM && !q.admin) {
		fail(error, r, text);
		r = ask_admin(&call, FOCUSD_ACTION_LOOSEN);
		if (r <= 0)
			return r < 0 ? r : 1;
		q.admin = true;
		free(TAKE_PTR(text));
		r = manager_declare(door->manager, &q, &view, &text);
	}
	return r < 0 ? fail(error, r, text) : reply_view(message, door->manager, who.person, &view);
}

int bus_on_grant(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct grant_request q = { .now = clock_now() };
	struct pass_view view;
	uid_t uid;
	int r;

	r = sd_bus_message_read(message, "xss", &q.id, &q.person, &q.target);
	if (r >= 0)
		r = bus_caller(message, door, &uid);
	if (r < 0)
		return r;
	if (uid != 0) {
		sd_bus_error_set(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may grant what was asked for");
		r = ask_admin(&(struct bus_call){ message, door, bus_on_grant, error },
			FOCUSD_ACTION_GRANT);
		if (r <= 0)
			return r < 0 ? r : 1;
	}
	r = manager_grant(door->manager, &q, &view);
	if (r == -ENOENT)
		return sd_bus_error_set(error, FOCUSD_ERROR_BAD_VALUE,
			"Nothing like that was asked for, or it was answered; all that waits: "
			"focusctl grant");
	if (r < 0)
		return r;
	return reply_view(message, door->manager,
		(size_t)manager_find_person(door->manager, view.person), &view);
}

static int cancel(const struct bus_call *call, const struct cancel_request *q)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(call->message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', FOCUSD_PASS_SIGNATURE);
	if (r >= 0)
		r = manager_cancel(call->door->manager, q, visit_view, reply);
	if (r == -ENOENT && *q->what)
		return sd_bus_error_setf(call->error, FOCUSD_ERROR_BAD_VALUE,
			"%s: nothing that waits or runs is meant by that; expected an id, a site, "
			"a "
			"group or focus",
			q->what);
	if (r == -ENOENT)
		return sd_bus_error_set(
			call->error, FOCUSD_ERROR_BAD_VALUE, "Nothing waits: nothing to cancel");
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

int bus_on_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	const struct bus_call call = { message, door, bus_on_cancel, error };
	struct cancel_request q = { .now = clock_now() };
	struct declarer who;
	const char *name;
	int r;

	r = sd_bus_message_read(message, "ss", &q.what, &name);
	if (r >= 0)
		r = authorise(&call, name, &who);
	if (r <= 0)
		return r < 0 ? r : 1;
	q.person = who.person;
	q.admin = who.admin;
	r = cancel(&call, &q);
	if (r == -EPERM) {
		sd_bus_error_set(error, FOCUSD_ERROR_NOT_ALLOWED,
			"A focus holds until its end: only an administrator may end it before");
		r = ask_admin(&call, FOCUSD_ACTION_LOOSEN);
		if (r <= 0)
			return r < 0 ? r : 1;
		q.admin = true;
		r = cancel(&call, &q);
	}
	return r;
}

int bus_on_list_declared(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bus_view view;
	int r;

	r = bus_read_view(&(struct bus_call){ message, door, bus_on_list_declared, error }, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', FOCUSD_PASS_SIGNATURE);
	for (size_t p = view.first; r >= 0 && p < view.end; p++)
		r = manager_list_passes(door->manager, manager_person_name(door->manager, p),
			clock_now(), visit_view, reply);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
