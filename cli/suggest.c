/* The rule, and nothing else. */
#include "suggest.h"

#include <stdlib.h>

#include "base/clock.h"

#define USED_SEC_MIN SEC_PER_MIN /* a day with less is one without */

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Five-minute steps up to an hour, quarters of an hour above. */
static int64_t round_down(int64_t sec)
{
	const int64_t step = sec < SEC_PER_HOUR ? 5 * SEC_PER_MIN : 15 * SEC_PER_MIN;

	return sec / step * step;
}

enum suggest_answer suggest_limit(const struct suggest_habit *habit, struct suggestion *ret)
{
	const unsigned known = habit->known_days < SUGGEST_DAYS ? habit->known_days : SUGGEST_DAYS;
	uint32_t used[SUGGEST_DAYS];
	struct suggestion s = { 0 };
	size_t n = 0;

	if (known < SUGGEST_DAYS_MIN)
		return SUGGEST_TOO_EARLY;
	for (size_t i = SUGGEST_DAYS - known; i < SUGGEST_DAYS; i++)
		if (habit->used_sec[i] >= USED_SEC_MIN)
			used[n++] = habit->used_sec[i];
	if (n < SUGGEST_USED_MIN)
		return SUGGEST_RARE;
	qsort(used, n, sizeof(used[0]), compare);
	s.used_days = (unsigned)n;
	s.habit_sec = ((int64_t)used[(n - 1) / 2] + used[n / 2]) / 2;
	s.limit_sec = round_down(s.habit_sec * 4 / 5);
	if (s.limit_sec < SUGGEST_LIMIT_MIN)
		return SUGGEST_RARE;
	*ret = s;
	return habit->limit_sec >= 0 && habit->limit_sec <= s.limit_sec ? SUGGEST_HELD
									: SUGGEST_LIMIT;
}
