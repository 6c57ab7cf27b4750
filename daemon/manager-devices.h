#pragma once
/* The devices that this machine routes for: what is seen of them, and whose they are. */
#include "base/address.h"
#include "base/clock.h"

struct manager;

struct manager_device {
	const char *device; /* as [person] device = says it: hardware, address or network */
	const struct address *addresses; /* that it has now */
	size_t n_addresses;
	const char *name;   /* what it calls itself; "": not known */
	const char *person; /* "": nobody's */
	usec_t seen_usec;   /* wall time; 0: not there now */
};

bool manager_is_gateway(const struct manager *m);
/* What becomes of unknown devices: free, block-metered or a person's name (*ret_person). */
const char *manager_unknown_devices(const struct manager *m, const char **ret_person);
/* Those that are seen, then those that are only configured. -EOPNOTSUPP: no gateway. The strings
 * are of the call. */
int manager_list_devices(const struct manager *m, struct instant now,
	int (*visit)(const struct manager_device *device, void *userdata), void *userdata);
/* How many are seen that are nobody's. */
int manager_count_unknown(const struct manager *m, size_t *ret);
/* Writes it into the drop-in and reads the files again. person: a name (-ESRCH), or NULL: nobody's.
 * -EINVAL with *ret_error for what is no device, or stands in another file. */
int manager_assign_device(
	struct manager *m, const char *device, const char *person, char **ret_error);
