#pragma once
/* For tests of the meter: one person in front of one site. Seconds tick, bytes come, credits add
 * up. To be included behind cmocka.h. */
#include "core/meter.h"

#define SEC(n) ((usec_t)(n)*USEC_PER_SEC)

static const struct meter_parameters feed = { .burst_bytes = METER_BURST_BYTES,
	.burst_usec = METER_BURST_USEC,
	.bridge_usec = METER_BRIDGE_USEC,
	.tail_usec = METER_TAIL_USEC,
	.needs_media = true };

struct scene {
	struct meter meter;
	struct meter_parameters parameters;
	usec_t now, credited, last_end;
	int opens;
};

static inline void scene_feed(struct scene *s, struct meter_sample sample)
{
	struct meter_credit credits[METER_CREDITS_MAX];
	int n;

	sample.from_usec = s->now;
	s->now = sample.to_usec;
	n = meter_feed(&s->meter, &s->parameters, &sample, credits);
	assert_in_range(n, 0, METER_CREDITS_MAX);
	for (int i = 0; i < n; i++) {
		assert_true(credits[i].from_usec < credits[i].to_usec);
		assert_true(credits[i].from_usec >= s->last_end);
		assert_true(credits[i].to_usec <= s->now);
		s->last_end = credits[i].to_usec;
		s->credited += credits[i].to_usec - credits[i].from_usec;
		s->opens += credits[i].opens;
	}
}

static inline void scene_second(struct scene *s, uint64_t feed_bytes, uint64_t media_bytes)
{
	scene_feed(s, (struct meter_sample){ .to_usec = s->now + USEC_PER_SEC,
			      .feed_down_bytes = feed_bytes,
			      .media_down_bytes = media_bytes });
}

/* A page tells home: so many bytes up, a short answer down. */
static inline void scene_beacon(struct scene *s, uint64_t bytes)
{
	scene_feed(s, (struct meter_sample){ .to_usec = s->now + USEC_PER_SEC,
			      .feed_up_bytes = bytes,
			      .feed_down_bytes = 300 });
}

static inline void scene_quiet(struct scene *s, unsigned sec)
{
	while (sec-- > 0)
		scene_second(s, 0, 0);
}

static inline void scene_away(struct scene *s, unsigned sec)
{
	while (sec-- > 0)
		scene_feed(
			s, (struct meter_sample){ .to_usec = s->now + USEC_PER_SEC, .away = true });
}

static inline struct scene scene_begin(void)
{
	return (struct scene){ .parameters = feed, .now = SEC(1000), .last_end = SEC(1000) };
}

static inline struct scene scene_of_a_page(void)
{
	struct scene s = scene_begin();

	s.parameters.settle_usec = METER_SETTLE_USEC;
	s.parameters.beacon_bytes = METER_BEACON_BYTES;
	s.parameters.beacon_usec = METER_BEACON_USEC;
	return s;
}

/* A page has loaded, was scrolled, and counts. */
static inline struct scene scene_of_a_visit(void)
{
	struct scene s = scene_of_a_page();

	for (int i = 0; i < 16; i++)
		scene_second(&s, 20000, 90000);
	assert_int_equal(s.credited, SEC(16));
	return s;
}
