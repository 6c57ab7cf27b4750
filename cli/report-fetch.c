/* Unmarshals; shows nothing. The columns stay where they came in. */
#include "report-fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "language.h"
#include "names.h"

void report_reply_done(struct report_reply *r)
{
	for (char **s = r->report.sites; s && *s; s++)
		free(*s);
	free(r->report.sites);
	free(r->report.people);
	free(r->report.passes);
	sd_bus_message_unref(r->message);
}

static int read_people(sd_bus_message *m, struct report *r)
{
	struct report_person p;
	int e;

	e = sd_bus_message_enter_container(m, 'a', "(six)");
	while (e >= 0 && (e = sd_bus_message_read(
				  m, "(six)", &p.name, &p.first_day, &p.first_week_sec)) > 0) {
		struct report_person *people =
			reallocarray(r->people, r->n_people + 1, sizeof(*people));

		if (!people)
			return -ENOMEM;
		r->people = people;
		people[r->n_people++] = p;
	}
	return e < 0 ? e : sd_bus_message_exit_container(m);
}

/* One column; all of a table have the length of its first. */
static int read_column(sd_bus_message *m, char type, size_t width, size_t *n, const void **ret)
{
	size_t size;
	int r;

	r = sd_bus_message_read_array(m, type, ret, &size);
	if (r < 0)
		return r;
	if (*n == SIZE_MAX)
		*n = size / width;
	return size / width == *n ? 0 : -EBADMSG;
}

struct column {
	char type;
	size_t width;
	void *field; /* of some const pointer type */
};

static int read_table(sd_bus_message *m, const struct column *columns, size_t n_columns, size_t *n)
{
	int r = 0;

	*n = SIZE_MAX;
	for (size_t i = 0; r >= 0 && i < n_columns; i++) {
		const void *cells = NULL;

		r = read_column(m, columns[i].type, columns[i].width, n, &cells);
		if (r >= 0)
			memcpy(columns[i].field, &cells, sizeof(cells));
	}
	return r;
}

static int read_rows(sd_bus_message *m, struct report *r)
{
	const struct column days[] = {
		{ 'i', 4, &r->days.day },
		{ 'q', 2, &r->days.person },
		{ 'q', 2, &r->days.site },
		{ 'u', 4, &r->days.used_sec },
		{ 'u', 4, &r->days.longest_sec },
		{ 'u', 4, &r->days.opens },
		{ 't', 8, &r->days.down_bytes },
		{ 't', 8, &r->days.up_bytes },
	};
	const struct column weeks[] = {
		{ 'i', 4, &r->weeks.week },
		{ 'q', 2, &r->weeks.person },
		{ 'u', 4, &r->weeks.used_sec },
	};
	const struct column hours = { 'u', 4, &r->hours };
	size_t n_hours;
	int e;

	e = read_table(m, days, ELEMENTSOF(days), &r->days.n);
	if (e >= 0)
		e = read_table(m, &hours, 1, &n_hours);
	if (e >= 0 && n_hours != REPORT_WEEKDAYS * REPORT_HOURS)
		e = -EBADMSG;
	return e < 0 ? e : read_table(m, weeks, ELEMENTSOF(weeks), &r->weeks.n);
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

/* 10min: for the recipe */
static void read_text(const char *text, struct report_pass *pass)
{
	const size_t n = strcspn(text, ":");
	char span[32];

	pass->span_sec = -1;
	pass->reason = text[n] ? text + n + 1 : "";
	pass->reason += strspn(pass->reason, " ");
	snprintf(span, sizeof(span), "%.*s", (int)(n < sizeof(span) ? n : 0), text);
	parse_span(span, &pass->span_sec);
}

static int add_pass(struct report *r, const struct report_pass *pass)
{
	struct report_pass *passes = reallocarray(r->passes, r->n_passes + 1, sizeof(*passes));

	if (!passes)
		return -ENOMEM;
	r->passes = passes;
	passes[r->n_passes++] = *pass;
	return 0;
}

static int read_passes(sd_bus_message *m, struct report *r)
{
	const char *event, *text;
	struct report_pass p;
	int e;

	e = sd_bus_message_enter_container(m, 'a', "(xssss)");
	while (e >= 0 && (e = sd_bus_message_read(m, "(xssss)", &p.start_usec, &event, &p.person,
				  &p.target, &text)) > 0) {
		const int kind = kind_of(event);

		if (kind < 0)
			continue;
		p.kind = (enum report_pass_kind)kind;
		read_text(text, &p);
		e = add_pass(r, &p);
	}
	return e < 0 ? e : sd_bus_message_exit_container(m);
}

/* Nobody looks behind the ends of the lists. */
static int check_places(const struct report *r)
{
	for (size_t i = 0; i < r->days.n; i++)
		if (r->days.person[i] >= r->n_people || r->days.site[i] >= r->n_sites)
			return -EBADMSG;
	for (size_t i = 0; i < r->weeks.n; i++)
		if (r->weeks.person[i] >= r->n_people)
			return -EBADMSG;
	return 0;
}

static int read_report(sd_bus_message *m, struct report *r)
{
	int64_t now;
	int e;

	e = sd_bus_message_read(m, "xiii", &now, &r->today, &r->first_day, &r->last_day);
	if (e >= 0)
		e = read_people(m, r);
	if (e >= 0)
		e = sd_bus_message_read_strv(m, &r->sites);
	for (char **s = r->sites; e >= 0 && s && *s; s++)
		r->n_sites++;
	if (e >= 0)
		e = read_rows(m, r);
	if (e >= 0)
		e = read_passes(m, r);
	return e < 0 ? e : check_places(r);
}

int report_fetch(struct client *c, const struct report_request *request, struct report_reply *ret,
	struct client_error *ret_error)
{
	struct report_reply reply = { 0 };
	int r;

	r = client_call(c, "GetReport", &reply.message, ret_error, "ssss", request->person,
		request->since, request->until, request->shown_since);
	if (r < 0)
		return r;
	r = read_report(reply.message, &reply.report);
	if (r < 0) {
		report_reply_done(&reply);
		ret_error->kind = CLIENT_FAILED;
		snprintf(ret_error->text, sizeof(ret_error->text),
			_("focusd's answer can't be read: is it of another version?"));
		return r;
	}
	*ret = reply;
	return 0;
}
