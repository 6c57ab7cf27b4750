#pragma once
/* Is somebody there to look? What logind says of the sessions, put together for one person. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A session of logind (org.freedesktop.login1.Session) as far as it says whether somebody looks. */
struct presence_session {
	uid_t uid;
	bool person;    /* of class user: not a greeter, not the lock screen, not a service */
	bool graphical; /* has a desktop */
	bool active, locked, idle;
	bool over; /* logged out of; something that was started there still runs */
};

/* Is the person with these accounts away: have they sessions, and is none of them looked at?
 * Where there is a desktop it alone tells: a terminal or a log-in from afar that was left open does
 * not make a locked screen be watched. Without a session traffic decides, and nobody is away. */
bool presence_away(const struct presence_session *sessions, size_t n_sessions, const uid_t *uids,
	size_t n_uids);
