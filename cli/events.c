/* Reads events and finds the words. */
#include "events.h"

#include <string.h>

#include "base/cleanup.h"
#include "language.h"
#include "print.h"

struct word {
	const char *kind, *meaning;
};

/* Of the kinds that are about a site. */
static const struct word site_words[] = {
	{ "blocked", N_("shut") },
	{ "slow", N_("slow") },
	{ "open", N_("open") },
	{ "spent", N_("spent, and open all the same") },
	{ "warned", N_("soon to end") },
	{ "pending", N_("to be looser") },
	{ "loosened", N_("looser") },
	{ "withdrawn", N_("as before") },
	{ "kept", N_("to stay as before") },
};

/* What somebody declared. */
static const struct word declared_words[] = {
	{ "asked", N_("asked for") },
	{ "unanswered", N_("asked for, and nobody answered") },
	{ "pass-waiting", N_("a pass, after a breath") },
	{ "pass", N_("a pass begins") },
	{ "opening", N_("opened outside its hours") },
	{ "grant", N_("granted") },
	{ "pass-over", N_("a pass is over") },
	{ "cancelled", N_("cancelled") },
	{ "focus", N_("focus") },
	{ "focus-over", N_("a focus is over") },
};

/* Why, as rules.h has it. */
static const struct word reason_words[] = {
	{ "observing", N_("nothing is limited") },
	{ "within-limit", N_("there is time") },
	{ "limit-day", N_("the day's limit is spent") },
	{ "limit-week", N_("the week's limit is spent") },
	{ "limit-sitting", N_("the sitting's limit is spent") },
	{ "break", N_("a break") },
	{ "limit-opens", N_("it was opened often enough") },
	{ "window", N_("outside its hours") },
	{ "focus", N_("focus") },
	{ "pass", N_("a pass") },
};

static const char *meaning(const struct word *words, size_t n, const char *kind)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i].kind, kind) == 0)
			return translated(words[i].meaning);
	return kind;
}

int events_read(sd_bus_message *m, struct event *ret)
{
	return sd_bus_message_read(
		m, "(xssss)", &ret->wall_usec, &ret->kind, &ret->person, &ret->site, &ret->text);
}

bool events_about(const struct event *e, const char *person, const char *site)
{
	return (!*e->person || strcmp(e->person, person) == 0) && strcmp(e->site, site) == 0;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

json_t *event_json(const struct event *e)
{
	char at[PRINT_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s?, s:s?, s:s}", "time", print_instant(e->wall_usec, at),
		"event", e->kind, "person", or_null(e->person), "site", or_null(e->site), "text",
		e->text);
}

const char *events_state(const char *kind)
{
	return meaning(site_words, ELEMENTSOF(site_words), kind);
}

const char *events_reason(const char *reason)
{
	return meaning(reason_words, ELEMENTSOF(reason_words), reason);
}

bool events_is_declared(const char *kind)
{
	return meaning(declared_words, ELEMENTSOF(declared_words), kind) != kind;
}

const char *events_declared(const char *kind)
{
	return meaning(declared_words, ELEMENTSOF(declared_words), kind);
}
