/* Marshals reports: the time, today, the first and the last day, people (name, first day ever, the
 * seconds of the seven days that begin with it), sites, rows of days, the seconds of each hour of a
 * week, rows of weeks, and what was declared (time, kind, person, site or "", text). Days are
 * counted from 1970-01-01; people and sites are places in those lists. The rows go out as columns
 * of equal length: a few large arrays are copied at once, where a hundred thousand structs would
 * take longer than all the rest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strings.h"
#include "bus-internal.h"
#include "manager-report.h"
#include "names.h"

/* day, person, site, used_sec, longest_sec (of a sitting), opens, bytes down and up */
#define DAY_COLUMNS "aiaqaqauauauatat"
/* of all time: Monday, person, used_sec */
#define WEEK_COLUMNS    "aiaqau"
#define ROWS_MAX        500000 /* 18 MB on the bus */

#define FIRST_WEEK_DAYS 7
#define WEEK_HOURS      (7 * 24)

/* Names that come again and again: looked up a hundred thousand times. */
#define NAME_BUCKETS 256
struct name_list {
	struct strings names;
	uint16_t first[NAME_BUCKETS], *next; /* places + 1; 0: the end */
};

static unsigned bucket_of(const char *name)
{
	unsigned hash = 0;

	for (; *name; name++)
		hash = hash * 31 + (unsigned char)*name;
	return hash % NAME_BUCKETS;
}

static int add_name(struct name_list *l, const char *name, uint16_t *first)
{
	const size_t n = l->names.n;
	uint16_t *next;
	int r;

	if (n == UINT16_MAX)
		return -E2BIG;
	next = reallocarray(l->next, n + 1, sizeof(*next));
	if (!next)
		return -ENOMEM;
	l->next = next;
	r = strings_add(&l->names, name);
	if (r < 0)
		return r;
	next[n] = *first;
	*first = (uint16_t)(n + 1);
	return 0;
}

static int find_name(struct name_list *l, const char *name, uint16_t *ret)
{
	uint16_t *first = &l->first[bucket_of(name)], at = *first;
	int r;

	while (at > 0 && strcmp(l->names.items[at - 1], name) != 0)
		at = l->next[at - 1];
	if (at == 0) {
		r = add_name(l, name, first);
		if (r < 0)
			return r;
		at = *first;
	}
	*ret = (uint16_t)(at - 1);
	return 0;
}

static void name_list_done(struct name_list *l)
{
	strings_done(&l->names);
	free(l->next);
}

/* Parallel arrays of the widths that a signature names: i, q, y, u and t. */
#define COLUMNS_MAX 9
struct columns {
	const char *signature; /* as "aiaq" */
	void *cells[COLUMNS_MAX];
	size_t n, room;
};

static size_t width_of(char type)
{
	return type == 'y' ? 1 : type == 'q' ? 2 : type == 't' ? 8 : 4;
}

static char type_of(const struct columns *c, size_t column)
{
	return c->signature[2 * column + 1];
}

static size_t n_columns(const struct columns *c)
{
	return strlen(c->signature) / 2;
}

static void columns_done(struct columns *c)
{
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		free(c->cells[i]);
}

static int columns_grow(struct columns *c)
{
	const size_t room = c->room ? 2 * c->room : 256;

	if (c->n < c->room)
		return 0;
	if (c->n >= ROWS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n_columns(c); i++) {
		void *cells = reallocarray(c->cells[i], room, width_of(type_of(c, i)));

		if (!cells)
			return -ENOMEM;
		c->cells[i] = cells;
	}
	c->room = room;
	return 0;
}

/* What is too large for a column fills it. */
static void columns_set(struct columns *c, size_t column, uint64_t value)
{
	void *cell = (char *)c->cells[column] + c->n * width_of(type_of(c, column));

	switch (type_of(c, column)) {
	case 'y':
		*(uint8_t *)cell = (uint8_t)value;
		break;
	case 'q':
		*(uint16_t *)cell = (uint16_t)value;
		break;
	case 't':
		*(uint64_t *)cell = value;
		break;
	default: /* i and u */
		*(uint32_t *)cell = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
	}
}

static int columns_append(sd_bus_message *reply, const struct columns *c)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n_columns(c); i++)
		r = sd_bus_message_append_array(
			reply, type_of(c, i), c->cells[i], c->n * width_of(type_of(c, i)));
	return r;
}

