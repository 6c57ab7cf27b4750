/* Asks the rules: puts together what they need to know of one person, and what passes and focus say
 * on top. */
#include "manager-internal.h"
#include "manager-passes.h"

struct verdict manager_judge(
	const struct manager *m, size_t person, bool is_group, size_t target, struct instant now)
{
	const struct rules_person p = {
		.config = m->config,
		.usage = m->usage,
		.person = person,
		.name = m->people->items[person].name,
	};
	const struct rules_overlay overlay = manager_overlay(m, person, is_group, target, now);
	const struct rules_now rules_now = { now.wall_usec, usage_day(m->usage) };

	return is_group ? rules_decide_group(&p, target, &overlay, rules_now)
			: rules_decide(&p, target, &overlay, rules_now);
}
