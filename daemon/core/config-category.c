/* The words of a site's "category = social video". They are the sites' own: nothing here knows
 * which there are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/config.h"

/* The next word from *at on, and its length; 0 at the end. */
static size_t next_word(const char **at)
{
	*at += strspn(*at, " \t");
	return strcspn(*at, " \t");
}

bool config_in_category(const struct config_site *site, const char *word)
{
	const char *at = site->category;

	for (size_t n; (n = next_word(&at)) > 0; at += n)
		if (strlen(word) == n && strncmp(at, word, n) == 0)
			return true;
	return false;
}

int config_categories(const struct config *c, struct strings *ret)
{
	for (size_t i = 0; i < c->n_sites; i++) {
		const char *at = c->sites[i].category;

		for (size_t n; (n = next_word(&at)) > 0; at += n) {
			_cleanup_free_ char *word = strndup(at, n);
			int r = word ? 0 : -ENOMEM;

			if (r >= 0 && !strings_contain(ret, word))
				r = strings_add(ret, word);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
