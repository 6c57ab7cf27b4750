/* Encrypted look-ups: whose are refused, and who tried. The kernel refuses and counts; the name
 * hook's part (names by which programs ask whether they may) is in manager-hook.c. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "manager-doctor.h"
#include "manager-internal.h"
#include "manager-seal.h"

#define TELL_AGAIN_USEC (3600 * USEC_PER_SEC) /* an event an hour, however often it is tried */
#define RECENT_USEC     (24 * 3600 * USEC_PER_SEC)
#define TOLD_MAX        8 /* findings; the rest is summed up */

bool manager_seals_person(const struct manager *m, size_t person)
{
	switch (m->config->seal) {
	case SEAL_YES:
		return true;
	case SEAL_NO:
		return false;
	case SEAL_LIMITED:
		return manager_limits_person(m, person);
	}
	return false;
}

/* Root is left alone also where root is a person: it is the system's resolvers, too. */
static size_t sealed_uids(const struct manager *m, uid_t *uids)
{
	size_t n = 0;

	for (size_t p = 0; p < m->people->n; p++)
		for (size_t i = 0; i < m->people->items[p].n_uids && manager_seals_person(m, p);
			i++)
			if (m->people->items[p].uids[i] != 0)
				uids[n++] = m->people->items[p].uids[i];
	return n;
}

static bool is_seal_block(const struct manager *m, const struct address *lease)
{
	const struct lease_block *block = lease_book_block_of(m->book, lease);

	return block && strcmp(block->site, SEAL_SITE) == 0;
}

struct endpoints_to_tell {
	struct endpoint *items;
	size_t n, room;
};

/* The port, and the same machine's port for DNS over TLS: there it would be refused without a name.
 */
static int add_endpoint(
	struct endpoints_to_tell *list, const struct address *address, uint16_t port)
{
	if (list->n + 2 > list->room) {
		const size_t room = list->room ? 2 * list->room : 256;
		struct endpoint *items = reallocarray(list->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	list->items[list->n++] = (struct endpoint){ .address = *address, .port = port };
	list->items[list->n++] = (struct endpoint){ .address = *address, .port = SEAL_PORT_TLS };
	return 0;
}

/* Every listed server, and the leases of those that are known by name: what shares a server's real
 * address with it is left alone, and so is whoever is not refused. */
static int sealed_endpoints(const struct manager *m, struct endpoints_to_tell *list)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < m->seal.n; i++)
		r = add_endpoint(list, &m->seal.endpoints[i].endpoint.address,
			m->seal.endpoints[i].endpoint.port);
	for (size_t i = 0; r >= 0 && i < lease_book_n_names(m->book); i++) {
		const struct lease_name *name = lease_book_name(m->book, i);

		if (name->n_slots == 0 || !is_seal_block(m, &name->slots[0].lease) ||
			!seal_list_contains(&m->seal, name->name))
			continue;
		for (size_t k = 0; r >= 0 && k < name->n_slots; k++)
			r = add_endpoint(list, &name->slots[k].lease, SEAL_PORT);
	}
	return r;
}

bool manager_seals_host(const struct manager *m, const char *host)
{
	return m->n_sealed > 0 && seal_list_contains(&m->seal, host);
}

