/* Reads what was declared, and says it. */
#include "declared.h"

#include "base/clock.h"
#include "base/parse.h"
#include "language.h"

int declared_read(sd_bus_message *m, struct declared *ret)
{
	return sd_bus_message_read(m, "(xsssssxxx)", &ret->id, &ret->person, &ret->kind,
		&ret->state, &ret->target, &ret->reason, &ret->span_sec, &ret->start_usec,
		&ret->end_usec);
}

int declared_read_reply(struct declared_reply *r)
{
	const int n = declared_read(r->message, &r->declared);

	return n < 0 ? n : sd_bus_message_read(r->message, "ux", &r->left, &r->left_sec);
}

bool declared_call(const struct invocation *i, const char *kind, struct declared_reply *ret,
	enum exit_code *ret_code)
{
	struct client_error error;
	int64_t sec;

	*ret_code = EXIT_FAILED;
	if (parse_span(i->arguments[1], &sec) < 0) {
		fprintf(stderr, _("focusctl: %s: expected a span such as 45s, 10min or 1h30min\n"),
			i->arguments[1]);
		*ret_code = EXIT_USAGE;
		return false;
	}
	if (client_call(i->client, "Declare", &ret->message, &error, "ssxss", kind, i->arguments[0],
		    sec, i->why ? i->why : "", i->person) < 0) {
		*ret_code = verbs_fail(&error);
		return false;
	}
	return declared_read_reply(ret) >= 0;
}

void declared_print_open(const struct declared *d)
{
	char until[PRINT_TEXT_MAX];

	printf(_("%s is open until %s.\n"), d->target,
		print_until(d->end_usec, (int64_t)clock_now().wall_usec, until));
}
