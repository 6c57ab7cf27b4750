#pragma once
/* The time of this turn of the event loop: whoever asks within one is told the same. And what is to
 * be done in a later one. */
#include <systemd/sd-event.h>
#include <time.h>

#include "base/clock.h"

/* By CLOCK_BOOTTIME. */
static inline usec_t turn_usec(sd_event *event)
{
	uint64_t now;

	return sd_event_now(event, CLOCK_BOOTTIME, &now) < 0 ? clock_now().boot_usec : now;
}

/* Has the timer (NULL: it is made) fire once, then. A hook without its timers is worse than a
 * restart: it ends where that fails (base/log.h). */
void turn_arm(sd_event *event, sd_event_source **timer, usec_t boot_usec,
	sd_event_time_handler_t handler, void *userdata);
