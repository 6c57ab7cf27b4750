/* A day's changes of each account, and what happens when there are many accounts. */
#include "core/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY  (SEC_PER_DAY * USEC_PER_SEC)
#define ANNA 1001
#define BEN  1002

static unsigned take_all(struct budget *b, uid_t uid, usec_t now_usec)
{
	unsigned n = 0;

	while (n <= BUDGET_A_DAY && budget_take(b, uid, now_usec))
		n++;
	return n;
}

static void test_enough_is_enough_for_a_day(void **state)
{
	struct budget b = { 0 };

	assert_true(budget_take(&b, BEN, 5));
	assert_int_equal(take_all(&b, ANNA, 10), BUDGET_A_DAY);
	assert_false(budget_take(&b, ANNA, 10 + DAY - 1));
	assert_int_equal(take_all(&b, BEN, 10), BUDGET_A_DAY - 1);
	assert_int_equal(take_all(&b, ANNA, 10 + DAY), BUDGET_A_DAY);
	assert_int_equal(b.n, 2);
}

/* More than are metered: whoever began first begins anew. */
static void test_many_accounts(void **state)
{
	struct budget b = { 0 };

	for (uid_t uid = 0; uid < BUDGET_ACCOUNTS; uid++)
		assert_int_equal(take_all(&b, uid, 100 - uid), BUDGET_A_DAY);
	assert_true(budget_take(&b, ANNA, 100));
	assert_int_equal(b.n, BUDGET_ACCOUNTS);
	assert_false(budget_take(&b, 0, 100));
	assert_true(budget_take(&b, BUDGET_ACCOUNTS - 1, 100));
	assert_int_equal(b.n, BUDGET_ACCOUNTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough_is_enough_for_a_day),
		cmocka_unit_test(test_many_accounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
