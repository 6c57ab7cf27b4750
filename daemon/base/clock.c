/* Reads the kernel's clocks; refuses to do arithmetic on them. */
#include "base/clock.h"

#include <time.h>

static usec_t clock_read(clockid_t id)
{
	struct timespec t = { 0 };

	clock_gettime(id, &t);
	return (usec_t)t.tv_sec * USEC_PER_SEC + (usec_t)t.tv_nsec / 1000;
}

struct instant clock_now(void)
{
	const usec_t boot = clock_read(CLOCK_BOOTTIME), awake = clock_read(CLOCK_MONOTONIC);

	return (struct instant){
		.boot_usec = boot,
		.wall_usec = clock_read(CLOCK_REALTIME),
		.asleep_usec = boot > awake ? boot - awake : 0,
	};
}

usec_t clock_monotonic_usec(void)
{
	return clock_read(CLOCK_MONOTONIC);
}
