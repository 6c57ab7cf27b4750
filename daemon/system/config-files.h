#pragma once
/* Reads the configuration from its files and writes the one drop-in that is ours; understands none
 * of it. */
#include "core/config.h"
#include "core/seal-list.h"

/* The catalogue (DIR/ *.conf, sorted), FILE, then FILE.d/ *.conf, sorted. *ret_error (owned by the
 * caller) names file, line, value and what was expected. A missing FILE or catalogue is an
 * error, a missing FILE.d none. Out of memory there is no sentence: *ret_error stays as it was. */
int config_files_load(
	const char *file, const char *sites_dir, struct config **ret, char **ret_error);

/* Adds the files and folders of the above that were changed after a wall time, as far as their
 * inodes tell. */
int config_files_newer(
	const char *file, const char *sites_dir, usec_t since_wall_usec, struct strings *ret);
/* Could a limit be kept in FILE.d? 0 or the negative errno. *ret_dir: that folder; the caller's. */
int config_files_writable(const char *file, char **ret_dir);
/* The list that is shipped (NULL: none), then the person's own, encrypted-dns.conf beside FILE,
 * where there is one. *ret is to be ended by the caller, also after an error. */
int config_files_load_seal(
	const char *shipped, const char *file, struct seal_list *ret, char **ret_error);

/* Sets a limit in FILE.d/90-focusctl.conf (the folder is made when missing), atomically, after the
 * whole configuration was found to load with it: else nothing is written. target, person: names. */
struct config_limit {
	bool is_group;
	const char *target, *person; /* person: NULL for everyone */
	enum limit_period period;
	int64_t limit_sec;
};
int config_files_set_limit(const char *file, const char *sites_dir,
	const struct config_limit *limit, char **ret_error);

/* The same for whose a device is. person: a name; NULL: nobody's. */
struct device;
struct config_device {
	const struct device *device;
	const char *person;
};
int config_files_set_device(const char *file, const char *sites_dir,
	const struct config_device *device, char **ret_error);
