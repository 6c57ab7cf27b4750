/* What people should hear of at once: time that is nearly up, and what opens, slows or shuts.
 * Whoever listens (the bus) is told, and the ledger has it. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/warning.h"
#include "manager-internal.h"

#define TOLD_MAX 4096 /* people times what they use; more are told without being remembered */

/* By name, so that it outlives a configuration. */
struct told {
	char *person, *target;
	struct warning warning;
};

struct manager_notices {
	struct told *items;
	size_t n;
	manager_heard_fn heard;
	void *userdata;
};

struct manager_notices *manager_notices_free(struct manager_notices *n)
{
	for (size_t i = 0; n && i < n->n; i++) {
		free(n->items[i].person);
		free(n->items[i].target);
	}
	if (n)
		free(n->items);
	free(n);
	return NULL;
}

static struct manager_notices *notices_of(struct manager *m)
{
	if (!m->notices)
		m->notices = calloc(1, sizeof(*m->notices));
	return m->notices;
}

int manager_listen(struct manager *m, manager_heard_fn heard, void *userdata)
{
	struct manager_notices *n = notices_of(m);

	if (!n)
		return -ENOMEM;
	n->heard = heard;
	n->userdata = userdata;
	return 0;
}

static void tell(struct manager *m, const struct manager_notice *notice)
{
	if (m->notices && m->notices->heard)
		m->notices->heard(notice, m->notices->userdata);
}

static const char *target_name(const struct manager *m, size_t site, int group)
{
	return group == RULES_OWN ? m->config->sites[site].name : m->config->groups[group].name;
}

/* when-spent = notify: nothing happens but that it is said. */
bool manager_is_only_noted(const struct verdict *v)
{
	return v->state == GATE_OPEN && v->left_sec == 0 && v->reason != REASON_PASS;
}

bool manager_is_news(const struct applied_gate *before, const struct verdict *v)
{
	return before->state != v->state || (manager_is_only_noted(v) && !before->noted);
}

void manager_tell_change(struct manager *m, size_t cell, const struct verdict *v, bool note)
{
	const size_t site = cell % m->config->n_sites;
	const struct manager_notice notice = {
		.kind = NOTICE_CHANGED,
		.person = m->people->items[cell / m->config->n_sites].name,
		.site = m->config->sites[site].name,
		.target = target_name(m, site, v->group),
		.state = v->state,
		.reason = v->reason,
		.until_usec = v->until_usec,
	};

	log_debug("%s: %s is %s (%s)", notice.person, notice.site, gate_state_name(v->state),
		rule_reason_name(v->reason));
	if (note)
		manager_event(m, manager_is_only_noted(v) ? "spent" : gate_state_name(v->state),
			notice.person, notice.site, rule_reason_name(v->reason));
	tell(m, &notice);
}

void manager_tell_refusal(struct manager *m, size_t person, const char *server)
{
	tell(m, &(struct manager_notice){
			.kind = NOTICE_REFUSED,
			.person = m->people->items[person].name,
			.server = server,
		});
}

static struct warning *find_told(struct manager *m, const char *person, const char *target)
{
	struct manager_notices *n = notices_of(m);
	struct told t = { 0 }, *items;

	for (size_t i = 0; n && i < n->n; i++)
		if (strcmp(n->items[i].person, person) == 0 &&
			strcmp(n->items[i].target, target) == 0)
			return &n->items[i].warning;
	if (!n || n->n == TOLD_MAX)
		return NULL;
	items = reallocarray(n->items, n->n + 1, sizeof(*items));
	if (!items)
		return NULL;
	n->items = items;
	t.person = strdup(person);
	t.target = strdup(target);
	if (!t.person || !t.target) {
		free(t.person);
		free(t.target);
		return NULL;
	}
	n->items[n->n] = t;
	return &n->items[n->n++].warning;
}

static void warn(struct manager *m, const struct manager_notice *notice)
{
	manager_event(
		m, "warned", notice->person, notice->target, rule_reason_name(notice->reason));
	tell(m, notice);
}

usec_t manager_warn(struct manager *m, size_t cell, const struct verdict *v, struct rules_now now)
{
	const size_t site = cell % m->config->n_sites;
	const struct track *t = m->tracks[cell];
	struct warning fallback = { 0 }, *told;
	struct manager_notice notice = { .kind = NOTICE_WARNED };
	struct warning_end end;
	int64_t next_sec;

	if (!t || !t->meter.sitting || v->state != GATE_OPEN)
		return USEC_INFINITY;
	end = warning_end_of(v,
		meter_open_gap(&t->meter, &m->config->sites[site].meter, now.boot_usec),
		now.wall_usec);
	if (!end.by)
		return USEC_INFINITY;
	notice.person = m->people->items[cell / m->config->n_sites].name;
	notice.site = m->config->sites[site].name;
	notice.target = target_name(m, site, end.by->group);
	notice.reason = end.by->reason;
	notice.left_sec = end.left_sec;
	told = find_told(m, notice.person, notice.target);
	if (warning_due(told ? told : &fallback, end, usage_day(m->usage), &next_sec) && told)
		warn(m, &notice);
	if (next_sec == 0)
		return USEC_INFINITY;
	return now.boot_usec + (usec_t)(end.left_sec - next_sec) * USEC_PER_SEC;
}
