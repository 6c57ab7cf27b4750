#include "core/hosts-plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/domain.h"
#include "core/hosts-text.h"

#define LINE_BYTES_MAX (ADDRESS_TEXT_MAX + DOMAIN_TEXT_MAX + 2)
#define NAME_LINES_MAX (2 * LEASE_SLOTS_MAX)

static const int families[] = { AF_INET, AF_INET6 };

int hosts_plan_names(const struct config *c, struct hosts_name **ret, size_t *ret_n)
{
	struct hosts_name *names;
	size_t n = 0;

	for (size_t s = 0; s < c->n_sites; s++)
		n += c->sites[s].mains.n;
	names = calloc(n + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	n = 0;
	for (size_t s = 0; s < c->n_sites; s++)
		for (size_t i = 0; i < c->sites[s].mains.n; i++)
			names[n++] = (struct hosts_name){ .name = c->sites[s].mains.items[i],
				.site = s };
	*ret = names;
	*ret_n = n;
	return 0;
}

/* All of its leases, those too that lead to the same real address now: so no line ever goes. */
static size_t list_leases(
	const struct lease_book *b, const char *name, const struct address *ret[NAME_LINES_MAX])
{
	size_t n = 0;

	for (size_t f = 0; f < ELEMENTSOF(families); f++) {
		const struct lease_name *found = lease_book_find(b, name, families[f]);

		for (size_t i = 0; found && i < found->n_slots; i++)
			if (found->slots[i].real.family != AF_UNSPEC)
				ret[n++] = &found->slots[i].lease;
	}
	return n;
}

bool hosts_plan_has_lease(const struct lease_book *b, const char *name)
{
	const struct address *leases[NAME_LINES_MAX];

	return list_leases(b, name, leases) > 0;
}

int hosts_plan_build(const struct lease_book *b, const struct hosts_name *names, size_t n_names,
	struct hosts_plan *ret)
{
	struct hosts_plan plan = { .block = calloc(1, HOSTS_LINES_MAX * LINE_BYTES_MAX + 1) };
	char text[ADDRESS_TEXT_MAX], *fitted;

	if (!plan.block)
		return -ENOMEM;
	for (size_t i = 0; i < n_names; i++) {
		const struct address *leases[NAME_LINES_MAX];
		const size_t n = names[i].claimed ? 0 : list_leases(b, names[i].name, leases);

		if (plan.n_lines + n > HOSTS_LINES_MAX) {
			plan.n_left_out++;
			continue;
		}
		for (size_t k = 0; k < n; k++)
			plan.n_bytes += (size_t)sprintf(plan.block + plan.n_bytes, "%s %s\n",
				address_format(leases[k], text), names[i].name);
		plan.n_lines += n;
	}
	fitted = realloc(plan.block, plan.n_bytes + 1);
	if (fitted)
		plan.block = fitted;
	*ret = plan;
	return 0;
}
