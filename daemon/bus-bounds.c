/* What one caller may take up of the keeper: how long a text is, how much waits to be read by
 * them, how much they change in a day. Connections are counted where they come in (bus-doors.c),
 * listeners where they subscribe, questions where polkit is asked. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "bus-internal.h"
#include "names.h"

#define UNREAD_MAX 16 /* messages that a client leaves lying; sd-bus itself would keep 131072 */

bool bus_is_deaf(const struct door *d)
{
	uint64_t n = 0;

	/* what is sent to the bus daemon is read by it, and kept within its own limits */
	return d->uid != UID_UNKNOWN && sd_bus_get_n_queued_write(d->bus, &n) >= 0 &&
	       n > UNREAD_MAX;
}

/* The longest text among the arguments. Containers are passed over: only methods of focusd-share
 * take any, and these judge their caller before they read. */
static size_t longest_text(sd_bus_message *message)
{
	const char *text;
	size_t longest = 0;
	char type;

	while (sd_bus_message_peek_type(message, &type, NULL) > 0) {
		int r;

		if (type != SD_BUS_TYPE_STRING) {
			r = sd_bus_message_skip(message, NULL);
		} else {
			r = sd_bus_message_read_basic(message, type, &text);
			if (r > 0 && strlen(text) > longest)
				longest = strlen(text);
		}
		if (r <= 0)
			break;
	}
	sd_bus_message_rewind(message, true);
	return longest;
}

int bus_on_message(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *d = userdata;
	size_t n;

	if (bus_is_deaf(d)) {
		log_debug("A client of account %u asks and does not read: it is let go",
			(unsigned)d->uid);
		bus_close_door(d);
		return 1;
	}
	if (sd_bus_message_is_method_call(message, NULL, NULL) <= 0)
		return 0;
	n = longest_text(message);
	if (n > FOCUSD_TEXT_MAX)
		return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
			"A text of %zu bytes: expected at most %d", n, FOCUSD_TEXT_MAX);
	return 0;
}

int bus_spend(const struct bus_call *call)
{
	uid_t uid;
	const int r = bus_caller(call->message, call->door, &uid);

	if (r < 0)
		return r;
	if (uid == 0 || budget_take(call->door->budget, uid, clock_now().boot_usec))
		return 0;
	return sd_bus_error_setf(call->error, SD_BUS_ERROR_LIMITS_EXCEEDED,
		"%d changes within a day: that is enough for one account", BUDGET_A_DAY);
}
