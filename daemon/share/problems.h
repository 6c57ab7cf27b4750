#pragma once
/* What people should know is wrong, a sentence for each matter, until it is over or long ago. */
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

#define PROBLEMS_MAX     16
#define PROBLEM_TEXT_MAX 300
#define PROBLEM_USEC     (15 * 60 * USEC_PER_SEC) /* what is not said again is over */

struct problem {
	char key[64];
	char text[PROBLEM_TEXT_MAX];
	usec_t told_usec;
	bool stays; /* until it is cleared */
};

struct problems {
	struct problem items[PROBLEMS_MAX];
	size_t n;
};

/* True when it is another sentence than before. Of too many the oldest goes. */
bool problems_set(struct problems *p, const char *key, bool stays, usec_t now_usec,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
bool problems_clear(struct problems *p, const char *key);
/* Drops what is over. */
void problems_age(struct problems *p, usec_t now_usec);
/* The sentences, with a NULL behind them. */
void problems_list(struct problems *p, char *ret[PROBLEMS_MAX + 1]);
