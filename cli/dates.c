/* Local civil days, by libc. */
#include "dates.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* YYYY-MM-DD and nothing behind it; a day that the month does not have is none. */
static bool read_civil(const char *text, struct tm *ret)
{
	int year, month, day, length = 0;
	struct tm tm;

	if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &length) != 3 || length != 10 ||
		text[length])
		return false;
	tm = (struct tm){
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1
	};
	*ret = tm;
	return mktime(&tm) != -1 && tm.tm_mon == month - 1 && tm.tm_mday == day;
}

int dates_parse(const char *text, int64_t now_usec, int64_t *ret_usec)
{
	const time_t now = (time_t)(now_usec / (int64_t)USEC_PER_SEC);
	struct tm tm;
	time_t t;

	localtime_r(&now, &tm);
	if (strcmp(text, "yesterday") == 0)
		tm.tm_mday--;
	else if (strcmp(text, "today") != 0 && !read_civil(text, &tm))
		return -EINVAL;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	t = mktime(&tm);
	if (t < 0)
		return -EINVAL;
	*ret_usec = (int64_t)t * (int64_t)USEC_PER_SEC;
	return 0;
}

int dates_day(const char *text, const char *today, char ret[DATES_DAY_MAX])
{
	struct tm tm;

	if (strcmp(text, "today") == 0 || strcmp(text, "yesterday") == 0) {
		if (!read_civil(today, &tm))
			return -EINVAL;
		tm.tm_mday -= *text == 'y';
		tm.tm_hour = 12; /* whatever the clocks do at night */
		tm.tm_isdst = -1;
		if (mktime(&tm) < 0)
			return -EINVAL;
	} else if (!read_civil(text, &tm)) {
		return -EINVAL;
	}
	return strftime(ret, DATES_DAY_MAX, "%Y-%m-%d", &tm) > 0 ? 0 : -EINVAL;
}

int dates_next_time(const char *text, int64_t now_usec, int64_t *ret_usec)
{
	const time_t now = (time_t)(now_usec / (int64_t)USEC_PER_SEC);
	int hour, min, length = 0;
	struct tm tm;
	time_t t;

	if (sscanf(text, "%2d:%2d%n", &hour, &min, &length) != 2 || length != 5 || text[length] ||
		hour < 0 || hour > 23 || min < 0 || min > 59)
		return -EINVAL;
	for (int day = 0; day < 3; day++) { /* a time that the clocks skip is on the day after */
		localtime_r(&now, &tm);
		tm.tm_mday += day;
		tm.tm_hour = hour;
		tm.tm_min = min;
		tm.tm_sec = 0;
		tm.tm_isdst = -1;
		t = mktime(&tm);
		if (t > now && tm.tm_hour == hour && tm.tm_min == min) {
			*ret_usec = (int64_t)t * (int64_t)USEC_PER_SEC;
			return 0;
		}
	}
	return -EINVAL;
}
