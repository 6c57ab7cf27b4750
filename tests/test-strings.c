/* Lists of owned strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strings.h"

static void test_copies_in_order(void **state)
{
	struct strings list = { 0 };
	char word[] = "first";

	assert_int_equal(strings_add(&list, word), 0);
	word[0] = 'F';
	assert_int_equal(strings_addf(&list, "%s %d", "second", 2), 0);
	assert_int_equal(strings_add(&list, ""), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.items[0], "first"); /* a copy */
	assert_string_equal(list.items[1], "second 2");
	assert_true(strings_contain(&list, "second 2"));
	assert_true(strings_contain(&list, ""));
	assert_false(strings_contain(&list, "First"));
	strings_done(&list);
}

static void test_used_again(void **state)
{
	struct strings list = { 0 };

	strings_done(&list); /* an empty one */
	assert_false(strings_contain(&list, ""));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			assert_int_equal(strings_addf(&list, "%d.%d", round, i), 0);
		assert_int_equal(list.n, 100);
		assert_string_equal(list.items[0] + 1, ".0");
		strings_done(&list);
		assert_int_equal(list.n, 0);
		assert_null(list.items);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_in_order),
		cmocka_unit_test(test_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
