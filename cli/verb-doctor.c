/* doctor: the whole chain from look-up to counter, the keeper's half and the caller's. */
#include "base/cleanup.h"
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

enum exit_code verb_doctor(const struct invocation *i)
{
	_cleanup_(doctor_done) struct doctor d = { 0 };
	const bool reached = examine_keeper(&d, i->client);
	json_t *json;

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
