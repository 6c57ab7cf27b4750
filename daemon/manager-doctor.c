/* The keeper's half of "focusctl doctor": a table of checks, each a question to the present. It
 * repairs nothing and waits for nothing: what takes time, or an internet socket, is the client's
 * (cli/doctor*.c).
 *
 * To add a check write, beside what it looks at,
 *
 *	void manager_check_thing(struct examination *e)
 *	{
 *		if (e->m->thing_broken)
 *			examination_fail(e, "what the person does about it", "what is wrong");
 *		else
 *			examination_ok(e, "that it is well, with the figure that shows it");
 *	}
 *
 * declare it in manager-doctor.h and give it a row below. It may note several findings, or none
 * where it does not apply. Everybody may read them: without e->all no site that somebody uses, no
 * line of the configuration, and no other person's name or doings (e->own are the caller's). */
#include "manager-doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "manager-internal.h"
#include "names.h"

#define CURE_RESTART "systemctl restart focusd"
#define CURE_RELOAD  "focusctl reload"

__attribute__((format(printf, 4, 0))) static void note(struct examination *e,
	enum finding_level level, const char *cure, const char *format, va_list arguments)
{
	struct finding f = { .check = e->check, .level = level };
	struct finding *items;

	if (e->r < 0 || e->findings->n >= FINDINGS_MAX)
		return;
	items = reallocarray(e->findings->items, e->findings->n + 1, sizeof(*items));
	if (items)
		e->findings->items = items;
	if (vasprintf(&f.text, format, arguments) < 0)
		f.text = NULL;
	f.cure = strdup(cure);
	if (!items || !f.text || !f.cure) {
		free(f.text);
		free(f.cure);
		e->r = -ENOMEM;
		return;
	}
	items[e->findings->n++] = f;
}

void examination_ok(struct examination *e, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(e, FINDING_OK, "", format, arguments);
	va_end(arguments);
}

void examination_warn(struct examination *e, const char *cure, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(e, FINDING_WARNING, cure, format, arguments);
	va_end(arguments);
}

void examination_fail(struct examination *e, const char *cure, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(e, FINDING_FAILED, cure, format, arguments);
	va_end(arguments);
}

const char *finding_level_name(enum finding_level level)
{
	switch (level) {
	case FINDING_OK:
		return FOCUSD_LEVEL_OK;
	case FINDING_WARNING:
		return FOCUSD_LEVEL_WARNING;
	case FINDING_FAILED:
		return FOCUSD_LEVEL_FAILED;
	}
	return FOCUSD_LEVEL_FAILED;
}

void findings_done(struct findings *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].text);
		free(list->items[i].cure);
	}
	free(list->items);
	*list = (struct findings){ 0 };
}

static void check_hook(struct examination *e)
{
	const struct manager *m = e->m;

	if (!m->leases || !leases_connected(m->leases) || !m->hook_live)
		examination_fail(e, "systemctl restart focusd-dns; journalctl -u focusd-dns",
			"focusd-dns is not running: look-ups go past focusd");
	else
		examination_ok(e, "focusd-dns is connected and listens on port %u",
			m->port4 ? m->port4 : m->port6);
}

static void check_redirect(struct examination *e)
{
	const struct manager *m = e->m;

	if (m->config->intercept == INTERCEPT_NONE)
		examination_warn(e, "set intercept = auto in [dns], then " CURE_RELOAD,
			"intercept = none: nobody's look-ups are brought to focusd");
	else if (!m->attach || !m->attached || attach_check(m->attach) != 1)
		examination_fail(
			e, CURE_RESTART, "The redirect of people's look-ups is not in the kernel");
	else
		examination_ok(e, "People's look-ups are redirected to focusd-dns");
}

static void check_gate(struct examination *e)
{
	const char *what = NULL;
	const int r = gate_examine(e->m->gate, &what);

	if (r < 0 && r != -ENOENT)
		examination_fail(e, CURE_RESTART, "nftables does not answer: %s", strerror(-r));
	else if (r < 0)
		examination_fail(e, CURE_RESTART, "The table inet focusd is gone");
	else if (what)
		examination_fail(e, CURE_RESTART,
			"Something else changed %s in the table inet focusd", what);
	else if (e->m->gate_problem || e->m->counter_problem)
		examination_fail(e, CURE_RESTART, "%s",
			e->m->gate_problem ? e->m->gate_problem : e->m->counter_problem);
	else
		examination_ok(e, "The table inet focusd is whole: it translates, counts, shuts");
}

static const struct {
	const char *check;
	void (*run)(struct examination *e);
} checks[] = {
	/* in the order of the chain, from the look-up to the ledger */
	{ "hook", check_hook },
	{ "redirect", check_redirect },
	{ "resolvers", manager_check_resolvers },
	{ "resolved", manager_check_resolved },
	{ "rivals", manager_check_rivals },
	{ "ranges", manager_check_ranges },
	{ "hosts", manager_check_hosts },
	{ "gate", check_gate },
	{ "old-connections", manager_check_sockets },
	{ "encrypted", manager_check_seal },
	{ "people", manager_check_people },
	{ "presence", manager_check_presence },
	{ "ledger", manager_check_ledger },
	{ "clock", manager_check_clock },
	{ "config", manager_check_config },
	{ "versions", manager_check_versions },
};

int manager_examine(struct manager *m, struct instant now, uid_t caller, struct findings *ret)
{
	struct findings list = { 0 };
	struct examination e = { .m = m,
		.now = now,
		.all = caller == 0,
		.own = manager_find_uid(m, caller),
		.findings = &list };

	for (size_t i = 0; i < ELEMENTSOF(checks) && e.r >= 0; i++) {
		e.check = checks[i].check;
		checks[i].run(&e);
	}
	if (e.r < 0) {
		findings_done(&list);
		return e.r;
	}
	*ret = list;
	return 0;
}
