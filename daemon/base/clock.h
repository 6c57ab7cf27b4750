#pragma once
/* The two clocks everything is told by. Functions that decide take an instant; only the programs'
 * outermost layer reads one. */
#include <inttypes.h>
#include <stdint.h>

typedef uint64_t usec_t;

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC  UINT64_C(1000000)
#define USEC_INFINITY UINT64_MAX

#define SEC_PER_MIN   60
#define SEC_PER_HOUR  3600
#define SEC_PER_DAY   86400

static inline usec_t usec_earlier(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

static inline usec_t usec_later(usec_t a, usec_t b)
{
	return a > b ? a : b;
}

struct instant {
	usec_t boot_usec;   /* CLOCK_BOOTTIME: durations; goes on in suspend, never back */
	usec_t wall_usec;   /* CLOCK_REALTIME: civil days and windows; anybody may set it */
	usec_t asleep_usec; /* of boot_usec, what the machine was suspended */
};

struct instant clock_now(void);
/* For those who ask for this clock; ours are in struct instant. */
usec_t clock_monotonic_usec(void);
