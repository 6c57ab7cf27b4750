/* People: whose account and whose device is whose, and what is different for whom. What a person
 * has used is booked under their name, so that a new name would be a new day: an account stays with
 * its person. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "core/commitment-internal.h"

/* A device is nobody's where no section has it, an account then is a person by its own name. */
#define NOBODY ""

struct account {
	const char *name;
	bool is_device;
	const char *held, *wanted;       /* persons */
	const char *person;              /* effective */
	bool held_listed, wanted_listed; /* in a section */
};

struct accounts {
	struct account *items;
	size_t n;
};

static struct account *find_account(struct accounts *a, const char *name, bool is_device)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->items[i].is_device == is_device && strcmp(a->items[i].name, name) == 0)
			return &a->items[i];
	return NULL;
}

/* What is noted: an account or a device, of the one configuration or the other. */
struct note {
	bool is_device, held;
};

static int note_account(
	struct accounts *a, const char *name, const char *person, const struct note *note)
{
	struct account *at = find_account(a, name, note->is_device);
	const char *alone = note->is_device ? NOBODY : name;

	if (!at) {
		at = reallocarray(a->items, a->n + 1, sizeof(*at));
		if (!at)
			return -ENOMEM;
		a->items = at;
		at = &a->items[a->n++];
		*at = (struct account){ name, note->is_device, alone, alone, alone, false, false };
	}
	if (note->held) {
		at->held = person;
		at->held_listed = true;
	} else {
		at->wanted = person;
		at->wanted_listed = true;
	}
	return 0;
}

static int note_accounts(struct accounts *a, const struct config *c, bool held)
{
	int r = 0;

	for (size_t p = 0; p < c->n_persons; p++) {
		const struct config_person *person = &c->persons[p];

		for (size_t u = 0; u < person->users.n && r >= 0; u++)
			r = note_account(a, person->users.items[u], person->name,
				&(struct note){ false, held });
		for (size_t d = 0; d < person->devices.n && r >= 0; d++)
			r = note_account(a, person->devices.items[d], person->name,
				&(struct note){ true, held });
	}
	return r;
}

/* Accounts that were named one by one: "auto" may mean others. */
static int note_named(struct merging *m, struct accounts *a)
{
	const struct strings *people = &m->held->people;
	int r = 0;

	if (m->held->people_auto || !m->wanted->people_auto)
		return 0;
	for (size_t i = 0; i < people->n && r >= 0; i++)
		if (config_find_person(m->held, people->items[i]) < 0 &&
			!find_account(a, people->items[i], false))
			r = note_account(a, people->items[i], people->items[i],
				&(struct note){ false, true });
	return r;
}

/* To whom the account is to go, and all that is different for them: a change of it is another
 * wish. */
static char *asked_for(const struct merging *m, const struct account *a)
{
	const int p = config_find_person(m->wanted, a->wanted);
	char *text = NULL;
	size_t size;
	FILE *f = text_open(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "%s\n", a->wanted);
	if (p >= 0)
		config_write_person(f, m->wanted, &m->wanted->persons[p]);
	return text_close(f, &text) >= 0 ? text : NULL;
}

static int judge_account(struct merging *m, struct account *a)
{
	_cleanup_free_ char *asked = NULL, *section = NULL, *now = NULL, *then = NULL;
	const bool moved = strcmp(a->held, a->wanted) != 0;
	const char *kind = a->is_device ? "device" : "account";

	a->person = a->wanted;
	/* somebody's device that was nobody's is no loosening */
	if ((!moved || !*a->held) && (!a->held_listed || a->wanted_listed))
		return 0;
	asked = asked_for(m, a);
	if (!asked || asprintf(&section, "%s %s", kind, a->name) < 0) {
		section = NULL;
		return -ENOMEM;
	}
	if (asprintf(&now, "%s %s is person %s", kind, a->name, a->held) < 0) {
		now = NULL;
		return -ENOMEM;
	}
	if (asprintf(&then, moved && *a->wanted ? "person %s" : "in no [person] section",
		    a->wanted) < 0) {
		then = NULL;
		return -ENOMEM;
	}
	if (merging_waits(m, &(struct difference){ &(struct subject){ section, a->held, "" },
				     "person", asked, now, then })) {
		a->person = a->held;
		a->wanted_listed = true;
	}
	return m->r;
}

static const struct rule_keys *find_exception(
	const struct config *c, const char *person, bool is_group, const char *target)
{
	const int p = config_find_person(c, person);

	for (size_t i = 0; p >= 0 && i < c->persons[p].n_exceptions; i++) {
		const struct config_exception *e = &c->persons[p].exceptions[i];

		if (e->is_group == is_group &&
			strcmp(is_group ? c->groups[e->target].name : c->sites[e->target].name,
				target) == 0)
			return &e->rules;
	}
	return NULL;
}

/* What is in force for a person; false where the configuration has no such target. */
static bool find_rules(const struct config *c, const char *person, bool is_group,
	const char *target, struct rule_keys *ret)
{
	const int t = is_group ? config_find_group(c, target) : config_find_site(c, target);

	if (t >= 0)
		*ret = config_rules(c, person, is_group, (size_t)t);
	return t >= 0;
}

struct target {
	bool is_group;
	const char *name;
};

struct person_merge {
	const char *name, *wish;
	const struct accounts *accounts;
	FILE *f;
};

/* Under which name are the wishes for somebody who has an account? Their own, unless nothing is
 * theirs any more: then the name that their account is to have. */
