#pragma once
/* The past as a whole: taken elsewhere (manager-history.c), or taken away (manager-forget.c). */
#include "manager.h"

/* All stretches of a person's days, query's site being NULL, by their start but for those that are
 * still growing, which come last. And the first day of which anything is known (today: nothing). */
int manager_read_history(const struct manager *m, const struct ledger_day_query *query,
	int (*visit)(const struct ledger_span *span, void *userdata), void *userdata);
int manager_first_day(const struct manager *m, int32_t *ret);
/* Has a person's days [first_day, last_day] on a site (NULL: on all) forgotten. *ret_kept_day: the
 * first of them that still counts and goes when it does not, -1: none. */
struct forget_request {
	const char *person, *site;
	int32_t first_day, last_day;
};
int manager_forget(struct manager *m, const struct forget_request *request, int32_t *ret_kept_day);
/* Is anything known of a person (on a site, if not NULL)? */
bool manager_knows(const struct manager *m, const char *person, const char *site);
/* Takes away what is too old to be kept, and what waits to be forgotten: once a day. */
void manager_tidy(struct manager *m);
