#pragma once
/* What a person may declare: how many passes a day, how long, and after which wait; and the hours
 * that are a focus every week. Values only. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOCUS_WINDOWS_MAX 32

/* Open hours, or a focus: days has bit 0 for Monday; to_min <= from_min crosses midnight. Minutes
 * since midnight, local civil time; to_min may be 1440. */
struct window {
	uint8_t days;
	uint16_t from_min, to_min;
};

/* Which keys were given: those of a [person] replace key by key. */
enum pass_key {
	PASS_KEY_NUMBER = 1 << 0,
	PASS_KEY_TIME = 1 << 1,
	PASS_KEY_WAIT = 1 << 2,
	PASS_KEY_MAX = 1 << 3,
	PASS_KEY_OPEN = 1 << 4,
	PASS_KEY_FOCUS = 1 << 5,
};

struct pass_rules {
	unsigned given;   /* of enum pass_key */
	unsigned n_a_day; /* passes */
	int64_t time_sec; /* of all passes of a day */
	int64_t wait_sec; /* before one begins */
	int64_t max_sec;  /* of one */
	int64_t open_sec; /* of a day, outside a site's hours */
	struct window focus[FOCUS_WINDOWS_MAX];
	size_t n_focus;
};
