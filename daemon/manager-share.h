#pragma once
/* One budget for a household: what was used here is told to the devices it names, and what they
 * tell is added to it. What goes out and comes in is focusd-share's to carry; here it is judged,
 * kept and counted. */
#include "core/household.h"
#include "manager.h"

/* Is there a broker in the configuration? */
bool manager_shares(const struct manager *m);
/* And are figures wanted, for Home Assistant? Any change of them is news then. */
bool manager_shares_figures(const struct manager *m);
/* focusd-share was here, and has this to say of its work, a sentence each (copied). -ENOMEM. */
int manager_share_called(
	struct manager *m, const char *const *problems, size_t n_problems, struct instant now);

/* What was used here on the days that others may still care for, key by key, and how late it is by
 * the clock that it is told in. */
int manager_share_own(const struct manager *m,
	int (*visit)(const struct household_entry *e, void *userdata), void *userdata);
usec_t manager_share_now(const struct manager *m, struct instant now);

/* Another device says this. 1: it was news, 0: it was known, -EINVAL: it can't be believed,
 * *ret_doubt says why; -E2BIG: part of it is too much. */
struct share_claim {
	struct household_key key;
	int64_t ahead_usec; /* how far that device's clock seems to be */
	const struct interval *items;
	size_t n;
};
int manager_share_hear(struct manager *m, const struct share_claim *claim, struct instant now,
	const char **ret_doubt);

/* Calls back when something was used here, at most once a tick, and when other things are to be
 * shared than before. NULL: no more. */
void manager_share_watch(struct manager *m, void (*news)(void *userdata), void *userdata);
