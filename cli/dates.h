#pragma once
/* Days as people type them. */
#include <stdint.h>

/* 2026-11-23, today or yesterday: its first instant here, in microseconds since the epoch. -EINVAL;
 * *ret is touched on success only. */
int dates_parse(const char *text, int64_t now_usec, int64_t *ret_usec);
#define DATES_EXPECTED "a day such as 2026-11-23, today or yesterday"
