/* Where a broker is, as people write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/broker.h"

static void assert_broker(const char *text, bool tls, const char *host, uint16_t port)
{
	struct broker b;

	if (broker_parse(text, &b) < 0)
		fail_msg("%s", text);
	assert_int_equal(b.tls, tls);
	assert_string_equal(b.host, host);
	assert_int_equal(b.port, port);
}

static void test_good_ones(void **state)
{
	assert_broker("mqtts://Broker.example", true, "broker.example", 8883);
	assert_broker("mqtt://pi", false, "pi", 1883);
	assert_broker("mqtts://pi:1", true, "pi", 1);
	assert_broker("mqtt://192.0.2.1", false, "192.0.2.1", 1883);
	assert_broker("mqtt://192.0.2.1:99", false, "192.0.2.1", 99);
	assert_broker("mqtts://[2001:db8::1]:99", true, "2001:db8::1", 99);
	assert_broker("mqtts://2001:db8::1", true, "2001:db8::1", 8883);
}

static void test_bad_ones(void **state)
{
	static const char *const bad[] = { "", "pi", "mqtt://", "mqtts://:8883", "http://pi",
		"mqtt://pi:", "mqtt://pi:0", "mqtt://pi:65536", "mqtt://pi:x", "mqtt://pi/x",
		"mqtt://a b", "mqtt://user@pi", "mqtts://[2001:db8::1]:0", "MQTT://pi" };
	struct broker b;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (broker_parse(bad[i], &b) >= 0)
			fail_msg("%s was taken", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_ones),
		cmocka_unit_test(test_bad_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
