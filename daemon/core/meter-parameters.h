#pragma once
/* How the meter reads one site's traffic; core/meter.h says what for. The configuration has a key
 * for each (burst, bridge, tail, settle, beacon, sitting); sites without parameters have these: */
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define METER_BURST_BYTES  UINT64_C(16000)
#define METER_BURST_USEC   (5 * USEC_PER_SEC)
#define METER_BRIDGE_USEC  (60 * USEC_PER_SEC)
#define METER_TAIL_USEC    (2 * USEC_PER_SEC)
#define METER_SETTLE_USEC  (10 * USEC_PER_SEC)
#define METER_BEACON_BYTES UINT64_C(1000)
#define METER_BEACON_USEC  (25 * USEC_PER_SEC)

struct meter_parameters {
	uint64_t burst_bytes; /* downward bytes that make a burst … */
	usec_t burst_usec;    /* … within this time */
	usec_t bridge_usec;   /* a gap between bursts up to this is reading */
	usec_t tail_usec;     /* credited after the last byte of a burst */
	usec_t settle_usec;   /* so long it must go on before it is a visit; counted then */
	uint64_t beacon_bytes; /* told home at once by a page in front; 0: this site never does … */
	usec_t beacon_usec;    /* … and again within this time */
	bool needs_media;      /* a sitting starts only when feed and media hosts move together */
};
