/* doctor: the whole chain from look-up to counter, the keeper's half and the caller's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "browsers.h"
#include "doctor.h"
#include "verbs.h"

#define CURE_START "systemctl start focusd"

static enum exit_code code_of(const struct doctor *d, bool reached)
{
	if (!reached)
		return EXIT_UNREACHABLE;
	return doctor_count(d, DOCTOR_FAILED) > 0 ? EXIT_FAILED : EXIT_DONE;
}

static bool examine_keeper(struct doctor *d, struct client *client)
{
	struct client_error error;

	if (doctor_ask_keeper(d, client, &error) >= 0)
		return true;
	if (error.kind == CLIENT_UNREACHABLE) {
		doctor_add(d, "focusd", DOCTOR_FAILED, CURE_START, "focusd is not running (%s)",
			error.text);
		return false;
	}
	doctor_add(d, "focusd", DOCTOR_FAILED, "systemctl restart focusd",
		"focusd can't be examined: %s", error.text);
	return true;
}

/* Policies hold for the machine: root's business. */
static enum exit_code treat(const struct invocation *i)
{
	_cleanup_free_ char *error = NULL;
	int r;

	if (i->fix && i->undo) {
		fputs("focusctl: expected --fix or --undo, not both\n", stderr);
		return EXIT_USAGE;
	}
	if (geteuid() != 0) {
		fprintf(stderr,
			"focusctl: doctor --%s changes the policies of browsers under /etc: "
			"expected to run as root\n",
			i->fix ? "fix" : "undo");
		return EXIT_NOT_ALLOWED;
	}
	r = i->fix ? browsers_fix("", stdout, &error) : browsers_undo("", stdout, &error);
	if (r < 0) {
		fprintf(stderr, "focusctl: %s\n", error ? error : strerror(-r));
		return r == -EACCES || r == -EPERM || r == -EROFS ? EXIT_NOT_ALLOWED : EXIT_FAILED;
	}
	puts(i->fix ? "Browsers that run read it when they start again."
		    : "What focusctl doctor --fix had written is gone.");
	return EXIT_DONE;
}

enum exit_code verb_doctor(const struct invocation *i)
{
	const struct browsers_place here = { .root = "", .home = getenv("HOME") };
	_cleanup_(doctor_done) struct doctor d = { 0 };
	bool reached;
	json_t *json;

	if (i->fix || i->undo)
		return treat(i);
	reached = examine_keeper(&d, i->client);
	browsers_examine(&d, &here);
	if (!i->json) {
		doctor_print(&d, i->style, stdout);
		return code_of(&d, reached);
	}
	json = doctor_json(&d);
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
	return code_of(&d, reached);
}
