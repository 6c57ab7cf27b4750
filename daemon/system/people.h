#pragma once
/* Who is meant by the configuration: names to accounts to uids, through the account database (NSS).
 */
#include <sys/types.h>

#include "core/config.h"

struct person {
	char *name;
	uid_t *uids;
	size_t n_uids;
};

struct people {
	struct person *items;
	size_t n;
};

/* config->people_auto: every account with a uid of UID_MIN … UID_MAX (login.defs(5)) and a login
 * shell, root where there is none; the accounts of a [person] section go under that person's name,
 * the others under their own. Otherwise the named ones. Names that nobody has, and people beyond
 * max, are left out with a sentence each in problems. -ENOMEM. */
int people_resolve(
	const struct config *config, size_t max, struct people **ret, struct strings *problems);
struct people *people_free(struct people *p);
