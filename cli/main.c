/* focusctl: options, a verb, its row's function. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "verbs.h"

struct parsed {
	struct invocation invocation;
	const char *bus;  /* NULL: the usual places */
	unsigned options; /* given, of enum verb_option */
	bool help, version;
};

static int parse_options(int argc, char **argv, struct parsed *p)
{
	static const struct option options[] = {
		{ "bus", required_argument, NULL, 'b' },
		{ "person", required_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ "all", no_argument, NULL, 'a' },
		{ "week", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
		switch (c) {
		case 'b':
			p->bus = optarg;
			break;
		case 'p':
			p->invocation.person = optarg;
			p->options |= OPTION_PERSON;
			break;
		case 'j':
			p->invocation.json = true;
			p->options |= OPTION_JSON;
			break;
		case 'a':
			p->invocation.all = true;
			p->options |= OPTION_ALL;
			break;
		case 'w':
			p->invocation.week = true;
			p->options |= OPTION_WEEK;
			break;
		case 'h':
			p->help = true;
			break;
		case 'v':
			p->version = true;
			break;
		default: /* getopt has said what is wrong */
			return -EINVAL;
		}
	return 0;
}

static const struct verb *choose_verb(struct parsed *p, char **words, size_t n)
{
	const char *name = p->version ? "version" : n > 0 ? words[0] : p->help ? "help" : "status";
	const struct verb *verb = verbs_find(name);
	const char *closest = verb ? NULL : verbs_closest(name);

	if (!verb)
		fprintf(stderr, "focusctl: %s: no such verb%s%s%s\nAll of them: focusctl help\n",
			name, closest ? "; did you mean " : "", closest ? closest : "",
			closest ? "?" : "");
	p->invocation.arguments = (const char *const *)(n > 0 ? words + 1 : words);
	p->invocation.n_arguments = n > 0 ? n - 1 : 0;
	return verb;
}

static bool check_use(const struct verb *verb, const struct parsed *p)
{
	const struct invocation *i = &p->invocation;

	if (i->n_arguments >= verb->n_min && i->n_arguments <= verb->n_max &&
		(p->options & ~verb->options) == 0)
		return true;
	fputs("focusctl: expected\n  ", stderr);
	verbs_print_verb(stderr, verb);
	return false;
}

static void client_freep(struct client **c)
{
	client_free(*c);
}

static enum exit_code run_verb(const struct verb *verb, struct invocation *i, const char *bus)
{
	_cleanup_(client_freep) struct client *client = client_new(bus);

	if (!client) {
		fputs("focusctl: no memory\n", stderr);
		return EXIT_FAILED;
	}
	i->client = client;
	return verb->run(i);
}

int main(int argc, char **argv)
{
	struct parsed p = { .invocation = { .person = "" }, .bus = getenv("FOCUSD_BUS") };
	const struct verb *verb;
	enum exit_code code;

	setlocale(LC_ALL, "");
	if (parse_options(argc, argv, &p) < 0) {
		fputs("All of them: focusctl help\n", stderr);
		return EXIT_USAGE;
	}
	verb = choose_verb(&p, argv + optind, (size_t)(argc - optind));
	if (!verb)
		return EXIT_USAGE;
	if (p.help && strcmp(verb->name, "help") != 0) {
		verbs_print_verb(stdout, verb);
		return EXIT_DONE;
	}
	if (!check_use(verb, &p))
		return EXIT_USAGE;
	p.invocation.style = style_of(STDOUT_FILENO);
	code = run_verb(verb, &p.invocation, p.bus);
	if (fflush(stdout) != 0 && code == EXIT_DONE)
		code = EXIT_FAILED;
	return code;
}
