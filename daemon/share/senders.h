#pragma once
/* The other devices of the household, as far as they are heard: how fast they may speak, and what
 * time they think it is. Pure. */
#include <stdbool.h>

#include "core/household.h"

#define SENDER_BURST   300 /* messages: what a broker keeps of a device comes at once */
#define SENDER_PER_SEC 10  /* a person's day a second, and a large family */
#define SENDER_CALM    100 /* who was too fast is heard again when so many are free */

struct sender {
	char name[HOUSEHOLD_DEVICE_NAME_MAX + 1];
	double free;
	usec_t heard_usec;
	bool muted, missed; /* missed: something was not heard since sender_missed() */
	int64_t ahead_usec;
	int64_t low_sent_usec, low_usec; /* a guess that is lower, and of when; 0: none */
};

struct senders {
	struct sender items[HOUSEHOLD_DEVICES_MAX + 1];
	size_t n;
};

/* NULL: there are too many. */
struct sender *senders_find(struct senders *s, const char *name, usec_t now_usec);
/* May one more message be heard? */
bool sender_may(struct sender *s, usec_t now_usec);
/* Of a message that was sent at that time of its clock and is so old: how far that is ahead, as
 * believed from now on. -1: not known. A message that was long on its way looks like a clock that
 * is behind: that is believed when another one, sent at least SENDER_APART_USEC later, says the
 * same. */
#define SENDER_APART_USEC (3 * USEC_PER_SEC)
#define SENDER_SAME_USEC  (1500 * USEC_PER_MSEC)
int64_t sender_ahead(struct sender *s, int64_t sent_usec, int64_t age_usec, usec_t wall_usec);
/* Was anything missed that could be heard now? It counts as heard then. */
bool senders_missed(struct senders *s, usec_t now_usec);
