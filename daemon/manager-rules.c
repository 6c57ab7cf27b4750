/* Asks the rules: puts together what they need to know of one person, and what passes and focus say
 * on top. */
#include "manager-internal.h"

/* Nobody declares anything yet. */
static struct rules_overlay overlay_of(
	const struct manager *m, size_t person, bool is_group, size_t target)
{
	return (struct rules_overlay){ 0 };
}

struct verdict manager_judge(
	const struct manager *m, size_t person, bool is_group, size_t target, struct instant now)
{
	const struct rules_person p = {
		.config = m->config,
		.usage = m->usage,
		.person = person,
		.name = m->people->items[person].name,
	};
	const struct rules_overlay overlay = overlay_of(m, person, is_group, target);
	const struct rules_now rules_now = { now.wall_usec, usage_day(m->usage) };

	return is_group ? rules_decide_group(&p, target, &overlay, rules_now)
			: rules_decide(&p, target, &overlay, rules_now);
}
