#pragma once
/* For tests of the configuration: a small catalogue, and files a.conf, b.conf, … after it. */
#include "core/config.h"

DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static const char catalogue[] = "[site instagram]\n"
				"title = Instagram\n"
				"category = pictures\n"
				"domain = instagram.com\n"
				"cdn = cdninstagram.com\n"
				"free = help.instagram.com\n"
				"[site tiktok]\n"
				"domain = tiktok.com\n";

/* Parses the catalogue above and the texts, up to NULL, as a.conf, b.conf, … */
static inline int load(const char *const *texts, struct config **ret, char **ret_error)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	char path[] = "a.conf";
	int r;

	assert_int_equal(config_builder_new(&b), 0);
	r = config_builder_catalogue(b, "cat.conf", catalogue, ret_error);
	for (; r >= 0 && *texts; texts++, path[0]++)
		r = config_builder_text(b, path, *texts, ret_error);
	if (r >= 0)
		r = config_builder_finish(b, ret, ret_error);
	return r;
}