static const char *find_wish(const struct accounts *accounts, const char *person)
{
	const char *wish = person;

	for (size_t i = 0; i < accounts->n; i++) {
		const struct account *a = &accounts->items[i];

		if (strcmp(a->wanted, person) == 0)
			return person;
		if (wish == person && strcmp(a->person, person) == 0)
			wish = a->wanted;
	}
	return wish;
}

static int merge_exception(struct merging *m, const struct person_merge *p, const struct target *t)
{
	const struct rule_keys *w = find_exception(m->wanted, p->wish, t->is_group, t->name);
	const struct rule_keys *h = find_exception(m->held, p->name, t->is_group, t->name);
	_cleanup_free_ char *section = NULL;
	struct subject s = { .person = p->name, .target = t->name };
	const unsigned keys = (w ? w->given : 0) | (h ? h->given : 0);
	struct rule_keys e, held;
	bool was, is;

	if (asprintf(&section, "person %s %s %s", p->name, t->is_group ? "group" : "site",
		    t->name) < 0) {
		section = NULL;
		return -ENOMEM;
	}
	s.section = section;
	is = find_rules(m->wanted, p->wish, t->is_group, t->name, &e);
	was = find_rules(m->held, p->name, t->is_group, t->name, &held);
	if (!is)
		e = held;
	if (is && was)
		merging_rules(m, &s, &e, &held, keys);
	e.given = keys;
	if (e.given != 0) {
		fprintf(p->f, "[%s]\n", section);
		config_write_rules(p->f, &e, 0);
	}
	return m->r;
}

static int merge_person_passes(struct merging *m, const struct person_merge *p)
{
	const int w = config_find_person(m->wanted, p->wish);
	const int h = config_find_person(m->held, p->name);
	struct pass_rules e = config_passes(m->wanted, p->wish);
	const struct pass_rules held = config_passes(m->held, p->name);
	const unsigned keys = (w >= 0 ? m->wanted->persons[w].passes.given : 0) |
			      (h >= 0 ? m->held->persons[h].passes.given : 0);
	_cleanup_free_ char *section = NULL;

	if (asprintf(&section, "person %s", p->name) < 0) {
		section = NULL;
		return -ENOMEM;
	}
	merging_passes(m, &(struct subject){ section, p->name, "" }, &e, &held, keys);
	e.given = keys;
	config_write_passes(p->f, &e);
	return m->r;
}

static void write_instead(FILE *f, const struct config *c, const char *name)
{
	const int p = config_find_person(c, name);

	if (p < 0 || !c->persons[p].instead_given)
		return;
	if (c->persons[p].instead.n == 0)
		fputs("try =\n", f);
	for (size_t i = 0; i < c->persons[p].instead.n; i++)
		fprintf(f, "try = %s\n", c->persons[p].instead.items[i]);
}

/* The section with its accounts; false where no account is theirs. */
static bool write_head(const struct person_merge *p)
{
	bool any = false;

	for (size_t i = 0; i < p->accounts->n; i++) {
		const struct account *a = &p->accounts->items[i];

		if (strcmp(a->person, p->name) != 0 || !a->wanted_listed)
			continue;
		if (!any)
			fprintf(p->f, "[person %s]\n", p->name);
		fprintf(p->f, "%s = %s\n", a->is_device ? "device" : "user", a->name);
		any = true;
	}
	return any;
}

/* Somebody who has no account for now is judged all the same, so that the wait begins, and left
 * out. */
static int merge_person(struct merging *m, const struct accounts *accounts, const char *name)
{
	_cleanup_free_ char *text = NULL;
	struct person_merge p = {
		.name = name, .wish = find_wish(accounts, name), .accounts = accounts
	};
	size_t size;
	bool any;
	int r;

	p.f = text_open(&text, &size);
	if (!p.f)
		return -ENOMEM;
	any = write_head(&p);
	r = merge_person_passes(m, &p);
	write_instead(p.f, m->wanted, p.wish);
	for (size_t i = 0; i < m->sites.n && r >= 0; i++)
		r = merge_exception(m, &p, &(struct target){ false, m->sites.items[i] });
	for (size_t i = 0; i < m->groups.n && r >= 0; i++)
		r = merge_exception(m, &p, &(struct target){ true, m->groups.items[i] });
	if (text_close(p.f, &text) < 0)
		return -ENOMEM;
	if (any)
		fputs(text, m->f);
	return r;
}

static int list_person(struct strings *list, const char *name)
{
	return !*name || strings_contain(list, name) ? 0 : strings_add(list, name);
}

/* Everybody who has a section in either, or now needs one. */
static int list_persons(
	const struct merging *m, const struct accounts *accounts, struct strings *ret)
{
	int r = 0;

	for (size_t i = 0; i < m->wanted->n_persons && r >= 0; i++)
		r = list_person(ret, m->wanted->persons[i].name);
	for (size_t i = 0; i < m->held->n_persons && r >= 0; i++)
		r = list_person(ret, m->held->persons[i].name);
	for (size_t i = 0; i < accounts->n && r >= 0; i++)
		r = list_person(ret, accounts->items[i].person);
	return r;
}

int merging_people(struct merging *m)
{
	_cleanup_(strings_done) struct strings names = { 0 };
	struct accounts accounts = { 0 };
	int r;

	r = note_accounts(&accounts, m->wanted, false);
	if (r >= 0)
		r = note_accounts(&accounts, m->held, true);
	if (r >= 0)
		r = note_named(m, &accounts);
	for (size_t i = 0; i < accounts.n && r >= 0; i++)
		r = judge_account(m, &accounts.items[i]);
	if (r >= 0)
		r = list_persons(m, &accounts, &names);
	for (size_t i = 0; i < names.n && r >= 0; i++)
		r = merge_person(m, &accounts, names.items[i]);
	free(accounts.items);
	return r;
}
