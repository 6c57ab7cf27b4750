/* The past that is not kept: by the configuration, which says how long, and by people, whose past
 * it is. Days that still count for somebody's limit stay until they do not. */
#include <stdio.h>

#include "base/log.h"
#include "core/calendar.h"
#include "manager-internal.h"
#include "manager-past.h"
#include "system/ledger-forget.h"

/* This week, and the day before today, for which something may still come in. */
static int32_t first_day_that_counts(const struct manager *m)
{
	const int32_t week = calendar_week_start(usage_day(m->usage));
	const int32_t before = usage_day_before(m->usage);

	return before < week ? before : week;
}

static struct ledger_bounds bounds_of(const struct manager *m)
{
	const unsigned day_start = m->config->day_start_min;
	const int32_t counts = first_day_that_counts(m);
	int32_t last;
	struct ledger_bounds b = {
		.counts_day = counts,
		.counts_usec = calendar_day_start(counts, day_start),
	};

	/* By the last day that was used, not by today alone: one evening with a clock that is years
	 * ahead must not cost the past. */
	if (m->config->keep_days > 0 &&
		ledger_last_day(m->ledger, usage_day(m->usage), &last) >= 0) {
		b.keep_day = last - m->config->keep_days;
		b.keep_usec = calendar_day_start(b.keep_day, day_start);
	}
	return b;
}

void manager_tidy(struct manager *m)
{
	const struct ledger_bounds bounds = bounds_of(m);
	const int r = ledger_tidy(m->ledger, NULL, &bounds);

	if (r < 0)
		log_warning_errno(r, "Can't take away what is old");
}

int manager_forget(struct manager *m, const struct forget_request *request, int32_t *ret_kept_day)
{
	const unsigned day_start = m->config->day_start_min;
	const struct ledger_bounds bounds = bounds_of(m);
	const struct ledger_forget wish = {
		.person = request->person,
		.site = request->site,
		.first_day = request->first_day,
		.last_day = request->last_day,
		.since_usec = request->first_day > 0
				      ? calendar_day_start(request->first_day, day_start)
				      : 0,
		.until_usec = calendar_day_start(request->last_day + 1, day_start),
	};
	char first[MANAGER_DAY_TEXT_MAX] = "the beginning", last[MANAGER_DAY_TEXT_MAX], text[160];
	int r;

	r = ledger_tidy(m->ledger, &wish, &bounds);
	if (r < 0)
		return r;
	if (request->first_day > 0)
		calendar_format_day(request->first_day, first);
	snprintf(text, sizeof(text), "from %s to %s: what was used is forgotten", first,
		calendar_format_day(request->last_day, last));
	manager_event(m, "forget", request->person, request->site, text);
	if (request->last_day < bounds.counts_day)
		*ret_kept_day = -1;
	else if (request->first_day > bounds.counts_day)
		*ret_kept_day = request->first_day;
	else
		*ret_kept_day = bounds.counts_day;
	return 0;
}

bool manager_knows(const struct manager *m, const char *person, const char *site)
{
	return ledger_knows(m->ledger, person, site) > 0;
}
