#pragma once
/* What a report says, from the daemon's rows: values in, values out. Days are counted from
 * 1970-01-01; all time is in seconds. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_WEEKDAYS 7
#define REPORT_HOURS    24

struct report_person {
	const char *name;
	int32_t first_day; /* 0: nothing is known of them */
	int64_t first_week_sec;
};

/* Columns of equal length; person and site are places in the lists. */
struct report_days {
	size_t n;
	const int32_t *day;
	const uint16_t *person, *site;
	const uint32_t *used_sec, *longest_sec, *opens;
	const uint64_t *down_bytes, *up_bytes;
};

struct report_weeks {
	size_t n;
	const int32_t *week; /* its Monday */
	const uint16_t *person;
	const uint32_t *used_sec;
};

/* What somebody declared, and why. */
enum report_pass_kind { REPORT_PASS, REPORT_OPEN, REPORT_GRANT, REPORT_FOCUS, REPORT_PASS_KINDS };
struct report_pass {
	int64_t start_usec;
	enum report_pass_kind kind;
	const char *person, *target; /* target "": everything */
	int64_t span_sec;            /* -1: not known */
	const char *reason;          /* "": none */
};

struct report {
	int32_t today, first_day, last_day; /* of the rows */
	struct report_person *people;
	char **sites;
	size_t n_people, n_sites;
	struct report_days days;
	const uint32_t
		*hours; /* used_sec of a week's hours from Monday's first on; NULL: not known */
	struct report_weeks weeks;
	struct report_pass *passes; /* of the days that are shown, oldest first */
	size_t n_passes;
};

struct report_sum {
	size_t place; /* in the report's list of sites or people */
	int64_t used_sec, opens;
	uint64_t down_bytes, up_bytes;
};

struct report_longest {
	int64_t used_sec; /* 0: there was no sitting */
	int32_t day;
	size_t person, site;
};

/* What is said of the days [first_day, last_day]. */
struct report_view {
	const struct report *report;
	int32_t first_day, last_day;
	struct report_sum all;
	int64_t *day_sec;         /* per day */
	struct report_sum *sites; /* the most used first; none that was not used */
	struct report_sum *people;
	size_t n_sites, n_people;
	int64_t heat[REPORT_WEEKDAYS][REPORT_HOURS]; /* Monday first */
	struct report_longest longest;
	/* as much as the average of the time before would have been, -1: nothing is known of it */
	int64_t before_sec;
	/* the same by the first week; won_sec of these days, all_won_sec of all since then */
	int64_t first_week_sec; /* everybody's, -1: it is not over */
	int32_t first_week_day;
	int64_t won_sec, all_won_sec;
};

/* -ENOMEM. r must outlive the view. */
int report_look(
	const struct report *r, int32_t first_day, int32_t last_day, struct report_view *ret);
void report_view_done(struct report_view *v);

/* How many days before the first one are compared with. */
#define REPORT_BEFORE_DAYS 28
int32_t report_before_days(int32_t first_day, int32_t last_day);

/* Bars over time: a bar for a day, a week or a month, so that there are not too many. */
struct report_bar {
	int32_t first_day, last_day; /* of the bar, within the view */
	int64_t used_sec;
};
enum report_step { REPORT_STEP_DAY, REPORT_STEP_WEEK, REPORT_STEP_MONTH };
enum report_step report_bars(
	const struct report_view *v, size_t n_most, struct report_bar **ret, size_t *ret_n);
/* Everybody's weeks of all time, up to n_most last ones; weeks without use are there. */
int report_trend(const struct report *r, size_t n_most, struct report_bar **ret, size_t *ret_n);

/* The top of a scale for so much, which has a round number at its half, too. */
int64_t report_scale(int64_t most_sec);

/* 0 for Monday. */
int report_weekday(int32_t day);
struct report_date {
	int year, month, day; /* month: 1 to 12 */
};
struct report_date report_date_of(int32_t day);
#define REPORT_DAY_TEXT_MAX 40
const char *report_day_text(int32_t day, char buffer[REPORT_DAY_TEXT_MAX]); /* 2026-11-23 */
int report_parse_day(const char *text, int32_t *ret); /* -EINVAL; text is a day that exists */
