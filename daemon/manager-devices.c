/* Asked for by people: the kernel's neighbour table beside the configuration. Nothing is kept. */
#include "manager-devices.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/device-list.h"
#include "manager-internal.h"
#include "system/config-files.h"
#include "system/device-names.h"
#include "system/neighbours.h"

bool manager_is_gateway(const struct manager *m)
{
	return m->config->network.gateway;
}

const char *manager_unknown_devices(const struct manager *m, const char **ret_person)
{
	static const char *const words[] = { [UNKNOWN_FREE] = "free",
		[UNKNOWN_BLOCK] = "block-metered",
		[UNKNOWN_PERSON] = "person" };

	*ret_person = m->config->network.unknown_person;
	return words[m->config->network.unknown_devices];
}

/* By hardware; what was heard of last comes first. */
static int by_hardware(const void *a, const void *b)
{
	const struct neighbour *x = a, *y = b;
	const int r = memcmp(x->hardware, y->hardware, sizeof(x->hardware));

	return r != 0 ? r : (x->ago_usec > y->ago_usec) - (x->ago_usec < y->ago_usec);
}

static int read_neighbours(const struct manager *m, struct neighbour **ret, size_t *ret_n)
{
	const struct network_keys *network = &m->config->network;
	int r;

	if (!network->gateway)
		return -EOPNOTSUPP;
	r = neighbours_read(network->insides, network->n_insides, ret, ret_n);
	if (r >= 0 && *ret_n > 0)
		qsort(*ret, *ret_n, sizeof(**ret), by_hardware);
	return r;
}

/* Its hardware goes first, as in the kernel's rules; an address then. */
static int owner_of(const struct manager *m, const struct neighbour *n)
{
	struct device d = { .by_hardware = true };
	int owner;

	memcpy(d.hardware, n->hardware, sizeof(d.hardware));
	owner = config_find_device(m->config, &d);
	if (owner >= 0)
		return owner;
	d = (struct device){ .prefix = {
				     n->address, (unsigned)address_size(n->address.family) * 8 } };
	return config_find_device(m->config, &d);
}

/* All of one hardware: neighbours [0, n). */
struct seen_device {
	const struct neighbour *neighbours;
	size_t n;
	int owner; /* a person of the configuration, or -ENOENT */
};

static struct seen_device first_device(
	const struct manager *m, const struct neighbour *neighbours, size_t n)
{
	struct seen_device d = { .neighbours = neighbours, .owner = -ENOENT };

	while (d.n < n && memcmp(neighbours[d.n].hardware, neighbours[0].hardware,
				  sizeof(neighbours[0].hardware)) == 0) {
		if (d.owner < 0)
			d.owner = owner_of(m, &neighbours[d.n]);
		d.n++;
	}
	return d;
}

static int visit_seen(const struct manager *m, const struct seen_device *seen, struct instant now,
	int (*visit)(const struct manager_device *device, void *userdata), void *userdata)
{
	_cleanup_free_ struct address *addresses = calloc(seen->n, sizeof(*addresses));
	char hardware[DEVICE_HARDWARE_TEXT_MAX], name[DHCP_NAME_MAX + 1] = "";
	const uint64_t ago = seen->neighbours[0].ago_usec;
	struct manager_device d = { .device = hardware,
		.addresses = addresses,
		.n_addresses = seen->n,
		.name = name,
		.person = seen->owner < 0 ? "" : m->config->persons[seen->owner].name,
		.seen_usec = now.wall_usec > ago ? now.wall_usec - ago : 1 };

	if (!addresses)
		return -ENOMEM;
	for (size_t i = 0; i < seen->n; i++)
		addresses[i] = seen->neighbours[i].address;
	device_format_hardware(seen->neighbours[0].hardware, hardware);
	if (device_name_find(seen->neighbours[0].hardware, name) < 0)
		*name = 0;
	return visit(&d, userdata);
}

static bool is_seen(const struct device *device, const struct neighbour *neighbours, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (device->by_hardware ? memcmp(device->hardware, neighbours[i].hardware,
						  sizeof(device->hardware)) == 0
					: prefix_contains(&device->prefix, &neighbours[i].address))
			return true;
	}
	return false;
}

static int visit_others(const struct manager *m, const struct neighbour *neighbours, size_t n,
	int (*visit)(const struct manager_device *device, void *userdata), void *userdata)
{
	_cleanup_free_ struct device_owner *owners = NULL;
	size_t n_owners;
	int r;

	r = device_list(m->config, &owners, &n_owners);
	for (size_t i = 0; r >= 0 && i < n_owners; i++) {
		char text[DEVICE_TEXT_MAX];

		if (!is_seen(&owners[i].device, neighbours, n))
			r = visit(&(struct manager_device){ .device = device_format(
								    &owners[i].device, text),
					  .name = "",
					  .person = m->config->persons[owners[i].person].name },
				userdata);
	}
	return r;
}

int manager_list_devices(const struct manager *m, struct instant now,
	int (*visit)(const struct manager_device *device, void *userdata), void *userdata)
{
	_cleanup_free_ struct neighbour *neighbours = NULL;
	size_t n;
	int r;

	r = read_neighbours(m, &neighbours, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < n;) {
		const struct seen_device d = first_device(m, neighbours + i, n - i);

		r = visit_seen(m, &d, now, visit, userdata);
		i += d.n;
	}
	return r < 0 ? r : visit_others(m, neighbours, n, visit, userdata);
}

int manager_count_unknown(const struct manager *m, size_t *ret)
{
	_cleanup_free_ struct neighbour *neighbours = NULL;
	size_t n, unknown = 0;
	int r;

	r = read_neighbours(m, &neighbours, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n;) {
		const struct seen_device d = first_device(m, neighbours + i, n - i);

		unknown += d.owner < 0;
		i += d.n;
	}
	*ret = unknown;
	return 0;
}

int manager_assign_device(
	struct manager *m, const char *device, const char *person, char **ret_error)
{
	struct device d;
	int r;

	if (device_parse(device, &d) < 0) {
		if (asprintf(ret_error,
			    "%s: expected a hardware address such as aa:bb:cc:dd:ee:ff, an address "
			    "or a network",
			    device) < 0)
			*ret_error = NULL;
		return -EINVAL;
	}
	if (person && manager_find_person(m, person) < 0 &&
		config_find_person(m->config, person) < 0)
		return -ESRCH;
	r = config_files_set_device(m->options.config_file, m->options.sites_dir,
		&(struct config_device){ &d, person }, ret_error);
	return r < 0 ? r : manager_reload(m, clock_now(), ret_error);
}
