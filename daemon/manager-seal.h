#pragma once
/* Encrypted look-ups, for the manager's other files. */
#include "core/hook-table.h"
#include "manager-internal.h"

/* Are this person's encrypted look-ups to be refused? */
bool manager_seals_person(const struct manager *m, size_t person);
/* Tells the kernel whose encrypted look-ups to refuse, and which servers are known. */
int manager_tell_seal(struct manager *m);
/* The names that the hook gives leases: those of sites and, while anybody's encrypted look-ups are
 * refused, those of servers for them. Caller frees *ret only. */
int manager_hook_names(const struct manager *m, struct hook_name **ret, size_t *ret_n);
/* Is this a host whose lease serves to refuse it? */
bool manager_seals_host(const struct manager *m, const char *host);
#define SEAL_SITE "encrypted look-ups" /* owns their blocks; no site's name has a blank */
/* Books who tried one since the last look; true: somebody did. */
bool manager_read_tries(struct manager *m, struct instant now);
int manager_load_try(const struct ledger_try *try, void *userdata);
