/* limit: sets or lifts one, and says what holds now. */
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "language.h"
#include "names.h"
#include "pending.h"

static int parse_limit(const char *text, int64_t *ret_sec)
{
	if (strcmp(text, "none") == 0) {
		*ret_sec = -1;
		return 0;
	}
	return parse_span(text, ret_sec);
}

/* The limit that was set, if it is among what waits. */
struct waiting {
	const struct invocation *invocation;
	int64_t due_usec;
	char now[PRINT_TEXT_MAX];
};

#define LIMIT_LINE "limit = "

static void find(const struct pending *p, void *userdata)
{
	struct waiting *w = userdata;
	const struct invocation *i = w->invocation;

	if (strcmp(p->target, i->arguments[0]) != 0 || p->due_usec == 0 ||
		(*i->person && strcmp(p->person, i->person) != 0) ||
		strncmp(p->now, LIMIT_LINE, strlen(LIMIT_LINE)) != 0 ||
		!strstr(p->now, i->sitting ? " per sitting"
				: i->week  ? " per week"
					   : " per day"))
		return;
	w->due_usec = p->due_usec;
	snprintf(w->now, sizeof(w->now), "%s", p->now + strlen(LIMIT_LINE));
}

static void print_result(const struct invocation *i, int64_t sec)
{
	const char *target = i->arguments[0];
	const char *period = i->sitting ? _("a sitting") : i->week ? _("a week") : _("a day");
	struct waiting w = { .invocation = i };
	char span[PRINT_TEXT_MAX], when[PRINT_TEXT_MAX];
	int64_t loosen_after_sec = 0;

	pending_list(i, &loosen_after_sec, find, &w);
	if (sec < 0)
		printf(_("%s: no limit %s"), target, period);
	else
		printf("%s: %s %s", target, print_span(sec, span), period);
	if (*i->person)
		printf(_(" for %s"), i->person);
	if (w.due_usec == 0)
		puts(_(", from now on"));
	else
		printf(_(" from %s on (loosening waits %s); until then %s\n"),
			pending_when(w.due_usec, when), print_span(loosen_after_sec, span), w.now);
}

enum exit_code verb_limit(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;
	int64_t sec;

	if (i->week && i->sitting) {
		fputs(_("focusctl: --week and --sitting: expected one of them\n"), stderr);
		return EXIT_USAGE;
	}
	if (parse_limit(i->arguments[1], &sec) < 0 || sec > FOCUSD_LIMIT_SEC_MAX) {
		fprintf(stderr,
			_("focusctl: %s: expected a span of at most 7d such as 45s, 30min or "
			  "1h30min, or "
			  "none\n"),
			i->arguments[1]);
		return EXIT_USAGE;
	}
	if (client_call(i->client, "SetLimit", &reply, &error, "ssxs", i->arguments[0],
		    i->sitting ? "sitting"
		    : i->week  ? "week"
			       : "day",
		    sec, i->person) < 0)
		return verbs_fail(&error);
	print_result(i, sec);
	return EXIT_DONE;
}
