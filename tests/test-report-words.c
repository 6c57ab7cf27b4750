/* The languages of the report's page. */
#include "report-words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TODAY 20782 /* Wednesday, 2026-11-25 */

static void test_languages_are_found(void **state)
{
	assert_string_equal(report_words_find("de")->code, "de");
	assert_string_equal(report_words_find("de_AT.UTF-8")->code, "de");
	assert_string_equal(report_words_find("en_GB")->code, "en");
	assert_null(report_words_find("deutsch"));
	assert_null(report_words_find("tlh"));
	assert_null(report_words_find(""));
	assert_non_null(report_words_of_locale());
}

/* All before the flag at the end are texts. */
static void test_no_word_is_missing(void **state)
{
	static const char *const codes[] = { "en", "de" };
	const size_t n = offsetof(struct report_words, day_first_dot) / sizeof(const char *);

	for (int i = 0; i < 2; i++) {
		const char *const *words = (const char *const *)report_words_find(codes[i]);

		for (size_t k = 0; k < n; k++) {
			assert_non_null(words[k]);
			assert_true(*words[k]);
			assert_null(
				strpbrk(words[k], "<>&\"")); /* they go into the page as they are */
		}
	}
}

static void test_days(void **state)
{
	char text[REPORT_WORDS_MAX];

	assert_string_equal(
		report_words_date(report_words_find("en"), TODAY, text), "25 November 2026");
	assert_string_equal(
		report_words_date(report_words_find("de"), TODAY, text), "25. November 2026");
	assert_string_equal(report_words_day(report_words_find("de"), TODAY, text), "Mi 25. Nov");
	assert_string_equal(report_words_day(report_words_find("en"), TODAY, text), "Wed 25 Nov");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_languages_are_found),
		cmocka_unit_test(test_no_word_is_missing),
		cmocka_unit_test(test_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
