/* Topics and JSON as Home Assistant's MQTT sensor documents them
 * (home-assistant.io/integrations/sensor.mqtt, and mqtt/#mqtt-discovery). */
#include "share/discovery.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX 400

static const struct sensor {
	const char *id, *name, *template;
	const char *device_class, *state_class, *unit; /* NULL: none */
} sensors[DISCOVERY_SENSORS] = {
	[DISCOVERY_USED] = { "used", "used today", "{{ value_json.used }}", "duration",
		"total_increasing", "s" },
	[DISCOVERY_LEFT] = { "left", "left", "{{ value_json.left }}", "duration", "measurement",
		"s" },
	[DISCOVERY_STATE] = { "state", "state", "{{ value_json.state }}", "enum", NULL, NULL },
};

static int print_topic(char ret[TOPIC_MAX], const char *household, const char *device,
	const struct discovery_figure *f)
{
	struct topic t = { .kind = TOPIC_USAGE };
	char usage[TOPIC_MAX];
	const char *person;
	int n;

	/* a person's name is written there as it is here */
	snprintf(t.device, sizeof(t.device), "%s", device);
	snprintf(t.person, sizeof(t.person), "%s", f->person);
	if (topic_format(household, &t, usage) < 0)
		return -EINVAL;
	usage[strlen(usage) - 1] = 0; /* no day */
	person = strrchr(usage, '/') + 1;
	n = snprintf(
		ret, TOPIC_MAX, "focusd/v1/%s/%s/now/%s/%s", household, device, person, f->name);
	return n < TOPIC_MAX ? 0 : -EINVAL;
}

int discovery_state_topic(const struct discovery_about *a, char ret[TOPIC_MAX])
{
	return print_topic(ret, a->household, a->device, a->figure);
}

int discovery_parse(
	const char *household, const char *device, const char *topic, struct discovery_figure *ret)
{
	char usage[TOPIC_MAX], prefix[TOPIC_MAX];
	const char *site = strrchr(topic, '/');
	struct topic t;
	int n;

	n = snprintf(prefix, sizeof(prefix), "focusd/v1/%s/%s/now/", household, device);
	if (n >= TOPIC_MAX || strncmp(topic, prefix, (size_t)n) != 0 || site < topic + n ||
		strlen(site + 1) > HOUSEHOLD_SITE_NAME_MAX || !site[1])
		return -EINVAL;
	n = snprintf(usage, sizeof(usage), "focusd/v1/%s/%s/usage/%.*s/x", household, device,
		(int)(site - topic - n), topic + n);
	if (n >= TOPIC_MAX || topic_parse(household, usage, &t) < 0)
		return -EINVAL;
	*ret = (struct discovery_figure){ .left_sec = -1 };
	strcpy(ret->person, t.person);
	strcpy(ret->name, site + 1);
	return 0;
}

static int dump(json_t *json, char **ret)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

int discovery_state(const struct discovery_figure *f, char **ret)
{
	return dump(json_pack("{s:I, s:o, s:s}", "used", (json_int_t)f->used_sec, "left",
			    f->left_sec < 0 ? json_null() : json_integer(f->left_sec), "state",
			    f->state),
		ret);
}

/* Letters, digits, - and _ alone may be in an id of a topic. */
static void append_id(char id[ID_MAX], const char *text)
{
	size_t n = strlen(id);

	for (; *text && n + 4 < ID_MAX; text++) {
		if (isalnum((unsigned char)*text) || *text == '-')
			id[n++] = *text;
		else
			n += (size_t)snprintf(
				id + n, ID_MAX - n, "_%02x", (unsigned)(unsigned char)*text);
	}
	id[n] = 0;
}

static void node_id(const struct discovery_about *a, char id[ID_MAX])
{
	strcpy(id, "focusd_");
	append_id(id, a->household);
	strcat(id, "_");
	append_id(id, a->device);
}

static void object_id(
	const struct discovery_about *a, enum discovery_sensor sensor, char id[ID_MAX])
{
	*id = 0;
	append_id(id, a->figure->person);
	strcat(id, "_");
	append_id(id, a->figure->name);
	strcat(id, "_");
	strcat(id, sensors[sensor].id);
}

int discovery_config_topic(
	const struct discovery_about *a, enum discovery_sensor sensor, char ret[TOPIC_MAX])
{
	char node[ID_MAX], object[ID_MAX];
	int n;

	node_id(a, node);
	object_id(a, sensor, object);
	n = snprintf(ret, TOPIC_MAX, "homeassistant/sensor/%s/%s/config", node, object);
	return n < TOPIC_MAX ? 0 : -EINVAL;
}

static void set_text(json_t *json, const char *key, const char *text)
{
	if (text)
		json_object_set_new(json, key, json_string(text));
}

int discovery_config(const struct discovery_about *a, enum discovery_sensor sensor, char **ret)
{
	const struct sensor *s = &sensors[sensor];
	char node[ID_MAX], object[ID_MAX], state[TOPIC_MAX], status[TOPIC_MAX], name[160],
		unique[2 * ID_MAX];
	struct topic t = { .kind = TOPIC_STATUS };
	json_t *json;
	int r;

	node_id(a, node);
	object_id(a, sensor, object);
	snprintf(unique, sizeof(unique), "%s_%s", node, object);
	snprintf(name, sizeof(name), "%s %s %s", a->figure->person, a->figure->name, s->name);
	snprintf(t.device, sizeof(t.device), "%s", a->device);
	r = discovery_state_topic(a, state);
	if (r >= 0)
		r = topic_format(a->household, &t, status);
	if (r < 0)
		return r;
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:[s], s:s, s:s, s:s}, s:{s:s, s:s}}",
		"name", name, "unique_id", unique, "state_topic", state, "value_template",
		s->template, "availability_topic", status, "availability_template",
		"{{ value_json.state }}", "device", "identifiers", node, "name", a->device,
		"manufacturer", "focusd", "sw_version", FOCUSD_VERSION, "origin", "name", "focusd",
		"sw_version", FOCUSD_VERSION);
	if (!json)
		return -ENOMEM;
	set_text(json, "device_class", s->device_class);
	set_text(json, "state_class", s->state_class);
	set_text(json, "unit_of_measurement", s->unit);
	if (sensor == DISCOVERY_STATE)
		json_object_set_new(
			json, "options", json_pack("[s, s, s]", "open", "slow", "blocked"));
	return dump(json, ret);
}
