#pragma once
/* Sets of stretches of time: sorted, disjoint, none of them empty, none touching the next. Adding
 * is a union, so that the order in which something is said, and how often, does not matter. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

struct interval {
	usec_t from_usec, to_usec; /* [from, to) */
};

struct intervals {
	struct interval *items;
	size_t n, room;
};

void intervals_done(struct intervals *s);
/* Adds one; an empty one is nothing. -ENOMEM: it stays as it was. */
int intervals_add(struct intervals *s, struct interval i);
/* Does a stretch of s hold all of it? */
bool intervals_hold(const struct intervals *s, struct interval i);
/* Adds another set's, each earlier by so much (below 0: later); none begins before 0. */
int intervals_add_all(struct intervals *s, const struct intervals *other, int64_t earlier_usec);
/* Appends what a has and b has not to *ret, which is empty. */
int intervals_without(const struct intervals *a, const struct intervals *b, struct intervals *ret);
usec_t intervals_measure(const struct intervals *s);
