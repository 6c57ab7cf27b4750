/* A week as a row of bits. A stretch of it becomes one window where it is shorter than a day, and a
 * window for each day otherwise; days with the same hours share one. */
#include "core/window-set.h"

#include <string.h>

#define MIN_PER_DAY 1440

static bool has(const struct window_set *set, unsigned minute)
{
	minute %= WINDOW_SET_MINUTES;
	return set->bits[minute / 64] >> (minute % 64) & 1;
}

static void fill_day(struct window_set *set, const struct window *w, unsigned day)
{
	const unsigned to_min = w->to_min > w->from_min ? w->to_min : w->to_min + MIN_PER_DAY;

	for (unsigned i = w->from_min; i < to_min; i++) {
		const unsigned minute = (day * MIN_PER_DAY + i) % WINDOW_SET_MINUTES;

		set->bits[minute / 64] |= UINT64_C(1) << (minute % 64);
	}
}

void window_set_fill(struct window_set *set, const struct window *windows, size_t n)
{
	memset(set, 0, sizeof(*set));
	for (size_t i = 0; i < n; i++)
		for (unsigned day = 0; day < 7; day++)
			if (windows[i].days & (1U << day))
				fill_day(set, &windows[i], day);
}

void window_set_intersect(struct window_set *set, const struct window_set *by)
{
	for (size_t i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		set->bits[i] &= by->bits[i];
}

void window_set_unite(struct window_set *set, const struct window_set *by)
{
	for (size_t i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		set->bits[i] |= by->bits[i];
}

bool window_set_equal(const struct window_set *a, const struct window_set *b)
{
	return memcmp(a->bits, b->bits, sizeof(a->bits)) == 0;
}

static size_t add(struct window ret[CONFIG_WINDOWS_MAX], size_t n, unsigned day, struct window w)
{
	for (size_t i = 0; i < n; i++)
		if (ret[i].from_min == w.from_min && ret[i].to_min == w.to_min) {
			ret[i].days |= (uint8_t)(1U << day);
			return n;
		}
	if (n == CONFIG_WINDOWS_MAX)
		return n;
	w.days = (uint8_t)(1U << day);
	ret[n] = w;
	return n + 1;
}

/* One stretch from a minute on that the minute before it is not in. */
static size_t add_stretch(
	struct window ret[CONFIG_WINDOWS_MAX], size_t n, unsigned from, unsigned length)
{
	while (length > 0) {
		const unsigned day = from / MIN_PER_DAY % 7, min = from % MIN_PER_DAY;
		const unsigned today = MIN_PER_DAY - min;
		const unsigned part = length < MIN_PER_DAY || length < today ? length : today;
		const unsigned to = (min + part) % MIN_PER_DAY;

		n = add(ret, n, day,
			(struct window){ .from_min = (uint16_t)min,
				.to_min = (uint16_t)(to > 0 ? to : MIN_PER_DAY) });
		from += part;
		length -= part;
	}
	return n;
}

size_t window_set_list(const struct window_set *set, struct window ret[CONFIG_WINDOWS_MAX])
{
	unsigned first = 0, length = 0;
	size_t n = 0;

	/* begin where something ends, so that no stretch is cut in two; a whole week has no end */
	while (first < WINDOW_SET_MINUTES && has(set, first + WINDOW_SET_MINUTES - 1))
		first++;
	if (first == WINDOW_SET_MINUTES)
		return add_stretch(ret, 0, 0, WINDOW_SET_MINUTES);
	for (unsigned i = first; i <= first + WINDOW_SET_MINUTES; i++) {
		if (i < first + WINDOW_SET_MINUTES && has(set, i)) {
			length++;
			continue;
		}
		n = add_stretch(ret, n, (i - length) % WINDOW_SET_MINUTES, length);
		length = 0;
	}
	if (n == 0)
		ret[n++] = (struct window){ .days = 0, .from_min = 0, .to_min = MIN_PER_DAY };
	return n;
}
