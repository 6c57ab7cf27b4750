/* What stands between [ and ]: finds or makes the site, group, person or exception that the
 * following keys are about. Knows no keys; a name that is only mentioned is config-finish.c's. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/config-internal.h"

struct rule_keys *config_section_rules(struct config_builder *b)
{
	struct config *c = b->config;

	switch (b->section) {
	case SECTION_SITE:
		return &c->sites[b->site].rules;
	case SECTION_GROUP:
		return &c->groups[b->group].rules;
	case SECTION_EXCEPTION:
		return &c->persons[b->person].exceptions[b->exception].rules;
	case SECTION_NONE:
	case SECTION_FOCUS:
	case SECTION_DNS:
	case SECTION_HOSTS:
	case SECTION_GATE:
	case SECTION_PASSES:
	case SECTION_INSTEAD:
	case SECTION_COMMITMENT:
	case SECTION_HISTORY:
	case SECTION_SHARE:
	case SECTION_NETWORK:
	case SECTION_PERSON:
	case SECTIONS:
		return NULL;
	}
	return NULL;
}

/* Grows one of the configuration's arrays by a zeroed item. */
static void *grow(void **items, size_t *n, size_t size)
{
	void *grown = reallocarray(*items, *n + 1, size);

	if (!grown)
		return NULL;
	*items = grown;
	return memset((char *)grown + (*n)++ * size, 0, size);
}

static bool consists_of(const char *name, const char *others, bool upper)
{
	for (; *name; name++)
		if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) &&
			!(upper && isupper((unsigned char)*name)) && !strchr(others, *name))
			return false;
	return true;
}

/* A site's or group's name: it is typed on command lines and shown in tables. */
static int check_name(struct config_builder *b, const char *name)
{
	if (strlen(name) <= CONFIG_SITE_NAME_MAX && name[0] != '-' &&
		consists_of(name, "-_", false))
		return 0;
	return config_fail(b, b->place,
		"[%s]: expected a name of lower-case letters, digits, - and _, at most %d long",
		b->section_text, CONFIG_SITE_NAME_MAX);
}

/* A person's name: whatever accounts are called, directory services' with @ and \ included. */
static int check_person(struct config_builder *b, const char *name)
{
	if (strlen(name) <= CONFIG_PERSON_NAME_MAX && name[0] != '-' &&
		consists_of(name, "-_.@+$\\", true))
		return 0;
	return config_fail(b, b->place,
		"[%s]: expected an account's name or one like it, at most %d long", b->section_text,
		CONFIG_PERSON_NAME_MAX);
}

static int open_site(struct config_builder *b, const char *name)
{
	struct config *c = b->config;
	const int found = config_find_site(c, name);
	struct config_site_note *note;
	struct config_site *s;
	int r;

	b->section = SECTION_SITE;
	b->site = found >= 0 ? (size_t)found : c->n_sites;
	if (found >= 0)
		return 0;
	r = check_name(b, name);
	if (r < 0)
		return r;
	if (c->n_sites == CONFIG_SITES_MAX)
		return config_fail(b, b->place, "more than %d sites", CONFIG_SITES_MAX);
	note = config_list_add(&b->site_notes, sizeof(*note));
	s = note ? grow((void **)&c->sites, &c->n_sites, sizeof(*s)) : NULL;
	if (!s)
		return -ENOMEM;
	note->place = b->place;
	note->catalogue = b->catalogue;
	s->name = strdup(name);
	s->title = strdup("");
	s->category = strdup("");
	return s->name && s->title && s->category ? config_set_defaults(b) : -ENOMEM;
}

static int open_group(struct config_builder *b, const char *name)
{
	struct config *c = b->config;
	const int found = config_find_group(c, name);
	struct config_place *place;
	struct config_group *g;
	int r;

	b->section = SECTION_GROUP;
	b->group = found >= 0 ? (size_t)found : c->n_groups;
	if (found >= 0)
		return 0;
	r = check_name(b, name);
	if (r < 0)
		return r;
	if (c->n_groups == CONFIG_GROUPS_MAX)
		return config_fail(b, b->place, "more than %d groups", CONFIG_GROUPS_MAX);
	place = config_list_add(&b->group_notes, sizeof(*place));
	g = place ? grow((void **)&c->groups, &c->n_groups, sizeof(*g)) : NULL;
	if (!g)
		return -ENOMEM;
	*place = b->place;
	g->name = strdup(name);
	return g->name ? config_set_defaults(b) : -ENOMEM;
}

