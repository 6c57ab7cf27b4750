#pragma once
/* Whether any of some upstream servers answers, judged by what becomes of questions. A name whose
 * own servers are silent gets no answer from the best of resolvers: after a few such questions in a
 * row the root is to be asked for, which every resolver knows, and that alone decides. A value; it
 * asks nobody. */
#include <stdbool.h>

#include "base/clock.h"

#define SILENCE_QUESTIONS  3                   /* in a row, then the root is asked for */
#define SILENCE_USEC       (3 * USEC_PER_SEC)  /* shorter ones are none: a resolver restarts */
#define SILENCE_SOON_USEC  USEC_PER_SEC        /* until it is asked for again, before that */
#define SILENCE_FIRST_USEC (5 * USEC_PER_SEC)  /* and in a silence; doubled each time … */
#define SILENCE_PAUSE_USEC (60 * USEC_PER_SEC) /* … to this */

enum silence_state { SILENCE_UNKNOWN, SILENCE_NONE, SILENCE_LASTS };

struct silence {
	enum silence_state state;
	unsigned n;        /* questions that nobody answered, in a row */
	usec_t since_usec; /* when the first of them was known to be one */
	usec_t due_usec;   /* when the root is to be asked for; USEC_INFINITY: not */
	usec_t pause_usec; /* the last one */
	bool asking;
};

void silence_init(struct silence *s);
/* A question has got an answer, or none. */
void silence_note(struct silence *s, bool answered, usec_t now_usec);
/* The root is being asked for, and later: has got an answer, or none. */
void silence_asked(struct silence *s);
void silence_root(struct silence *s, bool answered, usec_t now_usec);
/* It could not be asked for, which says nothing. */
void silence_not_asked(struct silence *s, usec_t now_usec);
/* The servers or the network are others: a silence may be over. */
void silence_hurry(struct silence *s, usec_t now_usec);
