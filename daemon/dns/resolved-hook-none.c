/* For a libsystemd without varlink: resolved comes by a link of the keeper's instead. */
#include <errno.h>

#include "dns/resolved-hook.h"

int resolved_hook_new(struct sd_event *event, int fd,
	void (*asked)(struct request *request, void *userdata), void *userdata,
	struct resolved_hook **ret)
{
	return -EOPNOTSUPP;
}

struct resolved_hook *resolved_hook_free(struct resolved_hook *h)
{
	return NULL;
}

int resolved_hook_filter(struct resolved_hook *h, const struct hook_table *table)
{
	return -EOPNOTSUPP;
}
