#pragma once
/* Whose host is this? The names of all sites of a configuration, ready for look-ups. */
#include "core/config.h"
#include "core/listed.h"

struct catalogue;

/* config must outlive the value. -ENOMEM. */
int catalogue_new(const struct config *config, struct catalogue **ret);
struct catalogue *catalogue_free(struct catalogue *c);
/* From now on the names of lists count too, where no site has the same name itself; borrowed. */
void catalogue_use_listed(struct catalogue *c, const struct listed *listed);

/* The site and kind of the longest listed suffix of this normalised name; -ENOENT when no site has
 * it. HOST_FREE means: listed so that it is left alone. */
int catalogue_find(
	const struct catalogue *c, const char *name, size_t *ret_site, enum host_kind *ret_kind);
/* The same, and by which suffix: it points into name. NULL when no site has it. */
const char *catalogue_match(
	const struct catalogue *c, const char *name, size_t *ret_site, enum host_kind *ret_kind);
