/* suggest: limits from what was measured, and sets them if told so. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "language.h"
#include "names.h"
#include "suggest.h"
#include "verbs.h"

_Static_assert(SUGGEST_DAYS == FOCUSD_HABIT_DAYS, "the days that names.h promises");

struct proposal {
	const char *name;
	bool is_group;
	struct suggestion suggestion;
};

struct proposals {
	sd_bus_message *reply; /* holds the texts */
	const char *person;
	unsigned known_days;
	struct proposal *items;
	size_t n, n_held;
};

static void proposals_done(struct proposals *p)
{
	sd_bus_message_unref(p->reply);
	free(p->items);
}

static int add_proposal(
	struct proposals *p, const char *name, bool is_group, const struct suggest_habit *habit)
{
	struct suggestion s;
	struct proposal *items;

	switch (suggest_limit(habit, &s)) {
	case SUGGEST_HELD:
		p->n_held++;
		return 0;
	case SUGGEST_TOO_EARLY:
	case SUGGEST_RARE:
		return 0;
	case SUGGEST_LIMIT:
		break;
	}
	items = reallocarray(p->items, p->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	p->items = items;
	items[p->n++] = (struct proposal){ name, is_group, s };
	return 0;
}

/* 1, 0 at the end of the list. */
static int read_entry(struct proposals *p)
{
	struct suggest_habit habit = { .known_days = p->known_days };
	const char *name;
	const void *days;
	int is_group, r;
	size_t size;

	r = sd_bus_message_enter_container(p->reply, 'r', "sbxau");
	if (r <= 0)
		return r;
	r = sd_bus_message_read(p->reply, "sbx", &name, &is_group, &habit.limit_sec);
	if (r >= 0)
		r = sd_bus_message_read_array(p->reply, 'u', &days, &size);
	if (r >= 0 && size != sizeof(habit.used_sec))
		return -EBADMSG;
	if (r < 0)
		return r;
	memcpy(habit.used_sec, days, size);
	r = add_proposal(p, name, is_group, &habit);
	if (r >= 0)
		r = sd_bus_message_exit_container(p->reply);
	return r < 0 ? r : 1;
}

static int read_habits(struct proposals *p)
{
	int r;

	r = sd_bus_message_read(p->reply, "su", &p->person, &p->known_days);
	if (r >= 0)
		r = sd_bus_message_enter_container(p->reply, 'a', "(sbxau)");
	while (r >= 0 && (r = read_entry(p)) > 0)
		;
	return r;
}

static unsigned missing_days(const struct proposals *p)
{
	return p->known_days < SUGGEST_DAYS_MIN ? SUGGEST_DAYS_MIN - p->known_days : 0;
}

static void print_proposal(const struct proposals *p, const struct proposal *o)
{
	char limit[PRINT_TEXT_MAX], habit[PRINT_TEXT_MAX];

	printf("%s", o->name);
	if (o->is_group)
		fputs(_(" (group)"), stdout);
	printf(_(": %s a day. Used on %u of the last %u days, usually %s; a fifth less.\n"),
		print_span(o->suggestion.limit_sec, limit), o->suggestion.used_days, p->known_days,
		print_span(o->suggestion.habit_sec, habit));
}

static void print_none(const struct proposals *p)
{
	const unsigned missing = missing_days(p);

	if (missing > 0)
		printf(ngettext("Too early: %u of %u days are known. %u more day, and focusctl "
				"suggest knows what is usual.\n",
			       "Too early: %u of %u days are known. %u more days, and focusctl "
			       "suggest knows what is usual.\n",
			       missing),
			p->known_days, SUGGEST_DAYS_MIN, missing);
	else if (p->n_held > 0)
		puts(_("Nothing to propose: your limits are stricter than what is usual."));
	else
		puts(_("Nothing to propose: nothing is used often and for long."));
}

static void print_json(const struct proposals *p)
{
	json_t *list = json_array(), *all;

	for (size_t i = 0; i < p->n; i++) {
		const struct proposal *o = &p->items[i];

		json_array_append_new(list,
			json_pack("{s:s, s:I, s:I, s:i}", o->is_group ? "group" : "site", o->name,
				"limit_today_sec", (json_int_t)o->suggestion.limit_sec, "usual_sec",
				(json_int_t)o->suggestion.habit_sec, "used_days",
				(int)o->suggestion.used_days));
	}
	all = json_pack("{s:s, s:i, s:i, s:o}", "person", p->person, "known_days",
		(int)p->known_days, "missing_days", (int)missing_days(p), "suggestions", list);
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

static bool ask(void)
{
	printf(_("  Set it? [y/N] "));
	return verbs_await_yes();
}

static enum exit_code set(const struct invocation *i, const struct proposal *o)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;

	if (client_call(i->client, "SetLimit", &reply, &error, "ssxs", o->name, "day",
		    o->suggestion.limit_sec, i->person) < 0)
		return verbs_fail(&error);
	puts(_("  It holds from now on."));
	return EXIT_DONE;
}

static enum exit_code show(const struct invocation *i, const struct proposals *p)
{
	enum exit_code code = EXIT_DONE;

	for (size_t k = 0; k < p->n && code == EXIT_DONE; k++) {
		print_proposal(p, &p->items[k]);
		if (i->yes || (i->set && ask()))
			code = set(i, &p->items[k]);
	}
	if (p->n == 0)
		print_none(p);
	else if (!i->set && !i->yes)
		puts(_("\nTo set them, one by one: focusctl suggest --set"));
	return code;
}

enum exit_code verb_suggest(const struct invocation *i)
{
	_cleanup_(proposals_done) struct proposals p = { 0 };
	struct client_error error;
	int r;

	if (i->set && !i->yes && !isatty(STDIN_FILENO)) {
		fputs(_("focusctl: --set asks for each limit, which takes a terminal; or: --yes\n"),
			stderr);
		return EXIT_USAGE;
	}
	if (client_call(i->client, "Habit", &p.reply, &error, "s", i->person) < 0)
		return verbs_fail(&error);
	r = read_habits(&p);
	if (r < 0) {
		fputs(_("focusctl: focusd's answer can't be read: is it of another version?\n"),
			stderr);
		return EXIT_FAILED;
	}
	if (!i->json)
		return show(i, &p);
	print_json(&p);
	return EXIT_DONE;
}
