/* Any configuration that loads, written out: it loads, and is written the same again. */
#include "base/cleanup.h"
#include "core/config-write.h"
#include "fuzz.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static struct config *load(const char *text)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_free_ char *error = NULL;
	struct config *c = NULL;

	must(config_builder_new(&b) == 0);
	if (config_builder_text(b, "fuzz", text, &error) < 0 ||
		config_builder_finish(b, &c, &error) < 0)
		must(error && !c);
	return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_free_ char *text = fuzz_text(data, n), *written = NULL, *again = NULL;
	_cleanup_(config_freep) struct config *first = load(text), *second = NULL;

	if (!first)
		return 0;
	must(config_write(first, &written) == 0);
	second = load(written);
	must(second != NULL);
	must(config_write(second, &again) == 0 && strcmp(written, again) == 0);
	return 0;
}
