/* Counts attention, not bytes: the window says whether what moved lately is a sign of a person
 * looking, the sitting joins such moments. It knows neither days nor limits. */
#include "core/meter.h"

#include <errno.h>
#include <string.h>

#define MEDIA_SHARE 4   /* of a burst's bytes at least a 4th are media */
#define ASKED_BYTES 512 /* on feed hosts, both ways: they moved too */
/* While a page loads something moves in every second. */
#define BURST_PAUSE_USEC METER_SAMPLE_USEC
/* A beacon and its answer are through by then. */
#define BEACON_SLICE_USEC (2 * USEC_PER_SEC)
/* Before that it may be a question whose answer is still to come. */
#define BEACON_ANSWER_USEC (500 * USEC_PER_MSEC)
/* Heads go up too, and are nothing that is told: those of the beacon's request (measured: 420
 * bytes), and of a question (200) and a ping (80) that happen to go beside it. */
#define BEACON_HEADS_BYTES UINT64_C(700)
/* Answered with more than so many times what it told: it was a question. */
#define MAYBE_ANSWER 2
/* One byte of so many that come is acknowledged by one that goes: 72 for two segments (IPv6). */
#define ACK_SHARE 40
/* What a page told so shortly before or after the end of a burst it told beside it. */
#define BESIDE_USEC (2 * USEC_PER_SEC)
/* Upward within a burst's time: more is an upload. */
#define BEACON_MAX_BYTES UINT64_C(64000)
/* No sign for so long: it was no visit. */
#define SETTLING_USEC (30 * USEC_PER_SEC)
/* Back within this it is the same sitting; what a gap credits then is not older than usage
 * remembers. */
#define AWAY_USEC (5 * 60 * USEC_PER_SEC)
/* So many of one kind settle it: a button and then a page to sign in are one burst more. What a
 * page tells within a slice of what was counted belongs to that. */
#define SETTLING_BURSTS  2
#define SETTLING_BEACONS 3

static void window_shift(struct meter *m, size_t n)
{
	memmove(m->window, m->window + n, (m->n_window - n) * sizeof(m->window[0]));
	m->n_window -= n;
}

/* Forgets what is older than a burst may be long. */
static void window_forget(struct meter *m, usec_t before_usec)
{
	size_t n = 0;

	while (n < m->n_window && m->window[n].to_usec <= before_usec)
		n++;
	window_shift(m, n);
}

/* When the window is full of short samples two of them become one. */
static void window_push(struct meter *m, const struct meter_sample *s)
{
	struct meter_sample *last = m->n_window > 0 ? &m->window[m->n_window - 1] : NULL;

	if (m->n_window == METER_WINDOW_SAMPLES) {
		last->to_usec = s->to_usec;
		last->feed_down_bytes += s->feed_down_bytes;
		last->feed_up_bytes += s->feed_up_bytes;
		last->media_down_bytes += s->media_down_bytes;
		last->media_up_bytes += s->media_up_bytes;
		return;
	}
	m->window[m->n_window] = *s;
	if (s->to_usec - s->from_usec > METER_SAMPLE_USEC)
		m->window[m->n_window].from_usec = s->to_usec - METER_SAMPLE_USEC;
	m->n_window++;
}

/* All that moved in samples that begin at since_usec or later; from_usec: the first of them. */
static struct meter_sample window_sum(const struct meter *m, usec_t since_usec)
{
	struct meter_sample sum = { .from_usec = USEC_INFINITY };

	for (size_t i = 0; i < m->n_window; i++) {
		const struct meter_sample *s = &m->window[i];

		if (s->from_usec < since_usec)
			continue;
		sum.from_usec = usec_earlier(sum.from_usec, s->from_usec);
		sum.feed_down_bytes += s->feed_down_bytes;
		sum.feed_up_bytes += s->feed_up_bytes;
		sum.media_down_bytes += s->media_down_bytes;
		sum.media_up_bytes += s->media_up_bytes;
	}
	return sum;
}

enum sign { SIGN_NONE, SIGN_MAYBE, SIGN_BEACON, SIGN_BURST };

/* Enough came down since then, a good part of it media. */
static bool is_burst(const struct meter_sample *sum, const struct meter_parameters *p)
{
	return sum->feed_down_bytes + sum->media_down_bytes >= p->burst_bytes &&
	       (!p->needs_media || sum->media_down_bytes >= p->burst_bytes / MEDIA_SHARE);
}

