/* The forms of the configuration's values. Knows no keys, no sections and no lines. */
#include "core/config-values.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define MIN_PER_DAY   1440
#define DAYS_PER_WEEK 7
#define ALL_DAYS      0x7f

int value_choose(const char *text, const char *const *words, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++)
		if (strcmp(text, words[i]) == 0)
			return (int)i;
	return -EINVAL;
}

int value_parse_clock(const char *text, bool end_of_day, uint16_t *ret_min)
{
	unsigned hour, min;

	if (strlen(text) != 5 || text[2] != ':' || !isdigit((unsigned char)text[0]) ||
		!isdigit((unsigned char)text[1]) || !isdigit((unsigned char)text[3]) ||
		!isdigit((unsigned char)text[4]))
		return -EINVAL;
	hour = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	min = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');
	if (min > 59 || hour * 60 + min > (end_of_day ? MIN_PER_DAY : MIN_PER_DAY - 1))
		return -ERANGE;
	*ret_min = (uint16_t)(hour * 60 + min);
	return 0;
}

static const char *const weekdays[DAYS_PER_WEEK] = { "mon", "tue", "wed", "thu", "fri", "sat",
	"sun" };

static int parse_weekday(const char *text)
{
	return value_choose(text, weekdays, ELEMENTSOF(weekdays));
}

/* "fri" or "fri-mon": bits from one day to the other, round the week's end if need be. */
static int parse_day_range(char *text, uint8_t *ret)
{
	char *dash = strchr(text, '-');
	uint8_t days = 0;
	int from, to;

	if (dash)
		*dash = 0;
	from = parse_weekday(text);
	to = dash ? parse_weekday(dash + 1) : from;
	if (from < 0 || to < 0)
		return -EINVAL;
	for (int d = from; d != to; d = (d + 1) % DAYS_PER_WEEK)
		days |= (uint8_t)(1U << d);
	*ret = days | (uint8_t)(1U << to);
	return 0;
}

/* Every word between the commas is a day or a range; an empty one is a slip. */
static int parse_days(char *text, uint8_t *ret)
{
	uint8_t days = 0, range;
	char *word;

	if (strcmp(text, "daily") == 0) {
		*ret = ALL_DAYS;
		return 0;
	}
	while ((word = strsep(&text, ","))) {
		if (parse_day_range(word, &range) < 0)
			return -EINVAL;
		days |= range;
	}
	*ret = days;
	return 0;
}

int value_scan_error(void)
{
	return errno == ENOMEM ? -ENOMEM : -EINVAL;
}

int value_parse_window(const char *text, struct window *ret)
{
	_cleanup_free_ char *days = NULL, *hours = NULL;
	struct window w = { 0 };
	char *dash, rest;

	if (strcmp(text, "never") == 0) {
		*ret = (struct window){ .days = 0, .from_min = 0, .to_min = MIN_PER_DAY };
		return 0;
	}
	errno = 0;
	if (sscanf(text, "%ms %ms %c", &days, &hours, &rest) != 2)
		return value_scan_error();
	dash = strchr(hours, '-');
	if (!dash)
		return -EINVAL;
	*dash = 0;
	if (parse_days(days, &w.days) < 0 || value_parse_clock(hours, false, &w.from_min) < 0 ||
		value_parse_clock(dash + 1, true, &w.to_min) < 0 || w.from_min == w.to_min)
		return -EINVAL;
	*ret = w;
	return 0;
}

/* "mon,tue,sat": every day by itself. */
static void format_days(uint8_t days, char buffer[WINDOW_TEXT_MAX])
{
	char *end = buffer;

	if (days == ALL_DAYS) {
		strcpy(buffer, "daily");
		return;
	}
	for (int d = 0; d < DAYS_PER_WEEK; d++)
		if (days & (1U << d))
			end += sprintf(end, "%s%s", end > buffer ? "," : "", weekdays[d]);
}

const char *value_format_window(const struct window *w, char buffer[WINDOW_TEXT_MAX])
{
	if (w->days == 0)
		return strcpy(buffer, "never");
	format_days(w->days, buffer);
	sprintf(buffer + strlen(buffer), " %02d:%02d-%02d:%02d", w->from_min / 60, w->from_min % 60,
		w->to_min / 60, w->to_min % 60);
	return buffer;
}

