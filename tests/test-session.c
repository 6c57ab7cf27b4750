/* Is logind asked again where it did not answer? Its side is played over a pair of sockets. */
#include "system/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/system-bus.h"

#define ANNA    2001
#define SESSION "/org/freedesktop/login1/session/c1"

struct logind {
	sd_event *event;
	sd_bus *bus, *keeper;
	unsigned n_lists, n_questions; /* that came */
	unsigned deaf;                 /* to so many of them */
	const char *error;             /* which those get */
};

/* The bus that session.c is given in place of the system's. */
static struct system_bus_events given;

int system_bus_new(struct sd_event *event, const char *service,
	const struct system_bus_events *events, struct system_bus **ret)
{
	given = *events;
	*ret = NULL;
	return 0;
}

struct system_bus *system_bus_free(struct system_bus *b)
{
	return NULL;
}

static int tell_sessions(sd_bus_message *m)
{
	return sd_bus_reply_method_return(
		m, "a(susso)", 1, "c1", (uint32_t)ANNA, "anna", "seat0", SESSION);
}

/* A desktop that is locked. */
static int tell_session(sd_bus_message *m)
{
	return sd_bus_reply_method_return(m, "a{sv}", 6, "User", "(uo)", (uint32_t)ANNA, "/",
		"Type", "s", "x11", "Class", "s", "user", "State", "s", "active", "Active", "b", 1,
		"LockedHint", "b", 1);
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct logind *l = userdata;
	const bool lists = sd_bus_message_is_method_call(m, NULL, "ListSessions");

	if (!lists && !sd_bus_message_is_method_call(m, NULL, "GetAll"))
		return 0;
	l->n_lists += lists;
	l->n_questions += !lists;
	if (l->deaf > 0) {
		l->deaf--;
		return sd_bus_reply_method_errorf(m, l->error, "not now");
	}
	return lists ? tell_sessions(m) : tell_session(m);
}

static void on_changed(void *userdata)
{
}

static void begin(struct logind *l, struct session_watch **ret)
{
	sd_id128_t id = { .bytes = { 1 } };
	int pair[2];

	assert_true(sd_event_new(&l->event) >= 0);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	assert_true(sd_bus_new(&l->bus) >= 0 && sd_bus_new(&l->keeper) >= 0);
	assert_true(sd_bus_set_fd(l->bus, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_set_server(l->bus, 1, id) >= 0);
	assert_true(sd_bus_set_anonymous(l->bus, 1) >= 0);
	assert_true(sd_bus_set_fd(l->keeper, pair[1], pair[1]) >= 0);
	assert_true(sd_bus_add_filter(l->bus, NULL, on_message, l) >= 0);
	assert_true(sd_bus_start(l->bus) >= 0 && sd_bus_start(l->keeper) >= 0);
	assert_true(sd_bus_attach_event(l->bus, l->event, 0) >= 0);
	assert_true(sd_bus_attach_event(l->keeper, l->event, 0) >= 0);
	assert_int_equal(session_watch_new(l->event, on_changed, NULL, ret), 0);
	assert_true(given.up(l->keeper, given.userdata) >= 0);
}

static void end(struct logind *l, struct session_watch *w)
{
	session_watch_free(w);
	sd_bus_close_unref(l->keeper);
	sd_bus_close_unref(l->bus);
	sd_event_unref(l->event);
}

static void run_until_away(struct logind *l, const struct session_watch *w)
{
	while (!session_watch_away(w, &(uid_t){ ANNA }, 1))
		assert_true(sd_event_run(l->event, 60 * UINT64_C(1000000)) > 0);
}

static void a_list_without_an_answer_is_asked_for_again(void **state)
{
	struct logind l = { .deaf = 1, .error = SD_BUS_ERROR_NO_REPLY };
	struct session_watch *w;

	begin(&l, &w);
	run_until_away(&l, w);
	assert_int_equal(l.n_lists, 2);
	end(&l, w);
}

static void a_session_without_an_answer_is_asked_again(void **state)
{
	struct logind l = { .error = SD_BUS_ERROR_NO_REPLY };
	struct session_watch *w;

	begin(&l, &w);
	while (l.n_lists == 0)
		assert_true(sd_event_run(l.event, 60 * UINT64_C(1000000)) > 0);
	l.deaf = 2; /* nothing but the session's questions comes from now on */
	run_until_away(&l, w);
	assert_int_equal(l.n_questions, 3);
	assert_int_equal(l.n_lists, 1);
	end(&l, w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_without_an_answer_is_asked_for_again),
		cmocka_unit_test(a_session_without_an_answer_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
