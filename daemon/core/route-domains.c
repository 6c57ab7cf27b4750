/* A sorted list, and for each name a look for its parents in it: longer lists stay cheap. */
#include "core/route-domains.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* By name, then as they stood. */
static int compare_names(const void *a, const void *b)
{
	const struct hook_name *x = *(const struct hook_name *const *)a;
	const struct hook_name *y = *(const struct hook_name *const *)b;
	const int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x > y) - (x < y);
}

static bool has_parent_in(const char *name, const char *const *list, size_t n)
{
	while ((name = domain_parent(name)))
		if (bsearch(&name, list, n, sizeof(*list), compare_text))
			return true;
	return false;
}

/* The metered ones, sorted; of equal names the last counts, as in the hook's table. */
static int list_metered(
	const struct hook_name *names, size_t n_names, const char **ret, size_t *ret_n)
{
	_cleanup_free_ const struct hook_name **sorted = calloc(n_names + 1, sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n_names; i++)
		sorted[i] = &names[i];
	qsort(sorted, n_names, sizeof(*sorted), compare_names);
	for (size_t i = 0; i < n_names; i++)
		if (sorted[i]->metered &&
			(i + 1 == n_names || strcmp(sorted[i]->name, sorted[i + 1]->name) != 0))
			ret[n++] = sorted[i]->name;
	*ret_n = n;
	return 0;
}

int route_domains_choose(
	const struct hook_name *names, size_t n_names, const char ***ret, size_t *ret_n)
{
	_cleanup_free_ const char **all = calloc(n_names + 1, sizeof(*all));
	_cleanup_free_ const char **chosen = calloc(n_names + 1, sizeof(*chosen));
	size_t n, n_chosen = 0;
	int r;

	r = all && chosen ? list_metered(names, n_names, all, &n) : -ENOMEM;
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (!has_parent_in(all[i], all, n))
			chosen[n_chosen++] = all[i];
	*ret = TAKE_PTR(chosen);
	*ret_n = n_chosen;
	return 0;
}
