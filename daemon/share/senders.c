/* A bucket for each, which fills with time. */
#include "share/senders.h"

#include <stdio.h>
#include <string.h>

struct sender *senders_find(struct senders *s, const char *name, usec_t now_usec)
{
	struct sender *new;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i].name, name) == 0)
			return &s->items[i];
	if (s->n == sizeof(s->items) / sizeof(s->items[0]))
		return NULL;
	new = &s->items[s->n++];
	*new = (struct sender){ .free = SENDER_BURST, .heard_usec = now_usec };
	snprintf(new->name, sizeof(new->name), "%s", name);
	return new;
}

static void fill(struct sender *s, usec_t now_usec)
{
	s->free += (double)(now_usec - s->heard_usec) * SENDER_PER_SEC / (double)USEC_PER_SEC;
	if (s->free > SENDER_BURST)
		s->free = SENDER_BURST;
	s->heard_usec = now_usec;
	if (s->free >= SENDER_CALM)
		s->muted = false;
}

bool sender_may(struct sender *s, usec_t now_usec)
{
	fill(s, now_usec);
	s->muted |= s->free < 1;
	s->missed |= s->muted;
	if (s->muted)
		return false;
	s->free--;
	return true;
}

static bool is_same(int64_t a_usec, int64_t b_usec)
{
	const int64_t apart = a_usec > b_usec ? a_usec - b_usec : b_usec - a_usec;

	return apart <= (int64_t)SENDER_SAME_USEC;
}

int64_t sender_ahead(struct sender *s, int64_t sent_usec, int64_t age_usec, usec_t wall_usec)
{
	const int64_t guess = sent_usec + age_usec - (int64_t)wall_usec;
	const bool is_lower = guess < s->ahead_usec - (int64_t)HOUSEHOLD_CLOCK_SLACK_USEC;
	const bool is_again = s->low_sent_usec > 0 && is_same(guess, s->low_usec);

	if (sent_usec < 0 || age_usec < 0)
		return s->ahead_usec;
	if (!is_lower || (is_again && sent_usec - s->low_sent_usec >= (int64_t)SENDER_APART_USEC)) {
		s->ahead_usec = household_believe(s->ahead_usec, guess);
		s->low_sent_usec = 0;
	} else if (!is_again) {
		s->low_sent_usec = sent_usec;
		s->low_usec = guess;
	}
	return s->ahead_usec;
}

bool senders_missed(struct senders *s, usec_t now_usec)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		fill(&s->items[i], now_usec);
		if (s->items[i].muted || !s->items[i].missed)
			continue;
		s->items[i].missed = false;
		any = true;
	}
	return any;
}
