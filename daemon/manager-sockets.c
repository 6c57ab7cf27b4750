/* Connections that were opened before a site was metered. They go to its real addresses, past the
 * leases: nothing of them is counted, and no limit reaches them. What was open when the redirect
 * came, or when a reload metered further names, is remembered by the kernel's cookies; where the
 * address is known to serve metered names alone (core/alone.h) those are ended, once, and come back
 * through a lease. Every other one is left alone, and doctor tells of it. No connection that was
 * opened later is ever ended, whatever it leads to. */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/alone.h"
#include "core/hook-table.h"
#include "manager-doctor.h"
#include "manager-internal.h"
#include "system/sockets.h"

#define OLD_MAX        4096                  /* more than people's programs hold open */
#define CUT_USEC       (100 * USEC_PER_MSEC) /* gathers what one page's look-ups bring */
#define CUT_AGAIN_USEC (10 * USEC_PER_SEC)   /* where a program held on to one */

struct old_sockets {
	struct alone_book *alone;
	uint64_t *cookies; /* sorted */
	size_t n;
	bool begun;
	int error; /* of the last look at them */
	sd_event_source *timer;
};

static int compare_cookies(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_old(const struct manager *m, const struct open_socket *s)
{
	return m->old->n > 0 && manager_find_uid(m, s->uid) >= 0 &&
	       bsearch(&s->cookie, m->old->cookies, m->old->n, sizeof(s->cookie), compare_cookies);
}

static bool remember(const struct open_socket *s, void *userdata)
{
	struct manager *m = userdata;

	if (m->old->n < OLD_MAX && manager_find_uid(m, s->uid) >= 0)
		m->old->cookies[m->old->n++] = s->cookie;
	return false;
}

static int on_cut(sd_event_source *source, uint64_t usec, void *userdata);

static void cut_in(struct manager *m, usec_t usec)
{
	struct old_sockets *o = m->old;
	int r;

	if (!m->event || o->n == 0)
		return;
	if (!o->timer) {
		r = sd_event_add_time_relative(
			m->event, &o->timer, CLOCK_BOOTTIME, usec, 0, on_cut, m);
	} else {
		r = sd_event_source_set_time_relative(o->timer, usec);
		if (r >= 0)
			r = sd_event_source_set_enabled(o->timer, SD_EVENT_ONESHOT);
	}
	if (r < 0)
		log_warning_errno(r, "Can't set the timer for old connections");
}

static void cut_soon(struct manager *m)
{
	cut_in(m, CUT_USEC);
}

void old_sockets_remember(struct manager *m)
{
	struct old_sockets *o = m->old;
	size_t n;

	o->n = 0;
	o->error = sockets_end(remember, m, &n);
	if (o->n > 0)
		qsort(o->cookies, o->n, sizeof(*o->cookies), compare_cookies);
	cut_soon(m);
}

void old_sockets_begin(struct manager *m)
{
	if (!m->attached)
		return;
	if (m->old->begun)
		cut_soon(m);
	else
		old_sockets_remember(m);
	m->old->begun = true;
}

static bool is_metered(const struct catalogue *c, const char *name)
{
	enum host_kind kind;
	size_t site;

	return catalogue_find(c, name, &site, &kind) >= 0 && kind != HOST_FREE;
}

static bool any_new(
	const struct config *config, const struct catalogue *before, const struct catalogue *now)
{
	_cleanup_free_ struct hook_name *names = NULL;
	size_t n = 0;

	if (hook_table_names(config, &names, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (is_metered(now, names[i].name) && !is_metered(before, names[i].name))
			return true;
	return false;
}

bool old_sockets_wanted(
	const struct manager *m, const struct config *before, const struct catalogue *catalogue)
{
	return m->old->begun && (any_new(m->config, catalogue, m->catalogue) ||
					any_new(before, catalogue, m->catalogue));
}

static bool has_real(const struct lease_name *n, const struct address *a)
{
	for (size_t i = 0; i < n->n_slots; i++)
		if (address_equal(&n->slots[i].real, a))
			return true;
	return false;
}

/* Known to be alone, and every name that we know to have it is metered now. */
static bool is_alone(const struct manager *m, const struct address *a)
{
	bool any = false;

	if (!alone_book_has(m->old->alone, a))
		return false;
	for (size_t i = 0; i < lease_book_n_names(m->book); i++) {
		const struct lease_name *n = lease_book_name(m->book, i);

		if (!has_real(n, a))
			continue;
		if (!is_metered(m->catalogue, n->name))
			return false;
		any = true;
	}
	return any;
}

static bool is_ours_to_end(const struct open_socket *s, void *userdata)
{
	const struct manager *m = userdata;

	return is_old(m, s) && is_alone(m, &s->remote);
}

static int on_cut(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	size_t n;
	int r;

	if (!m->hook_live || alone_book_n(m->old->alone) == 0)
		return 0;
	r = sockets_end(is_ours_to_end, m, &n);
	if (r < 0 && r != m->old->error)
		log_warning_errno(r, "Connections opened before focusd can't be ended");
	else if (r >= 0 && n > 0)
		log_info("Connections to metered sites that were opened before, ended: %zu", n);
	m->old->error = r;
	if (r == -EBUSY)
		cut_in(m, CUT_AGAIN_USEC);
	return 0;
}

void old_sockets_note(struct manager *m, const struct hook_message *ask)
{
	const struct instant now = clock_now();

	for (size_t i = 0; i < ask->n_addresses; i++) {
		const struct alone_evidence e = {
			.own = ask->own & (1U << i),
			.watched_usec = now.boot_usec > ask->since_usec
						? now.boot_usec - ask->since_usec
						: 0,
			.n_passed = ask->n_passed,
		};
		enum alone_news news = ALONE_NOTHING;

		if (lease_book_may_lead_to(m->book, &ask->addresses[i]))
			news = alone_book_note(
				m->old->alone, &ask->addresses[i], &e, now.wall_usec);
		if (news == ALONE_NOTHING)
			continue;
		if (ledger_put_alone(m->ledger, &ask->addresses[i],
			    news == ALONE_NO_MORE ? 0 : now.wall_usec) < 0)
			log_warning("Can't note whose an address is");
		if (news == ALONE_KNOWN)
			cut_soon(m);
	}
}

struct alone_load {
	struct old_sockets *old;
	usec_t now_wall_usec;
};

static int load_alone(const struct alone *alone, void *userdata)
{
	const struct alone_load *l = userdata;
	const int r = alone_book_load(l->old->alone, alone, l->now_wall_usec);

	return r == -E2BIG ? 0 : r;
}

int old_sockets_load(struct manager *m, usec_t now_wall_usec)
{
	const struct ledger_reader reader = { .alone = load_alone };
	struct old_sockets *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	m->old = o;
	o->cookies = calloc(OLD_MAX, sizeof(*o->cookies));
	if (!o->cookies)
		return -ENOMEM;
	r = alone_book_new(&o->alone);
	if (r < 0)
		return r;
	return ledger_read(m->ledger, &reader, 0, m->options.boot_id,
		&(struct alone_load){ o, now_wall_usec });
}

struct old_sockets *old_sockets_free(struct old_sockets *o)
{
	if (!o)
		return NULL;
	sd_event_source_disable_unref(o->timer);
	alone_book_free(o->alone);
	free(o->cookies);
	free(o);
	return NULL;
}

struct count {
	const struct manager *m;
	struct address *reals; /* of metered names, sorted */
	size_t n_reals;
	size_t *of_person;
};

static int compare_addresses(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct address));
}

static int collect_reals(const struct manager *m, struct count *c)
{
	const size_t n_names = lease_book_n_names(m->book);

	c->reals = calloc(n_names * LEASE_SLOTS_MAX + 1, sizeof(*c->reals));
	if (!c->reals)
		return -ENOMEM;
	for (size_t i = 0; i < n_names; i++) {
		const struct lease_name *n = lease_book_name(m->book, i);

		for (size_t s = 0; s < n->n_slots && is_metered(m->catalogue, n->name); s++)
			c->reals[c->n_reals++] = n->slots[s].real;
	}
	if (c->n_reals > 0)
		qsort(c->reals, c->n_reals, sizeof(*c->reals), compare_addresses);
	return 0;
}

static bool count_old(const struct open_socket *s, void *userdata)
{
	struct count *c = userdata;

	if (c->n_reals > 0 && is_old(c->m, s) &&
		bsearch(&s->remote, c->reals, c->n_reals, sizeof(*c->reals), compare_addresses))
		c->of_person[manager_find_uid(c->m, s->uid)]++;
	return false;
}

static void note_one(struct examination *e, size_t n, const char *who)
{
	examination_warn(e, "close them, or restart the browser",
		"%zu %s of %s to addresses that other sites may share, opened before focusd, %s "
		"uncounted until closed",
		n, n == 1 ? "connection" : "connections", who, n == 1 ? "goes" : "go");
}

/* To root of everybody, to everybody of themselves. */
static void note_old(struct examination *e, const size_t *of_person)
{
	bool any = false;

	for (size_t p = 0; p < e->m->people->n; p++)
		if (of_person[p] > 0 && (e->all || (int)p == e->own)) {
			note_one(e, of_person[p], e->m->people->items[p].name);
			any = true;
		}
	if (any)
		return;
	if (e->all)
		examination_ok(e, "No connection to a metered site is older than focusd");
	else
		examination_ok(e, "No connection of yours to a metered site is older than focusd");
}

void manager_check_sockets(struct examination *e)
{
	const struct manager *m = e->m;
	struct count c = { .m = m };
	_cleanup_free_ struct address *reals = NULL;
	_cleanup_free_ size_t *of_person = calloc(m->people->n + 1, sizeof(*of_person));
	size_t ended;
	int r;

	c.of_person = of_person;
	r = of_person ? collect_reals(m, &c) : -ENOMEM;
	reals = c.reals;
	if (r >= 0)
		r = sockets_end(count_old, &c, &ended);
	if (r >= 0)
		r = m->old->error;
	if (r < 0)
		examination_warn(e, "restart the browser",
			"Connections opened before focusd can't be looked at: %s", strerror(-r));
	else
		note_old(e, of_person);
}
