#pragma once
/* The time of this turn of the event loop: whoever asks within one is told the same. */
#include <systemd/sd-event.h>
#include <time.h>

#include "base/clock.h"

/* By CLOCK_BOOTTIME. */
static inline usec_t turn_usec(sd_event *event)
{
	uint64_t now;

	return sd_event_now(event, CLOCK_BOOTTIME, &now) < 0 ? clock_now().boot_usec : now;
}
