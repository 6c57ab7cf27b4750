/* Civil time by libc's rules for the zone: mktime(3) and localtime_r(3) know the gaps and the
 * doubled hours. Takes instants, reads no clock. */
#include "core/calendar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MIN_PER_DAY   1440
#define SEARCH_DAYS   8 /* windows repeat weekly */
#define EPOCH_WEEKDAY 3 /* 1970-01-01 was a Thursday; Monday is 0 */

/* Days since 1970-01-01 of a civil date (proleptic Gregorian; the algorithm of Howard Hinnant's
 * "chrono-compatible low-level date algorithms"). */
static int32_t days_from_civil(int year, int month, int mday)
{
	const int y = month <= 2 ? year - 1 : year;
	const int era = (y >= 0 ? y : y - 399) / 400;
	const int yoe = y - era * 400;
	const int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
	const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

static void civil_from_days(int32_t day, struct tm *ret)
{
	const int64_t z = (int64_t)day + 719468;
	const int era = (int)((z >= 0 ? z : z - 146096) / 146097);
	const int doe = (int)(z - (int64_t)era * 146097);
	const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	const int mp = (5 * doy + 2) / 153;

	ret->tm_mday = doy - (153 * mp + 2) / 5 + 1;
	ret->tm_mon = mp < 10 ? mp + 2 : mp - 10;
	ret->tm_year = yoe + era * 400 + (ret->tm_mon <= 1) - 1900;
}

static void civil(usec_t wall_usec, struct tm *ret)
{
	const time_t t = (time_t)(wall_usec / USEC_PER_SEC);

	memset(ret, 0, sizeof(*ret));
	localtime_r(&t, ret);
}

static int32_t civil_day(const struct tm *t)
{
	return days_from_civil(t->tm_year + 1900, t->tm_mon + 1, t->tm_mday);
}

/* What was before 1970 began with it: a machine without a clock of its own may live then. */
static usec_t usec_of(time_t t)
{
	return t > 0 ? (usec_t)t * USEC_PER_SEC : 0;
}

/* The civil minute of a day as an instant. In a gap: the first instant behind it; doubled: the
 * first. */
static usec_t instant_of(int32_t day, unsigned minute)
{
	struct tm wanted = { .tm_isdst = -1 }, got;
	time_t t, earlier;

	civil_from_days(day + (int32_t)(minute / MIN_PER_DAY), &wanted);
	minute %= MIN_PER_DAY;
	wanted.tm_hour = (int)(minute / 60);
	wanted.tm_min = (int)(minute % 60);
	got = wanted;
	t = mktime(&got);
	if (got.tm_hour != wanted.tm_hour || got.tm_min != wanted.tm_min ||
		got.tm_mday != wanted.tm_mday) {
		/* A gap: mktime() went over or back by its length. Walk to its end, minute by
		 * minute. */
		const int32_t day_wanted = civil_day(&wanted);
		struct tm at;

		for (earlier = t - 3 * SEC_PER_HOUR; earlier < t + 3 * SEC_PER_HOUR;
			earlier += 60) {
			localtime_r(&earlier, &at);
			if (civil_day(&at) > day_wanted ||
				(civil_day(&at) == day_wanted &&
					at.tm_hour * 60 + at.tm_min >=
						wanted.tm_hour * 60 + wanted.tm_min))
				return usec_of(earlier);
		}
	}
	/* A doubled time: take the earlier of the two when there is one with the same civil time.
	 */
	for (int back = 30; back <= 120; back += 30) {
		struct tm at;

		earlier = t - back * 60;
		localtime_r(&earlier, &at);
		if (at.tm_hour == got.tm_hour && at.tm_min == got.tm_min &&
			at.tm_mday == got.tm_mday)
			return usec_of(earlier);
	}
	return usec_of(t);
}

usec_t calendar_day_start(int32_t day, unsigned day_start_min)
{
	return instant_of(day, day_start_min);
}

int32_t calendar_day(usec_t wall_usec, unsigned day_start_min)
{
	struct tm t;
	int32_t day;

	civil(wall_usec, &t);
	day = civil_day(&t);
	while (calendar_day_start(day, day_start_min) > wall_usec)
		day--;
	while (calendar_day_start(day + 1, day_start_min) <= wall_usec)
		day++;
	return day;
}

/* 0 for Monday. */
static int weekday(int32_t day)
{
	return (int)(((int64_t)day + EPOCH_WEEKDAY) % 7 + 7) % 7;
}

/* Of any number, for a damaged ledger may say any; no week begins before the first day. */
int32_t calendar_week_start(int32_t day)
{
	const int64_t start = (int64_t)day - weekday(day);

	return start > INT32_MIN ? (int32_t)start : INT32_MIN;
}

const char *calendar_format_day(int32_t day, char buffer[CALENDAR_DAY_TEXT_MAX])
{
	struct tm t = { 0 };

	civil_from_days(day, &t);
	snprintf(buffer, CALENDAR_DAY_TEXT_MAX, "%04d-%02d-%02d", (t.tm_year + 1900) % 10000,
		t.tm_mon + 1, t.tm_mday);
	return buffer;
}

int calendar_parse_day(const char *text, int32_t *ret)
{
	char again[CALENDAR_DAY_TEXT_MAX], end;
	int year, month, mday;
	int32_t day;

	if (sscanf(text, "%4d-%2d-%2d%c", &year, &month, &mday, &end) != 3 || month < 1 ||
		month > 12 || mday < 1 || mday > 31)
		return -EINVAL;
	day = days_from_civil(year, month, mday);
	if (strcmp(calendar_format_day(day, again), text) != 0)
		return -EINVAL;
	*ret = day;
	return 0;
}

/* Does the window that begins on this civil day cover the instant? Notes both its edges, and
 * whether it is still to come. */
static bool window_covers(
	const struct window *w, int32_t day, usec_t wall_usec, usec_t *change, bool *ahead)
{
	const unsigned to_min = w->to_min > w->from_min ? w->to_min : w->to_min + MIN_PER_DAY;
	usec_t from, to;

	if (!(w->days & (1U << weekday(day))))
		return false;
	from = instant_of(day, w->from_min);
	to = instant_of(day, to_min);
	if (from > wall_usec && from < *change)
		*change = from;
	if (to > wall_usec && to < *change)
		*change = to;
	*ahead = from > wall_usec;
	return from <= wall_usec && wall_usec < to;
}

static bool any_open(const struct window *windows, size_t n, usec_t wall_usec, usec_t *change)
{
	struct tm t;
	int32_t today;
	bool open = false;

	civil(wall_usec, &t);
	today = civil_day(&t);
	for (size_t i = 0; i < n; i++) {
		bool ahead = false; /* what comes after that is later still */

		for (int32_t day = today - 1; day <= today + SEARCH_DAYS && !ahead; day++)
			open |= window_covers(&windows[i], day, wall_usec, change, &ahead);
	}
	return open;
}

bool calendar_windows_open(
	const struct window *windows, size_t n_windows, usec_t wall_usec, usec_t *ret_change_usec)
{
	usec_t at = wall_usec, change = USEC_INFINITY;
	bool open;

	if (n_windows == 0) {
		*ret_change_usec = USEC_INFINITY;
		return true;
	}
	open = any_open(windows, n_windows, wall_usec, &change);
	/* An edge inside another window changes nothing: go on to the first that does. */
	while (change != USEC_INFINITY &&
		change - wall_usec <= SEARCH_DAYS * (usec_t)SEC_PER_DAY * USEC_PER_SEC) {
		usec_t next = USEC_INFINITY;

		at = change;
		if (any_open(windows, n_windows, at, &next) != open) {
			*ret_change_usec = at;
			return open;
		}
		change = next;
	}
	*ret_change_usec = USEC_INFINITY;
	return open;
}
