/* What went wrong while nobody looked, as events: a problem when it comes and when it is over, what
 * is lost for a while and comes back, and a keeper before this one that nobody stopped. What the
 * problems are, and the cure, is others' business. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "manager-internal.h"
#include "manager-problems.h"

/* A problem that comes and goes is told so often within a minute: it must not fill the ledger. */
#define TELLS_MAX     6
#define TELLS_USEC    (60 * USEC_PER_SEC)

#define RELOAD_SLOT   0
#define HELD_SLOT     1
#define UPSTREAM_SLOT 7
#define SLOTS         (MANAGER_PROBLEMS + MANAGER_LOSSES)

/* The kinds of the two events; and what the second says, NULL: the same again. */
struct matter {
	const char *begun, *over, *again;
};

struct slot {
	char *told;        /* as the last event said; NULL: all is well */
	usec_t since_usec; /* boot time: when this minute began */
	unsigned tells;    /* in it */
};

struct manager_trouble {
	struct slot slots[SLOTS];
};

static const struct matter problem_matter = { "problem", "solved", NULL };
static const struct matter upstream_matter = { "upstream-lost", "upstream-back",
	"a resolver answers again" };

static const struct {
	struct matter matter;
	const char *text;
} losses[MANAGER_LOSSES] = {
	[LOSS_NETWORK] = { { "network-lost", "network-back", "a route leads out again" },
		"no route leads out of this machine" },
	[LOSS_BUS] = { { "bus-lost", "bus-back", "the system bus is back" },
		"the system bus is gone; focusd's own socket serves" },
	[LOSS_LOGIND] = { { "logind-lost", "logind-back", "logind is back" },
		"logind is gone: traffic alone says who is there" },
};

struct manager_trouble *manager_trouble_free(struct manager_trouble *t)
{
	for (size_t i = 0; t && i < SLOTS; i++)
		free(t->slots[i].told);
	free(t);
	return NULL;
}

/* A mistake in a file is told with its place and what stands there, to root alone. */
static const char *const short_forms[MANAGER_PROBLEMS] = {
	[RELOAD_SLOT] = "There is a mistake in the configuration: the old rules stay in force "
			"(sudo focusctl doctor says where)",
	[HELD_SLOT] = "What is held against loosening, or is due to be loosened, is not in force "
		      "(sudo focusctl status says why)",
};

void manager_problem_slots(
	const struct manager *m, bool all, const char *ret[static MANAGER_PROBLEMS])
{
	const char *const slots[MANAGER_PROBLEMS] = { [RELOAD_SLOT] = m->reload_problem,
		[HELD_SLOT] = m->held_problem,
		m->gate_problem,
		m->counter_problem,
		m->gateway.problem,
		m->hook_problem,
		m->resolver_problem,
		[UPSTREAM_SLOT] = m->upstream_problem,
		m->resolved.problem,
		m->lease_problem,
		m->hosts_problem,
		m->ledger_problem };

	for (size_t i = 0; i < MANAGER_PROBLEMS; i++)
		ret[i] = slots[i] && short_forms[i] && !all ? short_forms[i] : slots[i];
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

static const struct matter *matter_of(size_t slot)
{
	if (slot >= MANAGER_PROBLEMS)
		return &losses[slot - MANAGER_PROBLEMS].matter;
	return slot == UPSTREAM_SLOT ? &upstream_matter : &problem_matter;
}

static void tell(struct manager *m, size_t slot, const char *problem)
{
	const struct matter *matter = matter_of(slot);
	struct slot *s = &m->trouble->slots[slot];
	char *copy = problem ? strdup(problem) : NULL;

	if (problem && !copy)
		return; /* there will be a next time */
	if (problem)
		manager_event(m, matter->begun, NULL, NULL, problem);
	else
		manager_event(m, matter->over, NULL, NULL, matter->again ? matter->again : s->told);
	free(s->told);
	s->told = copy;
	s->tells++;
}

void manager_tell_trouble(struct manager *m, struct instant now)
{
	const char *now_wrong[SLOTS];

	if (!m->trouble)
		m->trouble = calloc(1, sizeof(*m->trouble));
	if (!m->trouble)
		return;
	manager_problem_slots(m, false, now_wrong);
	for (size_t i = 0; i < MANAGER_LOSSES; i++)
		now_wrong[MANAGER_PROBLEMS + i] = m->lost[i] ? losses[i].text : NULL;
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *s = &m->trouble->slots[i];

		if (!same_text(s->told, now_wrong[i]) && may_tell(s, now))
			tell(m, i, now_wrong[i]);
	}
}

void manager_note_loss(struct manager *m, enum manager_loss loss, bool lost)
{
	m->lost[loss] = lost;
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
