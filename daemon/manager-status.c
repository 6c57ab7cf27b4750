/* What status shows: the present, computed on the spot from what is in memory. */
#include <stdio.h>

#include "core/calendar.h"
#include "manager-household.h"
#include "manager-internal.h"
#include "manager-problems.h"

size_t manager_n_entries(const struct manager *m)
{
	return m->config->n_sites + m->config->n_groups;
}

const char *manager_day_text(const struct manager *m, char buffer[MANAGER_DAY_TEXT_MAX])
{
	return calendar_format_day(usage_day(m->usage), buffer);
}

const char *manager_format_day(int32_t day, char buffer[MANAGER_DAY_TEXT_MAX])
{
	return calendar_format_day(day, buffer);
}

int manager_parse_day(const struct manager *m, const char *text, int32_t *ret)
{
	if (*text)
		return calendar_parse_day(text, ret);
	*ret = usage_day(m->usage);
	return 0;
}

void manager_day_span(const struct manager *m, int32_t day, usec_t *ret_start, usec_t *ret_end)
{
	*ret_start = calendar_day_start(day, m->config->day_start_min);
	*ret_end = calendar_day_start(day + 1, m->config->day_start_min);
}

void manager_refresh(struct manager *m, struct instant now)
{
	manager_arm(m, manager_tick(m, now));
}

/* A focus that somebody declared is in force, too. */
bool manager_enforcing(const struct manager *m)
{
	bool any = config_enforces(m->config);

	for (size_t p = 0; p < m->people->n && !any; p++)
		any = manager_limits_person(m, p);
	return any;
}

/* What is shut is in nobody's use, however lately it was. */
static bool site_active(const struct manager *m, size_t person, size_t site)
{
	const size_t cell = manager_cell(m, person, site);
	const struct track *t = m->tracks[cell];

	return t && t->meter.sitting && m->applied[cell].state != GATE_SHUT;
}

static bool group_active(const struct manager *m, size_t person, const struct config_group *group)
{
	for (size_t i = 0; i < group->n_sites; i++)
		if (site_active(m, person, group->sites[i]))
			return true;
	return false;
}

static int64_t opens_left(const struct rule_keys *rules, unsigned opens)
{
	if (rules->opens == LIMIT_NONE)
		return LIMIT_NONE;
	return opens < (uint64_t)rules->opens ? rules->opens - opens : 0;
}

struct status_entry manager_entry(
	const struct manager *m, size_t person, size_t entry, struct rules_now now)
{
	const char *who = m->people->items[person].name;
	const bool is_group = entry >= m->config->n_sites;
	const size_t target = is_group ? entry - m->config->n_sites : entry;
	const struct rule_keys rules = config_rules(m->config, who, is_group, target);
	struct status_entry e = {
		.is_group = is_group,
		.used_today_sec =
			(int64_t)(usage_get(m->usage, person, is_group, target, LIMIT_DAY) /
				  USEC_PER_SEC),
		.used_week_sec =
			(int64_t)(usage_get(m->usage, person, is_group, target, LIMIT_WEEK) /
				  USEC_PER_SEC),
		.limit_today_sec = rules_limit_today(
			&(struct rules_person){ m->config, m->usage, person, who }, is_group,
			target),
		.limit_week_sec = rules.limit_sec[LIMIT_WEEK],
		.opens_left =
			opens_left(&rules, usage_counted(m->usage, person, is_group, target).opens),
		.verdict = manager_judge(m, person, is_group, target, now),
	};

	if (is_group) {
		const struct config_group *group = &m->config->groups[target];

		e.name = group->name;
		e.active = group_active(m, person, group);
	} else {
		e.name = m->config->sites[target].name;
		e.active = site_active(m, person, target);
	}
	return e;
}

static size_t count_gates(const struct manager *m, enum gate_state state)
{
	const size_t n_cells = m->people->n * m->config->n_sites;
	size_t n = 0;

	for (size_t cell = 0; cell < n_cells; cell++)
		n += m->applied[cell].state == state;
	return n;
}

/* Names of accounts, and lines of lists, are root's to read. */
static const char config_short[] = "The configuration names accounts or files that can't be used "
				   "(sudo focusctl status says which)";

/* systemctl status shows it to everybody. */
static const char *first_problem(const struct manager *m)
{
	const char *problems[MANAGER_PROBLEMS];

	manager_problem_slots(m, false, problems);
	for (size_t i = 0; i < MANAGER_PROBLEMS; i++)
		if (problems[i])
			return problems[i];
	return m->config_problems.n > 0 ? config_short : NULL;
}

const char *manager_status_line(const struct manager *m, char buffer[MANAGER_LINE_MAX])
{
	const size_t shut = count_gates(m, GATE_SHUT), slow = count_gates(m, GATE_SLOW);
	const char *problem = first_problem(m);
	int n;

	n = snprintf(buffer, MANAGER_LINE_MAX, "Metering %zu %s on %zu sites, %s", m->people->n,
		m->people->n == 1 ? "person" : "people", m->config->n_sites,
		m->enforcing ? "limits are in force" : "nothing is limited");
	if (shut > 0)
		n += snprintf(buffer + n, MANAGER_LINE_MAX - (size_t)n, "; shut: %zu", shut);
	if (slow > 0)
		n += snprintf(buffer + n, MANAGER_LINE_MAX - (size_t)n, "; slow: %zu", slow);
	if (problem)
		snprintf(buffer + n, MANAGER_LINE_MAX - (size_t)n, ". Problem: %s", problem);
	return buffer;
}

int manager_problems(const struct manager *m, bool all, struct strings *list)
{
	const char *problems[MANAGER_PROBLEMS];
	int r = 0;

	manager_problem_slots(m, all, problems);
	for (size_t i = 0; i < MANAGER_PROBLEMS && r >= 0; i++)
		if (problems[i])
			r = strings_add(list, problems[i]);
	for (size_t i = 0; i < m->config_problems.n && r >= 0 && all; i++)
		r = strings_add(list, m->config_problems.items[i]);
	if (m->config_problems.n > 0 && r >= 0 && !all)
		r = strings_add(list, config_short);
	return r < 0 ? r : manager_share_problems(m, list);
}