const char *value_format_size(uint64_t bytes, char buffer[SIZE_TEXT_MAX])
{
	const char *unit = "B";

	if (bytes > 0 && bytes % 1000000000 == 0) {
		bytes /= 1000000000;
		unit = "GB";
	} else if (bytes > 0 && bytes % 1000000 == 0) {
		bytes /= 1000000;
		unit = "MB";
	} else if (bytes > 0 && bytes % 1000 == 0) {
		bytes /= 1000;
		unit = "kB";
	}
	snprintf(buffer, SIZE_TEXT_MAX, "%" PRIu64 "%s", bytes, unit);
	return buffer;
}

int value_parse_burst(const char *text, uint64_t *ret_bytes, int64_t *ret_sec)
{
	_cleanup_free_ char *size = NULL, *span = NULL;
	uint64_t bytes;
	int64_t sec;
	char rest;

	errno = 0;
	if (sscanf(text, "%ms within %ms %c", &size, &span, &rest) != 2)
		return value_scan_error();
	if (parse_size(size, &bytes) < 0 || parse_span(span, &sec) < 0)
		return -EINVAL;
	if (bytes == 0 || sec == 0)
		return -ERANGE;
	*ret_bytes = bytes;
	*ret_sec = sec;
	return 0;
}

int value_parse_limit(
	const char *text, int64_t max_sec, enum limit_period *ret_period, int64_t *ret_sec)
{
	_cleanup_free_ char *span = NULL, *word = NULL;
	int64_t sec = LIMIT_NONE;
	int period;
	char rest;

	errno = 0;
	if (sscanf(text, "%ms per %ms %c", &span, &word, &rest) != 2)
		return value_scan_error();
	period = value_choose(word, limit_period_names, LIMIT_PERIODS);
	if (period < 0)
		return period;
	if (strcmp(span, "none") != 0) {
		const int r = parse_span(span, &sec);

		if (r < 0)
			return r;
		if (sec > max_sec)
			return -ERANGE;
	}
	*ret_period = (enum limit_period)period;
	*ret_sec = sec;
	return 0;
}

int value_parse_mask(const char *text, unsigned min_bits, uint32_t *ret)
{
	unsigned long mask, bits;

	if (strncmp(text, "0x", 2) != 0 || !text[2] || strlen(text) > sizeof("0xffffffff") - 1 ||
		strspn(text + 2, "0123456789abcdefABCDEF") != strlen(text + 2))
		return -EINVAL;
	mask = strtoul(text, NULL, 16);
	if (mask == 0)
		return -ERANGE;
	for (bits = mask; !(bits & 1); bits >>= 1)
		;
	if ((bits & (bits + 1)) != 0 || bits < (1UL << min_bits) - 1)
		return -ERANGE;
	*ret = (uint32_t)mask;
	return 0;
}

int value_parse_lease_range(const char *text, int family, struct prefix *ret)
{
	static const char *const refused[] = { "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "::/127",
		"ff00::/8" };
	struct prefix p, other;

	if (prefix_parse(text, &p) < 0 || p.address.family != family)
		return -EINVAL;
	for (size_t i = 0; i < ELEMENTSOF(refused); i++)
		if (prefix_parse(refused[i], &other) < 0 || prefix_overlaps(&p, &other))
			return -ERANGE;
	*ret = p;
	return 0;
}

/* A month of it is what reports compare with. */
#define KEEP_DAYS_MIN 31
#define KEEP_DAYS_MAX (100 * 366)

int value_parse_keep(const char *text, int32_t *ret_days)
{
	static const struct {
		char unit;
		int32_t days;
	} units[] = { { 'd', 1 }, { 'w', 7 }, { 'y', 366 } }; /* a year is kept whole */
	uint64_t number;

	if (strcmp(text, "forever") == 0) {
		*ret_days = 0;
		return 0;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && *text; i++) {
		_cleanup_free_ char *digits = strndup(text, strlen(text) - 1);

		if (!digits)
			return -ENOMEM;
		if (text[strlen(text) - 1] != units[i].unit ||
			parse_uint64(digits, KEEP_DAYS_MAX, &number) < 0)
			continue;
		if (number * (uint64_t)units[i].days < KEEP_DAYS_MIN ||
			number * (uint64_t)units[i].days > KEEP_DAYS_MAX)
			return -EINVAL;
		*ret_days = (int32_t)number * units[i].days;
		return 0;
	}
	return -EINVAL;
}
