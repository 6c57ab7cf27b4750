#pragma once
/* For tests: a configuration of two texts, a.conf and b.conf after it. After cmocka.h and
 * base/cleanup.h. */
#include "core/config.h"

DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static inline int load(const char *first, const char *second, struct config **ret, char **ret_error)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	int r;

	assert_int_equal(config_builder_new(&b), 0);
	r = config_builder_text(b, "a.conf", first, ret_error);
	if (r >= 0)
		r = config_builder_text(b, "b.conf", second, ret_error);
	return r < 0 ? r : config_builder_finish(b, ret, ret_error);
}

/* A mistake in it fails the test. */
static inline struct config *good(const char *first, const char *second)
{
	struct config *c = NULL;
	char *error = NULL;

	if (load(first, second, &c, &error) < 0)
		fail_msg("unexpected: %s", error ? error : "?");
	return c;
}
