#pragma once
/* Who is meant by the configuration: names to accounts to uids, through the account database (NSS).
 */
#include <stdio.h>
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
 * the others under their own. Otherwise the named ones. On a gateway the owner
 * of a device is a person without an account, too. Names that nobody has, and people beyond
 * max, are left out with a sentence each in problems. -ENOMEM. */
int people_resolve(
	const struct config *config, size_t max, struct people **ret, struct strings *problems);
struct people *people_free(struct people *p);
/* UID_MIN and UID_MAX of login.defs(5); its defaults where the file (may be NULL) does not say. */
void people_read_uid_range(FILE *login_defs, uid_t *ret_first, uid_t *ret_last);
