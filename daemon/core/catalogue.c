/* A sorted array of all listed suffixes, asked label by label from the longest. It does not parse
 * and does not own the names: they live in the configuration. */
#include "core/catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/domain.h"

struct catalogue_host {
	const char *name;
	size_t site;
	enum host_kind kind;
};

struct catalogue {
	struct catalogue_host *hosts;
	size_t n;
	const struct listed *listed; /* NULL: none */
};

struct catalogue *catalogue_free(struct catalogue *c)
{
	if (c)
		free(c->hosts);
	free(c);
	return NULL;
}

DEFINE_CLEANUP(struct catalogue *, catalogue_free);

static int compare_hosts(const void *a, const void *b)
{
	const struct catalogue_host *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int catalogue_new(const struct config *config, struct catalogue **ret)
{
	_cleanup_(catalogue_freep) struct catalogue *c = calloc(1, sizeof(*c));
	size_t n = 0;

	if (!c)
		return -ENOMEM;
	for (size_t s = 0; s < config->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			n += config->sites[s].hosts[k].n;
	c->hosts = calloc(n + 1, sizeof(*c->hosts));
	if (!c->hosts)
		return -ENOMEM;
	for (size_t s = 0; s < config->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			for (size_t i = 0; i < config->sites[s].hosts[k].n; i++)
				c->hosts[c->n++] = (struct catalogue_host){
					.name = config->sites[s].hosts[k].items[i],
					.site = s,
					.kind = (enum host_kind)k,
				};
	qsort(c->hosts, c->n, sizeof(*c->hosts), compare_hosts);
	*ret = TAKE_PTR(c);
	return 0;
}

void catalogue_use_listed(struct catalogue *c, const struct listed *listed)
{
	c->listed = listed;
}

const char *catalogue_match(
	const struct catalogue *c, const char *name, size_t *ret_site, enum host_kind *ret_kind)
{
	for (; name; name = domain_parent(name)) {
		const struct catalogue_host key = { .name = name };
		const struct catalogue_host *found =
			bsearch(&key, c->hosts, c->n, sizeof(key), compare_hosts);

		if (found) {
			*ret_site = found->site;
			*ret_kind = found->kind;
			return name;
		}
		if (c->listed && listed_find(c->listed, name, ret_site)) {
			*ret_kind = HOST_FEED;
			return name;
		}
	}
	return NULL;
}

int catalogue_find(
	const struct catalogue *c, const char *name, size_t *ret_site, enum host_kind *ret_kind)
{
	return catalogue_match(c, name, ret_site, ret_kind) ? 0 : -ENOENT;
}
