/* A language is a row. It knows no rows of a report. */
#include "report-words.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "language.h"

static const struct report_words languages[] = {
	{
		.code = "en",
		.title = "Where the time went",
		.everybody = "Everybody",
		.to = "to",
		.total = "In all",
		.a_day = "a day",
		.openings = "Opened",
		.longest = "Longest sitting",
		.before = "Against the time before",
		.before_was = "before",
		.before_none = "nothing is known of it",
		.less = "less",
		.more = "more",
		.won = "Won back",
		.won_all = "in all since",
		.first_week = "against the first week",
		.won_none = "the first week is not over",
		.per = { "Day by day", "Week by week", "Month by month" },
		.column = { "Day", "Week from", "Month" },
		.weekend_note = "Saturdays and Sundays are fainter",
		.heat = "The week by hour",
		.heat_note = "Stronger where more time went",
		.trend = "Every full week so far",
		.trend_note = "The dashed line is the first week",
		.sites = "Sites",
		.people = "People",
		.passes = "Passes and focus",
		.passes_none = "Nobody took a pass.",
		.time = "Time",
		.share = "Share",
		.site = "Site",
		.person = "Person",
		.hour = "Hour",
		.bytes = "Received",
		.when = "When",
		.what = "What",
		.reason = "Reason",
		.weekday = "Weekday",
		.numbers = "The numbers",
		.less_used = "little",
		.more_used = "much",
		.made = "Made by focusd on this machine, for those who sit at it.",
		.nothing = "No feed was used in this time.",
		.other = "more",
		.pass_kinds = { "Pass", "Opening", "Granted pass", "Focus" },
		.weekdays = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
			"Sunday" },
		.weekdays_short = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" },
		.months = { "January", "February", "March", "April", "May", "June", "July",
			"August", "September", "October", "November", "December" },
		.months_short = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
			"Oct", "Nov", "Dec" },
	},
	{
		.code = "de",
		.title = "Wo die Zeit blieb",
		.everybody = "Alle",
		.to = "bis",
		.total = "Insgesamt",
		.a_day = "am Tag",
		.openings = "Geöffnet",
		.longest = "Längste Sitzung",
		.before = "Im Vergleich zu vorher",
		.before_was = "davor",
		.before_none = "darüber ist nichts bekannt",
		.less = "weniger",
		.more = "mehr",
		.won = "Zurückgewonnen",
		.won_all = "insgesamt seit dem",
		.first_week = "gegen die erste Woche",
		.won_none = "die erste Woche ist nicht vorbei",
		.per = { "Tag für Tag", "Woche für Woche", "Monat für Monat" },
		.column = { "Tag", "Woche ab", "Monat" },
		.weekend_note = "Samstage und Sonntage sind matter",
		.heat = "Die Woche nach Stunden",
		.heat_note = "Kräftiger, wo mehr Zeit hinging",
		.trend = "Jede volle Woche bisher",
		.trend_note = "Die gestrichelte Linie ist die erste Woche",
		.sites = "Seiten",
		.people = "Personen",
		.passes = "Ausnahmen und Fokus",
		.passes_none = "Niemand nahm eine Ausnahme.",
		.time = "Zeit",
		.share = "Anteil",
		.site = "Seite",
		.person = "Person",
		.hour = "Stunde",
		.bytes = "Empfangen",
		.when = "Wann",
		.what = "Was",
		.reason = "Grund",
		.weekday = "Wochentag",
		.numbers = "Die Zahlen",
		.less_used = "wenig",
		.more_used = "viel",
		.made = "Von focusd auf diesem Rechner gemacht, für die, die davor sitzen.",
		.nothing = "In dieser Zeit wurde kein Feed benutzt.",
		.other = "weitere",
		.pass_kinds = { "Ausnahme", "Öffnung", "Gewährte Ausnahme", "Fokus" },
		.weekdays = { "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag",
			"Sonntag" },
		.weekdays_short = { "Mo", "Di", "Mi", "Do", "Fr", "Sa", "So" },
		.months = { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August",
			"September", "Oktober", "November", "Dezember" },
		.months_short = { "Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep",
			"Okt", "Nov", "Dez" },
		.day_first_dot = true,
	},
};

const struct report_words *report_words_find(const char *language)
{
	for (size_t i = 0; i < ELEMENTSOF(languages); i++)
		if (strncmp(language, languages[i].code, 2) == 0 &&
			(!language[2] || strchr("_-.@", language[2])))
			return &languages[i];
	return NULL;
}

const struct report_words *report_words_of_locale(void)
{
	/* TRANSLATORS: the code of a language that the page of focusctl report speaks: en or de */
	const struct report_words *found = report_words_find(_("en"));

	return found ? found : &languages[0];
}

const char *report_words_date(
	const struct report_words *w, int32_t day, char buffer[REPORT_WORDS_MAX])
{
	const struct report_date d = report_date_of(day);

	snprintf(buffer, REPORT_WORDS_MAX, "%d%s %s %d", d.day, w->day_first_dot ? "." : "",
		w->months[d.month - 1], d.year);
	return buffer;
}

const char *report_words_day_month(
	const struct report_words *w, int32_t day, char buffer[REPORT_WORDS_MAX])
{
	const struct report_date d = report_date_of(day);

	snprintf(buffer, REPORT_WORDS_MAX, "%d%s %s", d.day, w->day_first_dot ? "." : "",
		w->months[d.month - 1]);
	return buffer;
}

const char *report_words_day(
	const struct report_words *w, int32_t day, char buffer[REPORT_WORDS_MAX])
{
	const struct report_date d = report_date_of(day);

	snprintf(buffer, REPORT_WORDS_MAX, "%s %d%s %s", w->weekdays_short[report_weekday(day)],
		d.day, w->day_first_dot ? "." : "", w->months_short[d.month - 1]);
	return buffer;
}
