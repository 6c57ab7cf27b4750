#pragma once
/* What a [site], a [group] or a [person … site|group …] section says about how long, how often,
 * when, and what then. Values only. */
#include "core/pass-rules.h"

#define CONFIG_WARNINGS_MAX 8
#define CONFIG_WINDOWS_MAX  32
#define LIMIT_NONE          INT64_C(-1)

enum limit_period { LIMIT_DAY, LIMIT_WEEK, LIMIT_SITTING, LIMIT_PERIODS };
/* "day", "week", "sitting" */
extern const char *const limit_period_names[LIMIT_PERIODS];

enum when_spent { WHEN_SPENT_BLOCK, WHEN_SPENT_SLOW, WHEN_SPENT_NOTIFY };

struct windows {
	struct window items[CONFIG_WINDOWS_MAX];
	size_t n;
};

/* Which keys of a rules section were given: a [person … site …] section replaces key by key. */
enum rule_key {
	RULE_LIMIT_DAY = 1 << 0,
	RULE_LIMIT_WEEK = 1 << 1,
	RULE_OPEN = 1 << 2,
	RULE_WARN = 1 << 3,
	RULE_WHEN_SPENT = 1 << 4,
	RULE_SLOW_RATE = 1 << 5,
	RULE_LIMIT_SITTING = 1 << 6,
	RULE_BREAK = 1 << 7,
	RULE_OPENS = 1 << 8,
	RULE_UNCOUNTED = 1 << 9,
	RULE_ROLLOVER = 1 << 10,
};

struct rule_keys {
	unsigned given;                   /* of enum rule_key */
	int64_t limit_sec[LIMIT_PERIODS]; /* LIMIT_NONE where there is none */
	int64_t break_sec;                /* after a sitting, and the pause that ends one */
	int64_t opens;                    /* sittings a day; LIMIT_NONE where that is free */
	int64_t rollover_sec;     /* of a day's unused time the next one gets so much at most */
	struct windows open;      /* none: always open */
	struct windows uncounted; /* in them no limit holds, and nothing counts */
	unsigned warn_sec[CONFIG_WARNINGS_MAX]; /* descending */
	size_t n_warn;
	enum when_spent when_spent;
	uint64_t slow_rate_bytes; /* per second */
};
