/* Keeps what is held: in memory beside the configuration, in the ledger for the next keeper. The
 * time that a loosening waits is counted by a clock that nobody sets (commitment_time()); a timer
 * wakes the keeper when the next one is due, and nothing does before. */
#include "manager-commitment.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/commitment.h"
#include "core/config-write.h"
#include "manager-held.h"
#include "manager-internal.h"
#include "system/ledger-held.h"

struct manager_commitment {
	struct commitment_items pending, told; /* told: of which there were events */
	struct commitment_items merged;        /* what pends once the last merge is lived by */
	struct config *wanted; /* what the files said; NULL: what is lived by, or not known */
	struct config *before; /* until the clock is known: what the last keeper lived by … */
	struct commitment_items before_pending; /* … and what waited then */
	struct ledger_held row;      /* as it was read; its moment is the clock's start */
	usec_t time_usec, boot_usec; /* our own time, at a boot time */
	bool stored;                 /* the ledger holds something */
	bool unwritten;              /* … but not what is held now: the next write does */
	bool late;                   /* what was due could not be lived by: held_problem */
	sd_event_source *timer;
};

DEFINE_CLEANUP(struct config_builder *, config_builder_free);
DEFINE_CLEANUP(struct config *, config_free);

void manager_commitment_free(struct manager *m)
{
	struct manager_commitment *c = m->commitment;

	if (!c)
		return;
	sd_event_source_disable_unref(c->timer);
	commitment_items_done(&c->pending);
	commitment_items_done(&c->told);
	commitment_items_done(&c->merged);
	commitment_items_done(&c->before_pending);
	config_free(c->wanted);
	config_free(c->before);
	ledger_held_done(&c->row);
	free(c);
	m->commitment = NULL;
}

static usec_t own_time(const struct manager_commitment *c, struct instant now)
{
	return c->time_usec + (now.boot_usec - c->boot_usec);
}

static int parse_held(const char *text, struct config **ret)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_free_ char *error = NULL;
	int r;

	r = config_builder_new(&b);
	if (r < 0)
		return r;
	config_builder_allow_held(b);
	r = config_builder_text(b, "what is held", text, &error);
	return r < 0 ? r : config_builder_finish(b, ret, &error);
}

static int read_before(struct manager_commitment *c)
{
	int r;

	if (!*c->row.config)
		return -ENOENT;
	r = parse_held(c->row.config, &c->before);
	if (r >= 0)
		r = commitment_items_read(c->row.pending, &c->before_pending);
	return r;
}

int manager_commitment_read(struct manager *m)
{
	struct manager_commitment *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	m->commitment = c;
	r = ledger_read_held(m->options.state_dir, &c->row);
	if (r >= 0)
		r = read_before(c);
	if (r == -ENOENT || r == -ENOMEM) /* the next start has the memory, and loosens nothing */
		return r;
	if (r < 0) {
		manager_set_problem(&m->held_problem,
			"What was held against loosening can't be read from the ledger (%s): what "
			"the files say is in force",
			strerror(-r));
		c->before = config_free(c->before);
		return -ENOENT;
	}
	c->stored = true;
	c->time_usec = c->row.time_usec;
	for (size_t i = 0; i < c->before_pending.n && r >= 0; i++) {
		r = commitment_items_add(&c->pending, &c->before_pending.items[i]);
		if (r >= 0)
			r = commitment_items_add(&c->told, &c->before_pending.items[i]);
	}
	return r;
}

int manager_commitment_held(struct manager *m, struct config **ret)
{
	const struct manager_commitment *c = m->commitment;

	return c && c->before ? parse_held(c->row.config, ret) : -ENOENT;
}

/* Two configurations and a list become one, *ret (NULL: as wanted), and c->merged. */
static int merge(struct manager_commitment *c, const struct commitment_question *q,
	struct config **ret, char **ret_error)
{
	struct commitment_answer a;
	int r;

	r = commitment_merge(q, &a, ret_error);
	if (r == -E2BIG && asprintf(ret_error,
				   "more than %d rules would become looser; expected fewer, since "
				   "each of them has to wait",
				   COMMITMENT_ITEMS_MAX) < 0)
		*ret_error = NULL;
	if (r < 0)
		return r;
	commitment_items_done(&c->merged);
	c->merged = a.pending;
	*ret = a.effective;
	return 0;
}

/* What was merged counts. wanted (taken over): what is not lived by yet; NULL: nothing. */
static void accept_merged(struct manager_commitment *c, struct config *wanted)
{
	commitment_items_done(&c->pending);
	c->pending = c->merged;
	c->merged = (struct commitment_items){ 0 };
	config_free(c->wanted);
	c->wanted = wanted;
}

/* At a start, which is none if this fails: with what was lived by before it. wanted is taken over,
 * also on failure. */
static int merge_first(
	struct manager_commitment *c, struct config *wanted, struct config **ret, char **ret_error)
{
	const struct commitment_question q = { wanted, c->before, &c->before_pending,
		c->time_usec };
	struct config *effective;
	int r;