static int open_person(struct config_builder *b, const char *name)
{
	struct config *c = b->config;
	const int found = config_find_person(c, name);
	struct config_place *place;
	struct config_person *p;
	int r;

	b->section = SECTION_PERSON;
	b->person = found >= 0 ? (size_t)found : c->n_persons;
	if (found >= 0)
		return 0;
	r = check_person(b, name);
	if (r < 0)
		return r;
	if (c->n_persons == CONFIG_PERSONS_MAX)
		return config_fail(b, b->place, "more than %d persons", CONFIG_PERSONS_MAX);
	place = config_list_add(&b->person_notes, sizeof(*place));
	p = place ? grow((void **)&c->persons, &c->n_persons, sizeof(*p)) : NULL;
	if (!p)
		return -ENOMEM;
	*place = b->place;
	p->name = strdup(name);
	return p->name ? 0 : -ENOMEM;
}

/* The person is open already. */
static int open_exception(struct config_builder *b, const char *name, bool is_group)
{
	struct config_person *p = &b->config->persons[b->person];
	struct config_pending *pending = b->targets.items;

	b->section = SECTION_EXCEPTION;
	b->exception = p->n_exceptions;
	for (size_t i = 0; i < b->targets.n; i++)
		if (pending[i].owner == b->person && pending[i].is_group == is_group &&
			strcmp(pending[i].name, name) == 0) {
			b->exception = pending[i].exception;
			return 0;
		}
	if (b->targets.n == CONFIG_MEMBERS_MAX)
		return config_fail(b, b->place, "more than %d exceptions", CONFIG_MEMBERS_MAX);
	pending = config_list_add(&b->targets, sizeof(*pending));
	if (!pending || !grow((void **)&p->exceptions, &p->n_exceptions, sizeof(*p->exceptions)))
		return -ENOMEM;
	p->exceptions[b->exception].is_group = is_group;
	*pending = (struct config_pending){ b->person, b->exception, is_group, strdup(name),
		b->place };
	return pending->name ? config_set_defaults(b) : -ENOMEM;
}

static int open_named(struct config_builder *b, char **words, size_t n)
{
	int r;

	if (n == 2 && strcmp(words[0], "site") == 0)
		return open_site(b, words[1]);
	if (n == 2 && strcmp(words[0], "group") == 0)
		return open_group(b, words[1]);
	if (strcmp(words[0], "person") != 0 || (n != 2 && n != 4))
		return config_fail(b, b->place,
			"[%s]: expected [site NAME], [group NAME], [person NAME] or "
			"[person NAME site|group NAME]",
			b->section_text);
	r = open_person(b, words[1]);
	if (r < 0 || n == 2)
		return r;
	if (strcmp(words[2], "site") != 0 && strcmp(words[2], "group") != 0)
		return config_fail(b, b->place, "[%s]: expected [person NAME site|group NAME]",
			b->section_text);
	return open_exception(b, words[3], strcmp(words[2], "group") == 0);
}

/* Those of plain_sections stand alone, the rest go before a name. */
static const char *const section_words[] = { "focus", "dns", "hosts", "gate", "passes", "instead",
	"commitment", "history", "share", "network", "site", "group", "person" };
static const enum config_section plain_sections[] = { SECTION_FOCUS, SECTION_DNS, SECTION_HOSTS,
	SECTION_GATE, SECTION_PASSES, SECTION_INSTEAD, SECTION_COMMITMENT, SECTION_HISTORY,
	SECTION_SHARE, SECTION_NETWORK };

int config_open_section(struct config_builder *b, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char hint[CONFIG_HINT_MAX], *words[5], *save = NULL;
	size_t n = 0;

	free(b->section_text);
	b->section_text = strdup(text);
	if (!copy || !b->section_text)
		return -ENOMEM;
	b->section = SECTION_NONE;
	for (char *w = strtok_r(copy, " \t", &save); w && n < 5; w = strtok_r(NULL, " \t", &save))
		words[n++] = w;
	if (b->catalogue && (n != 2 || strcmp(words[0], "site") != 0))
		return config_fail(b, b->place,
			"[%s]: the catalogue holds sites only, expected [site NAME]", text);
	for (size_t i = 0; n > 0 && i < ELEMENTSOF(section_words); i++) {
		const bool stands_alone = i < ELEMENTSOF(plain_sections);

		if (strcmp(words[0], section_words[i]) != 0 || stands_alone != (n == 1))
			continue;
		if (!stands_alone)
			return open_named(b, words, n);
		b->section = plain_sections[i];
		return 0;
	}
	return config_fail(b, b->place,
		"[%s]: expected [focus], [dns], [hosts], [gate], [passes], [instead], "
		"[commitment], [history], [share], [network], [site NAME], [group NAME] or [person "
		"NAME]%s",
		text,
		n > 0 ? config_hint(words[0], section_words, ELEMENTSOF(section_words), hint) : "");
}
