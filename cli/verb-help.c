/* help: all verbs, or one. */
#include "language.h"
#include "verbs.h"

enum exit_code verb_help(const struct invocation *i)
{
	const struct verb *verb;
	const char *closest;

	if (i->n_arguments == 0) {
		verbs_print_help(stdout);
		return EXIT_DONE;
	}
	verb = verbs_find(i->arguments[0]);
	if (verb) {
		verbs_print_verb(stdout, verb);
		return EXIT_DONE;
	}
	closest = verbs_closest(i->arguments[0]);
	if (closest)
		fprintf(stderr, _("focusctl: %s: no such verb; did you mean %s?\n"),
			i->arguments[0], closest);
	else
		fprintf(stderr, _("focusctl: %s: no such verb\n"), i->arguments[0]);
	return EXIT_USAGE;
}