/* Bursts go on with media alone, as a film does; they begin something only where the page's own
 * hosts moved too. */
static bool window_burst(const struct meter *m, const struct meter_parameters *p)
{
	const struct meter_sample sum = window_sum(m, 0);
	const bool begun = m->sitting || m->settling || !p->needs_media;

	return is_burst(&sum, p) &&
	       (begun || sum.feed_down_bytes + sum.feed_up_bytes >= ASKED_BYTES);
}

/* Since when a beacon that is known at now may have been told. */
static usec_t slice_begins(const struct meter *m, usec_t now)
{
	return usec_later(now > BEACON_SLICE_USEC ? now - BEACON_SLICE_USEC : 0, m->heard_usec);
}

static enum sign window_beacon(const struct meter *m, const struct meter_parameters *p, usec_t now)
{
	const struct meter_sample sum = window_sum(m, slice_begins(m, now));
	const struct meter_sample all = window_sum(m, 0);

	if (p->beacon_bytes == 0 || m->n_window == 0 ||
		(sum.from_usec != USEC_INFINITY && now < sum.from_usec + BEACON_ANSWER_USEC))
		return SIGN_NONE;
	if (sum.feed_up_bytes < p->beacon_bytes + BEACON_HEADS_BYTES ||
		all.feed_up_bytes + all.media_up_bytes > BEACON_MAX_BYTES)
		return SIGN_NONE;
	if (sum.feed_up_bytes >= sum.feed_down_bytes + p->beacon_bytes)
		return SIGN_BEACON;
	return sum.feed_down_bytes <= MAYBE_ANSWER * sum.feed_up_bytes ? SIGN_MAYBE : SIGN_NONE;
}

/* Did the page tell home while it loaded? The answers are no measure then. */
static bool window_told(const struct meter *m, const struct meter_parameters *p, usec_t now)
{
	const struct meter_sample sum = window_sum(m, slice_begins(m, now));

	return p->beacon_bytes > 0 && sum.feed_up_bytes <= BEACON_MAX_BYTES &&
	       sum.feed_up_bytes >=
		       p->beacon_bytes + BEACON_HEADS_BYTES + sum.feed_down_bytes / ACK_SHARE;
}

/* An upload that pauses for less than a beacon holds is the same one. */
static bool window_upload(struct meter *m, const struct meter_parameters *p, usec_t now)
{
	const struct meter_sample all = window_sum(m, 0);
	const bool begins = now > m->upload_usec + p->beacon_usec;

	if (p->beacon_bytes == 0 || all.feed_up_bytes + all.media_up_bytes <= BEACON_MAX_BYTES)
		return false;
	m->upload_usec = now;
	return begins;
}

static enum sign window_sign(struct meter *m, const struct meter_parameters *p, usec_t now)
{
	const bool upload = window_upload(m, p, now);

	if (window_burst(m, p))
		return SIGN_BURST;
	return upload && m->sitting ? SIGN_BEACON : window_beacon(m, p, now);
}

/* Adds [from, to) to the credits, less what is credited already and less the away stretch. */
static int credit_add(struct meter *m, usec_t from, usec_t to, struct meter_credit *credits, int n)
{
	const usec_t away_from = m->away_from_usec, away_to = m->away_to_usec;

	from = usec_later(from, m->credited_usec);
	if (away_from < to && away_to > from) {
		if (from < away_from)
			credits[n++] =
				(struct meter_credit){ .from_usec = from, .to_usec = away_from };
		from = away_to;
	}
	if (from < to) {
		credits[n++] = (struct meter_credit){ .from_usec = from, .to_usec = to };
		m->credited_usec = to;
	}
	return n;
}

/* When the beacon that is known at now was told: the keeper is woken by its first packet. */
static usec_t beacon_told(const struct meter *m, usec_t now)
{
	for (size_t i = 0; i < m->n_window; i++)
		if (m->window[i].from_usec >= slice_begins(m, now) &&
			m->window[i].feed_up_bytes > 0)
			return m->window[i].to_usec;
	return now;
}

static usec_t last_sign(const struct meter *m)
{
	return usec_later(m->burst_usec, m->beacon_usec);
}

