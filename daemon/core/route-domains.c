/* A sorted list, and for each name a look for its parents in it: longer lists stay cheap. */
#include "core/route-domains.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_parent_in(const char *name, const char *const *list, size_t n)
{
	while ((name = domain_parent(name)))
		if (bsearch(&name, list, n, sizeof(*list), compare))
			return true;
	return false;
}

/* Two sites may share a name. */
static size_t drop_doubles(const char **list, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	return kept;
}

int route_domains_choose(
	const struct hook_name *names, size_t n_names, const char ***ret, size_t *ret_n)
{
	_cleanup_free_ const char **all = calloc(n_names + 1, sizeof(*all));
	const char **chosen = calloc(n_names + 1, sizeof(*chosen));
	size_t n = 0, n_chosen = 0;

	if (!all || !chosen) {
		free(chosen);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n_names; i++)
		if (names[i].metered)
			all[n++] = names[i].name;
	qsort(all, n, sizeof(*all), compare);
	n = drop_doubles(all, n);
	for (size_t i = 0; i < n; i++)
		if (!has_parent_in(all[i], all, n))
			chosen[n_chosen++] = all[i];
	*ret = chosen;
	*ret_n = n_chosen;
	return 0;
}
