/* Home Assistant's discovery, by the keys that its MQTT sensor documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "share/discovery.h"

/* Of home-assistant.io/integrations/sensor.mqtt, "Configuration variables", and of the origin that
 * mqtt/#mqtt-discovery asks for. */
static const char *const documented[] = { "availability", "availability_topic", "availability_mode",
	"availability_template", "default_entity_id", "device", "device_class",
	"enabled_by_default", "encoding", "entity_category", "entity_picture", "expire_after",
	"force_update", "group", "icon", "json_attributes_template", "json_attributes_topic",
	"last_reset_value_template", "name", "object_id", "options", "origin", "payload_available",
	"payload_not_available", "platform", "qos", "state_class", "state_topic",
	"suggested_display_precision", "unique_id", "unit_of_measurement", "value_template" };
static const char *const of_device[] = { "configuration_url", "connections", "hw_version",
	"identifiers", "manufacturer", "model", "model_id", "name", "serial_number",
	"suggested_area", "sw_version", "via_device" };
static const char *const of_origin[] = { "name", "sw_version", "support_url" };

static const struct discovery_figure figure = { "anna", "instagram", 754, 1046, "open" };
static const struct discovery_about about = { "home", "desk", &figure };

static void assert_keys(json_t *object, const char *const *known, size_t n)
{
	const char *key;
	json_t *value;

	assert_true(json_object_size(object) > 0);
	json_object_foreach(object, key, value)
	{
		size_t i = 0;

		while (i < n && strcmp(known[i], key) != 0)
			i++;
		if (i == n)
			fail_msg("%s is no documented key", key);
	}
}

static json_t *config_of(enum discovery_sensor sensor)
{
	_cleanup_free_ char *text = NULL;
	json_t *json;

	assert_int_equal(discovery_config(&about, sensor, &text), 0);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static const char *text_of(json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

static void test_documented_keys(void **state)
{
	for (int i = 0; i < DISCOVERY_SENSORS; i++) {
		json_t *json = config_of((enum discovery_sensor)i);

		assert_keys(json, documented, ELEMENTSOF(documented));
		assert_keys(json_object_get(json, "device"), of_device, ELEMENTSOF(of_device));
		assert_keys(json_object_get(json, "origin"), of_origin, ELEMENTSOF(of_origin));
		assert_string_equal(
			text_of(json, "state_topic"), "focusd/v1/home/desk/now/anna/instagram");
		assert_string_equal(
			text_of(json, "availability_topic"), "focusd/v1/home/desk/status");
		assert_string_equal(
			text_of(json, "availability_template"), "{{ value_json.state }}");
		json_decref(json);
	}
}

static void test_what_each_is(void **state)
{
	json_t *used = config_of(DISCOVERY_USED), *left = config_of(DISCOVERY_LEFT),
	       *open = config_of(DISCOVERY_STATE);

	assert_string_equal(text_of(used, "device_class"), "duration");
	assert_string_equal(text_of(used, "unit_of_measurement"), "s");
	assert_string_equal(text_of(used, "unique_id"), "focusd_home_desk_anna_instagram_used");
	assert_string_equal(text_of(left, "value_template"), "{{ value_json.left }}");
	assert_string_equal(text_of(open, "device_class"), "enum");
	assert_int_equal(json_array_size(json_object_get(open, "options")), 3);
	assert_string_equal(text_of(open, "state_class"), ""); /* an enum may have none */
	json_decref(used);
	json_decref(left);
	json_decref(open);
}

static void test_states(void **state)
{
	struct discovery_figure f = figure;
	_cleanup_free_ char *one = NULL, *two = NULL;

	assert_int_equal(discovery_state(&f, &one), 0);
	assert_string_equal(one, "{\"used\":754,\"left\":1046,\"state\":\"open\"}");
	f.left_sec = -1;
	assert_int_equal(discovery_state(&f, &two), 0);
	assert_string_equal(two, "{\"used\":754,\"left\":null,\"state\":\"open\"}");
}

static void test_topics(void **state)
{
	struct discovery_figure f = figure, back;
	const struct discovery_about a = { "home", "desk.x", &f };
	char text[TOPIC_MAX];

	assert_int_equal(discovery_config_topic(&about, DISCOVERY_LEFT, text), 0);
	assert_string_equal(
		text, "homeassistant/sensor/focusd_home_desk/anna_instagram_left/config");
	strcpy(f.person, "WORK\\a+b");
	assert_int_equal(discovery_config_topic(&a, DISCOVERY_USED, text), 0);
	assert_string_equal(text, "homeassistant/sensor/focusd_home_desk_2ex/"
				  "WORK_5ca_2bb_instagram_used/config");
	assert_int_equal(discovery_state_topic(&a, text), 0);
	assert_string_equal(text, "focusd/v1/home/desk.x/now/WORK%5Ca%2Bb/instagram");
	assert_int_equal(discovery_parse("home", "desk.x", text, &back), 0);
	assert_string_equal(back.person, f.person);
	assert_string_equal(back.name, f.name);
	assert_true(discovery_parse("home", "desk", text, &back) < 0);
	assert_true(discovery_parse("home", "desk.x", "focusd/v1/home/desk.x/now/a", &back) < 0);
	assert_true(discovery_parse("home", "desk.x", "focusd/v1/home/desk.x/now/a/", &back) < 0);
	assert_true(
		discovery_parse("home", "desk.x", "focusd/v1/home/desk.x/now/a/b/c", &back) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documented_keys),
		cmocka_unit_test(test_what_each_is),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_topics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
