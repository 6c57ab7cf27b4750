/* The table of verbs and what is made of it. It calls nobody. */
#include "verbs.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "language.h"
#include "names.h"

static const struct verb verbs[] = {
	{ "status", "", N_("time used, limits, and what is shut"),
		N_("Without --all only sites that were used or have a limit are shown.\n"),
		OPTION_PERSON | OPTION_JSON | OPTION_ALL, 0, 0, verb_status },
	{ "watch", "", N_("live, like top"),
		N_("What moves now, and what is left of it. Keys: s sorts by another column, the\n"
		   "arrows choose a line, p asks how long and what for and takes a pass, q ends "
		   "it.\n"),
		OPTION_PERSON, 0, 0, verb_watch },
	{ "report", "[RANGE]", N_("where the time went"),
		N_("RANGE is today, week (the last 7 days), month (30), year (365) or all; without "
		   "it\n"
		   "and without a DATE it is the week. DATE is a day such as 2026-11-23, today or\n"
		   "yesterday. The days are compared with those before, and with the first week "
		   "that\n"
		   "focusd has seen.\n"),
		OPTION_PERSON | OPTION_SINCE | OPTION_UNTIL | OPTION_BY | OPTION_ASCII |
			OPTION_HTML | OPTION_OPEN | OPTION_LANGUAGE | OPTION_CSV | OPTION_JSON,
		0, 1, verb_report },
	{ "limit", "SITE|GROUP SPAN|none", N_("set or lift a limit, from now on"),
		N_("SPAN is written as 45s, 30min or 1h30min, and holds for a day, with --week for "
		   "a\n"
		   "week, with --sitting for a sitting, which a break follows. Everybody may be\n"
		   "stricter with themselves; a looser limit is for an administrator. The limit "
		   "is\n"
		   "kept in 90-focusctl.conf, beside the configuration.\n"),
		OPTION_PERSON | OPTION_WEEK | OPTION_SITTING, 2, 2, verb_limit },
	{ "pass", "SITE|GROUP SPAN", N_("open what is shut, for a reason"),
		N_("Lifts a spent limit or closed hours for a while. --for says what for, and is "
		   "needed.\n"
		   "How many passes a day there are, how long, and the wait before one begins "
		   "stand "
		   "in\n"
		   "the configuration. What is used meanwhile counts as ever.\n"),
		OPTION_PERSON | OPTION_FOR, 2, 2, verb_pass },
	{ "open", "SITE|GROUP SPAN", N_("use a site outside its hours, declared"),
		N_("Lifts closed hours at once, within the day's open-time, and no spent limit.\n"),
		OPTION_PERSON, 2, 2, verb_open },
	{ "focus", "[SPAN] [SITE|GROUP…]", N_("shut everything, or some, for a while"),
		N_("Shut at once, open connections included, and no pass lifts it. Without a SITE "
		   "or\n"
		   "GROUP everything that is metered. Again it makes a focus longer; shorter, and "
		   "its "
		   "end\n"
		   "before time (focusctl cancel focus), are for an administrator.\n"),
		OPTION_PERSON | OPTION_UNTIL, 0, 65, verb_focus },
	{ "ask", "SITE|GROUP SPAN", N_("ask an administrator for a pass"),
		N_("Waits a day for an answer. --for says what for, and is needed.\n"),
		OPTION_PERSON | OPTION_FOR, 2, 2, verb_ask },
	{ "grant", "[ID|NAME SITE|GROUP]", N_("grant what was asked for, or list it"),
		N_("It begins at once. Alone it lists what waits for an answer.\n"), OPTION_JSON, 0,
		2, verb_grant },
	{ "pending", "", N_("what is to become looser, and when"),
		N_("With [commitment] loosen-after in the configuration, a looser rule waits. "
		   "focusctl\n"
		   "cancel L1 drops the first of them: the rule stays as it is.\n"),
		OPTION_PERSON | OPTION_JSON, 0, 0, verb_pending },
	{ "cancel", "[ID|SITE|GROUP|focus]", N_("take back what waits, or end a pass"),
		N_("An ID such as L2, as focusctl pending shows it, keeps a rule as it is. Alone "
		   "it takes\n"
		   "back all that waits: passes that have not begun, and requests. With a SITE or "
		   "GROUP\n"
		   "it ends a pass that runs as well; only the time it ran counts then.\n"),
		OPTION_PERSON, 0, 1, verb_cancel },
	{ "suggest", "", N_("limits from what is usual"),
		N_("For each site and group that is used often: what is usual on the days of the "
		   "last\n"
		   "two weeks on which it was used (their median), less a fifth, rounded down. It "
		   "takes\n"
		   "a week of days. --set asks for each whether to set it, --yes sets all.\n"),
		OPTION_PERSON | OPTION_SET | OPTION_YES | OPTION_JSON, 0, 0, verb_suggest },
	{ "why", "SITE", N_("what a day's time on a site is made of"),
		N_("The sittings, the hosts that moved, what moved without counting and why, and "
		   "what\n"
		   "the rules did. DATE is a day such as 2026-11-23, today or yesterday.\n"),
		OPTION_PERSON | OPTION_DAY | OPTION_JSON, 1, 1, verb_why },
	{ "log", "", N_("what happened, and to whom"),
		N_("DATE is a day such as 2026-11-23, today or yesterday. Without it the latest\n"
		   "events are shown.\n"),
		OPTION_PERSON | OPTION_SINCE | OPTION_JSON, 0, 0, verb_log },
	{ "sites", "[SITE|WORD|HOST]", N_("the sites that are metered, and whose a host is"),
		N_("Without a word all of them, by category. @WORD shows those of a category, a "
		   "host\n"
		   "name such as i.redd.it whose it is; any other word is looked for "
		   "everywhere.\n"),
		OPTION_JSON, 0, 1, verb_sites },
	{ "devices", "[assign DEVICE NAME|none]", N_("what a gateway sees, and whose it is"),
		N_("Alone it lists the devices that are on the network now and those that belong "
		   "to\n"
		   "somebody. DEVICE is a hardware address such as aa:bb:cc:dd:ee:ff, an address "
		   "or "
		   "a\n"
		   "network; NAME is the person's, none makes it nobody's. It is kept in\n"
		   "90-focusctl.conf, beside the configuration. For an administrator.\n"),
		OPTION_JSON, 0, 3, verb_devices },
	{ "export", "FORMAT", N_("what is known, for other programs"),
		N_("FORMAT is prometheus (the present), activitywatch or csv (every sitting). FILE "
		   "is\n"
		   "replaced all at once. Other people's time is for an administrator.\n"),
		OPTION_PERSON | OPTION_SINCE | OPTION_UNTIL | OPTION_FILE | OPTION_HTTP, 1, 1,
		verb_export },
	{ "forget", "[SITE]", N_("have one's past forgotten"),
		N_("What is known of you, on a site or at all: time, sittings, hosts, events. Asks "
		   "first.\nDays that still count for a limit go when the week is over.\n"),
		OPTION_PERSON | OPTION_SINCE | OPTION_UNTIL | OPTION_YES, 0, 1, verb_forget },
	{ "notify", "", N_("show notices on the desktop, until it ends"),
		N_("Time that is nearly up, what is spent and what is open again: one's own, by "
		   "the\n"
		   "desktop's notices. Its service, focusd-notify, starts with each desktop "
		   "session.\n"),
		0, 0, 0, verb_notify },
	{ "doctor", "", N_("what is wrong, and its cure"),
		N_("Every link of the chain is looked at, from the look-up of a name to the "
		   "counter "
		   "in\n"
		   "the kernel. Exits with 1 when something failed, with 3 when focusd does not "
		   "run.\n"
		   "A browser that resolves names past the system is named. --fix writes the "
		   "policy\n"
		   "that turns this off, for all browsers here and for everybody; --undo takes it\n"
		   "back. Both are for root.\n"),
		OPTION_PERSON | OPTION_JSON | OPTION_FIX | OPTION_UNDO, 0, 0, verb_doctor },
	{ "reload", "", N_("read the configuration again"),
		N_("A mistake in it is told, and the old rules stay in force.\n"), 0, 0, 0,
		verb_reload },
	{ "version", "", N_("the versions of focusctl and of the daemon"), "", 0, 0, 0,
		verb_version },
	{ "help", "[VERB]", N_("this, or more about a verb"), "", 0, 0, 1, verb_help },
};

