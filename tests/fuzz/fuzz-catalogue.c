/* Any bytes as a site of the catalogue: a sentence, or sites whose hosts are found again. */
#include "base/cleanup.h"
#include "core/catalogue.h"
#include "core/hook-table.h"
#include "fuzz.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static void check_hosts(const struct config *c)
{
	struct catalogue *catalogue;
	struct hook_name *names;
	size_t n_names, n_metered = 0, site;
	enum host_kind kind;

	must(catalogue_new(c, &catalogue) == 0);
	for (size_t s = 0; s < c->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			for (size_t i = 0; i < c->sites[s].hosts[k].n; i++) {
				must(catalogue_find(catalogue, c->sites[s].hosts[k].items[i], &site,
					     &kind) == 0);
				must(site == s && kind == (enum host_kind)k);
			}
	catalogue_free(catalogue);
	must(hook_table_names(c, &names, &n_names) == 0);
	for (size_t i = 0; i < n_names; i++)
		n_metered += names[i].metered;
	must(n_metered <= n_names);
	free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_free_ char *text = fuzz_text(data, n), *error = NULL;
	int r;

	must(config_builder_new(&b) == 0);
	r = config_builder_catalogue(b, "site", text, &error);
	if (r >= 0)
		r = config_builder_finish(b, &c, &error);
	must(r < 0 ? error && !c : c && !error);
	if (c)
		check_hosts(c);
	return 0;
}
