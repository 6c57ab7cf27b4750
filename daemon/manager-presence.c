/* Who is there to look: logind's word, person by person. Whoever is away spends no time, whatever
 * moves meanwhile. */
#include "base/log.h"
#include "manager-doctor.h"
#include "manager-internal.h"

static uint64_t bit_of(const struct manager *m, size_t person)
{
	return UINT64_C(1) << m->marks[person];
}

bool manager_is_away(const struct manager *m, size_t person)
{
	return m->marks_away & bit_of(m, person);
}

void manager_set_away(struct manager *m, size_t person, bool away, struct instant now)
{
	if (manager_is_away(m, person) == away)
		return;
	manager_refresh(m, now);
	m->marks_away ^= bit_of(m, person);
	log_debug("%s is %s", m->people->items[person].name, away ? "away" : "there");
}

/* Who locked this machine may well look at another one. */
static bool has_devices(const struct manager *m, size_t person)
{
	const int p = config_find_person(m->config, m->people->items[person].name);

	return p >= 0 && config_has_devices(m->config, (size_t)p);
}

void manager_update_presence(struct manager *m, struct instant now)
{
	for (size_t p = 0; m->sessions && p < m->people->n; p++) {
		const struct person *person = &m->people->items[p];

		manager_set_away(m, p,
			!has_devices(m, p) &&
				session_watch_away(m->sessions, person->uids, person->n_uids),
			now);
	}
}

static void on_changed(void *userdata)
{
	struct manager *m = userdata;

	manager_note_loss(m, LOSS_LOGIND, session_watch_lost(m->sessions));
	manager_update_presence(m, clock_now());
}

void manager_watch_presence(struct manager *m)
{
	int r;

	if (!m->event)
		return;
	r = session_watch_new(m->event, on_changed, m, &m->sessions);
	if (r < 0)
		log_warning_errno(r, "Can't ask logind who is there");
}

/* Who of them is there is not for everybody to read. */
void manager_check_presence(struct examination *e)
{
	if (e->m->sessions && session_watch_connected(e->m->sessions))
		examination_ok(e, "logind tells whose session is locked, idle or not in front");
	else
		examination_ok(e, "No logind here: traffic alone says who is at a site");
}
