/* The configuration's devices, one after the other. It knows no kernel. */
#include "core/device-list.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

static bool takes_in(const struct device_owner *a, const struct device_owner *b)
{
	return a->person == b->person && !a->device.by_hardware &&
	       a->device.prefix.bits < b->device.prefix.bits;
}

/* Adds it unless it is in the list already; what it takes in makes way. */
static size_t add(struct device_owner *list, size_t n, const struct device_owner *owner)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (device_overlaps(&list[i].device, &owner->device) && !takes_in(owner, &list[i]))
			return n;
	for (size_t i = 0; i < n; i++)
		if (!device_overlaps(&list[i].device, &owner->device))
			list[kept++] = list[i];
	list[kept] = *owner;
	return kept + 1;
}

int device_list(const struct config *c, struct device_owner **ret, size_t *ret_n)
{
	_cleanup_free_ struct device_owner *list = NULL;
	size_t most = 0, n = 0;

	for (size_t p = 0; p < c->n_persons; p++)
		most += c->persons[p].devices.n;
	list = calloc(most + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t p = 0; p < c->n_persons; p++)
		for (size_t i = 0; i < c->persons[p].devices.n; i++) {
			struct device_owner owner = { .person = p };

			if (device_parse(c->persons[p].devices.items[i], &owner.device) >= 0)
				n = add(list, n, &owner);
		}
	*ret = TAKE_PTR(list);
	*ret_n = n;
	return 0;
}
