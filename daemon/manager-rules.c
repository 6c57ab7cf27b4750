/* Asks the rules: puts together what they need to know of one person, and what passes and focus say
 * on top. */
#include "manager-internal.h"
#include "manager-passes.h"

usec_t manager_wall(const struct manager *m, struct instant now)
{
	return day_clock_wall(&m->clock, now.boot_usec);
}

void manager_note_sittings(struct manager *m)
{
	for (size_t i = 0; i < m->people->n * m->config->n_sites; i++) {
		const struct track *t = m->tracks[i];
		const size_t site = i % m->config->n_sites;

		if (t)
			usage_set_live(m->usage, i / m->config->n_sites, site,
				meter_live_until(&t->meter, &m->config->sites[site].meter));
	}
}

struct rules_now manager_rules_now(const struct manager *m, struct instant now)
{
	return rules_now_at(m->config, manager_wall(m, now), now.boot_usec, usage_day(m->usage));
}

struct verdict manager_judge(
	const struct manager *m, size_t person, bool is_group, size_t target, struct rules_now now)
{
	const struct rules_person p = {
		.config = m->config,
		.usage = m->usage,
		.person = person,
		.name = m->people->items[person].name,
	};
	const struct instant believed = { .boot_usec = now.boot_usec, .wall_usec = now.wall_usec };
	const struct rules_overlay overlay = manager_overlay(m, person, is_group, target, believed);

	return is_group ? rules_decide_group(&p, target, &overlay, now)
			: rules_decide(&p, target, &overlay, now);
}
