/* What to do instead, in people's own words: the key of [instead], and of a [person] who has a list
 * of their own. Nothing is made of the words but a notice. */
#include <errno.h>
#include <string.h>

#include "core/config-setters.h"

int config_set_try(struct config_builder *b, const char *value)
{
	struct config *c = b->config;
	struct config_person *p = b->section == SECTION_PERSON ? &c->persons[b->person] : NULL;
	struct strings *list = p ? &p->instead : &c->instead;

	if (p)
		p->instead_given = true;
	if (!*value) {
		strings_done(list);
		return 0;
	}
	if (strlen(value) > CONFIG_TRY_BYTES_MAX)
		return -EINVAL;
	if (list->n == CONFIG_TRIES_MAX)
		return config_fail(
			b, b->place, "more than %d things to do instead", CONFIG_TRIES_MAX);
	return strings_contain(list, value) ? 0 : strings_add(list, value);
}

const struct strings *config_instead(const struct config *c, const char *person)
{
	const int p = config_find_person(c, person);

	return p >= 0 && c->persons[p].instead_given ? &c->persons[p].instead : &c->instead;
}
