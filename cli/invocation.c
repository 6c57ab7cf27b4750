/* The table of options, and the only reader of the command line. It knows no verb. */
#include "invocation.h"

#include <errno.h>
#include <getopt.h>

#include "base/cleanup.h"
#include "language.h"
#include "names.h"

#define LONG_BASE 256 /* above every letter */

static const struct option_row options[] = {
	{ OPTION_WEEK, 0, "week", NULL, offsetof(struct invocation, week),
		N_("the limit is for a week") },
	{ OPTION_SITTING, 0, "sitting", NULL, offsetof(struct invocation, sitting),
		N_("the limit is for a sitting") },
	{ OPTION_ALL, 0, "all", NULL, offsetof(struct invocation, all),
		N_("also sites that were not used") },
	{ OPTION_PERSON, 0, "person", "NAME", offsetof(struct invocation, person),
		N_("for this person") },
	{ OPTION_DAY, 0, "day", "DATE", offsetof(struct invocation, day), N_("of this day") },
	{ OPTION_SINCE, 0, "since", "DATE", offsetof(struct invocation, since),
		N_("from this day on") },
	{ OPTION_FOR, 0, "for", "TEXT", offsetof(struct invocation, why), N_("what for") },
	{ OPTION_UNTIL, 0, "until", "TIME|DATE", offsetof(struct invocation, until),
		N_("until this time of day, or up to this day") },
	{ OPTION_SET, 0, "set", NULL, offsetof(struct invocation, set),
		N_("ask for each, and set it") },
	{ OPTION_YES, 0, "yes", NULL, offsetof(struct invocation, yes), N_("without a question") },
	{ OPTION_FILE, 0, "file", "FILE", offsetof(struct invocation, file),
		N_("into this file, all at once") },
	{ OPTION_HTTP, 0, "http", NULL, offsetof(struct invocation, http),
		N_("answer one request of HTTP") },
	{ OPTION_BY, 0, "by", "day|hour|site|person|pass", offsetof(struct invocation, by),
		N_("only this, and all of it") },
	{ OPTION_ASCII, 0, "ascii", NULL, offsetof(struct invocation, ascii),
		N_("bars of plain letters") },
	{ OPTION_HTML, 0, "html", "FILE", offsetof(struct invocation, html),
		N_("as a page, into this file") },
	{ OPTION_OPEN, 0, "open", NULL, offsetof(struct invocation, open),
		N_("show the page in the browser") },
	{ OPTION_LANGUAGE, 0, "language", "en|de", offsetof(struct invocation, language),
		N_("of the page") },
	{ OPTION_CSV, 0, "csv", NULL, offsetof(struct invocation, csv), N_("for spreadsheets") },
	{ OPTION_JSON, 0, "json", NULL, offsetof(struct invocation, json), N_("for programs") },
	{ OPTION_FIX, 0, "fix", NULL, offsetof(struct invocation, fix),
		N_("write the browsers' policies, as root") },
	{ OPTION_UNDO, 0, "undo", NULL, offsetof(struct invocation, undo),
		N_("take back what --fix has written") },
	{ OPTION_BUS, 0, "bus", "ADDRESS", offsetof(struct invocation, bus),
		N_("where the daemon is, such as unix:path=/run/focusd/bus") },
	{ OPTION_HELP, 'h', "help", NULL, offsetof(struct invocation, help),
		N_("this, or more about a verb") },
	{ OPTION_VERSION, 0, "version", NULL, offsetof(struct invocation, version),
		N_("the versions of focusctl and of the daemon") },
	{ OPTION_COMPLETE, 0, "complete", NULL, offsetof(struct invocation, complete), "" },
};

const struct option_row *invocation_options(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(options);
	return options;
}

static void set(struct invocation *i, const struct option_row *o)
{
	char *field = (char *)i + o->field;

	if (o->argument)
		*(const char **)field = optarg;
	else
		*(bool *)field = true;
	i->given |= o->bit;
}

static const struct option_row *find(int c)
{
	for (size_t k = 0; k < ELEMENTSOF(options); k++)
		if (c == (int)(LONG_BASE + k) || (options[k].letter && c == options[k].letter))
			return &options[k];
	return NULL;
}

/* getopt's two lists: long names, and letters. */
static void make_lists(struct option *names, char *letters)
{
	for (size_t k = 0; k < ELEMENTSOF(options); k++) {
		const struct option_row *o = &options[k];

		names[k] = (struct option){ o->name, o->argument ? required_argument : no_argument,
			NULL, (int)(LONG_BASE + k) };
		if (o->letter)
			*letters++ = o->letter;
		if (o->letter && o->argument)
			*letters++ = ':';
	}
	names[ELEMENTSOF(options)] = (struct option){ 0 };
	*letters = 0;
}

int invocation_parse(int argc, char **argv, struct invocation *i)
{
	struct option names[ELEMENTSOF(options) + 1];
	char letters[2 * ELEMENTSOF(options) + 1];
	int c;

	make_lists(names, letters);
	optind = 0; /* anew, whoever has called before: a test does */
	while ((c = getopt_long(argc, argv, letters, names, NULL)) >= 0) {
		const struct option_row *o = find(c);

		if (!o) /* getopt has said what is wrong */
			return -EINVAL;
		set(i, o);
	}
	i->arguments = (const char *const *)argv + optind;
	i->n_arguments = (size_t)(argc - optind);
	return 0;
}
