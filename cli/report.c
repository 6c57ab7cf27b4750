/* Sums over rows. It asks nobody and prints nothing. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define EPOCH_WEEKDAY   3 /* 1970-01-01 was a Thursday */
#define FIRST_WEEK_DAYS 7

int report_weekday(int32_t day)
{
	return ((day + EPOCH_WEEKDAY) % 7 + 7) % 7;
}

struct report_date report_date_of(int32_t day)
{
	const time_t t = (time_t)day * SEC_PER_DAY;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	return (struct report_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
}

const char *report_day_text(int32_t day, char buffer[REPORT_DAY_TEXT_MAX])
{
	const struct report_date d = report_date_of(day);

	snprintf(buffer, REPORT_DAY_TEXT_MAX, "%04d-%02d-%02d", d.year, d.month, d.day);
	return buffer;
}

int report_parse_day(const char *text, int32_t *ret)
{
	struct tm tm = { 0 };

	if (sscanf(text, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*ret = (int32_t)(timegm(&tm) / SEC_PER_DAY);
	return 0;
}

int32_t report_before_days(int32_t first_day, int32_t last_day)
{
	const int32_t n = last_day - first_day + 1;

	return n > REPORT_BEFORE_DAYS ? n : REPORT_BEFORE_DAYS;
}

static bool is_within(const struct report_view *v, int32_t day)
{
	return day >= v->first_day && day <= v->last_day;
}

static void add_row(struct report_sum *sum, const struct report_days *d, size_t i)
{
	sum->used_sec += d->used_sec[i];
	sum->opens += d->opens[i];
	sum->down_bytes += d->down_bytes[i];
	sum->up_bytes += d->up_bytes[i];
}

static void add_days(struct report_view *v)
{
	const struct report_days *d = &v->report->days;

	for (size_t i = 0; i < d->n; i++) {
		if (!is_within(v, d->day[i]))
			continue;
		add_row(&v->all, d, i);
		add_row(&v->sites[d->site[i]], d, i);
		add_row(&v->people[d->person[i]], d, i);
		v->day_sec[d->day[i] - v->first_day] += d->used_sec[i];
		if (d->longest_sec[i] > v->longest.used_sec)
			v->longest = (struct report_longest){ d->longest_sec[i], d->day[i],
				d->person[i], d->site[i] };
	}
}

static void add_hours(struct report_view *v)
{
	const uint32_t *hours = v->report->hours;

	for (size_t i = 0; hours && i < REPORT_WEEKDAYS * REPORT_HOURS; i++)
		v->heat[i / REPORT_HOURS][i % REPORT_HOURS] = hours[i];
}

static int compare_sums(const void *a, const void *b)
{
	const struct report_sum *x = a, *y = b;

	if (x->used_sec != y->used_sec)
		return x->used_sec < y->used_sec ? 1 : -1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* Drops what was not used, the most used first. */
static size_t sort_sums(struct report_sum *sums, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (sums[i].used_sec > 0)
			sums[kept++] = sums[i];
	qsort(sums, kept, sizeof(*sums), compare_sums);
	return kept;
}

static int32_t earliest(const struct report *r)
{
	int32_t day = 0;

	for (size_t p = 0; p < r->n_people; p++)
		if (r->people[p].first_day > 0 && (day == 0 || r->people[p].first_day < day))
			day = r->people[p].first_day;
	return day;
}

/* The time before, as far as it is known, at the same rate. */
static void compare_before(struct report_view *v)
{
	const struct report_days *d = &v->report->days;
	const int32_t known = earliest(v->report);
	int32_t first = v->first_day - report_before_days(v->first_day, v->last_day);
	int64_t sec = 0;

	if (first < known)
		first = known;
	v->before_sec = -1;
	if (known == 0 || first >= v->first_day)
		return;
	for (size_t i = 0; i < d->n; i++)
		if (d->day[i] >= first && d->day[i] < v->first_day)
			sec += d->used_sec[i];
	v->before_sec = sec * (v->last_day - v->first_day + 1) / (v->first_day - first);
}

static int64_t sum_weeks(const struct report_weeks *w, size_t person)
{
	int64_t sec = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->person[i] == person)
			sec += w->used_sec[i];
	return sec;
}

static int64_t used_since(const struct report_view *v, size_t person, int32_t day)
{
	const struct report_days *d = &v->report->days;
	int64_t sec = 0;

	for (size_t i = 0; i < d->n; i++)
		if (is_within(v, d->day[i]) && d->day[i] >= day && d->person[i] == person)
			sec += d->used_sec[i];
	return sec;
}

static void win_back(struct report_view *v, size_t person)
{
	const struct report *r = v->report;
	const struct report_person *p = &r->people[person];
	const int32_t since = p->first_day + FIRST_WEEK_DAYS;
	const int32_t first = v->first_day > since ? v->first_day : since;

	if (p->first_day == 0 || r->today < since)
		return;
	if (v->first_week_sec < 0)
		v->first_week_sec = 0;
	if (v->first_week_day == 0 || p->first_day < v->first_week_day)
		v->first_week_day = p->first_day;
	v->first_week_sec += p->first_week_sec;
	v->all_won_sec += p->first_week_sec * (r->today - since + 1) / FIRST_WEEK_DAYS -
			  (sum_weeks(&r->weeks, person) - p->first_week_sec);
	if (v->last_day >= first)
		v->won_sec += p->first_week_sec * (v->last_day - first + 1) / FIRST_WEEK_DAYS -
			      used_since(v, person, first);
}

int report_look(
	const struct report *r, int32_t first_day, int32_t last_day, struct report_view *ret)
{
	struct report_view v = {
		.report = r, .first_day = first_day, .last_day = last_day, .first_week_sec = -1
	};

	v.day_sec = calloc((size_t)(last_day - first_day) + 1, sizeof(*v.day_sec));
	v.sites = calloc(r->n_sites + 1, sizeof(*v.sites));
	v.people = calloc(r->n_people + 1, sizeof(*v.people));
	if (!v.day_sec || !v.sites || !v.people) {
		report_view_done(&v);
		return -ENOMEM;
	}
	for (size_t s = 0; s < r->n_sites; s++)
		v.sites[s].place = s;
	for (size_t p = 0; p < r->n_people; p++)
		v.people[p].place = p;
	add_days(&v);
	add_hours(&v);
	compare_before(&v);
	for (size_t p = 0; p < r->n_people; p++)
		win_back(&v, p);
	v.n_sites = sort_sums(v.sites, r->n_sites);
	v.n_people = sort_sums(v.people, r->n_people);
	*ret = v;
	return 0;
}

void report_view_done(struct report_view *v)
{
	free(v->day_sec);
	free(v->sites);
	free(v->people);
}

/* The last day of the bar that a day lies in. */
static int32_t end_of(int32_t day, enum report_step step)
{
	const int month = report_date_of(day).month;

	switch (step) {
	case REPORT_STEP_DAY:
		break;
	case REPORT_STEP_WEEK:
		return day + 6 - report_weekday(day);
	case REPORT_STEP_MONTH:
		while (report_date_of(day + 1).month == month)
			day++;
		break;
	}
	return day;
}

static size_t count_bars(const struct report_view *v, enum report_step step)
{
	size_t n = 0;

	for (int32_t day = v->first_day; day <= v->last_day; day = end_of(day, step) + 1)
		n++;
	return n;
}

enum report_step report_bars(
	const struct report_view *v, size_t n_most, struct report_bar **ret, size_t *ret_n)
{
	enum report_step step = REPORT_STEP_DAY;
	struct report_bar *bars;
	size_t n = 0;

	while (step < REPORT_STEP_MONTH && count_bars(v, step) > n_most)
		step++;
	bars = calloc(count_bars(v, step) + 1, sizeof(*bars));
	for (int32_t day = v->first_day; bars && day <= v->last_day;) {
		const int32_t end = end_of(day, step);
		struct report_bar *b = &bars[n++];

		b->first_day = day;
		b->last_day = end < v->last_day ? end : v->last_day;
		for (; day <= b->last_day; day++)
			b->used_sec += v->day_sec[day - v->first_day];
	}
	*ret = bars;
	*ret_n = n;
	return step;
}

int report_trend(const struct report *r, size_t n_most, struct report_bar **ret, size_t *ret_n)
{
	const int32_t last = r->today - report_weekday(r->today);
	const int32_t known = earliest(r);
	int32_t first = known - report_weekday(known);
	struct report_bar *bars;
	size_t n;

	if (known == 0 || first > last)
		first = last;
	n = (size_t)(last - first) / 7 + 1;
	if (n > n_most) {
		n = n_most;
		first = last - 7 * (int32_t)(n - 1);
	}
	bars = calloc(n + 1, sizeof(*bars));
	if (!bars)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		bars[i].first_day = first + 7 * (int32_t)i;
		bars[i].last_day = bars[i].first_day + 6;
	}
	for (size_t i = 0; i < r->weeks.n; i++)
		if (r->weeks.week[i] >= first && r->weeks.week[i] <= last)
			bars[(r->weeks.week[i] - first) / 7].used_sec += r->weeks.used_sec[i];
	*ret = bars;
	*ret_n = n;
	return 0;
}

int64_t report_scale(int64_t most_sec)
{
	static const int16_t minutes[] = { 10, 20, 30, 60, 120, 240, 360, 480 };
	static const int16_t hours[] = { 10, 12, 16, 20, 24, 30, 40, 50, 60, 80 };

	for (size_t i = 0; i < ELEMENTSOF(minutes); i++)
		if (most_sec <= minutes[i] * SEC_PER_MIN)
			return minutes[i] * SEC_PER_MIN;
	for (int64_t times = 1; times <= 100; times *= 10)
		for (size_t i = 0; i < ELEMENTSOF(hours); i++)
			if (most_sec <= times * hours[i] * SEC_PER_HOUR)
				return times * hours[i] * SEC_PER_HOUR;
	return most_sec;
}
