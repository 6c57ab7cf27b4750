/* domains-file: the files of names that a site takes. What is in them is another matter (listed.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/config-setters.h"

bool config_lists_contain(const struct config_lists *lists, const char *path)
{
	for (size_t i = 0; i < lists->n; i++)
		if (strcmp(lists->paths[i], path) == 0)
			return true;
	return false;
}

void config_lists_done(struct config_lists *lists)
{
	for (size_t i = 0; i < lists->n; i++)
		free(lists->paths[i]);
	lists->n = 0;
}

int config_set_domains_file(struct config_builder *b, const char *value)
{
	struct config_lists *lists = &b->config->sites[b->site].lists;

	if (!*value) {
		config_lists_done(lists);
		return 0;
	}
	if (*value != '/' || strlen(value) > CONFIG_LINE_MAX)
		return -EINVAL;
	if (config_lists_contain(lists, value))
		return 0;
	if (lists->n == CONFIG_LISTS_MAX)
		return config_fail(b, b->place,
			"domains-file = %s: more than %d files; expected one that "
			"has all names",
			value, CONFIG_LISTS_MAX);
	lists->paths[lists->n] = strdup(value);
	if (!lists->paths[lists->n])
		return -ENOMEM;
	lists->n++;
	return 0;
}