const struct verb *verbs_list(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(verbs);
	return verbs;
}

const struct verb *verbs_find(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

const char *verbs_closest(const char *name)
{
	const char *names[ELEMENTSOF(verbs)];

	for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
		names[i] = verbs[i].name;
	return parse_closest(name, names, ELEMENTSOF(verbs));
}

#define HELP_WIDTH  80
#define HELP_INDENT 18 /* where an option's summary begins */

/* --person NAME   for this person (status, limit) */
static void print_option(FILE *f, const struct option_row *o)
{
	const char *before = " (", *summary = translated(o->summary);
	char form[32];
	size_t column;

	snprintf(form, sizeof(form), "%s%s%s", o->name, o->argument ? " " : "",
		o->argument ? o->argument : "");
	fprintf(f, "  --%-13s %s", form, summary);
	column = HELP_INDENT + (size_t)print_columns(summary);
	for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
		if (!(verbs[i].options & o->bit))
			continue;
		if (column + strlen(before) + strlen(verbs[i].name) + 1 > HELP_WIDTH) {
			fprintf(f, "%s\n%*s%s", *before == ',' ? "," : "", HELP_INDENT, "",
				*before == ',' ? "" : "(");
			column = HELP_INDENT;
			before = "";
		}
		column += (size_t)fprintf(f, "%s%s", before, verbs[i].name);
		before = ", ";
	}
	fputs(*before == ',' ? ")\n" : "\n", f);
}

