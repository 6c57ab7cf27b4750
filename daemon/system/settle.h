#pragma once
/* Many changes in a moment are one piece of news. The first of them sets the time: whoever never
 * stops hides nothing. */
#include <systemd/sd-event.h>

/* Calls handler once, delay_usec from now; again while that is still to come, it does nothing.
 * *timer is made at the first call (NULL before) and is the caller's to unref. */
static inline int settle_arm(sd_event_source **timer, sd_event *event, uint64_t delay_usec,
	sd_event_time_handler_t handler, void *userdata)
{
	int r;

	if (!*timer)
		return sd_event_add_time_relative(
			event, timer, CLOCK_BOOTTIME, delay_usec, 0, handler, userdata);
	if (sd_event_source_get_enabled(*timer, NULL) > 0)
		return 0;
	r = sd_event_source_set_time_relative(*timer, delay_usec);
	return r < 0 ? r : sd_event_source_set_enabled(*timer, SD_EVENT_ONESHOT);
}