/* Since when the next one is waited for. */
static usec_t waiting_since(const struct meter *m)
{
	return usec_later(last_sign(m), m->maybe_usec);
}

/* Until when the next burst still belongs to the same sitting. */
static usec_t reach(const struct meter *m, const struct meter_parameters *p)
{
	return m->beacon_usec + BESIDE_USEC >= m->burst_usec ? waiting_since(m) + p->beacon_usec
							     : m->burst_usec + p->bridge_usec;
}

/* Only the first since a sign: a page behind may ask so for hours. */
static void take_maybe(struct meter *m, const struct meter_parameters *p, usec_t now)
{
	if (m->maybe_usec <= last_sign(m) && now <= last_sign(m) + p->beacon_usec)
		m->maybe_usec = now;
}

/* A page that told beside a burst may have been left in that moment. */
static void take_told(struct meter *m, const struct meter_parameters *p, usec_t now)
{
	if (now <= m->burst_usec + BESIDE_USEC && window_told(m, p, now))
		m->beacon_usec = m->tail_usec = beacon_told(m, now);
}

/* What passes by itself until now: the tail is credited, the bridge runs out. */
static int pass_time(struct meter *m, const struct meter_parameters *p, usec_t now,
	struct meter_credit *credits, int n)
{
	if (m->settling && now > waiting_since(m) + SETTLING_USEC)
		m->settling = false;
	if (!m->sitting)
		return n;
	n = credit_add(m, m->credited_usec, usec_earlier(now, m->tail_usec), credits, n);
	if (now > reach(m, p))
		m->sitting = false;
	return n;
}

/* A beacon keeps a sitting only as long as it comes as often as from a page in front, and somebody
 * scrolled or turned a page not too long ago. */
static bool beacon_holds(
	const struct meter *m, const struct meter_parameters *p, usec_t start, usec_t now)
{
	return start <= waiting_since(m) + usec_earlier(p->beacon_usec, p->bridge_usec) &&
	       now <= m->burst_usec + METER_READING_USEC;
}

/* Has what began gone on for long enough to be a visit? Bursts in a row are one. */
static bool has_settled(
	struct meter *m, const struct meter_parameters *p, usec_t now, enum sign sign)
{
	if (p->settle_usec == 0)
		return true;
	if (now < m->settling_from_usec + p->settle_usec)
		return false;
	if (sign == SIGN_BEACON) {
		if (now < m->settling_beacon_usec + BEACON_SLICE_USEC)
			return false;
		m->settling_beacon_usec = now;
		return ++m->settling_beacons >= SETTLING_BEACONS;
	}
	if (now < m->settling_burst_usec + p->burst_usec)
		return false;
	m->settling_burst_usec = now;
	return ++m->settling_bursts >= SETTLING_BURSTS;
}

static int open_sitting(struct meter *m, usec_t now, struct meter_credit *credits, int n)
{
	const int first = n;

	n = credit_add(m, m->settling_from_usec, now, credits, n);
	if (n > first)
		credits[first].opens = true;
	m->settling = false;
	m->sitting = true;
	return n;
}

/* The first byte of the burst that the window holds. What moved before a pause, and whose bytes the
 * burst does not need, was something else: a tab behind that asked for news just before it was
 * turned to. */
static usec_t burst_began(const struct meter *m, const struct meter_parameters *p)
{
	for (size_t i = m->n_window - 1; i > 0; i--) {
		const usec_t from_usec = m->window[i].from_usec;
		struct meter_sample sum;

		if (from_usec < m->window[i - 1].to_usec + BURST_PAUSE_USEC)
			continue;
		sum = window_sum(m, from_usec);
		if (is_burst(&sum, p))
			return from_usec;
	}
	return m->window[0].from_usec;
}

/* Somebody looks: what does it credit? */
static int take_sign(struct meter *m, const struct meter_parameters *p, enum sign sign, usec_t now,
	struct meter_credit *credits)
{
	int n = 0;

	if (!m->sitting && !m->settling && sign == SIGN_BURST) {
		m->settling_from_usec = burst_began(m, p);
		m->settling = true;
		m->settling_beacons = m->settling_bursts = 0;
	}
	if (m->sitting)
		n = credit_add(m, m->credited_usec, now, credits, n);
	else if (m->settling && has_settled(m, p, now, sign))
		n = open_sitting(m, now, credits, n);
	if (sign == SIGN_BEACON) {
		m->beacon_usec = m->tail_usec = now;
		return n;
	}
	m->burst_usec = now;
	m->tail_usec = now + p->tail_usec;
	take_told(m, p, now);
	m->n_window = 0;
	return n;
}

