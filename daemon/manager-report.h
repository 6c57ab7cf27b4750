#pragma once
/* Reports, as the bus asks for them. */
#include "manager.h"
#include "system/ledger-report.h"

/* What reports are made of, with what is not written yet; person NULL: everybody, also who is gone.
 * A day's row of now may come behind later ones, and an hour again and again: they add up. Hours
 * are those from hours_first_day on; NULL: none are wanted. */
struct manager_report_visitor {
	int (*day)(const struct ledger_day *day, void *userdata);
	int (*hour)(unsigned weekday, unsigned hour, uint64_t used_usec, void *userdata);
	int (*week)(int32_t week, const char *person, uint64_t used_usec, void *userdata);
	int32_t hours_first_day;
};
/* What was declared on those days, as ledger_read_declared() tells it. */
int manager_read_declared(const struct manager *m, const struct ledger_report_query *query,
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata),
	void *userdata);
int manager_read_report(struct manager *m, const struct ledger_report_query *query,
	const struct manager_report_visitor *visitor, void *userdata);
