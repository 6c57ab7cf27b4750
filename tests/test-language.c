/* German as the catalogue of this build has it: notices, plurals, and a text that stays empty. */
#include "language.h"

#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "keeper-words.h"
#include "notice.h"
#include "print.h"

#define NOW INT64_C(1795435200000000)

/* A locale that every glibc has, and the language beside it. */
static int speak_german(void **state)
{
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	setenv("LANGUAGE", "de", 1);
	setenv("TZ", "UTC", 1);
	assert_non_null(bindtextdomain("focusctl", CATALOGUES));
	assert_non_null(textdomain("focusctl"));
	return 0;
}

static void test_notices(void **state)
{
	static const struct {
		struct notice_news news;
		const char *summary, *body;
	} rows[] = {
		{ { .warned = true, .subject = "alpha", .reason = "limit-day", .left_sec = 301 },
			"Noch 5 min heute für alpha", "Ein guter Moment, um zum Ende zu kommen." },
		{ { .after = CONDITION_SHUT, .subject = "alpha", .reason = "limit-week" },
			"alpha: das war die Zeit für diese Woche", "" },
		{ { .after = CONDITION_SLOW, .subject = "alpha", .reason = "limit-day" },
			"alpha: das war die Zeit für heute", "Ab jetzt geht es langsam." },
		{ { .after = CONDITION_OPEN, .before = CONDITION_SHUT, .subject = "alpha" },
			"alpha ist wieder offen", "" },
		{ { .after = CONDITION_FOCUS, .subject = "focus", .sites = "alpha, beta" }, "Fokus",
			"So lange zu: alpha, beta" },
	};
	struct notice n;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		notice_write(&rows[i].news, &n);
		assert_string_equal(n.summary, rows[i].summary);
		assert_string_equal(n.body, rows[i].body);
	}
	notice_add_instead(&n, "Anna anrufen");
	assert_string_equal(n.body, "So lange zu: alpha, beta\nStattdessen: Anna anrufen");
}

static void test_a_time_stands_where_german_wants_it(void **state)
{
	const struct notice_news news = { .after = CONDITION_SHUT,
		.subject = "alpha",
		.reason = "limit-day",
		.now_usec = NOW,
		.until_usec = NOW + (int64_t)(SEC_PER_HOUR * USEC_PER_SEC) };
	struct notice n;

	notice_write(&news, &n);
	assert_non_null(strstr(n.body, "Wieder offen ab "));
	assert_int_equal(n.body[strlen(n.body) - 1], '.');
}

static void test_plurals(void **state)
{
	char text[64];

	for (unsigned n = 0; n < 3; n++) {
		snprintf(text, sizeof(text),
			ngettext("Left today: %u pass, %s\n", "Left today: %u passes, %s\n", n), n,
			"9 min");
		assert_string_equal(
			strchr(text, 'A'), n == 1 ? "Ausnahme, 9 min\n" : "Ausnahmen, 9 min\n");
	}
}

static void test_the_keeper_is_understood(void **state)
{
	char text[256];

	assert_string_equal(
		keeper_words("Of today's 10min for passes 3min is left", text, sizeof(text)),
		"Von den 10min für Ausnahmen sind heute 3min übrig");
	assert_string_equal(
		keeper_words("alpa: no such site or group; did you mean alpha?\nAll of them: "
			     "focusctl sites",
			text, sizeof(text)),
		"alpa: diese Seite oder Gruppe gibt es nicht; meinst du alpha?\nAlle zeigt: "
		"focusctl sites");
	assert_string_equal(
		keeper_words("A text of 500 bytes: expected at most 200", text, sizeof(text)),
		"Ein Text von 500 Byte: erwartet werden höchstens 200");
}

static void test_numbers(void **state)
{
	char text[PRINT_TEXT_MAX];

	assert_string_equal(print_bytes(4200000, text), "4,2 MB");
	assert_string_equal(print_span(3900, text), "1 h 05 min");
}

/* What gettext says to an empty key is the head of the catalogue. */
static void test_nothing_stays_nothing(void **state)
{
	assert_string_equal(translated(""), "");
	assert_string_equal(translated("closed"), "geschlossen");
}

static void test_programs_are_spoken_to_in_english(void **state)
{
	language_plain();
	assert_string_equal(translated("closed"), "closed");
	assert_string_equal(strerror(ENOENT), "No such file or directory");
	assert_non_null(setlocale(LC_MESSAGES, "C.UTF-8"));
	assert_string_equal(translated("closed"), "geschlossen");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notices),
		cmocka_unit_test(test_a_time_stands_where_german_wants_it),
		cmocka_unit_test(test_plurals),
		cmocka_unit_test(test_the_keeper_is_understood),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_nothing_stays_nothing),
		cmocka_unit_test(test_programs_are_spoken_to_in_english),
	};

	return cmocka_run_group_tests(tests, speak_german, NULL);
}
