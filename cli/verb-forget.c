/* forget: has one's past forgotten, after a question. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dates.h"
#include "language.h"
#include "names.h"
#include "status.h"
#include "verbs.h"

struct range {
	char since[DATES_DAY_MAX], until[DATES_DAY_MAX]; /* "": without an end */
};

/* In the daemon's days: today begins at day-start. */
static enum exit_code read_range(const struct invocation *i, struct range *ret)
{
	_cleanup_(status_done) struct status status = { 0 };
	struct client_error error;
	const char *wrong = NULL;

	if (!i->since && !i->until)
		return EXIT_DONE;
	if (status_get(i->client, i->person, &status, &error) < 0)
		return verbs_fail(&error);
	if (i->since && dates_day(i->since, status.day, ret->since) < 0)
		wrong = i->since;
	if (i->until && dates_day(i->until, status.day, ret->until) < 0)
		wrong = i->until;
	if (!wrong)
		return EXIT_DONE;
	return verbs_expect_day(wrong);
}

static void print_what(const struct invocation *i, const char *site, const struct range *range)
{
	if (*i->person && *site)
		printf(_("Forget the time of %s on %s"), i->person, site);
	else if (*i->person)
		printf(_("Forget the time of %s"), i->person);
	else if (*site)
		printf(_("Forget your time on %s"), site);
	else
		fputs(_("Forget your time"), stdout);
	if (*range->since)
		printf(_(" from %s on"), range->since);
	if (*range->until)
		printf(_(" up to %s"), range->until);
	fputs(_(", with sittings, hosts and events?\nNobody can bring it back. [y/N] "), stdout);
}

static bool ask(const struct invocation *i, const char *site, const struct range *range)
{
	print_what(i, site, range);
	return verbs_await_yes();
}

enum exit_code verb_forget(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *site = i->n_arguments > 0 ? i->arguments[0] : "";
	struct range range = { "", "" };
	const char *person, *kept;
	struct client_error error;
	enum exit_code code;

	if (!i->yes && !isatty(STDIN_FILENO)) {
		fputs(_("focusctl: forget asks first, which takes a terminal; or: --yes\n"),
			stderr);
		return EXIT_USAGE;
	}
	code = read_range(i, &range);
	if (code != EXIT_DONE)
		return code;
	if (!i->yes && !ask(i, site, &range)) {
		puts(_("Nothing is forgotten."));
		return EXIT_DONE;
	}
	if (client_call(i->client, "Forget", &reply, &error, "ssss", i->person, site, range.since,
		    range.until) < 0)
		return verbs_fail(&error);
	if (sd_bus_message_read(reply, FOCUSD_FORGET_SIGNATURE, &person, &kept) < 0)
		return EXIT_FAILED;
	printf(_("Forgotten, for %s.\n"), person);
	if (*kept)
		printf(_("The days from %s on still count for a limit: they are forgotten when the "
			 "week is over.\n"),
			kept);
	return EXIT_DONE;
}
