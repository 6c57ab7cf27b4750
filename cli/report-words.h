#pragma once
/* The words of the report's page, in each language it speaks. */
#include <stdbool.h>
#include <stdint.h>

#include "report.h"

struct report_words {
	const char *code; /* as of the HTML element: en */
	const char *title, *everybody, *to;
	const char *total, *a_day, *openings, *longest, *before, *before_was, *before_none, *less,
		*more;
	const char *won, *won_all, *first_week, *won_none;
	const char *per[3];    /* enum report_step */
	const char *column[3]; /* the same, as the head of a column */
	const char *weekend_note, *heat, *heat_note, *trend, *trend_note, *sites, *people, *passes,
		*passes_none;
	const char *time, *share, *site, *person, *hour, *bytes, *when, *what, *reason, *weekday;
	const char *numbers, *less_used, *more_used, *made, *nothing, *other;
	const char *pass_kinds[4]; /* pass, open, grant, focus */
	const char *weekdays[7], *weekdays_short[7], *months[12], *months_short[12];
	bool day_first_dot; /* 23. November 2026 */
};

/* "de", "de_AT.UTF-8"; NULL for a language that is not there. */
const struct report_words *report_words_find(const char *language);
/* The language of what focusctl says. */
const struct report_words *report_words_of_locale(void);

#define REPORT_WORDS_MAX 96
/* 24 November 2026, or 24. November 2026. */
const char *report_words_date(
	const struct report_words *w, int32_t day, char buffer[REPORT_WORDS_MAX]);
/* The same without the year. */
const char *report_words_day_month(
	const struct report_words *w, int32_t day, char buffer[REPORT_WORDS_MAX]);
/* Tue 24 Nov */
const char *report_words_day(
	const struct report_words *w, int32_t day, char buffer[REPORT_WORDS_MAX]);
