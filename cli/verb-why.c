/* why: what a day's time on a site is made of, what did not count, and which rule did what. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "dates.h"
#include "events.h"
#include "language.h"
#include "names.h"
#include "status.h"
#include "verbs.h"

#define WIDTH       36   /* of host names and reasons, before the bytes */
#define TRIFLE      1000 /* bytes that a connection's own packets make */
#define HOSTS_SHOWN 12   /* the rest in one line; --json has all */

struct stretch {
	int64_t start_usec, end_usec, used_usec;
	uint64_t down_bytes, up_bytes;
	int opens;
};

struct sum {
	const char *name;
	uint64_t bytes;
};

struct why {
	sd_bus_message *reply;
	const char *person, *day;
	int64_t start_usec, end_usec;
	struct stretch *sittings; /* stretches, joined */
	size_t n_sittings;
	struct sum *hosts, *uncounted;
	size_t n_hosts, n_uncounted;
	const char *ruling; /* the group whose rule decides now, "": the site's own */
	/* as it is now, and that group; NULL for a day that is over */
	const struct status_entry *now, *group;
};

static void why_done(struct why *w)
{
	sd_bus_message_unref(w->reply);
	free(w->sittings);
	free(w->hosts);
	free(w->uncounted);
}

/* A stretch that opens nothing goes on with the sitting before it. */
static int add_stretch(struct why *w, const struct stretch *s)
{
	struct stretch *list, *last = w->n_sittings > 0 ? &w->sittings[w->n_sittings - 1] : NULL;

	if (last && !s->opens) {
		last->end_usec = s->end_usec;
		last->used_usec += s->used_usec;
		last->down_bytes += s->down_bytes;
		last->up_bytes += s->up_bytes;
		return 0;
	}
	list = reallocarray(w->sittings, w->n_sittings + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	w->sittings = list;
	list[w->n_sittings++] = *s;
	return 0;
}

static int read_sittings(struct why *w)
{
	struct stretch s;
	int r;

	r = sd_bus_message_enter_container(w->reply, 'a', "(xxxttb)");
	while (r >= 0 && (r = sd_bus_message_read(w->reply, "(xxxttb)", &s.start_usec, &s.end_usec,
				  &s.used_usec, &s.down_bytes, &s.up_bytes, &s.opens)) > 0)
		r = add_stretch(w, &s);
	return r < 0 ? r : sd_bus_message_exit_container(w->reply);
}

static int compare_sums(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	return x->bytes == y->bytes ? strcmp(x->name, y->name) : x->bytes < y->bytes ? 1 : -1;
}

/* The largest first. */
static int read_sums(sd_bus_message *m, struct sum **ret, size_t *ret_n)
{
	struct sum s, *list;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(st)");
	while (r >= 0 && (r = sd_bus_message_read(m, "(st)", &s.name, &s.bytes)) > 0) {
		list = reallocarray(*ret, *ret_n + 1, sizeof(*list));
		if (!list)
			return -ENOMEM;
		*ret = list;
		list[(*ret_n)++] = s;
	}
	if (*ret_n > 0)
		qsort(*ret, *ret_n, sizeof(**ret), compare_sums);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_why(struct why *w)
{
	int r;

	r = sd_bus_message_read(
		w->reply, "ssxx", &w->person, &w->day, &w->start_usec, &w->end_usec);
	if (r >= 0)
		r = read_sittings(w);
	if (r >= 0)
		r = read_sums(w->reply, &w->hosts, &w->n_hosts);
	if (r >= 0)
		r = read_sums(w->reply, &w->uncounted, &w->n_uncounted);
	return r < 0 ? r : sd_bus_message_read(w->reply, "s", &w->ruling);
}

static int64_t used_sec(const struct why *w)
{
	int64_t usec = 0;

	for (size_t i = 0; i < w->n_sittings; i++)
		usec += w->sittings[i].used_usec;
	return usec / (int64_t)USEC_PER_SEC;
}

static json_t *sums_json(const struct sum *list, size_t n, const char *key)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_pack("{s:s, s:I}", key, list[i].name, "bytes",
						     (json_int_t)list[i].bytes));
	return array;
}