int manager_hook_names(const struct manager *m, struct hook_name **ret, size_t *ret_n)
{
	const size_t n_seal = m->n_sealed > 0 ? m->seal.names.n : 0;
	_cleanup_free_ struct hook_name *of_sites = NULL;
	struct hook_name *names;
	size_t n_sites;
	int r;

	r = hook_table_names(m->config, &of_sites, &n_sites);
	if (r < 0)
		return r;
	names = calloc(n_seal + n_sites + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	/* first: a site has the last word on its hosts */
	for (size_t i = 0; i < n_seal; i++)
		names[i] = (struct hook_name){ m->seal.names.items[i], true, true };
	memcpy(names + n_seal, of_sites, n_sites * sizeof(*names));
	*ret = names;
	*ret_n = n_seal + n_sites;
	return 0;
}

static void endpoints_done(struct endpoints_to_tell *list)
{
	free(list->items);
}

int manager_tell_seal(struct manager *m)
{
	_cleanup_(endpoints_done) struct endpoints_to_tell list = { 0 };
	_cleanup_free_ uid_t *uids = NULL;
	struct gate_seal seal = { 0 };
	size_t n_uids = 0;
	int r = 0;

	for (size_t p = 0; p < m->people->n; p++)
		n_uids += m->people->items[p].n_uids;
	uids = calloc(n_uids + 1, sizeof(*uids));
	if (!uids)
		return -ENOMEM;
	seal.uids = uids;
	seal.n_uids = sealed_uids(m, uids);
	m->n_sealed = seal.n_uids + manager_n_sealed_devices(m);
	if (m->n_sealed > 0)
		r = sealed_endpoints(m, &list);
	if (r >= 0)
		r = manager_tell_gateway(m);
	if (r < 0)
		return r;
	seal.endpoints = list.items;
	seal.n_endpoints = list.n;
	return gate_set_seal(m->gate, &seal);
}

static struct ledger_try *find_try(struct manager *m, const struct gate_try *try)
{
	struct ledger_try *oldest = NULL;

	for (size_t i = 0; i < m->n_tries; i++) {
		struct ledger_try *t = &m->tries[i];

		if (t->uid == try->uid && endpoint_equal(&t->server, &try->server))
			return t;
		if (!oldest || t->last_usec < oldest->last_usec)
			oldest = t;
	}
	if (m->n_tries < TRIES_MAX) {
		struct ledger_try *tries = reallocarray(m->tries, m->n_tries + 1, sizeof(*tries));

		if (!tries)
			return NULL;
		m->tries = tries;
		oldest = &m->tries[m->n_tries++];
	}
	*oldest = (struct ledger_try){ .uid = try->uid, .server = try->server };
	return oldest;
}

static const char *name_of_lease(const struct manager *m, const struct address *lease)
{
	for (size_t i = 0; i < lease_book_n_names(m->book); i++) {
		const struct lease_name *name = lease_book_name(m->book, i);

		for (size_t k = 0; k < name->n_slots; k++)
			if (address_equal(&name->slots[k].lease, lease))
				return name->name;
	}
	return NULL;
}

#define SERVER_TEXT_MAX 300
static const char *server_text(
	const struct manager *m, const struct endpoint *server, char buffer[SERVER_TEXT_MAX])
{
	const char *name = seal_list_name(&m->seal, server);
	char address[ENDPOINT_TEXT_MAX];

	if (!name)
		name = name_of_lease(m, &server->address);
	if (server->address.family == AF_UNSPEC)
		name = "a server that is not listed";
	snprintf(buffer, SERVER_TEXT_MAX, "%s", name ? name : endpoint_format(server, address));
	return buffer;
}

static void note_event(struct manager *m, size_t person, const struct endpoint *server)
{
	char name[SERVER_TEXT_MAX], text[SERVER_TEXT_MAX + 16];

	snprintf(text, sizeof(text), "%s refused", server_text(m, server, name));
	manager_event(m, "encrypted-dns", m->people->items[person].name, NULL, text);
	manager_tell_refusal(m, person, name);
}

/* Returns whether there was one since the last look. */
static bool book_try(struct manager *m, const struct gate_try *try, struct instant now)
{
	struct ledger_try *t = find_try(m, try);
	const int person = manager_find_uid(m, try->uid);
	uint64_t delta;

	if (!t)
		return false;
	delta = try->packets >= t->seen ? try->packets - t->seen : try->packets;
	t->seen = try->packets;
	if (delta == 0)
		return false;
	if (person >= 0 && (t->last_usec == 0 || now.wall_usec > t->last_usec + TELL_AGAIN_USEC))
		note_event(m, (size_t)person, &t->server);
	t->count += delta;
	t->last_usec = now.wall_usec;
	return true;
}

static bool is_among(const struct ledger_try *t, const struct gate_try *found, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].uid == t->uid && endpoint_equal(&found[i].server, &t->server))
			return true;
	return false;
}

bool manager_read_tries(struct manager *m, struct instant now)
{
	_cleanup_free_ struct gate_try *found = NULL;
	bool any = false;
	size_t n;
	int r;

	if (m->n_sealed == 0)
		return false;
	r = gate_read_tries(m->gate, &found, &n);
	if (r < 0) {
		log_debug_errno(r, "Can't read who tried encrypted look-ups");
		return false;
	}
	/* a counter that is gone begins anew */
	for (size_t i = 0; i < m->n_tries; i++)
		if (!is_among(&m->tries[i], found, n))
			m->tries[i].seen = 0;
	for (size_t i = 0; i < n; i++)
		any |= book_try(m, &found[i], now);
	m->tries_dirty |= any;
	m->dirty |= any;
	return any;
}

