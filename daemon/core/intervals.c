/* Unions and differences of stretches of time, by one walk each. */
#include "core/intervals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 4

void intervals_done(struct intervals *s)
{
	free(s->items);
	*s = (struct intervals){ 0 };
}

/* The first that ends at or after an instant: time mostly goes on at the end, so look there first.
 */
static size_t find(const struct intervals *s, usec_t at_usec)
{
	size_t low = 0, high = s->n;

	if (s->n > 0 && s->items[s->n - 1].from_usec <= at_usec)
		return s->items[s->n - 1].to_usec >= at_usec ? s->n - 1 : s->n;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (s->items[middle].to_usec < at_usec)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int make_room(struct intervals *s)
{
	const size_t room = s->room > 0 ? 2 * s->room : ROOM_FIRST;
	struct interval *items;

	if (s->n < s->room)
		return 0;
	items = reallocarray(s->items, room, sizeof(*items));
	if (!items)
		return -ENOMEM;
	s->items = items;
	s->room = room;
	return 0;
}

int intervals_add(struct intervals *s, struct interval i)
{
	const size_t first = find(s, i.from_usec);
	size_t end = first;

	if (i.to_usec <= i.from_usec)
		return 0;
	for (; end < s->n && s->items[end].from_usec <= i.to_usec; end++) {
		if (s->items[end].from_usec < i.from_usec)
			i.from_usec = s->items[end].from_usec;
		if (s->items[end].to_usec > i.to_usec)
			i.to_usec = s->items[end].to_usec;
	}
	if (end == first && make_room(s) < 0)
		return -ENOMEM;
	memmove(s->items + first + 1, s->items + end, (s->n - end) * sizeof(*s->items));
	s->items[first] = i;
	s->n = s->n + 1 - (end - first);
	return 0;
}

bool intervals_hold(const struct intervals *s, struct interval i)
{
	const size_t at = find(s, i.from_usec);

	if (i.to_usec <= i.from_usec)
		return true;
	if (at < s->n && s->items[at].from_usec <= i.from_usec && s->items[at].to_usec >= i.to_usec)
		return true;
	return false;
}

static usec_t moved(usec_t at_usec, int64_t earlier_usec)
{
	if (earlier_usec <= 0)
		return at_usec + (usec_t)-earlier_usec;
	return at_usec > (usec_t)earlier_usec ? at_usec - (usec_t)earlier_usec : 0;
}

int intervals_add_all(struct intervals *s, const struct intervals *other, int64_t earlier_usec)
{
	int r = 0;

	for (size_t i = 0; i < other->n && r >= 0; i++)
		r = intervals_add(
			s, (struct interval){ moved(other->items[i].from_usec, earlier_usec),
				   moved(other->items[i].to_usec, earlier_usec) });
	return r;
}

int intervals_without(const struct intervals *a, const struct intervals *b, struct intervals *ret)
{
	size_t k = 0;
	int r = 0;

	for (size_t i = 0; i < a->n && r >= 0; i++) {
		usec_t from = a->items[i].from_usec;

		while (k < b->n && b->items[k].to_usec <= from)
			k++;
		for (size_t j = k;
			j < b->n && r >= 0 && b->items[j].from_usec < a->items[i].to_usec; j++) {
			r = intervals_add(ret, (struct interval){ from, b->items[j].from_usec });
			from = b->items[j].to_usec;
		}
		if (r >= 0)
			r = intervals_add(ret, (struct interval){ from, a->items[i].to_usec });
	}
	return r;
}

usec_t intervals_measure(const struct intervals *s)
{
	usec_t sum = 0;

	for (size_t i = 0; i < s->n; i++)
		sum += s->items[i].to_usec - s->items[i].from_usec;
	return sum;
}
