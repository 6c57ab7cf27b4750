/* Any bytes as a configuration file: a value or a sentence, never both or neither; and what
 * focusctl writes into a file that loads does load. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/dropin.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int load(const char *text, struct config **ret, char **ret_error)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	int r;

	r = config_builder_new(&b);
	if (r >= 0)
		r = config_builder_catalogue(
			b, "catalogue", "[site x]\ndomain = x.example\n", ret_error);
	if (r >= 0)
		r = config_builder_text(b, "fuzz", text, ret_error);
	if (r >= 0)
		r = config_builder_finish(b, ret, ret_error);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_free_ char *text = malloc(n + 1), *edited = NULL, *error = NULL;
	_cleanup_(config_freep) struct config *c = NULL, *changed = NULL;

	memcpy(text, data, n);
	text[n] = 0;
	if (load(text, &c, &error) < 0) {
		if (!error || c)
			abort();
		return 0;
	}
	if (error || !c)
		abort();
	if (dropin_set_limit(text, false, "x", NULL, LIMIT_DAY, 4242, &edited) < 0)
		abort();
	if (load(edited, &changed, &error) < 0 ||
		changed->sites[config_find_site(changed, "x")].rules.limit_sec[LIMIT_DAY] != 4242)
		abort();
	return 0;
}
