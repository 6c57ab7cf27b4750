/* Names the hook has met: found again, and let go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "dns/known.h"

static struct known_name *get(struct known *k, unsigned number)
{
	char name[32];

	snprintf(name, sizeof(name), "n%u.example", number);
	return known_get(k, name, number % 2 ? AF_INET6 : AF_INET);
}

static void test_a_family_of_its_own(void **state)
{
	struct known *k;
	struct known_name *n;

	assert_int_equal(known_new(&k), 0);
	n = known_get(k, "alpha.example", AF_INET);
	n->n_leases = 1;
	assert_ptr_equal(known_find(k, "alpha.example", AF_INET), n);
	assert_ptr_equal(known_get(k, "alpha.example", AF_INET), n);
	assert_null(known_find(k, "alpha.example", AF_INET6));
	assert_null(known_find(k, "beta.example", AF_INET));
	known_free(k);
}

static void test_what_led_to_nothing_goes(void **state)
{
	struct known *k;
	struct known_name *n;

	assert_int_equal(known_new(&k), 0);
	n = known_get(k, "alpha.example", AF_INET);
	n->asking = true;
	known_settle(k, n);
	assert_ptr_equal(known_find(k, "alpha.example", AF_INET), n);
	n->asking = false;
	known_settle(k, n);
	assert_null(known_find(k, "alpha.example", AF_INET));
	known_free(k);
}

/* Whoever has all leases taken makes nobody's name unknown: the keeper has the others passed on. */
static void test_there_is_room_when_all_leases_are_taken(void **state)
{
	struct known *k;
	struct known_name *n;
	unsigned i;

	assert_int_equal(known_new(&k), 0);
	for (i = 0; i < LEASE_NAMES_MAX; i++)
		get(k, i)->n_leases = 1;
	for (; i < 2 * LEASE_NAMES_MAX; i++) {
		n = get(k, i);
		assert_non_null(n);
		known_settle(k, n);
	}
	for (i = LEASE_NAMES_MAX; i < KNOWN_MAX; i++)
		get(k, i)->asking = true;
	assert_null(get(k, i));
	assert_non_null(get(k, 0));
	known_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_family_of_its_own),
		cmocka_unit_test(test_what_led_to_nothing_goes),
		cmocka_unit_test(test_there_is_room_when_all_leases_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
