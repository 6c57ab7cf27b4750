/* One small question to the daemon. */
#include "gateway.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "language.h"
#include "names.h"

struct gateway {
	int is;
	const char *policy, *person;
	uint32_t unknown;
};

/* Its words are the message's. An older daemon does not know the question: it is no gateway. */
static bool ask(const struct invocation *i, sd_bus_message **ret_reply, struct gateway *ret)
{
	struct client_error error;

	return client_call(i->client, "GetGateway", ret_reply, &error, "") >= 0 &&
	       sd_bus_message_read(*ret_reply, FOCUSD_GATEWAY_SIGNATURE, &ret->is, &ret->policy,
		       &ret->person, &ret->unknown) >= 0 &&
	       ret->is;
}

void gateway_print(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct gateway g;

	if (!ask(i, &reply, &g))
		return;
	printf(ngettext("\n%u unknown device: ", "\n%u unknown devices: ", g.unknown), g.unknown);
	if (strcmp(g.policy, "person") == 0)
		printf(_("counted for %s\n"), g.person);
	else if (strcmp(g.policy, "free") == 0)
		puts(_("left alone"));
	else
		puts(_("all that is metered is shut"));
}

json_t *gateway_json(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct gateway g;

	if (!ask(i, &reply, &g))
		return NULL;
	return json_pack("{s:s, s:s?, s:I}", "unknown_devices", g.policy, "person",
		*g.person ? g.person : NULL, "unknown_seen", (json_int_t)g.unknown);
}
