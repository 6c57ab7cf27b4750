#pragma once
/* Where a household's messages lie: focusd/v1/HOUSEHOLD/DEVICE/WHAT and, of usage and passes,
 * /PERSON/DAY. Pure. A person's name may hold what a topic's level may not: that goes as % and two
 * hexadecimal digits. */
#include <stdbool.h>

#include "core/household.h"

#define TOPIC_MAX     512
#define TOPIC_DAY_MAX 10 /* 2026-11-23 */

enum topic_kind {
	TOPIC_USAGE,  /* retained: a device's sittings of one person and day */
	TOPIC_PASSES, /* retained: what was declared on it, of one person and day */
	TOPIC_STATUS, /* retained: is it there, and which process speaks for it */
	TOPIC_HELLO,  /* of who wants to be that device: answered by who is */
	TOPIC_KINDS
};

struct topic {
	enum topic_kind kind;
	char device[HOUSEHOLD_DEVICE_NAME_MAX + 1];
	char person[HOUSEHOLD_PERSON_NAME_MAX + 1]; /* of usage and passes, as is the day */
	char day[TOPIC_DAY_MAX + 1];
};

/* Is it about one person and day? */
bool topic_has_day(enum topic_kind kind);
/* buffer, or -EINVAL where a name is too long. */
int topic_format(const char *household, const struct topic *t, char ret[TOPIC_MAX]);
/* -EINVAL: it is none of that household's. */
int topic_parse(const char *household, const char *text, struct topic *ret);
