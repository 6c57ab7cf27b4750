/* JSON to values and back, by jansson. */
#include "share/payload.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"

#define SEC_MAX 8e9 /* the year 2223: what a double tells to the microsecond */

const char payload_no_memory[] = "no memory for it";

static void json_freep(json_t **json)
{
	json_decref(*json);
}

static void *take_or_end(size_t n)
{
	void *taken = malloc(n);

	if (!taken)
		log_end(-ENOMEM, "Can't read or write a message");
	return taken;
}

void payload_set_up(void)
{
	json_set_alloc_funcs(take_or_end, free);
}

void payload_done(struct payload *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->sites[i].name);
		intervals_done(&p->sites[i].set);
	}
	free(p->sites);
	*p = (struct payload){ 0 };
}

struct payload_site *payload_add(struct payload *p, const char *name)
{
	struct payload_site *sites = reallocarray(p->sites, p->n + 1, sizeof(*sites));

	if (!sites)
		return NULL;
	p->sites = sites;
	sites[p->n] = (struct payload_site){ .name = strdup(name) };
	return sites[p->n].name ? &sites[p->n++] : NULL;
}

/* A double is exact to the microsecond for another two hundred years. */
static json_t *seconds(usec_t usec)
{
	if (usec % USEC_PER_SEC == 0)
		return json_integer((json_int_t)(usec / USEC_PER_SEC));
	return json_real((double)usec / (double)USEC_PER_SEC);
}

/* NULL: no memory. A set that misses something would be believed. */
static json_t *write_set(const struct intervals *set)
{
	json_t *list = json_array();

	for (size_t i = 0; i < set->n; i++)
		if (json_array_append_new(
			    list, json_pack("[o, o]", seconds(set->items[i].from_usec),
					  seconds(set->items[i].to_usec))) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

int payload_write(const struct topic *t, const struct payload *p, char **ret)
{
	_cleanup_(json_freep) json_t *sites = json_object(), *all = NULL;
	char *text;

	for (size_t i = 0; i < p->n; i++)
		if (json_object_set_new(sites, p->sites[i].name, write_set(&p->sites[i].set)) < 0)
			return -ENOMEM;
	all = json_pack("{s:s, s:s, s:O}", "device", t->device, "day", t->day, "sites", sites);
	text = all ? json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(16)) : NULL;
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

static int read_second(const json_t *value, usec_t *ret)
{
	const double sec = json_number_value(value);

	if (!json_is_number(value) || !isfinite(sec) || sec < 0 || sec > SEC_MAX)
		return -EINVAL;
	*ret = (usec_t)llround(sec * (double)USEC_PER_SEC);
	return 0;
}

static const char *read_set(const json_t *list, struct intervals *ret)
{
	if (!json_is_array(list) || json_array_size(list) > HOUSEHOLD_STRETCHES_MAX)
		return "a site's sittings; expected a list of at most 1440";
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *pair = json_array_get(list, i);
		struct interval s;

		if (json_array_size(pair) != 2 ||
			read_second(json_array_get(pair, 0), &s.from_usec) < 0 ||
			read_second(json_array_get(pair, 1), &s.to_usec) < 0 ||
			s.to_usec <= s.from_usec)
			return "a sitting; expected [START, END] in seconds, END behind START";
		if (intervals_add(ret, s) < 0)
			return payload_no_memory;
	}
	return NULL;
}

static bool says(const json_t *all, const char *key, const char *value)
{
	const char *text = json_string_value(json_object_get(all, key));

	return text && strcmp(text, value) == 0;
}

static const char *read_sites(json_t *sites, struct payload *p)
{
	const char *name;
	json_t *list;

	json_object_foreach(sites, name, list)
	{
		struct payload_site *site;
		const char *wrong;

		if (strlen(name) > HOUSEHOLD_SITE_NAME_MAX || p->n == HOUSEHOLD_SITES_MAX)
			return "a site; expected at most 64 of names as in the configuration";
		site = payload_add(p, name);
		if (!site)
			return payload_no_memory;
		wrong = read_set(list, &site->set);
		if (wrong)
			return wrong;
	}
	return NULL;
}

/* A message under that topic, as JSON in *ret (owned by the caller). */
static const char *read_all(const struct topic *t, const void *bytes, size_t n, json_t **ret)
{
	json_t *all;

	if (n > PAYLOAD_MAX)
		return "its size; expected at most 128 kB";
	all = *ret = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(all))
		return "no JSON object";
	if (!says(all, "device", t->device))
		return "device: expected the one of the topic";
	if (!says(all, "day", t->day))
		return "day: expected the one of the topic";
	return NULL;
}