static json_t *sittings_json(const struct why *w)
{
	json_t *array = json_array();
	char start[PRINT_TEXT_MAX], end[PRINT_TEXT_MAX];

	for (size_t i = 0; i < w->n_sittings; i++) {
		const struct stretch *s = &w->sittings[i];

		json_array_append_new(array,
			json_pack("{s:s, s:s, s:I, s:I, s:I}", "start",
				print_instant(s->start_usec, start), "end",
				print_instant(s->end_usec, end), "used_sec",
				(json_int_t)(s->used_usec / (int64_t)USEC_PER_SEC), "bytes_down",
				(json_int_t)s->down_bytes, "bytes_up", (json_int_t)s->up_bytes));
	}
	return array;
}

static enum exit_code print_json(const struct why *w, const char *site, json_t *events)
{
	const struct status_entry *now = w->now;
	json_t *root = json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:s?, s:s?, s:s?}",
		"person", w->person, "site", site, "day", w->day, "used_sec",
		(json_int_t)used_sec(w), "sittings", sittings_json(w), "hosts",
		sums_json(w->hosts, w->n_hosts, "host"), "uncounted",
		sums_json(w->uncounted, w->n_uncounted, "reason"), "events", events, "state",
		now ? now->state : NULL, "reason", now ? now->reason : NULL, "group",
		w->group ? w->group->name : NULL);
	const int r = root ? json_dumpf(root, stdout, JSON_INDENT(2)) : -1;

	putchar('\n');
	json_decref(root);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static const char *clock_text(int64_t usec, char buffer[PRINT_TEXT_MAX])
{
	const time_t t = (time_t)(usec / (int64_t)USEC_PER_SEC);
	struct tm local;

	localtime_r(&t, &local);
	strftime(buffer, PRINT_TEXT_MAX, "%H:%M:%S", &local);
	return buffer;
}

static void print_sittings(const struct why *w)
{
	char start[PRINT_TEXT_MAX], end[PRINT_TEXT_MAX], span[PRINT_TEXT_MAX],
		bytes[PRINT_TEXT_MAX];

	printf(_("  %s counted"), print_span(used_sec(w), span));
	if (w->n_sittings > 0)
		printf(ngettext(", %zu sitting", ", %zu sittings", w->n_sittings), w->n_sittings);
	putchar('\n');
	for (size_t i = 0; i < w->n_sittings; i++) {
		const struct stretch *s = &w->sittings[i];

		printf(_("    %s to %s  %11s %9s\n"), clock_text(s->start_usec, start),
			clock_text(s->end_usec, end),
			print_span(s->used_usec / (int64_t)USEC_PER_SEC, span),
			print_bytes(s->down_bytes + s->up_bytes, bytes));
	}
}

static void print_amount(const char *what, uint64_t amount)
{
	char bytes[PRINT_TEXT_MAX];

	printf("    %-*s %9s\n", print_field(what, WIDTH), what, print_bytes(amount, bytes));
}

static void print_hosts(const struct why *w)
{
	char more[PRINT_TEXT_MAX];
	uint64_t rest = 0;

	if (w->n_hosts > 0)
		puts(_("\n  Hosts that moved, counted or not"));
	for (size_t i = 0; i < w->n_hosts; i++)
		if (i < HOSTS_SHOWN)
			print_amount(w->hosts[i].name, w->hosts[i].bytes);
		else
			rest += w->hosts[i].bytes;
	if (w->n_hosts <= HOSTS_SHOWN)
		return;
	snprintf(more, sizeof(more), _("and %zu more"), w->n_hosts - HOSTS_SHOWN);
	print_amount(more, rest);
}

static const char *reason_words(const char *reason)
{
	if (strcmp(reason, "away") == 0)
		return _("locked, idle or asleep");
	if (strcmp(reason, "brief") == 0)
		return _("over before it was a visit");
	if (strcmp(reason, "background") == 0)
		return _("in the background, or on other pages");
	return reason;
}

static void print_uncounted(const struct why *w)
{
	if (w->n_uncounted == 0 || w->uncounted[0].bytes < TRIFLE)
		return;
	puts(_("\n  Not counted"));
	for (size_t i = 0; i < w->n_uncounted; i++)
		print_amount(reason_words(w->uncounted[i].name), w->uncounted[i].bytes);
}

