/* Counts attention, not bytes: the window says whether enough moved lately to be a person looking,
 * the sitting joins such moments. It knows neither days nor limits. */
#include "core/meter.h"

#include <errno.h>
#include <string.h>

static usec_t later(usec_t a, usec_t b)
{
	return a > b ? a : b;
}

static usec_t earlier(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

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
		last->media_down_bytes += s->media_down_bytes;
		return;
	}
	m->window[m->n_window] = *s;
	if (s->to_usec - s->from_usec > METER_SAMPLE_USEC)
		m->window[m->n_window].from_usec = s->to_usec - METER_SAMPLE_USEC;
	m->n_window++;
}

/* Is there a burst in the window? Its first byte's time goes to *ret_from. */
static bool window_burst(const struct meter *m, const struct meter_parameters *p, usec_t *ret_from)
{
	uint64_t feed = 0, media = 0;

	for (size_t i = 0; i < m->n_window; i++) {
		feed += m->window[i].feed_down_bytes;
		media += m->window[i].media_down_bytes;
	}
	if (m->n_window == 0 || feed + media < p->burst_bytes)
		return false;
	if (!m->sitting && p->needs_media && (feed == 0 || media == 0))
		return false;
	*ret_from = m->window[0].from_usec;
	return true;
}

/* Adds [from, to) to the credits, less what is credited already and less the away stretch. */
static int credit_add(struct meter *m, usec_t from, usec_t to, struct meter_credit *credits, int n)
{
	const usec_t away_from = m->away_from_usec, away_to = m->away_to_usec;

	from = later(from, m->credited_usec);
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

/* The tail behind the last burst, as far as time has come. */
static int credit_tail(struct meter *m, const struct meter_parameters *p, usec_t now,
	struct meter_credit *credits, int n)
{
	if (!m->sitting)
		return n;
	n = credit_add(m, m->credited_usec, earlier(now, m->burst_usec + p->tail_usec), credits, n);
	if (now > m->burst_usec + p->bridge_usec)
		m->sitting = false;
	return n;
}

static void feed_away(struct meter *m, const struct meter_sample *s)
{
	if (m->away_to_usec < s->from_usec)
		m->away_from_usec = s->from_usec;
	m->away_to_usec = s->to_usec;
	m->n_window = 0;
}

int meter_feed(struct meter *m, const struct meter_parameters *p, const struct meter_sample *s,
	struct meter_credit credits[METER_CREDITS_MAX])
{
	const bool moved = s->feed_down_bytes + s->media_down_bytes > 0;
	const usec_t start = s->to_usec - s->from_usec > METER_SAMPLE_USEC
				     ? s->to_usec - METER_SAMPLE_USEC
				     : s->from_usec;
	usec_t from;
	int n = 0;

	if (s->to_usec < s->from_usec || s->to_usec < m->seen_usec)
		return -EINVAL;
	m->seen_usec = s->to_usec;
	if (s->away) {
		n = credit_tail(m, p, s->from_usec, credits, n);
		feed_away(m, s);
		return n;
	}
	if (moved) {
		window_forget(m, s->to_usec > p->burst_usec ? s->to_usec - p->burst_usec : 0);
		window_push(m, s);
		if (m->sitting && start > m->burst_usec + p->bridge_usec)
			n = credit_tail(m, p, start, credits, n);
	}
	if (!moved || !window_burst(m, p, &from))
		return credit_tail(m, p, s->to_usec, credits, n);
	if (m->sitting) {
		n = credit_add(m, m->credited_usec, s->to_usec, credits, n);
	} else {
		const int first = n;

		n = credit_add(m, from, s->to_usec, credits, n);
		if (n > first)
			credits[first].opens = true;
		m->sitting = true;
	}
	m->burst_usec = s->to_usec;
	return n;
}

usec_t meter_open_gap(const struct meter *m, const struct meter_parameters *p, usec_t now_boot_usec)
{
	usec_t gap;

	if (!m->sitting || now_boot_usec > m->burst_usec + p->bridge_usec ||
		now_boot_usec <= m->credited_usec)
		return 0;
	gap = now_boot_usec - m->credited_usec;
	if (m->away_to_usec > m->credited_usec)
		gap -= earlier(gap, m->away_to_usec - later(m->away_from_usec, m->credited_usec));
	return gap;
}

usec_t meter_next(const struct meter *m, const struct meter_parameters *p, usec_t now_boot_usec)
{
	if (!m->sitting)
		return USEC_INFINITY;
	if (now_boot_usec < m->burst_usec + p->tail_usec)
		return m->burst_usec + p->tail_usec;
	if (now_boot_usec <= m->burst_usec + p->bridge_usec)
		return m->burst_usec + p->bridge_usec + 1;
	return now_boot_usec + 1;
}
