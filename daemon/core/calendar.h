#pragma once
/* Civil time: quota days, weeks and windows in the zone of the machine (TZ or /etc/localtime, read
 * by libc; call tzset() after a change). Days are counted as int32_t: days since 1970-01-01 of the
 * civil date on which the quota day begins. */
#include "core/config.h"

#define CALENDAR_DAY_TEXT_MAX 40 /* an int32_t of days never fills it */

/* The quota day that wall_usec lies in, when days begin day_start_min after local midnight. */
int32_t calendar_day(usec_t wall_usec, unsigned day_start_min);
/* The instant at which the quota day begins: the first instant of that day whose civil time is at
 * or after day_start (a start skipped by DST begins right after the gap; a doubled one at its
 * first). */
usec_t calendar_day_start(int32_t day, unsigned day_start_min);
/* Monday of the week the day lies in. */
int32_t calendar_week_start(int32_t day);
/* "2026-11-23", and back (-EINVAL). */
const char *calendar_format_day(int32_t day, char buffer[CALENDAR_DAY_TEXT_MAX]);
int calendar_parse_day(const char *text, int32_t *ret);
/* Is any of the windows open now (true when there are none), and in *ret_change_usec when that
 * changes next (USEC_INFINITY: never; at most 8 days ahead are searched). */
bool calendar_windows_open(
	const struct window *windows, size_t n_windows, usec_t wall_usec, usec_t *ret_change_usec);
