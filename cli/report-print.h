#pragma once
/* A report for a terminal, and its rows for a program. */
#include "print.h"
#include "report.h"

enum report_section {
	REPORT_DAYS = 1 << 0,
	REPORT_SITES = 1 << 1,
	REPORT_PEOPLE = 1 << 2,
	REPORT_HEAT = 1 << 3,
	REPORT_PASSES = 1 << 4,
};

/* sections: of enum report_section; whole: with all rows, as many as there are. */
void report_print(const struct report_view *v, struct style style, unsigned sections, bool whole);

/* report-passes.c: the latest first. */
void report_print_passes(const struct report *r, struct style style, bool whole);

/* The contract's {"rows": […]} with the passes beside them; and the same with a line of names
 * before it, RFC 4180. -EIO. */
int report_print_json(const struct report_view *v);
int report_print_csv(const struct report_view *v);
int report_print_passes_csv(const struct report_view *v);
