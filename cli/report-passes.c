/* Picks from the events; shows nothing. */
#include "report-passes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "events.h"
#include "names.h"

void report_passes_done(struct report_passes *p)
{
	free(p->items);
	sd_bus_message_unref(p->message);
}

static int kind_of(const char *event)
{
	static const char *const kinds[REPORT_PASS_KINDS] = { [REPORT_PASS] = "pass",
		[REPORT_OPEN] = "opening",
		[REPORT_GRANT] = "grant",
		[REPORT_FOCUS] = "focus" };

	for (int k = 0; k < REPORT_PASS_KINDS; k++)
		if (strcmp(kinds[k], event) == 0)
			return k;
	return -ENOENT;
}

static int add(struct report_passes *p, const struct event *e, int kind)
{
	struct report_pass *items = reallocarray(p->items, p->n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	p->items = items;
	items[p->n++] = (struct report_pass){ e->wall_usec, (enum report_pass_kind)kind, e->person,
		e->site, e->text };
	return 0;
}

int report_passes_fetch(struct client *c, const struct report_passes_request *request,
	struct report_passes *ret, struct client_error *ret_error)
{
	struct report_passes p = { 0 };
	struct event e;
	int r;

	r = client_call(c, "GetEvents", &p.message, ret_error, "sxu", request->person,
		request->since_usec, (uint32_t)FOCUSD_EVENTS_MAX);
	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(p.message, 'a', "(xssss)");
	while (r >= 0 && (r = events_read(p.message, &e)) > 0) {
		const int kind = kind_of(e.kind);

		if (kind >= 0 && e.wall_usec < request->until_usec)
			r = add(&p, &e, kind);
	}
	if (r < 0) {
		report_passes_done(&p);
		ret_error->kind = CLIENT_FAILED;
		snprintf(ret_error->text, sizeof(ret_error->text), "%s", strerror(-r));
		return r;
	}
	*ret = p;
	return 0;
}