	r = merge(c, &q, &effective, ret_error);
	if (r < 0) {
		config_free(wanted);
		return r;
	}
	accept_merged(c, effective ? wanted : NULL);
	*ret = effective ? effective : wanted;
	return 0;
}

int manager_commitment_first(struct manager *m, struct config **config, char **ret_error)
{
	struct manager_commitment *c = m->commitment;

	return c->before ? merge_first(c, TAKE_PTR(*config), config, ret_error) : 0;
}

int manager_commitment_merge(
	struct manager *m, struct config **config, struct instant now, char **ret_error)
{
	struct manager_commitment *c = m->commitment;
	const struct commitment_question q = { *config, m->config, &c->pending, own_time(c, now) };
	struct config *effective;
	int r;

	r = merge(c, &q, &effective, ret_error);
	if (r >= 0 && effective)
		*config = effective;
	return r;
}

void manager_commitment_accept(struct manager *m, struct config *wanted)
{
	accept_merged(m->commitment, wanted == m->config ? NULL : wanted);
}

static bool same_config(const struct config *a, const struct config *b)
{
	_cleanup_free_ char *x = NULL, *y = NULL;

	return config_write(a, &x) >= 0 && config_write(b, &y) >= 0 && strcmp(x, y) == 0;
}

/* The merge again, from the same start, with the clock. What is new waits from now on. */
int manager_commitment_begin(
	struct manager *m, struct instant now, struct config **ret, char **ret_error)
{
	struct manager_commitment *c = m->commitment;
	struct config *effective;
	int r;

	c->boot_usec = now.boot_usec;
	if (!c->before)
		return 0;
	c->time_usec =
		commitment_time(&(struct commitment_moment){ c->row.boot_id, c->row.time_usec,
					c->row.boot_usec, c->row.wall_usec },
			m->options.boot_id, now);
	if (!c->wanted) /* nothing waits, or the files can't be read */
		return 0;
	r = merge_first(c, TAKE_PTR(c->wanted), &effective, ret_error);
	c->before = config_free(c->before);
	commitment_items_done(&c->before_pending);
	if (r < 0)
		return r;
	if (same_config(effective, m->config)) {
		config_free(effective);
		return 0;
	}
	*ret = effective;
	return 1;
}

static const struct commitment_item *find_item(const struct commitment_items *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].id, id) == 0)
			return &list->items[i];
	return NULL;
}

#define WHEN_TEXT_MAX 64
static const char *format_wall(usec_t wall_usec, char buffer[WHEN_TEXT_MAX])
{
	const time_t t = (time_t)(wall_usec / USEC_PER_SEC);
	struct tm local;

	localtime_r(&t, &local);
	strftime(buffer, WHEN_TEXT_MAX, "%A %H:%M, %e %B", &local);
	return buffer;
}

static void tell(
	struct manager *m, const char *kind, const struct commitment_item *x, const char *text)
{
	manager_event(m, kind, x->person, *x->target ? x->target : NULL, text);
}

static void tell_new(struct manager *m, const struct commitment_item *x, struct instant now)
{
	const usec_t left = x->due_usec - own_time(m->commitment, now);
	_cleanup_free_ char *text = NULL;
	char when[WHEN_TEXT_MAX];

	if (asprintf(&text, "%s from %s on; until then %s", x->then,
		    format_wall(now.wall_usec + left, when), x->now) < 0)
		text = NULL;
	if (text)
		tell(m, "pending", x, text);
}

/* An event for each wish that is new, that came true or that was taken back. */
static void tell_changes(struct manager *m, struct instant now)
{
	struct manager_commitment *c = m->commitment;
	int r = 0;

	for (size_t i = 0; i < c->told.n; i++) {
		const struct commitment_item *x = &c->told.items[i];

		if (find_item(&c->pending, x->id))
			continue;
		if (!x->cancelled && x->due_usec <= own_time(c, now))
			tell(m, "loosened", x, x->then);
		else
			tell(m, "withdrawn", x, x->now);
	}
	for (size_t i = 0; i < c->pending.n; i++) {
		const struct commitment_item *x = &c->pending.items[i],
					     *before = find_item(&c->told, x->id);

		if (!before || strcmp(before->asked, x->asked) != 0)
			tell_new(m, x, now);
		else if (x->cancelled && !before->cancelled)
			tell(m, "kept", x, x->now);
	}
	commitment_items_done(&c->told);
	for (size_t i = 0; i < c->pending.n && r >= 0; i++)
		r = commitment_items_add(&c->told, &c->pending.items[i]);
}

static int on_due(sd_event_source *source, uint64_t usec, void *userdata)
{
	manager_commitment_due(userdata, clock_now());
	return 0;
}

/* Boot time of the next one; USEC_INFINITY: none. */
static usec_t next_boot_usec(const struct manager_commitment *c)
{
	const usec_t next = commitment_next(&c->pending);

	if (next == USEC_INFINITY || next < c->time_usec)
		return next == USEC_INFINITY ? next : c->boot_usec;
	return c->boot_usec + (next - c->time_usec);
}

