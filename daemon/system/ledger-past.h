#pragma once
/* The past as people ask for it: what happened, the stretches of a day, and what explains them. All
 * is read; what was put a moment ago may not be there yet. */
#include "core/detail.h"
#include "system/ledger.h"

/* The newest events of somebody (NULL: of everybody) and of nobody in particular since an instant,
 * oldest first, at most `most` of them. What was put a moment ago may not be there yet. */
struct ledger_event_query {
	const char *person;
	usec_t since_usec;
	unsigned most;
};
int ledger_read_events(struct ledger *l, const struct ledger_event_query *query,
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata),
	void *userdata);

/* Was the last focusd stopped, or was there none? 1; 0 where it began and did not end. */
int ledger_was_stopped(struct ledger *l);

/* A person's days [first_day, last_day] on a site; NULL: on every one. */
struct ledger_day_query {
	const char *person, *site;
	int32_t first_day, last_day;
};
int ledger_read_spans(struct ledger *l, const struct ledger_day_query *query,
	int (*visit)(const struct ledger_span *span, void *userdata), void *userdata);
/* The first day that has any; -ENOENT. */
int ledger_first_day(struct ledger *l, int32_t *ret);
int ledger_read_details(struct ledger *l, const struct ledger_day_query *query,
	int (*visit)(const struct detail *d, void *userdata), void *userdata);
/* Puts what has changed, and drops what is older than LEDGER_DETAIL_DAYS before today. */
#define LEDGER_DETAIL_DAYS 30
int ledger_put_details(struct ledger *l, struct details *d, int32_t today);
