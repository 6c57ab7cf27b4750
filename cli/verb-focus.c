/* focus: shuts everything, or some, for a while. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "dates.h"
#include "declared.h"
#include "language.h"

/* How long; the first argument says it unless --until does. */
static bool find_span(const struct invocation *i, int64_t now_usec, int64_t *ret_sec)
{
	int64_t end_usec;

	if (i->until) {
		if (dates_next_time(i->until, now_usec, &end_usec) >= 0) {
			/* not a second less */
			*ret_sec = (end_usec - now_usec - 1) / (int64_t)USEC_PER_SEC + 1;
			return true;
		}
		fprintf(stderr, _("focusctl: %s: expected a time of day such as 17:00\n"),
			i->until);
		return false;
	}
	if (i->n_arguments > 0 && parse_span(i->arguments[0], ret_sec) >= 0)
		return true;
	fprintf(stderr,
		_("focusctl: %s: expected how long first, such as 50min or 2h, or --until 17:00\n"),
		i->n_arguments > 0 ? i->arguments[0] : "focus");
	return false;
}

/* The names behind the span, in one text; NULL: no memory. */
static char *join_targets(const struct invocation *i)
{
	char *text = NULL;
	size_t size;
	FILE *f = text_open(&text, &size);

	if (!f)
		return NULL;
	for (size_t k = i->until ? 0 : 1; k < i->n_arguments; k++)
		fprintf(f, "%s%s", k > (i->until ? 0 : 1) ? " " : "", i->arguments[k]);
	return text_close(f, &text) >= 0 ? text : NULL;
}

static void print_focus(const struct declared *d, const char *targets, int64_t now_usec)
{
	char until[PRINT_TEXT_MAX];

	printf(_("Focus until %s: %s.\n"), print_until(d->end_usec, now_usec, until),
		*targets ? targets : _("everything"));
}

enum exit_code verb_focus(const struct invocation *i)
{
	const int64_t now_usec = (int64_t)clock_now().wall_usec;
	_cleanup_free_ char *targets = NULL;
	struct declared_reply r = { 0 };
	struct client_error error;
	enum exit_code code = EXIT_DONE;
	int64_t sec;

	if (!find_span(i, now_usec, &sec))
		return EXIT_USAGE;
	targets = join_targets(i);
	if (!targets)
		return EXIT_FAILED;
	if (client_call(i->client, "Focus", &r.message, &error, "sxs", targets, sec, i->person) < 0)
		return verbs_fail(&error);
	if (declared_read_reply(&r) >= 0)
		print_focus(&r.declared, targets, now_usec);
	else
		code = EXIT_FAILED;
	sd_bus_message_unref(r.message);
	return code;
}