void verbs_print_help(FILE *f)
{
	size_t n;
	const struct option_row *options = invocation_options(&n);

	fputs(_("focusctl [OPTION …] VERB …\n\nHow long the feeds were used, and how long they may "
		"be.\n\n"),
		f);
	for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
		fprintf(f, "  %-7s %-*s %s\n", verbs[i].name, print_field(verbs[i].arguments, 21),
			verbs[i].arguments, translated(verbs[i].summary));
	putc('\n', f);
	for (size_t i = 0; i < n; i++)
		if (*options[i].summary)
			print_option(f, &options[i]);
	fputs(_("\nWithout a verb: status. More about a verb: focusctl help VERB\n"), f);
}

void verbs_print_verb(FILE *f, const struct verb *verb)
{
	size_t n;
	const struct option_row *options = invocation_options(&n);

	fprintf(f, "focusctl %s%s%s", verb->name, *verb->arguments ? " " : "", verb->arguments);
	for (size_t i = 0; i < n; i++)
		if (verb->options & options[i].bit)
			fprintf(f, " [--%s%s%s]", options[i].name, options[i].argument ? " " : "",
				options[i].argument ? options[i].argument : "");
	fprintf(f, "\n\n  %s\n%s%s", translated(verb->summary), *verb->details ? "\n" : "",
		translated(verb->details));
}

enum exit_code verbs_expect_day(const char *text)
{
	fprintf(stderr, _("focusctl: %s: expected a day such as 2026-11-23, today or yesterday\n"),
		text);
	return EXIT_USAGE;
}

static bool is_yes(const char *answer)
{
	return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0 ||
	       /* how one says yes: the letter, and the word */
	       strcasecmp(answer, _("y")) == 0 || strcasecmp(answer, _("yes")) == 0;
}

bool verbs_await_yes(void)
{
	char line[16];

	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin)) {
		putchar('\n');
		return false;
	}
	/* the rest of a long line is no answer to the next question */
	for (int c = strchr(line, '\n') ? '\n' : getchar(); c != '\n' && c != EOF;)
		c = getchar();
	line[strcspn(line, "\n")] = 0;
	return is_yes(line);
}

enum exit_code verbs_fail(const struct client_error *error)
{
	switch (error->kind) {
	case CLIENT_UNREACHABLE:
		fprintf(stderr,
			_("focusctl: focusd is not running (%s)\n"
			  "Start it with: systemctl start focusd\n"),
			error->text);
		return EXIT_UNREACHABLE;
	case CLIENT_NOT_ALLOWED:
		fprintf(stderr, "focusctl: %s\n", error->text);
		return EXIT_NOT_ALLOWED;
	case CLIENT_FAILED:
		break;
	}
	fprintf(stderr, "focusctl: %s\n", error->text);
	return EXIT_FAILED;
}
