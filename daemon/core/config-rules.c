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

static void override_rules(struct rule_keys *rules, const struct rule_keys *by)
{
	if (by->given & RULE_LIMIT_DAY)
		rules->limit_sec[LIMIT_DAY] = by->limit_sec[LIMIT_DAY];
	if (by->given & RULE_LIMIT_WEEK)
		rules->limit_sec[LIMIT_WEEK] = by->limit_sec[LIMIT_WEEK];
	if (by->given & RULE_OPEN) {
		memcpy(rules->windows, by->windows, sizeof(rules->windows));
		rules->n_windows = by->n_windows;
	}
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

static bool rules_limit(const struct rule_keys *r)
{
	return r->limit_sec[LIMIT_DAY] != LIMIT_NONE || r->limit_sec[LIMIT_WEEK] != LIMIT_NONE ||
	       r->n_windows > 0;
}

bool config_limits_person(const struct config *c, const char *person)
{
	if (config_passes(c, person).n_focus > 0)
		return true;
	for (size_t i = 0; i < c->n_sites + c->n_groups; i++) {
		const bool is_group = i >= c->n_sites;
		const struct rule_keys r =
			config_rules(c, person, is_group, is_group ? i - c->n_sites : i);

		if (rules_limit(&r))
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
	}
	for (size_t i = 0; i < c->n_groups; i++) {
		free(c->groups[i].name);
		free(c->groups[i].sites);
	}
	for (size_t i = 0; i < c->n_persons; i++) {
		free(c->persons[i].name);
		strings_done(&c->persons[i].users);
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
