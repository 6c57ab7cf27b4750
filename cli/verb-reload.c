/* reload: has the configuration read again. */
#include "base/cleanup.h"
#include "language.h"
#include "verbs.h"

enum exit_code verb_reload(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;

	if (client_call(i->client, "Reload", &reply, &error, "") < 0)
		return verbs_fail(&error);
	puts(_("The configuration was read; its rules are in force."));
	return EXIT_DONE;
}
