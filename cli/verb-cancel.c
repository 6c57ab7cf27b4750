/* cancel: takes back what waits, or ends what runs, or keeps a rule that was to become looser. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "declared.h"
#include "language.h"
#include "names.h"
#include "pending.h"

/* A cancelled pass is the best of all passes. */
static void print_cancelled(const struct declared *d)
{
	const int64_t now = (int64_t)clock_now().wall_usec;
	const int64_t left_sec = (d->end_usec - now) / (int64_t)USEC_PER_SEC;
	char span[PRINT_TEXT_MAX];

	if (strcmp(d->kind, "focus") == 0)
		printf(_("The focus on %s is over.\n"), *d->target ? d->target : _("everything"));
	else if (strcmp(d->state, "asked") == 0)
		printf(_("%s: the request is taken back.\n"), d->target);
	else if (strcmp(d->state, "waiting") == 0)
		printf(_("%s: cancelled, and well done. %s stay yours.\n"), d->target,
			print_span(d->span_sec, span));
	else
		printf(_("%s: ended early, and well done. %s stay yours.\n"), d->target,
			print_span(left_sec > 0 ? left_sec : 0, span));
}

enum exit_code verb_cancel(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *what = i->n_arguments > 0 ? i->arguments[0] : "";
	struct client_error error;
	struct declared d;
	int r;

	if (pending_number(what) > 0)
		return pending_cancel(i, pending_number(what));
	if (client_call(i->client, "Cancel", &reply, &error, "ss", what, i->person) < 0)
		return verbs_fail(&error);
	r = sd_bus_message_enter_container(reply, 'a', FOCUSD_PASS_SIGNATURE);
	while (r >= 0 && (r = declared_read(reply, &d)) > 0)
		print_cancelled(&d);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}