/* The first week of somebody. */
struct beginning {
	int32_t day; /* 0: not yet */
	uint64_t week_usec;
};

struct collection {
	struct name_list people, sites;
	struct columns days, weeks;
	uint64_t hours_usec[WEEK_HOURS]; /* from Monday's first on */
	struct beginning *beginnings;    /* per person */
	const char *person;              /* whose beginning is looked for */
	struct beginning *beginning;
};

static void collection_done(struct collection *c)
{
	columns_done(&c->days);
	columns_done(&c->weeks);
	name_list_done(&c->people);
	name_list_done(&c->sites);
	free(c->beginnings);
}

static uint64_t day_bits(int32_t day)
{
	return (uint32_t)day;
}

static int collect_day(const struct ledger_day *day, void *userdata)
{
	struct collection *c = userdata;
	uint16_t person, site;
	int r;

	r = find_name(&c->people, day->person, &person);
	if (r >= 0)
		r = find_name(&c->sites, day->site, &site);
	if (r >= 0)
		r = columns_grow(&c->days);
	if (r < 0)
		return r;
	columns_set(&c->days, 0, day_bits(day->day));
	columns_set(&c->days, 1, person);
	columns_set(&c->days, 2, site);
	columns_set(&c->days, 3, day->used_usec / USEC_PER_SEC);
	columns_set(&c->days, 4, day->longest_usec / USEC_PER_SEC);
	columns_set(&c->days, 5, day->opens);
	columns_set(&c->days, 6, day->down_bytes);
	columns_set(&c->days, 7, day->up_bytes);
	c->days.n++;
	return 0;
}

static int collect_hour(unsigned weekday, unsigned hour, uint64_t used_usec, void *userdata)
{
	struct collection *c = userdata;

	c->hours_usec[weekday * 24 + hour] += used_usec;
	return 0;
}

static int collect_week(int32_t week, const char *person, uint64_t used_usec, void *userdata)
{
	struct collection *c = userdata;
	uint16_t place;
	int r;

	r = find_name(&c->people, person, &place);
	if (r >= 0)
		r = columns_grow(&c->weeks);
	if (r < 0)
		return r;
	columns_set(&c->weeks, 0, day_bits(week));
	columns_set(&c->weeks, 1, place);
	columns_set(&c->weeks, 2, used_usec / USEC_PER_SEC);
	c->weeks.n++;
	return 0;
}

/* Rows of a person's first two weeks, in order. */
static int add_beginning(const struct ledger_day *day, void *userdata)
{
	const struct collection *c = userdata;

	if (c->beginning->day == 0 && day->used_usec > 0)
		c->beginning->day = day->day;
	if (day->day < c->beginning->day + FIRST_WEEK_DAYS)
		c->beginning->week_usec += day->used_usec;
	return 0;
}

static int32_t first_week(const struct collection *c, size_t person)
{
	const int32_t *weeks = c->weeks.cells[0];
	const uint16_t *people = c->weeks.cells[1];

	for (size_t i = 0; i < c->weeks.n; i++)
		if (people[i] == person)
			return weeks[i];
	return 0;
}

static int find_beginnings(struct collection *c, struct manager *m)
{
	static const struct manager_report_visitor visitor = { .day = add_beginning };
	int r = 0;

	c->beginnings = calloc(c->people.names.n + 1, sizeof(*c->beginnings));
	if (!c->beginnings)
		return -ENOMEM;
	for (size_t p = 0; r >= 0 && p < c->people.names.n; p++) {
		const int32_t week = first_week(c, p);
		const struct ledger_report_query query = { c->people.names.items[p], week,
			week + 2 * FIRST_WEEK_DAYS - 1 };

		c->beginning = &c->beginnings[p];
		if (week > 0)
			r = manager_read_report(m, &query, &visitor, c);
	}
	return r;
}

