#pragma once
/* The minutes of a week, as sets: what two lists of open hours have in common. Civil minutes from
 * Monday 00:00 on; what the clock does on a day of its own is core/calendar's. */
#include "core/config.h"

#define WINDOW_SET_MINUTES (7 * 1440)

struct window_set {
	uint64_t bits[(WINDOW_SET_MINUTES + 63) / 64];
};

/* The minutes that any of the windows covers; none for no window. */
void window_set_fill(struct window_set *set, const struct window *windows, size_t n);
void window_set_intersect(struct window_set *set, const struct window_set *by);
void window_set_unite(struct window_set *set, const struct window_set *by);
bool window_set_equal(const struct window_set *a, const struct window_set *b);
/* As windows, at most CONFIG_WINDOWS_MAX: where that is too little, the last ones are left out, so
 * that never more is open than in the set. An empty set is one window that never opens. */
size_t window_set_list(const struct window_set *set, struct window ret[CONFIG_WINDOWS_MAX]);
