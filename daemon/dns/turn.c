#include "dns/turn.h"

#include "base/log.h"

#define LATE_USEC USEC_PER_MSEC

void turn_arm(sd_event *event, sd_event_source **timer, usec_t boot_usec,
	sd_event_time_handler_t handler, void *userdata)
{
	int r;

	if (!*timer) {
		r = sd_event_add_time(
			event, timer, CLOCK_BOOTTIME, boot_usec, LATE_USEC, handler, userdata);
	} else {
		r = sd_event_source_set_time(*timer, boot_usec);
		if (r >= 0)
			r = sd_event_source_set_enabled(*timer, SD_EVENT_ONESHOT);
	}
	if (r < 0)
		log_end(r, "Can't set a timer");
}
