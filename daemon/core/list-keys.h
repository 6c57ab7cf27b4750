#pragma once
/* Files of names that a site takes (domains-file), as paths. What is in them is another matter
 * (core/listed.h). */
#include <stdbool.h>
#include <stddef.h>

#define CONFIG_LISTS_MAX 8
struct config_lists {
	char *paths[CONFIG_LISTS_MAX]; /* absolute */
	size_t n;
};

bool config_lists_contain(const struct config_lists *lists, const char *path);
void config_lists_done(struct config_lists *lists);
