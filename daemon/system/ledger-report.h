#pragma once
/* What reports are made of, from sums that the ledger keeps (ledger-sums.c). Nothing here reads a
 * stretch, so that the time it takes does not grow with how people use their sites. What was put a
 * moment ago may not be there yet. */
#include "system/ledger.h"

/* Days [first_day, last_day] of a person, NULL: of everybody. */
struct ledger_report_query {
	const char *person;
	int32_t first_day, last_day;
};

struct ledger_day {
	int32_t day;
	const char *person, *site;
	uint64_t used_usec, longest_usec; /* longest: the longest sitting */
	uint64_t opens, down_bytes, up_bytes;
};

/* In the order of day, person, site. */
int ledger_read_days(struct ledger *l, const struct ledger_report_query *query,
	int (*visit)(const struct ledger_day *day, void *userdata), void *userdata);
/* Time by weekday (0: Monday) and hour of the clock, 0 to 23; both may come again: they add up. */
int ledger_read_hours(struct ledger *l, const struct ledger_report_query *query,
	int (*visit)(unsigned weekday, unsigned hour, uint64_t used_usec, void *userdata),
	void *userdata);
/* Time by week (its Monday), in the order of week, person. */
int ledger_read_weeks(struct ledger *l, const char *person,
	int (*visit)(int32_t week, const char *person, uint64_t used_usec, void *userdata),
	void *userdata);
/* What somebody (NULL: anybody) declared in [since_usec, until_usec), as it began: oldest first,
 * the latest `most` of them. text: its span, and ": " and the reason where there is one. */
struct ledger_declared_query {
	const char *person;
	usec_t since_usec, until_usec;
	unsigned most;
};
int ledger_read_declared(struct ledger *l, const struct ledger_declared_query *query,
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata),
	void *userdata);
/* One stretch as it was last written, by its key; -ENOENT: never. */
int ledger_read_span(struct ledger *l, const struct ledger_span *key, struct ledger_span *ret);