static int append_people(sd_bus_message *reply, const struct collection *c)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(six)");
	for (size_t p = 0; r >= 0 && p < c->people.names.n; p++)
		r = sd_bus_message_append(reply, "(six)", c->people.names.items[p],
			c->beginnings[p].day, (int64_t)(c->beginnings[p].week_usec / USEC_PER_SEC));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_sites(sd_bus_message *reply, const struct collection *c)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "s");
	for (size_t s = 0; r >= 0 && s < c->sites.names.n; s++)
		r = sd_bus_message_append(reply, "s", c->sites.names.items[s]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int find_range(const struct manager *m, const char *since, const char *until,
	struct ledger_report_query *q, sd_bus_error *error)
{
	const char *wrong = NULL;

	if (manager_parse_day(m, until, &q->last_day) < 0)
		wrong = until;
	q->first_day = q->last_day - FOCUSD_REPORT_DAYS_MAX + 1;
	if (*since && manager_parse_day(m, since, &q->first_day) < 0)
		wrong = since;
	if (wrong)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s: expected a day such as 2026-11-23", wrong);
	if (q->first_day > q->last_day)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s to %s: expected a day and a later one", since, until);
	if (q->last_day - q->first_day >= FOCUSD_REPORT_DAYS_MAX)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s to %s: expected at most %d days", since, until, FOCUSD_REPORT_DAYS_MAX);
	return 0;
}

/* From that day on; "": none. */
static int find_hours(
	const struct manager *m, const char *since, int32_t *ret_first, sd_bus_error *error)
{
	if (!*since || manager_parse_day(m, since, ret_first) >= 0)
		return 0;
	return sd_bus_error_setf(
		error, FOCUSD_ERROR_BAD_VALUE, "%s: expected a day such as 2026-11-23", since);
}

static int append_hours(sd_bus_message *reply, const struct collection *c)
{
	uint32_t sec[WEEK_HOURS];

	for (size_t i = 0; i < WEEK_HOURS; i++)
		sec[i] = (uint32_t)(c->hours_usec[i] / USEC_PER_SEC);
	return sd_bus_message_append_array(reply, 'u', sec, sizeof(sec));
}

struct request {
	struct ledger_report_query query;
	struct manager_report_visitor visitor;
};

static int append_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	return sd_bus_message_append(
		userdata, "(xssss)", (int64_t)wall_usec, kind, person, site, text);
}

/* Of the days whose hours are told. */
static int append_declared(
	sd_bus_message *reply, const struct manager *m, const struct request *request)
{
	struct ledger_report_query query = request->query;
	int r;

	if (query.first_day < request->visitor.hours_first_day)
		query.first_day = request->visitor.hours_first_day;
	r = sd_bus_message_open_container(reply, 'a', "(xssss)");
	if (r >= 0 && request->visitor.hour)
		r = manager_read_declared(m, &query, append_event, reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_report(sd_bus_message *reply, struct manager *m, const struct request *request,
	struct collection *c)
{
	const struct instant now = clock_now();
	int32_t today;
	int r;

	manager_refresh(m, now);
	r = manager_parse_day(m, "", &today);
	if (r >= 0)
		r = manager_read_report(m, &request->query, &request->visitor, c);
	if (r >= 0)
		r = find_beginnings(c, m);
	if (r >= 0)
		r = sd_bus_message_append(reply, "xiii", (int64_t)now.wall_usec, today,
			request->query.first_day, request->query.last_day);
	if (r >= 0)
		r = append_people(reply, c);
	if (r >= 0)
		r = append_sites(reply, c);
	if (r >= 0)
		r = columns_append(reply, &c->days);
	if (r >= 0)
		r = append_hours(reply, c);
	if (r >= 0)
		r = columns_append(reply, &c->weeks);
	return r < 0 ? r : append_declared(reply, m, request);
}

int bus_on_get_report(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(collection_done) struct collection c = {
		.days.signature = DAY_COLUMNS,
		.weeks.signature = WEEK_COLUMNS,
	};
	struct request request = { .visitor = { .day = collect_day, .week = collect_week } };
	const char *name, *since, *until, *shown_since;
	struct bus_view view;
	int r;

	r = sd_bus_message_read(message, "ssss", &name, &since, &until, &shown_since);
	if (r >= 0)
		r = bus_authorise_view(
			&(struct bus_call){ message, door, bus_on_get_report, error }, name, &view);
	if (r <= 0)
		return r < 0 ? r : 1;
	if (!view.all)
		request.query.person = manager_person_name(door->manager, view.first);
	r = find_range(door->manager, since, until, &request.query, error);
	if (r >= 0)
		r = find_hours(door->manager, shown_since, &request.visitor.hours_first_day, error);
	if (r < 0)
		return r;
	request.visitor.hour = *shown_since ? collect_hour : NULL;
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_report(reply, door->manager, &request, &c);
	if (r == -E2BIG)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"More than %d rows: expected fewer days", ROWS_MAX);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
