#pragma once
/* What Home Assistant is told, if it is: a sensor for each person and site or group of how long it
 * was used today, what is left, and whether it is open. Its MQTT discovery: a retained config under
 * homeassistant/sensor/, which says where the state is. Pure. */
#include "share/topic.h"

enum discovery_sensor { DISCOVERY_USED, DISCOVERY_LEFT, DISCOVERY_STATE, DISCOVERY_SENSORS };

struct discovery_figure {
	char person[HOUSEHOLD_PERSON_NAME_MAX + 1];
	char name[HOUSEHOLD_SITE_NAME_MAX + 1]; /* a site or a group */
	int64_t used_sec, left_sec;             /* left below 0: no limit */
	char state[16];                         /* open, slow, blocked */
};

struct discovery_about {
	const char *household, *device;
	const struct discovery_figure *figure;
};

/* Where the state of that person and site is; -EINVAL: a name is too long. */
int discovery_state_topic(const struct discovery_about *a, char ret[TOPIC_MAX]);
/* The caller's; -ENOMEM. */
int discovery_state(const struct discovery_figure *f, char **ret);
int discovery_config_topic(
	const struct discovery_about *a, enum discovery_sensor sensor, char ret[TOPIC_MAX]);
int discovery_config(const struct discovery_about *a, enum discovery_sensor sensor, char **ret);
/* Of a topic of that kind, of this device: whose it is. -EINVAL: it is none. */
int discovery_parse(
	const char *household, const char *device, const char *topic, struct discovery_figure *ret);
