/* pass: opens what is shut for a while, for a reason, after a breath. */
#include <string.h>

#include "base/clock.h"
#include "declared.h"
#include "language.h"

static void print_left(const struct declared_reply *r)
{
	char span[PRINT_TEXT_MAX];

	printf(ngettext("Left today: %u pass, %s\n", "Left today: %u passes, %s\n", r->left),
		r->left, print_span(r->left_sec, span));
}

static void print_wait(const struct declared *d)
{
	const int64_t now = (int64_t)clock_now().wall_usec;
	const int64_t wait_sec = (d->start_usec - now) / (int64_t)USEC_PER_SEC + 1;
	char wait[PRINT_TEXT_MAX], span[PRINT_TEXT_MAX], until[PRINT_TEXT_MAX];

	printf(_("A breath first: in %s %s is open for %s, until %s.\n"),
		print_span(wait_sec > 0 ? wait_sec : 1, wait), d->target,
		print_span(d->span_sec, span), print_until(d->end_usec, now, until));
	puts(_("Changed your mind? focusctl cancel"));
}

enum exit_code verb_pass(const struct invocation *i)
{
	struct declared_reply r = { 0 };
	enum exit_code code;

	if (declared_call(i, "pass", &r, &code)) {
		if (strcmp(r.declared.state, "waiting") == 0)
			print_wait(&r.declared);
		else
			declared_print_open(&r.declared);
		print_left(&r);
		code = EXIT_DONE;
	}
	sd_bus_message_unref(r.message);
	return code;
}
