/* Frames of DNS over TCP, whole, in parts, several at once, and too long. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/dns-frame.h"

static void test_parts(void **state)
{
	static const uint8_t stream[] = { 0, 3, 'a', 'b', 'c' };
	const uint8_t *message = NULL;
	size_t n = 0;

	for (size_t come = 0; come < sizeof(stream); come++)
		assert_int_equal(dns_frame_first(stream, come, 3, &message, &n), 0);
	assert_int_equal(dns_frame_first(stream, sizeof(stream), 3, &message, &n), 1);
	assert_int_equal(n, 3);
	assert_memory_equal(message, "abc", 3);
}

static void test_several(void **state)
{
	uint8_t stream[] = { 0, 1, 'a', 0, 0, 0, 2, 'b', 'c', 0 };
	const uint8_t *message = NULL;
	size_t n = 0, left = sizeof(stream);

	assert_int_equal(dns_frame_first(stream, left, 9, &message, &n), 1);
	assert_true(n == 1 && message[0] == 'a');
	left = dns_frame_drop(stream, left);
	assert_int_equal(dns_frame_first(stream, left, 9, &message, &n), 1);
	assert_int_equal(n, 0);
	left = dns_frame_drop(stream, left);
	assert_int_equal(dns_frame_first(stream, left, 9, &message, &n), 1);
	assert_true(n == 2 && memcmp(message, "bc", 2) == 0);
	left = dns_frame_drop(stream, left);
	assert_int_equal(left, 1);
	assert_int_equal(dns_frame_first(stream, left, 9, &message, &n), 0);
}

static void test_too_long(void **state)
{
	static const uint8_t stream[] = { 0x10, 0x01, 'a' };
	const uint8_t *message = NULL;
	size_t n = 0;

	assert_int_equal(dns_frame_first(stream, 2, 4096, &message, &n), -EMSGSIZE);
	assert_int_equal(dns_frame_first(stream, 3, 4097, &message, &n), 0);
	assert_null(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