static void arm_at(struct manager *m, usec_t boot_usec)
{
	struct manager_commitment *c = m->commitment;
	int r;

	c->timer = sd_event_source_disable_unref(c->timer);
	if (!m->event || boot_usec == USEC_INFINITY || !c->wanted)
		return;
	r = sd_event_add_time(
		m->event, &c->timer, CLOCK_BOOTTIME, boot_usec, USEC_PER_SEC, on_due, m);
	if (r < 0)
		log_error_errno(r, "Can't set the timer for what is pending");
}

static struct ledger_held moment(const struct manager *m, struct instant now)
{
	return (struct ledger_held){
		.boot_id = (char *)m->options.boot_id,
		.time_usec = own_time(m->commitment, now),
		.boot_usec = now.boot_usec,
		.wall_usec = now.wall_usec,
	};
}

static int put_held(struct manager *m, struct instant now, bool holds)
{
	_cleanup_free_ char *config = NULL, *pending = NULL;
	struct ledger_held row = moment(m, now);
	int r;

	r = holds ? config_write(m->config, &config) : 0;
	if (r >= 0)
		r = commitment_items_write(&m->commitment->pending, &pending);
	if (r < 0)
		return r;
	row.config = holds ? config : (char *)"";
	row.pending = pending;
	return ledger_put_held(m->ledger, &row);
}

static void write_held(struct manager *m, struct instant now)
{
	struct manager_commitment *c = m->commitment;
	const bool holds = m->config->loosen_after_sec > 0 || c->pending.n > 0;
	int r = 0;

	if (m->ledger && (holds || c->stored))
		r = put_held(m, now, holds);
	c->unwritten = r < 0;
	if (r >= 0) {
		c->stored = holds;
		return;
	}
	m->dirty = true; /* there is a next write */
	log_warning_errno(r, "Can't keep what is held against loosening");
}

void manager_commitment_keep(struct manager *m, struct instant now)
{
	struct manager_commitment *c = m->commitment;

	tell_changes(m, now);
	write_held(m, now);
	if (c->late && next_boot_usec(c) > now.boot_usec) {
		c->late = false;
		manager_set_problem(&m->held_problem, NULL);
	}
	arm_at(m, next_boot_usec(c));
}

void manager_commitment_note(struct manager *m, struct instant now)
{
	const struct ledger_held row = moment(m, now);
	int r;

	if (m->commitment->unwritten) {
		write_held(m, now);
		return;
	}
	if (m->commitment->pending.n == 0)
		return;
	r = ledger_put_moment(m->ledger, &row);
	if (r < 0)
		log_warning_errno(r, "Can't note how long the pending changes have waited");
}

/* What keeps it (a list that can't be read, no memory) is put right by hand, or soon. */
#define AGAIN_USEC (60 * USEC_PER_SEC)

void manager_commitment_due(struct manager *m, struct instant now)
{
	struct manager_commitment *c = m->commitment;
	_cleanup_free_ char *error = NULL;
	int r;

	if (!c->wanted || next_boot_usec(c) > now.boot_usec)
		return;
	r = manager_live_by(m, &c->wanted, now, &error);
	if (r >= 0)
		return;
	c->late = true;
	manager_set_problem(&m->held_problem,
		"What is due to be loosened is not in force yet; it is tried every minute: %s",
		error ? error : strerror(-r));
	arm_at(m, now.boot_usec + AGAIN_USEC);
}

/* What was cancelled is forgotten, so that the same wish is a new one. */
void manager_commitment_ask(struct manager *m, const char *target, const char *person)
{
	struct commitment_items *list = &m->commitment->pending;

	for (size_t i = 0; i < list->n; i++) {
		struct commitment_item *x = &list->items[i];

		if (!x->cancelled || strcmp(x->target, target) != 0 ||
			(x->person ? !person || strcmp(x->person, person) != 0 : person != NULL))
			continue;
		x->asked[0] = 0;
	}
}

size_t manager_n_pending(const struct manager *m)
{
	return m->commitment->pending.n;
}

struct pending_view manager_pending(const struct manager *m, size_t i, struct instant now)
{
	const struct commitment_item *x = &m->commitment->pending.items[i];
	const usec_t time_usec = own_time(m->commitment, now);
	const usec_t left = x->due_usec > time_usec ? x->due_usec - time_usec : 0;

	return (struct pending_view){
		.id = x->id,
		.person = x->person,
		.target = x->target,
		.now = x->now,
		.then = x->then,
		.due_wall_usec = x->cancelled ? 0 : now.wall_usec + left,
	};
}

int manager_keep(struct manager *m, const char *id, struct instant now)
{
	struct commitment_items *list = &m->commitment->pending;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].id, id) == 0) {
			list->items[i].cancelled = true;
			manager_commitment_keep(m, now);
			return 0;
		}
	return -ENOENT;
}
