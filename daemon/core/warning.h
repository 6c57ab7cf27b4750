#pragma once
/* When to say that time is nearly up. Pure; the caller keeps what was told. */
#include "core/rules.h"

/* The last thing told about one target; zeroed: nothing. */
struct warning {
	unsigned told_sec; /* the warning that was told, 0: none */
	int64_t left_sec;  /* at the last look */
	int32_t day;
	enum rule_reason reason;
};

/* What will end first of what is open, and when. */
struct warning_end {
	int64_t left_sec; /* LIMIT_NONE: nothing will */
	const struct rules_end *by;
};

/* gap_usec: the open gap, which the next sign of somebody looking will credit. */
struct warning_end warning_end_of(const struct verdict *v, usec_t gap_usec, usec_t wall_usec);
/* Is one of its warnings due, and not told yet? *ret_next_sec: how much will be left when the next
 * one is; 0: none comes. */
bool warning_due(struct warning *w, struct warning_end end, int32_t day, int64_t *ret_next_sec);
