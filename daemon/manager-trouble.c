/* What went wrong while nobody looked, as events: a problem when it comes and when it is over, and
 * a keeper before this one that nobody stopped. What the problems are, and the cure, is others'
 * business. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "manager-internal.h"
#include "manager-problems.h"

/* A problem that comes and goes is told so often within a minute: it must not fill the ledger. */
#define TELLS_MAX  6
#define TELLS_USEC (60 * USEC_PER_SEC)

struct slot {
	char *told;        /* as the last event said; NULL: all is well */
	usec_t since_usec; /* boot time: when this minute began */
	unsigned tells;    /* in it */
};

struct manager_trouble {
	struct slot slots[MANAGER_PROBLEMS];
};

struct manager_trouble *manager_trouble_free(struct manager_trouble *t)
{
	for (size_t i = 0; t && i < MANAGER_PROBLEMS; i++)
		free(t->slots[i].told);
	free(t);
	return NULL;
}

void manager_problem_slots(const struct manager *m, const char *ret[static MANAGER_PROBLEMS])
{
	const char *const slots[MANAGER_PROBLEMS] = { m->reload_problem, m->held_problem,
		m->gate_problem, m->counter_problem, m->gateway.problem, m->hook_problem,
		m->resolver_problem, m->resolved.problem, m->lease_problem, m->hosts_problem,
		m->ledger_problem };

	memcpy(ret, slots, sizeof(slots));
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool may_tell(struct slot *s, struct instant now)
{
	if (s->tells == 0 || now.boot_usec >= s->since_usec + TELLS_USEC) {
		s->since_usec = now.boot_usec;
		s->tells = 0;
	}
	return s->tells < TELLS_MAX;
}

static void tell(struct manager *m, struct slot *s, const char *problem)
{
	char *copy = problem ? strdup(problem) : NULL;

	if (problem && !copy)
		return; /* there will be a next time */
	manager_event(m, problem ? "problem" : "solved", NULL, NULL, problem ? problem : s->told);
	free(s->told);
	s->told = copy;
	s->tells++;
}

void manager_tell_trouble(struct manager *m, struct instant now)
{
	const char *problems[MANAGER_PROBLEMS];

	if (!m->trouble)
		m->trouble = calloc(1, sizeof(*m->trouble));
	if (!m->trouble)
		return;
	manager_problem_slots(m, problems);
	for (size_t i = 0; i < MANAGER_PROBLEMS; i++) {
		struct slot *s = &m->trouble->slots[i];

		if (!same_text(s->told, problems[i]) && may_tell(s, now))
			tell(m, s, problems[i]);
	}
}

void manager_tell_crash(struct manager *m)
{
	const int r = ledger_was_stopped(m->ledger);

	if (r < 0)
		log_warning_errno(r, "Can't read how the last focusd ended");
	else if (r == 0)
		manager_event(m, "crash", NULL, NULL,
			"the focusd before this one was not stopped: it was killed, or the power "
			"failed");
}

void manager_give_up(struct manager *m, int error, const char *what)
{
	log_error_errno(error, "%s", what);
	if (m->event)
		sd_event_exit(m->event, error);
}
