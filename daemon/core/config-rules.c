/* Questions to a configuration that is already parsed: who is what, and which keys are in force;
 * and its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"

int config_find_site(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_sites; i++)
		if (strcmp(c->sites[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

int config_find_group(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

int config_find_person(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_persons; i++)
		if (strcmp(c->persons[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

bool config_group_has(const struct config_group *group, size_t site)
{
	for (size_t i = 0; i < group->n_sites; i++)
		if (group->sites[i] == site)
			return true;
	return false;
}

const char *const limit_period_names[LIMIT_PERIODS] = {
	[LIMIT_DAY] = "day", [LIMIT_WEEK] = "week", [LIMIT_SITTING] = "sitting"
};

static void override_limits(struct rule_keys *rules, const struct rule_keys *by)
{
	if (by->given & RULE_LIMIT_DAY)
		rules->limit_sec[LIMIT_DAY] = by->limit_sec[LIMIT_DAY];
	if (by->given & RULE_LIMIT_WEEK)
		rules->limit_sec[LIMIT_WEEK] = by->limit_sec[LIMIT_WEEK];
	if (by->given & RULE_LIMIT_SITTING)
		rules->limit_sec[LIMIT_SITTING] = by->limit_sec[LIMIT_SITTING];
	if (by->given & RULE_BREAK)
		rules->break_sec = by->break_sec;
	if (by->given & RULE_OPENS)
		rules->opens = by->opens;
	if (by->given & RULE_ROLLOVER)
		rules->rollover_sec = by->rollover_sec;
}

static void override_rules(struct rule_keys *rules, const struct rule_keys *by)
{
	override_limits(rules, by);
	if (by->given & RULE_OPEN)
		rules->open = by->open;
	if (by->given & RULE_UNCOUNTED)
		rules->uncounted = by->uncounted;
	if (by->given & RULE_WARN) {
		memcpy(rules->warn_sec, by->warn_sec, sizeof(rules->warn_sec));
		rules->n_warn = by->n_warn;
	}
	if (by->given & RULE_WHEN_SPENT)
		rules->when_spent = by->when_spent;
	if (by->given & RULE_SLOW_RATE)
		rules->slow_rate_bytes = by->slow_rate_bytes;
	rules->given |= by->given;
}

static const struct rule_keys *find_exception(
	const struct config_person *p, bool is_group, size_t target)
{
	for (size_t i = 0; i < p->n_exceptions; i++)
		if (p->exceptions[i].is_group == is_group && p->exceptions[i].target == target)
			return &p->exceptions[i].rules;
	return NULL;
}

struct rule_keys config_rules(
	const struct config *c, const char *person, bool is_group, size_t target)
{
	struct rule_keys rules = is_group ? c->groups[target].rules : c->sites[target].rules;
	const int p = person ? config_find_person(c, person) : -ENOENT;
	const struct rule_keys *exception =
		p >= 0 ? find_exception(&c->persons[p], is_group, target) : NULL;

	if (exception)
		override_rules(&rules, exception);
	return rules;
}

bool config_rules_limit(const struct rule_keys *r)
{
	for (int period = 0; period < LIMIT_PERIODS; period++)
		if (r->limit_sec[period] != LIMIT_NONE)
			return true;
	return r->opens != LIMIT_NONE || r->open.n > 0;
}

bool config_limits_person(const struct config *c, const char *person)
{
	if (config_passes(c, person).n_focus > 0)
		return true;
	for (size_t i = 0; i < c->n_sites + c->n_groups; i++) {
		const bool is_group = i >= c->n_sites;
		const struct rule_keys r =
			config_rules(c, person, is_group, is_group ? i - c->n_sites : i);

		if (config_rules_limit(&r))
			return true;
	}
	return false;
}

bool config_enforces(const struct config *c)
{
	if (config_limits_person(c, NULL))
		return true;
	for (size_t i = 0; i < c->n_persons; i++)
		if (config_limits_person(c, c->persons[i].name))
			return true;
	return false;
}

struct config *config_free(struct config *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->n_sites; i++) {
		free(c->sites[i].name);
		free(c->sites[i].title);
		free(c->sites[i].category);
		for (int k = 0; k < HOST_KINDS; k++)
			strings_done(&c->sites[i].hosts[k]);
		strings_done(&c->sites[i].mains);
		config_lists_done(&c->sites[i].lists);
	}
	for (size_t i = 0; i < c->n_groups; i++) {
		free(c->groups[i].name);
		free(c->groups[i].sites);
	}
	for (size_t i = 0; i < c->n_persons; i++) {
		free(c->persons[i].name);
		strings_done(&c->persons[i].users);
		strings_done(&c->persons[i].devices);
		strings_done(&c->persons[i].instead);
		free(c->persons[i].exceptions);
	}
	strings_done(&c->people);
	strings_done(&c->instead);
	free(c->sites);
	free(c->groups);
	free(c->persons);
	free(c->upstreams.items);
	free(c->listens.items);
	free(c);
	return NULL;
}
