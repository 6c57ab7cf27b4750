#pragma once
/* Passes of the household: what people declared on its other devices counts here, and opens here as
 * far as this machine's own rules allow it. Grants and focus stay with the device they were
 * declared on: an administrator's word holds on their machine, and whoever shuts something meant
 * that one. Without [share] there is none of it. */
#include "core/told-passes.h"
#include "manager.h"

/* What was declared here on the days that others may care for, by this machine's clock. */
int manager_told_own(const struct manager *m,
	int (*visit)(const struct told_pass *pass, void *userdata), void *userdata);
/* Another device says this; as manager_share_hear(). */
int manager_told_hear(struct manager *m, const struct told_pass *claim, struct instant now,
	const char **ret_doubt);
/* What of it is open now, of a person. */
int manager_told_each(const struct manager *m, size_t person, struct instant now,
	int (*visit)(const struct told_pass *pass, void *userdata), void *userdata);
