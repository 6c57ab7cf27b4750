/* Text that grows: whole, or an error. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void test_it_grows(void **state)
{
	char *text = NULL, line[16];
	size_t size = 77;
	FILE *f = text_open(&text, &size);

	assert_non_null(f);
	assert_string_equal(text, "");
	assert_int_equal(size, 0);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(fprintf(f, "line %05d\n", i), 11);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(size, 110000);
	fputc('.', f);
	assert_int_equal(text_close(f, &text), 0);
	assert_int_equal(size, 110001);
	assert_int_equal(strlen(text), size);
	for (size_t i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "line %05zu\n", i);
		assert_memory_equal(text + 11 * i, line, 11);
	}
	free(text);
}

static void test_an_empty_one_is_text(void **state)
{
	char *text = NULL;
	FILE *f = text_open(&text, NULL);

	assert_non_null(f);
	assert_int_equal(text_close(f, &text), 0);
	assert_string_equal(text, "");
	free(text);
}

/* Whatever was written before and after what did not fit. */
static void test_a_torn_one_is_none(void **state)
{
	char *text = NULL, *much = malloc(TEXT_MAX_BYTES);
	FILE *f = text_open(&text, NULL);

	assert_non_null(f);
	assert_non_null(much);
	memset(much, 'x', TEXT_MAX_BYTES);
	fputs("a rule\n", f);
	fwrite(much, 1, TEXT_MAX_BYTES, f);
	fputs("another\n", f);
	assert_int_equal(text_close(f, &text), -ENOMEM);
	assert_null(text);
	free(much);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_grows),
		cmocka_unit_test(test_an_empty_one_is_text),
		cmocka_unit_test(test_a_torn_one_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
