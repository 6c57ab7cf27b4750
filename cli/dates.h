#pragma once
/* Days as people type them. */
#include <stdint.h>

/* 2026-11-23, today or yesterday: its first instant here, in microseconds since the epoch. -EINVAL;
 * *ret is touched on success only. */
int dates_parse(const char *text, int64_t now_usec, int64_t *ret_usec);
/* The same as a day's text, where today is `today`, a quota day such as 2026-11-23. */
#define DATES_DAY_MAX 16
int dates_day(const char *text, const char *today, char ret[DATES_DAY_MAX]);
/* 17:00: the next instant at which clocks here show that. -EINVAL. */
int dates_next_time(const char *text, int64_t now_usec, int64_t *ret_usec);
