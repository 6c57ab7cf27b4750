/* focusctl: options, a verb, its row's function. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "complete.h"
#include "language.h"
#include "verbs.h"

static void say_no_such_verb(const char *name)
{
	const char *closest = verbs_closest(name);

	if (closest)
		fprintf(stderr, _("focusctl: %s: no such verb; did you mean %s?\n"), name, closest);
	else
		fprintf(stderr, _("focusctl: %s: no such verb\n"), name);
	fputs(_("All of them: focusctl help\n"), stderr);
}

/* Takes the verb from the arguments. */
static const struct verb *choose_verb(struct invocation *i)
{
	const bool named = i->n_arguments > 0;
	const char *name = i->version ? "version"
			   : named    ? i->arguments[0]
			   : i->help  ? "help"
				      : "status";
	const struct verb *verb = verbs_find(name);

	if (!verb)
		say_no_such_verb(name);
	i->arguments += named;
	i->n_arguments -= named;
	return verb;
}

static bool check_use(const struct verb *verb, const struct invocation *i)
{
	if (i->n_arguments >= verb->n_min && i->n_arguments <= verb->n_max &&
		(i->given & ~(verb->options | OPTIONS_ANYWHERE)) == 0)
		return true;
	fputs(_("focusctl: expected\n  "), stderr);
	verbs_print_verb(stderr, verb);
	return false;
}

static void client_freep(struct client **c)
{
	client_free(*c);
}

static enum exit_code run(enum exit_code (*what)(const struct invocation *), struct invocation *i)
{
	_cleanup_(client_freep) struct client *client = client_new(i->bus);
	enum exit_code code;

	if (!client) {
		fputs(_("focusctl: no memory\n"), stderr);
		return EXIT_FAILED;
	}
	i->client = client;
	i->style = style_of(STDOUT_FILENO);
	code = what(i);
	return (fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_DONE ? EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
	struct invocation i = { .person = "", .bus = getenv("FOCUSD_BUS") };
	const struct verb *verb;

	language_start();
	if (invocation_parse(argc, argv, &i) < 0) {
		fputs(_("All of them: focusctl help\n"), stderr);
		return EXIT_USAGE;
	}
	if (i.complete)
		return run(complete_run, &i);
	verb = choose_verb(&i);
	if (!verb)
		return EXIT_USAGE;
	if (i.help && strcmp(verb->name, "help") != 0) {
		verbs_print_verb(stdout, verb);
		return EXIT_DONE;
	}
	if (!check_use(verb, &i))
		return EXIT_USAGE;
	return run(verb->run, &i);
}
