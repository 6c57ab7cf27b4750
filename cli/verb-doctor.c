/* doctor: the whole chain from look-up to counter, the keeper's half and the caller's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "browsers.h"
#include "doctor-checks.h"
#include "language.h"
#include "verbs.h"

#define CURE_START "systemctl start focusd"

/* What the keeper says of itself, and what it takes to look for oneself. */
static bool ask_keeper(struct doctor *d, const struct invocation *i, struct doctor_look *l,
	struct client_error *error)
{
	int r;

	r = doctor_ask_keeper(d, i->client, error);
	if (r >= 0)
		r = probe_get(i->client, i->person, &l->probe, error);
	if (r >= 0)
		r = metered_get(i->client, &l->metered, error);
	return r >= 0;
}

static void check_version(struct doctor *d, struct client *client)
{
	_cleanup_free_ char *version = NULL;
	struct client_error error;

	if (client_version(client, &version, &error) >= 0 && strcmp(version, FOCUSD_VERSION) != 0)
		doctor_add(d, "versions", DOCTOR_FAILED, "systemctl restart focusd",
			_("focusctl is %s, focusd is %s"), FOCUSD_VERSION, version);
}

/* Not reached: false, and what can be seen without the keeper is shown all the same. */
static bool examine(struct doctor *d, const struct invocation *i, struct client_error *error)
{
	const struct browsers_place here = { .root = "", .home = getenv("HOME") };
	struct doctor_look look = { .client = i->client };
	const bool asked = ask_keeper(d, i, &look, error);

	if (!asked && error->kind != CLIENT_UNREACHABLE)
		return false;
	if (asked)
		check_version(d, i->client);
	else
		doctor_add(d, "focusd", DOCTOR_FAILED, CURE_START, _("focusd is not running (%s)"),
			error->text);
	if (!i->bus)
		doctor_check_bus(d);
	doctor_check_machine(&look, d);
	browsers_examine(d, &here);
	if (asked)
		doctor_check_chain(&look, d);
	metered_done(&look.metered);
	probe_done(&look.probe);
	return asked;
}

static void print_result(const struct doctor *d, const struct invocation *i)
{
	json_t *json;

	if (!i->json) {
		doctor_print(d, i->style, stdout);
		return;
	}
	json = doctor_json(d);
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

/* Policies hold for the machine: root's business. */
static enum exit_code treat(const struct invocation *i)
{
	_cleanup_free_ char *error = NULL;
	int r;

	if (i->fix && i->undo) {
		fputs(_("focusctl: expected --fix or --undo, not both\n"), stderr);
		return EXIT_USAGE;
	}
	if (geteuid() != 0) {
		fprintf(stderr,
			_("focusctl: doctor --%s changes the policies of browsers under /etc: "
			  "expected to run as root\n"),
			i->fix ? "fix" : "undo");
		return EXIT_NOT_ALLOWED;
	}
	r = i->fix ? browsers_fix("", stdout, &error) : browsers_undo("", stdout, &error);
	if (r < 0) {
		fprintf(stderr, "focusctl: %s\n", error ? error : strerror(-r));
		return r == -EACCES || r == -EPERM || r == -EROFS ? EXIT_NOT_ALLOWED : EXIT_FAILED;
	}
	puts(i->fix ? _("Browsers that run read it when they start again.")
		    : _("What focusctl doctor --fix had written is gone."));
	return EXIT_DONE;
}

enum exit_code verb_doctor(const struct invocation *i)
{
	_cleanup_(doctor_done) struct doctor d = { 0 };
	struct client_error error = { 0 };

	if (i->fix || i->undo)
		return treat(i);
	if (i->json)
		language_plain();
	if (!examine(&d, i, &error)) {
		if (error.kind != CLIENT_UNREACHABLE)
			return verbs_fail(&error);
		print_result(&d, i);
		return EXIT_UNREACHABLE;
	}
	print_result(&d, i);
	return doctor_count(&d, DOCTOR_FAILED) > 0 ? EXIT_FAILED : EXIT_DONE;
}