/* The bridge does not run while nobody is there, or a screen locked for a moment would end a
 * sitting and lose what was read before and after. One stretch can be left out of a gap; at a
 * second one what lies before the first is given up. */
static void feed_away(struct meter *m, const struct meter_sample *s)
{
	if (m->away_to_usec < s->from_usec) {
		m->credited_usec = usec_later(m->credited_usec, m->away_to_usec);
		m->away_from_usec = s->from_usec;
	}
	m->away_to_usec = s->to_usec;
	if (m->sitting && s->to_usec - m->away_from_usec <= AWAY_USEC) {
		m->burst_usec += s->to_usec - s->from_usec;
		m->beacon_usec += s->to_usec - s->from_usec;
		m->maybe_usec += s->to_usec - s->from_usec;
	}
	m->settling = false;
	m->n_window = 0;
}

int meter_feed(struct meter *m, const struct meter_parameters *p, const struct meter_sample *s,
	struct meter_credit credits[METER_CREDITS_MAX])
{
	const usec_t start = s->to_usec - s->from_usec > METER_SAMPLE_USEC
				     ? s->to_usec - METER_SAMPLE_USEC
				     : s->from_usec;
	usec_t when = s->to_usec;
	enum sign sign;
	int n;

	if (s->to_usec < s->from_usec || s->to_usec < m->seen_usec)
		return -EINVAL;
	m->seen_usec = s->to_usec;
	if (s->away) {
		n = pass_time(m, p, s->from_usec, credits, 0);
		feed_away(m, s);
		return n;
	}
	n = pass_time(m, p, start, credits, 0);
	window_forget(m, s->to_usec > p->burst_usec ? s->to_usec - p->burst_usec : 0);
	if (s->feed_down_bytes + s->feed_up_bytes + s->media_down_bytes + s->media_up_bytes > 0)
		window_push(m, s);
	sign = m->n_window > 0 ? window_sign(m, p, s->to_usec) : SIGN_NONE;
	if (sign == SIGN_BEACON) {
		when = beacon_told(m, s->to_usec);
		m->heard_usec = s->to_usec;
		if (!beacon_holds(m, p, start, when))
			sign = SIGN_NONE;
	}
	if (sign == SIGN_BEACON || sign == SIGN_BURST)
		return n + take_sign(m, p, sign, when, credits + n);
	if (sign == SIGN_MAYBE)
		take_maybe(m, p, s->to_usec);
	take_told(m, p, s->to_usec);
	return pass_time(m, p, s->to_usec, credits, n);
}

usec_t meter_open_gap(const struct meter *m, const struct meter_parameters *p, usec_t now_boot_usec)
{
	usec_t gap;

	if (!m->sitting || now_boot_usec > reach(m, p) || now_boot_usec <= m->credited_usec)
		return 0;
	gap = now_boot_usec - m->credited_usec;
	if (m->away_to_usec > m->credited_usec)
		gap -= usec_earlier(
			gap, m->away_to_usec - usec_later(m->away_from_usec, m->credited_usec));
	return gap;
}

usec_t meter_live_until(const struct meter *m, const struct meter_parameters *p)
{
	return m->sitting ? reach(m, p) : 0;
}

usec_t meter_next(const struct meter *m, const struct meter_parameters *p, usec_t now_boot_usec)
{
	if (!m->sitting)
		return USEC_INFINITY;
	if (now_boot_usec < m->tail_usec)
		return m->tail_usec;
	if (now_boot_usec <= reach(m, p))
		return reach(m, p) + 1;
	return now_boot_usec + 1;
}

/* Not read as a bool: that is for the compiler to believe. */
static bool is_bool(const bool *b)
{
	unsigned char byte;

	memcpy(&byte, b, sizeof(byte));
	return byte <= 1;
}

bool meter_is_sound(const struct meter *m)
{
	bool sound = m->n_window <= METER_WINDOW_SAMPLES && is_bool(&m->sitting) &&
		     is_bool(&m->settling);

	for (size_t i = 0; sound && i < m->n_window; i++)
		sound = is_bool(&m->window[i].away);
	return sound;
}
