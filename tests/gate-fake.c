#include "gate-fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct gate_fake *fake_of(struct gate *g)
{
	return (struct gate_fake *)g; /* its first member */
}

static struct gate *fake_free(struct gate *g)
{
	return NULL;
}

static int fake_set_people(struct gate *g, const struct gate_person *people, size_t n)
{
	struct gate_fake *f = fake_of(g);

	if (f->error)
		return f->error;
	f->n_people = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t u = 0; u < people[i].n_uids && f->n_people < GATE_FAKE_ITEMS; u++) {
			f->people[f->n_people].uid = people[i].uids[u];
			f->people[f->n_people++].mark = people[i].mark;
		}
	return 0;
}

static int fake_map(struct gate *g, const struct gate_mapping *mappings, size_t n)
{
	struct gate_fake *f = fake_of(g);

	f->mapped_open += f->n_settings == 0;
	if (f->error || f->map_error)
		return f->error ? f->error : f->map_error;
	f->n_mapped += (unsigned)n;
	return 0;
}

static int fake_read(struct gate *g, struct gate_counter **ret, size_t *ret_n)
{
	struct gate_fake *f = fake_of(g);

	if (f->error || f->read_error)
		return f->error ? f->error : f->read_error;
	*ret = malloc(sizeof(f->counters));
	if (!*ret)
		return -ENOMEM;
	memcpy(*ret, f->counters, sizeof(f->counters));
	*ret_n = f->n_counters;
	return 0;
}

/* The tests' hosts have a block each: what moved with it moved with its first address. */
static int fake_read_leases(struct gate *g, struct gate_counter **ret, size_t *ret_n)
{
	const int r = fake_read(g, ret, ret_n);

	for (size_t i = 0; r >= 0 && i < *ret_n; i++)
		(*ret)[i].down_bytes += (*ret)[i].up_bytes;
	return r;
}

static struct gate_setting *find_setting(
	const struct gate_fake *f, const struct address *block, uint32_t mark)
{
	for (size_t i = 0; i < f->n_settings; i++)
		if (f->settings[i].mark == mark && address_equal(&f->settings[i].block, block))
			return (struct gate_setting *)&f->settings[i];
	return NULL;
}

static void set_one(struct gate_fake *f, const struct gate_setting *s)
{
	struct gate_setting *found = find_setting(f, &s->block, s->mark);

	if (!found && s->state != GATE_OPEN && f->n_settings < GATE_FAKE_ITEMS)
		f->settings[f->n_settings++] = *s;
	else if (found && s->state == GATE_OPEN) {
		*found = f->settings[--f->n_settings];
		f->opened++;
	} else if (found)
		*found = *s;
}

static int fake_set(
	struct gate *g, const struct gate_setting *settings, size_t n, const char *reason)
{
	struct gate_fake *f = fake_of(g);

	if (f->error)
		return f->error;
	for (size_t i = 0; i < n; i++)
		set_one(f, &settings[i]);
	f->changes++;
	snprintf(f->reason, sizeof(f->reason), "%s", reason);
	return 0;
}

static int fake_set_seal(struct gate *g, const struct gate_seal *seal)
{
	struct gate_fake *f = fake_of(g);

	if (f->error)
		return f->error;
	f->n_sealed = 0;
	for (size_t i = 0; i < seal->n_uids && i < GATE_FAKE_ITEMS; i++)
		f->sealed[f->n_sealed++] = seal->uids[i];
	f->n_endpoints = seal->n_endpoints;
	return 0;
}

static int fake_set_gateway(struct gate *g, const struct gate_gateway *gateway)
{
	struct gate_fake *f = fake_of(g);

	if (f->error)
		return f->error;
	f->gateway = gateway;
	f->n_devices = 0;
	for (size_t i = 0; gateway && i < gateway->n_devices && i < GATE_FAKE_ITEMS; i++)
		f->devices[f->n_devices++] = gateway->devices[i];
	f->n_sealed_marks = gateway ? gateway->n_sealed : 0;
	f->unknown_mark = gateway ? gateway->unknown_mark : GATE_MARK_FREE;
	return 0;
}

static int fake_read_tries(struct gate *g, struct gate_try **ret, size_t *ret_n)
{
	struct gate_fake *f = fake_of(g);

	if (f->error)
		return f->error;
	*ret = malloc(sizeof(f->tries));
	if (!*ret)
		return -ENOMEM;
	memcpy(*ret, f->tries, sizeof(f->tries));
	*ret_n = f->n_tries;
	return 0;
}

static int fake_check(struct gate *g)
{
	return fake_of(g)->error ? fake_of(g)->error : 1;
}

static int fake_examine(struct gate *g, const char **ret_what)
{
	*ret_what = fake_of(g)->damaged;
	return fake_of(g)->error;
}

static int fake_restore(struct gate *g)
{
	struct gate_fake *f = fake_of(g);

	if (f->error)
		return f->error;
	f->restored++;
	f->n_counters = f->n_tries = 0;
	return 0;
}

struct gate *gate_fake_init(struct gate_fake *f)
{
	static const struct gate_ops ops = {
		.free = fake_free,
		.set_people = fake_set_people,
		.map = fake_map,
		.read = fake_read,
		.read_leases = fake_read_leases,
		.set = fake_set,
		.set_seal = fake_set_seal,
		.set_gateway = fake_set_gateway,
		.read_tries = fake_read_tries,
		.check = fake_check,
		.examine = fake_examine,
		.restore = fake_restore,
	};

	f->gate.ops = &ops;
	return &f->gate;
}

uint32_t gate_fake_mark(const struct gate_fake *f, uid_t uid)
{
	for (size_t i = 0; i < f->n_people; i++)
		if (f->people[i].uid == uid)
			return f->people[i].mark;
	return 0;
}

enum gate_state gate_fake_state(
	const struct gate_fake *f, const struct address *block, uint32_t mark)
{
	const struct gate_setting *s = find_setting(f, block, mark);

	return s ? s->state : GATE_OPEN;
}

bool gate_fake_move(
	struct gate_fake *f, const struct address *block, uint32_t mark, uint64_t down, uint64_t up)
{
	size_t i = 0;

	if (gate_fake_state(f, block, mark) == GATE_SHUT)
		return false;
	while (i < f->n_counters &&
		!(f->counters[i].mark == mark && address_equal(&f->counters[i].block, block)))
		i++;
	if (i == GATE_FAKE_ITEMS)
		return false;
	if (i == f->n_counters)
		f->counters[f->n_counters++] =
			(struct gate_counter){ .block = *block, .mark = mark };
	f->counters[i].down_bytes += down;
	f->counters[i].up_bytes += up;
	return true;
}

bool gate_fake_try(struct gate_fake *f, uid_t uid, const struct endpoint *server)
{
	bool sealed = false;
	size_t i = 0;

	for (size_t k = 0; k < f->n_sealed; k++)
		sealed |= f->sealed[k] == uid;
	if (!sealed)
		return true;
	while (i < f->n_tries &&
		!(f->tries[i].uid == uid && endpoint_equal(&f->tries[i].server, server)))
		i++;
	if (i == f->n_tries && i < GATE_FAKE_ITEMS)
		f->tries[f->n_tries++] = (struct gate_try){ .uid = uid, .server = *server };
	if (i < GATE_FAKE_ITEMS)
		f->tries[i].packets++;
	return false;
}

void gate_fake_flush(struct gate_fake *f)
{
	f->n_counters = f->n_tries = 0;
}
