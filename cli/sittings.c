/* Month by month: no reply grows with the years. */
#include "sittings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "names.h"

static int tell_all(
	sd_bus_message *m, int (*visit)(const struct sitting *s, void *userdata), void *userdata)
{
	struct sitting s;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(ssxxxttb)");
	while (r >= 0) {
		r = sd_bus_message_read(m, "(ssxxxttb)", &s.person, &s.site, &s.start_usec,
			&s.end_usec, &s.used_usec, &s.down_bytes, &s.up_bytes, &s.opens);
		if (r <= 0)
			break;
		r = visit(&s, userdata);
	}
	return r;
}

int sittings_read(struct client *c, const struct sittings_request *request,
	int (*visit)(const struct sitting *s, void *userdata), void *userdata,
	struct client_error *ret_error)
{
	char since[32];
	int r;

	ret_error->text[0] = 0;
	snprintf(since, sizeof(since), "%s", request->since);
	do {
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
		const char *next;

		r = client_call(c, "GetSittings", &reply, ret_error, "sss", request->person, since,
			request->until);
		if (r >= 0)
			r = sd_bus_message_read(reply, "s", &next);
		if (r >= 0)
			r = tell_all(reply, visit, userdata);
		if (r < 0)
			return r;
		/* a day that does not go forward would go round for ever */
		if (*next && strcmp(next, since) <= 0)
			return -EBADMSG;
		snprintf(since, sizeof(since), "%s", next);
	} while (*since);
	return 0;
}
