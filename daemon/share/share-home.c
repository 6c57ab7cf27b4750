/* Home Assistant's sensors, where home-assistant = yes: their configuration once, their state when
 * it changes, or every ten seconds while time passes. What was told before and is not wanted any
 * more is taken back. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "share/share-internal.h"

#define STATE_USEC (10 * USEC_PER_SEC)

static struct discovery_about about(const struct share *s, const struct discovery_figure *f)
{
	return (struct discovery_about){ s->settings.household, s->device, f };
}

static void say(struct share *s, const char *topic, const char *text)
{
	const int r = link_publish(
		s->link, &(struct link_publication){ topic, text, strlen(text), true, 0 });

	if (r < 0)
		log_debug_errno(r, "Can't tell Home Assistant");
}

static void say_config(struct share *s, const struct discovery_figure *f)
{
	const struct discovery_about a = about(s, f);

	for (int i = 0; i < DISCOVERY_SENSORS; i++) {
		_cleanup_free_ char *text = NULL;
		char topic[TOPIC_MAX];

		if (discovery_config_topic(&a, (enum discovery_sensor)i, topic) >= 0 &&
			discovery_config(&a, (enum discovery_sensor)i, &text) >= 0)
			say(s, topic, text);
	}
}

static void say_state(struct share *s, struct share_sensor *sensor)
{
	const struct discovery_about a = about(s, &sensor->figure);
	_cleanup_free_ char *text = NULL;
	char topic[TOPIC_MAX];

	if (discovery_state_topic(&a, topic) < 0 || discovery_state(&sensor->figure, &text) < 0)
		return;
	say(s, topic, text);
	sensor->said = sensor->figure;
	sensor->said_usec = share_boot_now();
}

static bool is_due(const struct share_sensor *sensor)
{
	const struct discovery_figure *now = &sensor->figure, *said = &sensor->said;

	if (sensor->said_usec == 0 || strcmp(now->state, said->state) != 0)
		return true;
	return (now->used_sec != said->used_sec || now->left_sec != said->left_sec) &&
	       share_boot_now() >= sensor->said_usec + STATE_USEC;
}

void share_say_figures(struct share *s)
{
	for (size_t i = 0; s->state == STATE_LIVE && i < s->n_sensors; i++) {
		struct share_sensor *sensor = &s->sensors[i];

		if (!is_due(sensor))
			continue;
		if (sensor->said_usec == 0)
			say_config(s, &sensor->figure);
		say_state(s, sensor);
	}
}

static struct share_sensor *find(struct share *s, const struct discovery_figure *f)
{
	for (size_t i = 0; i < s->n_sensors; i++)
		if (strcmp(s->sensors[i].figure.person, f->person) == 0 &&
			strcmp(s->sensors[i].figure.name, f->name) == 0)
			return &s->sensors[i];
	return NULL;
}

void share_take_figure(struct share *s, const struct discovery_figure *f)
{
	struct share_sensor *sensor = find(s, f);

	if (!sensor && s->n_sensors < SENSORS_MAX) {
		sensor = &s->sensors[s->n_sensors++];
		*sensor = (struct share_sensor){ 0 };
	}
	if (sensor)
		sensor->figure = *f;
}

void share_unsay_figures(struct share *s)
{
	char filter[TOPIC_MAX];

	/* what the broker has of it, now that we know what there is to say */
	snprintf(filter, sizeof(filter), "focusd/v1/%s/%s/now/+/+", s->settings.household,
		s->device);
	if (link_subscribe(s->link, filter) < 0)
		log_debug("Can't ask for what Home Assistant was told");
	for (size_t i = 0; i < s->n_sensors; i++)
		s->sensors[i].said_usec = 0;
}

/* The broker has a state of ours that nobody keeps up any more. */
void share_hear_state(struct share *s, const struct link_message *m)
{
	struct discovery_figure f;
	struct discovery_about a;
	char topic[TOPIC_MAX];

	if (!m->retained || m->n == 0 ||
		discovery_parse(s->settings.household, s->device, m->topic, &f) < 0 || find(s, &f))
		return;
	a = about(s, &f);
	say(s, m->topic, "");
	for (int i = 0; i < DISCOVERY_SENSORS; i++)
		if (discovery_config_topic(&a, (enum discovery_sensor)i, topic) >= 0)
			say(s, topic, "");
}
