/* A write that was cut short is told from an edit by somebody else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/hosts-journal.h"

static struct hosts_journal journal(const char *before, const char *after)
{
	return (struct hosts_journal){ before, after, strlen(before), strlen(after) };
}

static bool explains(const char *before, const char *after, const char *now)
{
	const struct hosts_journal j = journal(before, after);

	return hosts_journal_explains(&j, now, strlen(now));
}

static void test_round(void **state)
{
	static const struct hosts_journal rows[] = { { "", "", 0, 0 }, { "a", "", 1, 0 },
		{ "", "b\n", 0, 2 }, { "a\0b\n", "c\n\n\0", 4, 4 } };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *bytes = NULL;
		struct hosts_journal back;
		size_t n;

		assert_int_equal(hosts_journal_pack(&rows[i], &bytes, &n), 0);
		assert_int_equal(hosts_journal_open(bytes, n, &back), 0);
		assert_int_equal(back.n_before, rows[i].n_before);
		assert_int_equal(back.n_after, rows[i].n_after);
		assert_memory_equal(back.before, rows[i].before, back.n_before);
		assert_memory_equal(back.after, rows[i].after, back.n_after);
		for (size_t cut = 0; cut < n; cut++)
			assert_int_equal(hosts_journal_open(bytes, cut, &back), -EBADMSG);
	}
}

static void test_no_journal(void **state)
{
	static const char *const rows[] = { "", "\n", "focusd hosts journal 0 0",
		"focusd hosts journal 0 0\nx", "focusd hosts journal 1 1\nx",
		"focusd hosts journal -1 2\nx", "focusd hosts journal  1 0\nx",
		"focusd hosts journal +1 0\nx", "focusd hosts journal 01 0\nx",
		"focusd hosts journal 1 0 \nx", "focusd hosts journal 18446744073709551615 2\nx",
		"127.0.0.1 localhost\n" };
	struct hosts_journal j;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (hosts_journal_open(rows[i], strlen(rows[i]), &j) != -EBADMSG)
			fail_msg("\"%s\" was taken", rows[i]);
}

static void test_cut_short(void **state)
{
	static const char before[] = "127.0.0.1 localhost\nold block\n",
			  after[] = "127.0.0.1 localhost\nnew block, and longer\n";
	char now[64];

	assert_true(explains(before, after, before));
	assert_true(explains(before, after, after));
	for (size_t n = 0; n <= strlen(after); n++) {
		strcpy(now, n > strlen(before) ? after : before);
		memcpy(now, after, n);
		now[n > strlen(before) ? n : strlen(before)] = 0;
		assert_true(explains(before, after, now)); /* growing */
		assert_true(explains(after, before, now)); /* shrinking, not yet truncated */
	}
}

static void test_a_hole(void **state)
{
	const struct hosts_journal j = journal("ab", "abcdef"), k = journal("abcd", "ab");

	assert_true(hosts_journal_explains(&j, "ab\0\0\0\0", 6));
	assert_false(hosts_journal_explains(&j, "\0b", 2));
	assert_false(hosts_journal_explains(&k, "ab\0\0", 4));
}

static void test_an_edit(void **state)
{
	assert_false(explains("127.0.0.1 a\n", "127.0.0.1 a\nx\n", "127.0.0.1 b\n"));
	assert_false(explains("127.0.0.1 a\n", "127.0.0.1 a\nx\n", "127.0.0.1 a\nx\ny\n"));
	assert_false(explains("127.0.0.1 a\n", "127.0.0.1 a\nx\n", ""));
	assert_false(explains("127.0.0.1 a\n", "127.0.0.1 a\nx\n", "127.0.0.1 a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_no_journal),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_a_hole),
		cmocka_unit_test(test_an_edit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
