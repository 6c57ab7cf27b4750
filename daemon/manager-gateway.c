/* A machine that routes for others: whose devices are whose, for the gate and for the redirect. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/device-list.h"
#include "manager-internal.h"
#include "manager-seal.h"

/* The person's place among those who are metered here, or -ENOENT. */
static int find_owner(const struct manager *m, const struct device_owner *owner)
{
	return manager_find_person(m, m->config->persons[owner->person].name);
}

static uint32_t unknown_mark(const struct manager *m)
{
	const struct network_keys *network = &m->config->network;
	int person;

	switch (network->unknown_devices) {
	case UNKNOWN_FREE:
		return GATE_MARK_FREE;
	case UNKNOWN_BLOCK:
		return GATE_MARK_SHUT;
	case UNKNOWN_PERSON:
		person = manager_find_person(m, network->unknown_person);
		return person < 0 ? GATE_MARK_FREE : m->marks[person];
	}
	return GATE_MARK_FREE;
}

/* marks has room for everybody and one more. */
static size_t sealed_marks(const struct manager *m, uint32_t *marks)
{
	const struct network_keys *network = &m->config->network;
	size_t n = 0;

	for (size_t p = 0; p < m->people->n; p++) {
		const int person = config_find_person(m->config, m->people->items[p].name);

		if (person >= 0 && config_has_devices(m->config, (size_t)person) &&
			manager_seals_person(m, p))
			marks[n++] = m->marks[p];
	}
	if (network->gateway && network->unknown_devices == UNKNOWN_BLOCK &&
		m->config->seal != SEAL_NO)
		marks[n++] = GATE_MARK_SHUT;
	return n;
}

size_t manager_n_sealed_devices(const struct manager *m)
{
	uint32_t marks[MANAGER_PEOPLE_MAX + 1];

	return sealed_marks(m, marks);
}

static int tell_devices(struct manager *m)
{
	uint32_t sealed[MANAGER_PEOPLE_MAX + 1];
	_cleanup_free_ struct device_owner *owners = NULL;
	_cleanup_free_ struct gate_device *devices = NULL;
	struct gate_gateway gateway = { .unknown_mark = unknown_mark(m),
		.insides = m->config->network.insides,
		.n_insides = m->config->network.n_insides,
		.sealed_marks = sealed,
		.n_sealed = sealed_marks(m, sealed) };
	size_t n;
	int r;

	r = device_list(m->config, &owners, &n);
	if (r < 0)
		return r;
	devices = calloc(n + 1, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const int person = find_owner(m, &owners[i]);

		if (person >= 0)
			devices[gateway.n_devices++] =
				(struct gate_device){ owners[i].device, m->marks[person] };
	}
	gateway.devices = devices;
	return gate_set_gateway(m->gate, &gateway);
}

/* It was started as none, and has no sockets for devices. */
static bool needs_a_start(struct manager *m)
{
	return m->config->network.gateway && !m->gateway.started;
}

int manager_tell_gateway(struct manager *m)
{
	if (needs_a_start(m)) {
		manager_set_problem(&m->gateway.problem,
			"[network] gateway = yes takes effect when focusd starts again");
		return 0;
	}
	if (!m->config->network.gateway)
		manager_set_problem(&m->gateway.problem, NULL);
	return m->config->network.gateway ? tell_devices(m) : gate_set_gateway(m->gate, NULL);
}

static bool is_limited(const struct manager *m, size_t person)
{
	return m->config->intercept == INTERCEPT_ANY || manager_limits_person(m, person);
}

/* limited and observed have room for all of n. */
static void sort_devices(const struct manager *m, const struct device_owner *owners, size_t n,
	struct manager_devices *ret)
{
	struct attach_devices *plan = &ret->plan;

	for (size_t i = 0; i < n; i++) {
		const int person = find_owner(m, &owners[i]);

		if (person < 0)
			continue;
		if (is_limited(m, (size_t)person))
			ret->limited[plan->n_limited++] = owners[i].device;
		else
			ret->observed[plan->n_observed++] = owners[i].device;
	}
	plan->limited = ret->limited;
	plan->observed = ret->observed;
}

static void add_strangers(const struct manager *m, struct attach_devices *plan)
{
	const struct network_keys *network = &m->config->network;
	const int person = network->unknown_devices == UNKNOWN_PERSON
				   ? manager_find_person(m, network->unknown_person)
				   : -ENOENT;

	plan->insides = network->insides;
	plan->n_insides = network->n_insides;
	if (network->unknown_devices == UNKNOWN_BLOCK)
		plan->strangers = STRANGERS_LIMITED;
	else if (person >= 0)
		plan->strangers =
			is_limited(m, (size_t)person) ? STRANGERS_LIMITED : STRANGERS_OBSERVED;
}

int manager_plan_devices(struct manager *m, struct manager_devices *ret)
{
	_cleanup_free_ struct device_owner *owners = NULL;
	size_t n;
	int r;

	*ret = (struct manager_devices){ .plan.port4 = m->gateway.port4,
		.plan.port6 = m->gateway.port6 };
	if (!m->config->network.gateway || needs_a_start(m))
		return 0;
	if (m->gateway.port4 == 0 && m->gateway.port6 == 0) {
		manager_set_problem(&m->gateway.problem,
			"focusd-dns has no socket for devices: their look-ups go past focusd "
			"(focusd-dns-gateway.socket is to be enabled)");
		return 0;
	}
	manager_set_problem(&m->gateway.problem, NULL);
	r = device_list(m->config, &owners, &n);
	if (r < 0)
		return r;
	ret->limited = calloc(n + 1, sizeof(*ret->limited));
	ret->observed = calloc(n + 1, sizeof(*ret->observed));
	if (!ret->limited || !ret->observed)
		return -ENOMEM;
	sort_devices(m, owners, n, ret);
	add_strangers(m, &ret->plan);
	return 1;
}

void manager_devices_done(struct manager_devices *d)
{
	free(d->limited);
	free(d->observed);
}
