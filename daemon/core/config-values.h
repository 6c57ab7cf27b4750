#pragma once
/* Forms of values that only the configuration has: text in, a plain value out. Those that focusctl
 * shares are in base/parse.h. All return 0, -EINVAL, or -ERANGE where the form is right; *ret is
 * touched on success only. */
#include "core/config.h"

/* HH:MM to minutes since midnight; 24:00 only where the end of a day is meant. */
int value_parse_clock(const char *text, bool end_of_day, uint16_t *ret_min);
/* DAYS HH:MM-HH:MM; days: daily, mon, mon-fri, fri-mon, lists of them with commas. The same time
 * twice is refused: nobody knows whether that is a whole day or nothing. "never": on no day. */
int value_parse_window(const char *text, struct window *ret);
/* After a sscanf() that did not match, errno having been 0: a line that no memory could be had for
 * is not a wrong one. */
int value_scan_error(void);
/* SIZE within SPAN, such as 16kB within 5s; neither is zero. */
int value_parse_burst(const char *text, uint64_t *ret_bytes, int64_t *ret_sec);
/* SPAN per day|week|sitting, or "none per …": LIMIT_NONE. -ERANGE above max_sec. */
int value_parse_limit(
	const char *text, int64_t max_sec, enum limit_period *ret_period, int64_t *ret_sec);
/* 0x…: neighbouring bits, at least min_bits of them. */
int value_parse_mask(const char *text, unsigned min_bits, uint32_t *ret);
/* A network that can hold leases: not the machine itself (0/8, 127/8, ::1), no multicast. */
int value_parse_lease_range(const char *text, int family, struct prefix *ret);
/* Back to text that the parsers of these forms take again. */
#define WINDOW_TEXT_MAX 64
/* How long to keep: 90d, 26w or 5y, from 31 days to 100 years; 0 for forever. -EINVAL. */
int value_parse_keep(const char *text, int32_t *ret_days);
const char *value_format_window(const struct window *w, char buffer[WINDOW_TEXT_MAX]);
#define SIZE_TEXT_MAX 32
const char *value_format_size(uint64_t bytes, char buffer[SIZE_TEXT_MAX]);
/* The index of the text among the words. */
int value_choose(const char *text, const char *const *words, size_t n_words);
