#pragma once
/* From a habit to a limit: the median of the days on which it was used, less a fifth, rounded down
 * to a friendly span. Pure. */
#include <stdint.h>

#define SUGGEST_DAYS      14       /* at most are looked at */
#define SUGGEST_DAYS_MIN  7        /* fewer are no habit */
#define SUGGEST_USED_MIN  3        /* days; fewer are no habit either */
#define SUGGEST_LIMIT_MIN (5 * 60) /* seconds */

struct suggest_habit {
	uint32_t used_sec[SUGGEST_DAYS]; /* oldest first; the last known_days of them are known */
	unsigned known_days;
	int64_t limit_sec; /* that holds; -1: none */
};

enum suggest_answer {
	SUGGEST_LIMIT,
	SUGGEST_TOO_EARLY, /* fewer than SUGGEST_DAYS_MIN days are known */
	SUGGEST_RARE,      /* used rarely or briefly: it needs none */
	SUGGEST_HELD       /* a limit as strict holds already */
};

struct suggestion {
	int64_t limit_sec;
	int64_t habit_sec; /* the median */
	unsigned used_days;
};

/* *ret is filled but for SUGGEST_TOO_EARLY and SUGGEST_RARE. */
enum suggest_answer suggest_limit(const struct suggest_habit *habit, struct suggestion *ret);
