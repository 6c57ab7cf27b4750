#pragma once
/* What waits to be looser, as the daemon tells it; pending and limit show it, cancel drops it. */
#include "verbs.h"

struct pending {
	unsigned number; /* 1, 2, …: as `focusctl pending` counts */
	const char *id, *person, *target, *now, *then;
	int64_t due_usec; /* 0: cancelled */
};

/* Calls visit for each; its strings are the reply's. *ret_loosen_after_sec may be NULL. */
enum exit_code pending_list(const struct invocation *i, int64_t *ret_loosen_after_sec,
	void (*visit)(const struct pending *p, void *userdata), void *userdata);
/* "Thursday 18:40", with the date where that is more than six days ahead. */
const char *pending_when(int64_t due_usec, char buffer[PRINT_TEXT_MAX]);
/* Is the word one of focusctl pending, such as L2? Its number, or 0. */
unsigned pending_number(const char *word);
/* Drops it, and says what stays. */
enum exit_code pending_cancel(const struct invocation *i, unsigned number);
