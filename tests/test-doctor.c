/* What the doctor's findings look like, for people and for programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "doctor.h"

static void three(struct doctor *d)
{
	doctor_add(d, "hook", DOCTOR_OK, NULL, "listens on port %d", 5399);
	doctor_add(d, "clock", DOCTOR_WARNING, "set it", "nobody sets the clock");
	doctor_add(d, "redirect", DOCTOR_FAILED, "first\nsecond", "not there");
}

/* The text lives until the next call. */
static const char *printed(const struct doctor *d, struct style style)
{
	static char text[2][4096];
	static unsigned turn;
	char *to = text[turn++ % 2];
	FILE *f = fmemopen(to, sizeof(text[0]), "w");

	assert_non_null(f);
	doctor_print(d, style, f);
	fclose(f);
	return to;
}

static void test_a_line_each_and_the_cure_under_it(void **state)
{
	_cleanup_(doctor_done) struct doctor d = { 0 };

	three(&d);
	assert_string_equal(printed(&d, (struct style){ 0 }),
		"ok       hook      listens on port 5399\n"
		"warning  clock     nobody sets the clock\n"
		"                   Cure: set it\n"
		"failed   redirect  not there\n"
		"                   Cure: first\n"
		"                         second\n"
		"\n1 failed, 1 warning.\n");
}

static void assert_last_line(const struct doctor *d, const char *expected)
{
	const char *text = printed(d, (struct style){ 0 });
	const char *end = strstr(text, "\n\n");

	assert_non_null(end);
	assert_string_equal(end + 1, expected);
}

static void test_the_last_line(void **state)
{
	static const struct {
		size_t failed, warnings;
		const char *text;
	} rows[] = {
		{ 0, 0, "\nAll is well.\n" },
		{ 0, 1, "\n1 warning.\n" },
		{ 0, 2, "\n2 warnings.\n" },
		{ 2, 0, "\n2 failed.\n" },
		{ 1, 2, "\n1 failed, 2 warnings.\n" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(doctor_done) struct doctor d = { 0 };

		doctor_add(&d, "a", DOCTOR_OK, NULL, "well");
		for (size_t k = 0; k < rows[i].failed; k++)
			doctor_add(&d, "b", DOCTOR_FAILED, "do", "ill");
		for (size_t k = 0; k < rows[i].warnings; k++)
			doctor_add(&d, "c", DOCTOR_WARNING, "do", "so so");
		assert_last_line(&d, rows[i].text);
	}
}

static void test_colour_where_it_can_be_shown(void **state)
{
	_cleanup_(doctor_done) struct doctor d = { 0 };
	const char *plain, *colour;

	three(&d);
	plain = printed(&d, (struct style){ .utf8 = true });
	colour = printed(&d, (struct style){ .colour = true });
	assert_null(strchr(plain, '\033'));
	assert_non_null(strstr(colour, "\033[31mfailed \033[0m  redirect"));
	assert_non_null(strstr(colour, "\033[32mok     \033[0m  hook"));
}

static void test_json(void **state)
{
	_cleanup_(doctor_done) struct doctor d = { 0 };
	json_t *json, *checks;

	three(&d);
	json = doctor_json(&d);
	checks = json_object_get(json, "checks");
	assert_string_equal(json_string_value(json_object_get(json, "result")), "failed");
	assert_int_equal(json_integer_value(json_object_get(json, "failed")), 1);
	assert_int_equal(json_integer_value(json_object_get(json, "warnings")), 1);
	assert_int_equal(json_array_size(checks), 3);
	assert_true(json_is_null(json_object_get(json_array_get(checks, 0), "cure")));
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(checks, 2), "check")), "redirect");
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(checks, 2), "level")), "failed");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_each_and_the_cure_under_it),
		cmocka_unit_test(test_the_last_line),
		cmocka_unit_test(test_colour_where_it_can_be_shown),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
