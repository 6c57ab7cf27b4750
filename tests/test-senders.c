/* Who may speak how fast, and by which clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "share/senders.h"

#define SEC(n) ((usec_t)(n)*USEC_PER_SEC)

static void test_a_flood_is_not_heard(void **state)
{
	struct senders all = { 0 };
	struct sender *s = senders_find(&all, "desk", SEC(100));

	for (int i = 0; i < SENDER_BURST; i++)
		assert_true(sender_may(s, SEC(100)));
	assert_false(sender_may(s, SEC(100)));
	assert_false(senders_missed(&all, SEC(101)));
	assert_false(sender_may(s, SEC(105))); /* it goes on, and must be calm first */
	assert_true(senders_missed(&all, SEC(111)));
	assert_false(senders_missed(&all, SEC(111)));
	assert_true(sender_may(s, SEC(111)));
	assert_true(sender_may(senders_find(&all, "tv", SEC(105)), SEC(105)));
	for (int i = 0; i < 3600; i++) /* once a second is no flood */
		assert_true(sender_may(s, SEC(200 + i)));
}

static void test_not_too_many(void **state)
{
	struct senders all = { 0 };
	char name[HOUSEHOLD_DEVICE_NAME_MAX + 1];

	for (int i = 0; i <= HOUSEHOLD_DEVICES_MAX; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		assert_non_null(senders_find(&all, name, 0));
	}
	assert_null(senders_find(&all, "one-more", 0));
	assert_non_null(senders_find(&all, "d7", 0));
}

static void test_clocks(void **state)
{
	struct senders all = { 0 };
	struct sender *s = senders_find(&all, "tv", 0);
	const int64_t hour = (int64_t)SEC(3600);

	assert_int_equal(sender_ahead(s, (int64_t)SEC(5000), 0, SEC(5002)), 0);
	assert_int_equal(sender_ahead(s, -1, 0, SEC(5002)), 0);
	assert_int_equal(
		sender_ahead(s, (int64_t)SEC(5000) + hour, (int64_t)SEC(60), SEC(5060)), hour);
	/* a retained message that lay there for a day says the same */
	assert_int_equal(
		sender_ahead(s, (int64_t)SEC(5000) + hour, (int64_t)SEC(86400), SEC(5001 + 86400)),
		hour);
	/* put right: found by the second message that says so */
	assert_int_equal(sender_ahead(s, (int64_t)SEC(90000), 0, SEC(90001)), hour);
	assert_int_equal(sender_ahead(s, (int64_t)SEC(90001), 0, SEC(90002)), hour);
	assert_int_equal(sender_ahead(s, (int64_t)SEC(90003), 0, SEC(90004)), 0);
	assert_int_equal(sender_ahead(s, (int64_t)SEC(90010) - hour, 0, SEC(90010)), 0);
	assert_int_equal(sender_ahead(s, (int64_t)SEC(90014) - hour, 0, SEC(90014)), -hour);
}

/* Cut off for a minute, and then all of it comes at once. */
static void test_late_messages_are_no_clock(void **state)
{
	struct senders all = { 0 };
	struct sender *s = senders_find(&all, "tv", 0);

	for (int i = 0; i < 60; i++)
		assert_int_equal(sender_ahead(s, (int64_t)SEC(5000 + i), 0, SEC(5100)), 0);
	assert_int_equal(sender_ahead(s, (int64_t)SEC(5101), 0, SEC(5101)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_flood_is_not_heard),
		cmocka_unit_test(test_not_too_many),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_late_messages_are_no_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
