#pragma once
/* From traffic to attention: samples of one person's bytes with one site go in, stretches of
 * attended time come out. Pure and replayable: no clock is read, nothing is kept outside struct
 * meter.
 *
 * Two things are signs of somebody looking. A burst: at least burst_bytes downward within
 * burst_usec, a good part of them media where the site has media hosts; pages that scroll, clips
 * and films make them, polls and buttons do not. A beacon: at least beacon_bytes that a page tells
 * home, more than it is answered, and less than an upload: what it reports while it is in front and
 * when it is left. A beacon never begins anything. The start of an upload is one too, for somebody
 * asked for it; how it goes on is no sign. What is told and asked at once may be either: it credits
 * nothing, but once the next sign may be waited for anew.
 *
 * A sitting begins with a burst in which feed and media hosts moved together, once it has gone on
 * for settle_usec and two more bursts or three beacons have come; it is then credited from its
 * first byte: what loads once on somebody else's page, or in a tab behind, never settles. The next
 * sign within bridge_usec of a burst credits the whole gap, within beacon_usec of a beacon: a page
 * that has told and then tells no more is not in front. One that tells while it loads has told.
 * Behind a burst tail_usec are credited as they pass. Away stretches credit nothing. */
#include "core/config.h"

#define METER_WINDOW_SAMPLES \
	16 /* samples kept to see a burst grow; short ticks make a few a second */
#define METER_CREDITS_MAX 4
#define METER_SAMPLE_USEC \
	USEC_PER_SEC /* bytes of a longer sample are taken to lie in its last second */
#define METER_READING_USEC (10 * 60 * USEC_PER_SEC) /* beacons alone credit so much */

/* Bytes that moved in (from_usec, to_usec], boot time. */
struct meter_sample {
	usec_t from_usec, to_usec;
	uint64_t feed_down_bytes, feed_up_bytes;
	uint64_t media_down_bytes, media_up_bytes;
	bool away; /* session locked, inactive or asleep: this stretch counts for nobody */
};

/* A stretch of attended time, boot time. Stretches of one meter never overlap and only grow
 * forward. */
struct meter_credit {
	usec_t from_usec, to_usec;
	bool opens; /* the first stretch of a sitting */
};

/* A plain value: the keeper stores it beside the usage, so that a restart goes on where it was. */
struct meter {
	bool sitting;              /* a sitting is open: its bridge has not passed */
	bool settling;             /* one may have begun, and is not credited yet … */
	usec_t settling_from_usec; /* … since its first byte, … */
	unsigned settling_bursts;  /* … with so many of each after it had loaded */
	unsigned settling_beacons;
	usec_t settling_burst_usec;  /* the last that was counted … */
	usec_t settling_beacon_usec; /* … of each */
	usec_t seen_usec;            /* end of the last sample */
	usec_t credited_usec;        /* end of the last stretch: everything before is decided */
	usec_t burst_usec;           /* end of the last burst */
	usec_t beacon_usec;          /* when the last beacon was told … */
	usec_t heard_usec;           /* … and known to be one */
	usec_t maybe_usec;     /* when one may have been told, the first since the last sign */
	usec_t upload_usec;    /* when an upload was last seen to go on */
	usec_t tail_usec;      /* end of what is credited without another sign */
	usec_t away_from_usec; /* the last away stretch, which a bridge must leave out */
	usec_t away_to_usec;
	size_t n_window;
	struct meter_sample window[METER_WINDOW_SAMPLES]; /* since the last burst and younger than
							     one may be long, oldest first */
};

/* Can these bytes, which were stored somewhere, be a meter? */
bool meter_is_sound(const struct meter *m);

/* Feeds one sample (in order of time; to_usec must not go back: -EINVAL) and returns in credits the
 * stretches it confirmed, and their number. A sample without bytes lets the tail grow and the
 * bridge run out. */
int meter_feed(struct meter *m, const struct meter_parameters *p, const struct meter_sample *s,
	struct meter_credit credits[METER_CREDITS_MAX]);
/* The gap that is open at now: what a burst at this moment would credit, 0 when none would. */
usec_t meter_open_gap(
	const struct meter *m, const struct meter_parameters *p, usec_t now_boot_usec);
/* Until when the open sitting goes on without another sign; 0: there is none. */
usec_t meter_live_until(const struct meter *m, const struct meter_parameters *p);
/* When the state changes next without traffic (the tail ends, the bridge runs out); USEC_INFINITY:
 * never. */
usec_t meter_next(const struct meter *m, const struct meter_parameters *p, usec_t now_boot_usec);
