#pragma once
/* For tests: a configuration made of one text; a mistake in it fails the test. */
#include "core/config.h"

static inline struct config *config_of_text(const char *text)
{
	struct config_builder *b = NULL;
	struct config *c = NULL;
	char *error = NULL;

	assert_int_equal(config_builder_new(&b), 0);
	if (config_builder_text(b, "test.conf", text, &error) < 0 ||
		config_builder_finish(b, &c, &error) < 0)
		fail_msg("%s", error ? error : "?");
	config_builder_free(b);
	return c;
}
