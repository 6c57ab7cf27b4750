#include "dns/silence.h"

void silence_init(struct silence *s)
{
	*s = (struct silence){ .due_usec = USEC_INFINITY };
}

void silence_note(struct silence *s, bool answered, usec_t now_usec)
{
	const bool asking = s->asking;

	if (answered) {
		silence_init(s);
		s->state = SILENCE_NONE;
		s->asking = asking;
		return;
	}
	if (s->n == 0)
		s->since_usec = now_usec;
	if (s->n < SILENCE_QUESTIONS)
		s->n++;
	if (s->n == SILENCE_QUESTIONS && !s->asking && s->due_usec == USEC_INFINITY)
		s->due_usec = now_usec;
}

void silence_asked(struct silence *s)
{
	s->due_usec = USEC_INFINITY;
	s->asking = true;
}

static usec_t next_pause(const struct silence *s)
{
	if (s->state != SILENCE_LASTS)
		return SILENCE_FIRST_USEC;
	return s->pause_usec < SILENCE_PAUSE_USEC / 2 ? 2 * s->pause_usec : SILENCE_PAUSE_USEC;
}

void silence_root(struct silence *s, bool answered, usec_t now_usec)
{
	s->asking = false;
	if (answered) {
		silence_note(s, true, now_usec);
	} else if (s->n < SILENCE_QUESTIONS) {
		return; /* others were answered meanwhile */
	} else if (now_usec - s->since_usec < SILENCE_USEC) {
		s->due_usec = now_usec + SILENCE_SOON_USEC;
	} else {
		s->pause_usec = next_pause(s);
		s->due_usec = now_usec + s->pause_usec;
		s->state = SILENCE_LASTS;
	}
}

void silence_not_asked(struct silence *s, usec_t now_usec)
{
	s->asking = false;
	s->due_usec = now_usec + SILENCE_SOON_USEC;
}

void silence_hurry(struct silence *s, usec_t now_usec)
{
	if (s->state != SILENCE_LASTS)
		return;
	s->pause_usec = SILENCE_FIRST_USEC / 2;
	if (!s->asking)
		s->due_usec = now_usec;
}