int manager_load_try(const struct ledger_try *try, void *userdata)
{
	struct manager *m = userdata;
	struct ledger_try *t =
		find_try(m, &(struct gate_try){ .uid = try->uid, .server = try->server });

	if (!t)
		return -ENOMEM;
	*t = *try;
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct ledger_try *x = a, *y = b;

	return x->last_usec > y->last_usec ? -1 : x->last_usec < y->last_usec;
}

/* To root of everybody, to everybody of themselves. One person at one server, by whatever of its
 * addresses. */
struct told {
	int person;
	bool tls;
	char server[SERVER_TEXT_MAX];
	uint64_t count;
	usec_t last_usec;
};

static size_t sum_up(const struct examination *e, const struct ledger_try *tries, struct told *told)
{
	size_t n = 0;

	for (size_t i = 0; i < e->m->n_tries; i++) {
		const struct ledger_try *t = &tries[i];
		struct told one = { .person = manager_find_uid(e->m, t->uid),
			.tls = t->server.address.family == AF_UNSPEC ||
			       t->server.port == SEAL_PORT_TLS,
			.last_usec = t->last_usec };
		size_t k = 0;

		if (one.person < 0 || (!e->all && one.person != e->own) ||
			t->last_usec + RECENT_USEC < e->now.wall_usec)
			continue;
		server_text(e->m, &t->server, one.server);
		while (k < n && (told[k].person != one.person || told[k].tls != one.tls ||
					strcmp(told[k].server, one.server) != 0))
			k++;
		if (k == n)
			told[n++] = one;
		told[k].count += t->count;
	}
	return n;
}

static void note_try(struct examination *e, const struct told *t)
{
	const time_t last = (time_t)(t->last_usec / USEC_PER_SEC);
	struct tm local;
	char clock[32], times[32] = "once";

	localtime_r(&last, &local);
	strftime(clock, sizeof(clock), "%a %H:%M", &local);
	if (t->count > 1)
		snprintf(times, sizeof(times), "%" PRIu64 " times", t->count);
	examination_warn(e,
		t->person == e->own ? "focusctl doctor names the browser"
				    : "run focusctl doctor as that person: it names the browser",
		"%s's programs tried DNS over %s at %s %s, last on %s; it was refused",
		e->m->people->items[t->person].name, t->tls ? "TLS" : "HTTPS", t->server, times,
		clock);
}

static void note_tries(struct examination *e)
{
	const size_t n = e->m->n_tries;
	_cleanup_free_ struct ledger_try *tries = calloc(n + 1, sizeof(*tries));
	_cleanup_free_ struct told *told = calloc(n + 1, sizeof(*told));
	size_t n_told;

	if (!tries || !told) {
		e->r = -ENOMEM;
		return;
	}
	if (n > 0)
		memcpy(tries, e->m->tries, n * sizeof(*tries));
	qsort(tries, n, sizeof(*tries), newest_first);
	n_told = sum_up(e, tries, told);
	for (size_t i = 0; i < n_told && i < TOLD_MAX; i++)
		note_try(e, &told[i]);
	if (n_told > TOLD_MAX)
		examination_warn(e, "", "and %zu other servers were tried", n_told - TOLD_MAX);
}

void manager_check_seal(struct examination *e)
{
	struct manager *m = e->m;

	manager_read_tries(m, e->now);
	if (m->config->seal == SEAL_NO && config_enforces(m->config))
		examination_warn(e, "set seal = limited in [dns], then focusctl reload",
			"seal = no: encrypted look-ups go past focusd");
	else if (m->n_sealed == 0)
		examination_ok(
			e, "Nobody is held to a limit: encrypted look-ups go where they like");
	else
		examination_ok(e,
			"Encrypted look-ups are refused to %zu %s: %zu known addresses, and port "
			"%d "
			"at any",
			m->n_sealed, m->n_sealed == 1 ? "account" : "accounts", m->seal.n,
			SEAL_PORT_TLS);
	note_tries(e);
}
