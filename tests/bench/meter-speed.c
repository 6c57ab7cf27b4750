/* What one sample costs the meter: nanoseconds of processor time, over traffic of every kind. */
#include <stdio.h>
#include <time.h>

#include "core/meter.h"

#define SAMPLES 4000000

static double cpu_nsec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* A scroll every 7 s, a beacon every 5 s, a poll every 3 s, half a minute away in an hour. */
static struct meter_sample sample_at(unsigned second)
{
	struct meter_sample s = { .from_usec = second * USEC_PER_SEC,
		.to_usec = (second + 1) * USEC_PER_SEC };

	s.away = second % 3600 < 30;
	if (second % 7 == 0)
		s.media_down_bytes = 300000;
	if (second % 5 == 0)
		s.feed_up_bytes = 3000;
	if (second % 3 == 0)
		s.feed_down_bytes = 1500;
	return s;
}

int main(void)
{
	const struct meter_parameters p = { METER_BURST_BYTES, METER_BURST_USEC, METER_BRIDGE_USEC,
		METER_TAIL_USEC, METER_SETTLE_USEC, METER_BEACON_BYTES, METER_BEACON_USEC, true };
	struct meter_credit credits[METER_CREDITS_MAX];
	struct meter m = { 0 };
	usec_t used = 0;
	double begin;

	begin = cpu_nsec();
	for (unsigned i = 0; i < SAMPLES; i++) {
		const struct meter_sample s = sample_at(i);
		const int n = meter_feed(&m, &p, &s, credits);

		for (int k = 0; k < n; k++)
			used += credits[k].to_usec - credits[k].from_usec;
	}
	printf("the meter itself: %.0f ns a sample (%zu bytes a person and site; %.0f of %d s "
	       "counted)\n",
		(cpu_nsec() - begin) / SAMPLES, sizeof(m), (double)used / USEC_PER_SEC, SAMPLES);
	return 0;
}
