/* Each warning of a limit comes once, the tightest that holds; what is new (another day, another
 * rule, time that was given back) may be warned of again. */
#include "core/warning.h"

/* More than this is given back, not measured anew. */
#define GIVEN_BACK_SEC SEC_PER_MIN

struct warning_end warning_end_of(const struct verdict *v, usec_t gap_usec, usec_t wall_usec)
{
	struct warning_end end = { LIMIT_NONE, NULL };

	if (v->left_sec > 0) {
		end.left_sec = v->left_sec - (int64_t)(gap_usec / USEC_PER_SEC);
		end.by = &v->left_by;
	}
	if (v->shuts_usec != USEC_INFINITY) {
		const int64_t sec = v->shuts_usec > wall_usec
					    ? (int64_t)((v->shuts_usec - wall_usec) / USEC_PER_SEC)
					    : 0;

		if (!end.by || sec < end.left_sec)
			end = (struct warning_end){ sec, &v->shuts_by };
	}
	if (end.by && end.left_sec < 0)
		end.left_sec = 0;
	return end;
}

/* The tightest of the warnings that hold; 0: none does yet. */
static unsigned tightest(const struct rules_end *by, int64_t left_sec, int64_t *ret_next_sec)
{
	unsigned found = 0;

	*ret_next_sec = 0;
	for (size_t i = 0; i < by->n_warn; i++)
		if (left_sec <= (int64_t)by->warn_sec[i])
			found = by->warn_sec[i];
		else if (*ret_next_sec == 0)
			*ret_next_sec = by->warn_sec[i];
	return found;
}

bool warning_due(struct warning *w, struct warning_end end, int32_t day, int64_t *ret_next_sec)
{
	unsigned sec;
	bool due;

	*ret_next_sec = 0;
	if (!end.by)
		return false;
	if (w->day != day || w->reason != end.by->reason ||
		end.left_sec > w->left_sec + GIVEN_BACK_SEC)
		w->told_sec = 0;
	sec = tightest(end.by, end.left_sec, ret_next_sec);
	due = sec > 0 && (w->told_sec == 0 || sec < w->told_sec);
	if (due)
		w->told_sec = sec;
	w->left_sec = end.left_sec;
	w->day = day;
	w->reason = end.by->reason;
	return due;
}
