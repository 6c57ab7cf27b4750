#pragma once
/* Links of our own, for a resolver that keeps its servers by link: bridges without ports, on which
 * nothing ever flows. Known by their names: focusd0, focusd1, … */
#include <stdbool.h>
#include <stddef.h>

#define OWN_LINKS_MAX        8
#define OWN_LINK_TIMEOUT_SEC 90 /* without a keeper that renews it a link serves no resolver */

struct own_links {
	unsigned ifindexes[OWN_LINKS_MAX];
	size_t n;
};

/* Makes it exactly n links (at most OWN_LINKS_MAX), up and with a fresh address; those that are
 * there stay. *ret_changed: one is new, or was taken down. With 0 it removes them all. Idempotent.
 */
int own_link_keep(size_t n, struct own_links *ret, bool *ret_changed);
