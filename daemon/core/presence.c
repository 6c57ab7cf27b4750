/* One person, several accounts, several seats: one session that is looked at is enough. */
#include "core/presence.h"

static bool belongs(const struct presence_session *s, const uid_t *uids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s->person && !s->over && s->uid == uids[i])
			return true;
	return false;
}

/* logind takes a terminal for idle when nobody types: that says nothing about the browser. */
static bool is_looked_at(const struct presence_session *s)
{
	return s->active && !s->locked && !(s->graphical && s->idle);
}

bool presence_away(const struct presence_session *sessions, size_t n_sessions, const uid_t *uids,
	size_t n_uids)
{
	bool any = false, desktop = false, looked_at = false, desktop_looked_at = false;

	for (size_t i = 0; i < n_sessions; i++) {
		const struct presence_session *s = &sessions[i];

		if (!belongs(s, uids, n_uids))
			continue;
		any = true;
		desktop |= s->graphical;
		looked_at |= is_looked_at(s);
		desktop_looked_at |= s->graphical && is_looked_at(s);
	}
	return desktop ? !desktop_looked_at : any && !looked_at;
}
