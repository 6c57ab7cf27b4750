/* The keeper's sentences and what stands in them; in English each is what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "keeper-words.h"

static void test_a_sentence_is_taken_apart_and_put_together(void **state)
{
	static const char *const sentences[] = {
		"Only an administrator may see other people's time",
		"alpa: no such site or group; did you mean alpha?\nAll of them: focusctl sites",
		"alpa: no such site or group\nAll of them: focusctl sites",
		"alpha: a pass holds until 17:00 already",
		"alpha: beta: a pass holds until Mon 17:00 already",
		"Of today's 10min for passes 3min is left",
		"All 3 passes of today are used; an administrator can be asked: focusctl ask",
		"A text of 500 bytes: expected at most 200",
		"2026-01-01 to 2026-13-01: expected at most 3660 days",
		"The old rules stay in force: focusd.conf:3: 100 % is no span",
		/* nobody knows these */
		"something that a newer keeper says",
		"Of today's 10min for passes",
		"100 %",
		"",
	};
	char text[256];

	for (size_t i = 0; i < ELEMENTSOF(sentences); i++)
		assert_string_equal(keeper_words(sentences[i], text, sizeof(text)), sentences[i]);
}

static void test_a_small_buffer_is_no_harm(void **state)
{
	const char *sentence = "alpha: a pass holds until 17:00 already";
	char text[64];

	for (size_t size = 1; size < sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		keeper_words(sentence, text, size);
		assert_true(strlen(text) < size);
		assert_int_equal(strncmp(text, sentence, size - 1), 0);
		assert_int_equal(text[size], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sentence_is_taken_apart_and_put_together),
		cmocka_unit_test(test_a_small_buffer_is_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
