#include "dns/standing.h"

/* STANDING_MAX: there is none. */
static size_t find(
	const struct standing *s, enum standing_fault fault, const struct endpoint *server)
{
	size_t i = 0;

	while (i < STANDING_MAX && (s->notes[i].until_usec == 0 || s->notes[i].fault != fault ||
					   !endpoint_equal(&s->notes[i].server, server)))
		i++;
	return i;
}

void standing_note(struct standing *s, enum standing_fault fault, const struct endpoint *server,
	usec_t until_usec)
{
	size_t i = find(s, fault, server);

	if (i == STANDING_MAX) {
		i = s->next;
		s->next = (s->next + 1) % STANDING_MAX;
	}
	s->notes[i].server = *server;
	s->notes[i].fault = fault;
	s->notes[i].until_usec = until_usec;
}

void standing_clear(struct standing *s, enum standing_fault fault, const struct endpoint *server)
{
	const size_t i = find(s, fault, server);

	if (i < STANDING_MAX)
		s->notes[i].until_usec = 0;
}

bool standing_has(const struct standing *s, enum standing_fault fault,
	const struct endpoint *server, usec_t now_usec)
{
	const size_t i = find(s, fault, server);

	return i < STANDING_MAX && s->notes[i].until_usec > now_usec;
}

unsigned standing_suspect(struct standing *s, const struct endpoint *server)
{
	if (s->n_suspicions == 0 || !endpoint_equal(&s->suspect, server)) {
		s->suspect = *server;
		s->n_suspicions = 0;
	}
	return ++s->n_suspicions;
}

void standing_trust(struct standing *s, const struct endpoint *server)
{
	if (s->n_suspicions > 0 && endpoint_equal(&s->suspect, server))
		s->n_suspicions = 0;
}