const char *payload_read(const struct topic *t, const void *bytes, size_t n, struct payload *ret)
{
	_cleanup_(json_freep) json_t *all = NULL;
	const char *wrong = read_all(t, bytes, n, &all);
	struct payload p = { 0 };
	json_t *sites;

	if (wrong)
		return wrong;
	sites = json_object_get(all, "sites");
	if (!json_is_object(sites))
		return "sites: expected an object";
	wrong = read_sites(sites, &p);
	if (wrong) {
		payload_done(&p);
		return wrong;
	}
	*ret = p;
	return NULL;
}

static bool is_of(const struct told_pass *p, const struct topic *t)
{
	int32_t day;

	return calendar_parse_day(t->day, &day) >= 0 && p->day == day &&
	       strcmp(p->person, t->person) == 0;
}

int payload_write_passes(const struct topic *t, const struct told_passes *passes, char **ret)
{
	_cleanup_(json_freep) json_t *list = json_array(), *all = NULL;
	char *text;

	for (size_t i = 0; i < passes->n; i++) {
		const struct told_pass *p = &passes->items[i];

		if (is_of(p, t) &&
			json_array_append_new(list,
				json_pack("{s:s, s:s, s:o, s:o}", "kind", pass_kind_name(p->kind),
					"target", p->target, "start", seconds(p->start_usec), "end",
					seconds(p->end_usec))) < 0)
			return -ENOMEM;
	}
	all = json_pack("{s:s, s:s, s:O}", "device", t->device, "day", t->day, "passes", list);
	text = all ? json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(16)) : NULL;
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

static const char *read_pass(const json_t *item, struct told_pass *ret)
{
	const char *target = json_string_value(json_object_get(item, "target"));

	if (says(item, "kind", pass_kind_name(PASS_PASS)))
		ret->kind = PASS_PASS;
	else if (says(item, "kind", pass_kind_name(PASS_OPEN)))
		ret->kind = PASS_OPEN;
	else
		return "a pass's kind; expected pass or open";
	if (!target || strlen(target) > HOUSEHOLD_SITE_NAME_MAX)
		return "a pass's target; expected a name as in the configuration";
	if (read_second(json_object_get(item, "start"), &ret->start_usec) < 0 ||
		read_second(json_object_get(item, "end"), &ret->end_usec) < 0 ||
		ret->end_usec < ret->start_usec)
		return "a pass; expected start and end in seconds, the end not before the start";
	ret->target = (char *)target;
	return NULL;
}

const char *payload_read_passes(
	const struct topic *t, const void *bytes, size_t n, struct told_passes *ret)
{
	_cleanup_(json_freep) json_t *all = NULL;
	const char *wrong = read_all(t, bytes, n, &all);
	const json_t *list = json_object_get(all, "passes");
	struct told_passes passes = { 0 };
	struct told_pass pass = { .device = (char *)t->device, .person = (char *)t->person };

	if (wrong)
		return wrong;
	if (!json_is_array(list) || json_array_size(list) > TOLD_PASS_DAY_MAX)
		return "passes: expected a list of at most 100";
	if (calendar_parse_day(t->day, &pass.day) < 0)
		return "day: expected one such as 2026-11-23";
	for (size_t i = 0; i < json_array_size(list) && !wrong; i++) {
		wrong = read_pass(json_array_get(list, i), &pass);
		if (!wrong && told_passes_add(&passes, &pass, 0) < 0)
			wrong = payload_no_memory;
	}
	if (wrong)
		told_passes_done(&passes);
	else
		*ret = passes;
	return wrong;
}

const char *presence_write(const struct presence *p, char buffer[PRESENCE_TEXT_MAX])
{
	snprintf(buffer, PRESENCE_TEXT_MAX, "{\"state\":\"%s\",\"instance\":\"%s\"}",
		p->online ? "online" : "offline", p->instance);
	return buffer;
}

int presence_read(const void *bytes, size_t n, struct presence *ret)
{
	_cleanup_(json_freep) json_t *all =
		n < 1024 ? json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const char *instance = json_string_value(json_object_get(all, "instance"));

	if (!instance || strlen(instance) > PAYLOAD_INSTANCE_MAX)
		return -EINVAL;
	ret->online = says(all, "state", "online");
	strcpy(ret->instance, instance);
	return 0;
}