/* group: whose they are; NULL: the site's own */
static void print_limits(const struct status_entry *e, const char *group)
{
	char span[SPAN_TEXT_MAX];

	if (e->limit_today_sec >= 0) {
		format_span(e->limit_today_sec, span);
		if (group)
			printf(_("    group %s: limit %s a day\n"), group, span);
		else
			printf(_("    limit %s a day\n"), span);
	}
	if (e->limit_week_sec >= 0) {
		format_span(e->limit_week_sec, span);
		if (group)
			printf(_("    group %s: limit %s a week\n"), group, span);
		else
			printf(_("    limit %s a week\n"), span);
	}
}

static void print_rules(const struct why *w)
{
	const char *state = events_state(w->now->state), *reason = events_reason(w->now->reason);

	print_limits(w->now, NULL);
	if (w->group) {
		print_limits(w->group, w->group->name);
		printf(_("    now %s: %s, of group %s\n"), state, reason, w->group->name);
	} else {
		printf(_("    now %s: %s\n"), state, reason);
	}
}

static void print_why(const struct why *w, const char *site, sd_bus_message *events)
{
	struct event e;
	char at[PRINT_TEXT_MAX];
	bool any = false;

	printf("%s, %s, %s\n", site, w->person, w->day);
	print_sittings(w);
	print_hosts(w);
	print_uncounted(w);
	if (w->now)
		puts(_("\n  Rules"));
	while (events_read(events, &e) > 0)
		if (events_about(&e, w->person, site) && e.wall_usec < w->end_usec) {
			if (!any && !w->now)
				puts(_("\n  Rules"));
			any = true;
			printf("    %s %s: %s\n", clock_text(e.wall_usec, at),
				events_is_declared(e.kind) ? events_declared(e.kind)
							   : events_state(e.kind),
				events_reason(e.text));
		}
	if (w->now)
		print_rules(w);
}

static json_t *events_json(sd_bus_message *m, const struct why *w, const char *site)
{
	json_t *list = json_array();
	struct event e;

	while (events_read(m, &e) > 0)
		if (events_about(&e, w->person, site) && e.wall_usec < w->end_usec)
			json_array_append_new(list, event_json(&e));
	return list;
}

/* Limits and state are of the present; of a day that is over nobody knows them any more. */
static const struct status_entry *find_entry(
	const struct status *s, const struct why *w, bool is_group, const char *name)
{
	for (size_t i = 0; i < s->n && strcmp(s->day, w->day) == 0; i++)
		for (size_t k = 0; k < s->people[i].n; k++)
			if (strcmp(s->people[i].name, w->person) == 0 &&
				s->people[i].entries[k].is_group == is_group &&
				strcmp(s->people[i].entries[k].name, name) == 0)
				return &s->people[i].entries[k];
	return NULL;
}

enum exit_code verb_why(const struct invocation *i)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *events = NULL;
	_cleanup_(status_done) struct status status = { 0 };
	_cleanup_(why_done) struct why w = { 0 };
	const char *site = i->arguments[0];
	struct client_error error;
	char day[DATES_DAY_MAX] = "";

	if (status_get(i->client, i->person, &status, &error) < 0)
		return verbs_fail(&error);
	if (i->day && dates_day(i->day, status.day, day) < 0)
		return verbs_expect_day(i->day);
	if (client_call(i->client, "Explain", &w.reply, &error, "sss", i->person, site, day) < 0)
		return verbs_fail(&error);
	if (read_why(&w) < 0)
		return EXIT_FAILED;
	if (client_call(i->client, "GetEvents", &events, &error, "sxu", w.person, w.start_usec,
		    (uint32_t)FOCUSD_EVENTS_MAX) < 0)
		return verbs_fail(&error);
	if (sd_bus_message_enter_container(events, 'a', "(xssss)") < 0)
		return EXIT_FAILED;
	w.now = find_entry(&status, &w, false, site);
	w.group = find_entry(&status, &w, true, w.ruling);
	if (i->json)
		return print_json(&w, site, events_json(events, &w, site));
	print_why(&w, site, events);
	return EXIT_DONE;
}
