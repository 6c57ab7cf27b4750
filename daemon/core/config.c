/* The language's frame: lines, sections, whose turn it is. inih splits key from value; what it
 * would let pass in silence (long lines, long section names, indented continuation, sections
 * without keys) is caught on the way in. Keys are in config-keys.c, what spans sections in
 * config-finish.c. */
#include "core/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-internal.h"

#define PERSON_NAME_MAX 32
#define SITE_NAME_MAX   40
#define WARN_FIRST_SEC  300
#define WARN_LAST_SEC   60
#define SLOW_RATE_BYTES 128000
#define LISTEN_PORT     5399
#define LOG_GROUP       5399
#define MARK_MASK       0x3f000000

int config_fail(struct config_builder *b, struct config_place place, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int n;

	if (b->error)
		return -EINVAL;
	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (n < 0) {
		text = NULL;
		return -ENOMEM;
	}
	if (asprintf(&b->error, "%s:%u: %s", place.path, place.line, text) < 0) {
		b->error = NULL;
		return -ENOMEM;
	}
	return -EINVAL;
}

void *config_list_add(struct config_list *list, size_t size)
{
	if (list->n == list->room) {
		const size_t room = list->room ? list->room * 2 : 16;
		void *items = reallocarray(list->items, room, size);

		if (!items)
			return NULL;
		list->items = items;
		list->room = room;
	}
	return memset((char *)list->items + list->n++ * size, 0, size);
}

const char *config_hint(
	const char *word, const char *const *words, size_t n_words, char buffer[CONFIG_HINT_MAX])
{
	const char *closest = parse_closest(word, words, n_words);

	buffer[0] = 0;
	if (closest && strcmp(closest, word) != 0)
		snprintf(buffer, CONFIG_HINT_MAX, "; did you mean %s?", closest);
	return buffer;
}

const char *config_site_hint(const struct config *c, const char *word, char buffer[CONFIG_HINT_MAX])
{
	_cleanup_free_ const char **names = calloc(c->n_sites + 1, sizeof(*names));
	size_t n = 0;

	buffer[0] = 0;
	for (size_t i = 0; names && i < c->n_sites; i++)
		if (strcmp(c->sites[i].name, word) != 0)
			names[n++] = c->sites[i].name;
	return config_hint(word, names, n, buffer);
}

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
	case SECTION_PERSON:
	case SECTIONS:
		return NULL;
	}
	return NULL;
}

static struct rule_keys default_rules(void)
{
	return (struct rule_keys){
		.limit_sec = { LIMIT_NONE, LIMIT_NONE },
		.warn_sec = { WARN_FIRST_SEC, WARN_LAST_SEC },
		.n_warn = 2,
		.when_spent = WHEN_SPENT_BLOCK,
		.slow_rate_bytes = SLOW_RATE_BYTES,
	};
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

static bool name_is_good(const char *name, size_t max)
{
	if (!*name || strlen(name) > max || name[0] == '-')
		return false;
	for (; *name; name++)
		if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) &&
			*name != '-' && *name != '_' && *name != '.')
			return false;
	return true;
}

static int open_site(struct config_builder *b, const char *name)
{
	struct config *c = b->config;
	const int found = config_find_site(c, name);
	struct config_site_note *note;
	struct config_site *s;

	if (found >= 0) {
		b->site = (size_t)found;
		return 0;
	}
	if (!name_is_good(name, SITE_NAME_MAX))
		return config_fail(b, b->place,
			"[site %s]: expected a name of lower-case letters, digits, - and _, at "
			"most "
			"%d long",
			name, SITE_NAME_MAX);
	if (c->n_sites == CONFIG_SITES_MAX)
		return config_fail(b, b->place, "more than %d sites", CONFIG_SITES_MAX);
	note = config_list_add(&b->site_notes, sizeof(*note));
	s = note ? grow((void **)&c->sites, &c->n_sites, sizeof(*s)) : NULL;
	if (!s)
		return -ENOMEM;
	note->place = b->place;
	b->site = c->n_sites - 1;
	s->rules = default_rules();
	s->meter = (struct meter_parameters){ METER_BURST_BYTES, METER_BURST_USEC,
		METER_BRIDGE_USEC, METER_TAIL_USEC, true };
	s->name = strdup(name);
	s->title = strdup("");
	s->category = strdup("");
	return s->name && s->title && s->category ? 0 : -ENOMEM;
}

static int open_group(struct config_builder *b, const char *name)
{
	struct config *c = b->config;
	const int found = config_find_group(c, name);
	struct config_place *place;
	struct config_group *g;

	if (found >= 0) {
		b->group = (size_t)found;
		return 0;
	}
	if (!name_is_good(name, SITE_NAME_MAX))
		return config_fail(b, b->place,
			"[group %s]: expected a name of lower-case letters, digits, - and _, at "
			"most %d long",
			name, SITE_NAME_MAX);
	if (c->n_groups == CONFIG_GROUPS_MAX)
		return config_fail(b, b->place, "more than %d groups", CONFIG_GROUPS_MAX);
	place = config_list_add(&b->group_notes, sizeof(*place));
	g = place ? grow((void **)&c->groups, &c->n_groups, sizeof(*g)) : NULL;
	if (!g)
		return -ENOMEM;
	*place = b->place;
	b->group = c->n_groups - 1;
	g->rules = default_rules();
	g->name = strdup(name);
	return g->name ? 0 : -ENOMEM;
}

static int open_person(struct config_builder *b, const char *name)
{
	struct config *c = b->config;
	const int found = config_find_person(c, name);
	struct config_place *place;
	struct config_person *p;

	if (found >= 0) {
		b->person = (size_t)found;
		return 0;
	}
	if (!name_is_good(name, PERSON_NAME_MAX))
		return config_fail(b, b->place,
			"[person %s]: expected a name of lower-case letters, digits, - and _, at "
			"most %d long",
			name, PERSON_NAME_MAX);
	if (c->n_persons == CONFIG_PERSONS_MAX)
		return config_fail(b, b->place, "more than %d persons", CONFIG_PERSONS_MAX);
	place = config_list_add(&b->person_notes, sizeof(*place));
	p = place ? grow((void **)&c->persons, &c->n_persons, sizeof(*p)) : NULL;
	if (!p)
		return -ENOMEM;
	*place = b->place;
	b->person = c->n_persons - 1;
	p->name = strdup(name);
	return p->name ? 0 : -ENOMEM;
}

static int open_exception(struct config_builder *b, const char *name, bool is_group)
{
	struct config_person *p = &b->config->persons[b->person];
	struct config_pending *pending = b->targets.items;

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
	b->exception = p->n_exceptions - 1;
	p->exceptions[b->exception].is_group = is_group;
	p->exceptions[b->exception].rules = default_rules();
	*pending = (struct config_pending){ b->person, b->exception, is_group, strdup(name),
		b->place };
	return pending->name ? 0 : -ENOMEM;
}

static int open_named(struct config_builder *b, char **words, size_t n)
{
	int r;

	if (n == 2 && strcmp(words[0], "site") == 0) {
		b->section = SECTION_SITE;
		return open_site(b, words[1]);
	}
	if (n == 2 && strcmp(words[0], "group") == 0) {
		b->section = SECTION_GROUP;
		return open_group(b, words[1]);
	}
	if (strcmp(words[0], "person") != 0 || (n != 2 && n != 4))
		return config_fail(b, b->place,
			"[%s]: expected [site NAME], [group NAME], [person NAME] or "
			"[person NAME site|group NAME]",
			b->section_text);
	r = open_person(b, words[1]);
	if (r < 0)
		return r;
	b->section = n == 2 ? SECTION_PERSON : SECTION_EXCEPTION;
	if (n == 2)
		return 0;
	if (strcmp(words[2], "site") != 0 && strcmp(words[2], "group") != 0)
		return config_fail(b, b->place, "[%s]: expected [person NAME site|group NAME]",
			b->section_text);
	return open_exception(b, words[3], strcmp(words[2], "group") == 0);
}

static int open_section(struct config_builder *b, const char *text)
{
	static const char *const plain[] = { "focus", "dns", "hosts", "gate", "site", "group",
		"person" };
	static const enum config_section kinds[] = { SECTION_FOCUS, SECTION_DNS, SECTION_HOSTS,
		SECTION_GATE };
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
	for (size_t i = 0; n == 1 && !b->catalogue && i < ELEMENTSOF(kinds); i++)
		if (strcmp(words[0], plain[i]) == 0) {
			b->section = kinds[i];
			return 0;
		}
	if (b->catalogue && (n != 2 || strcmp(words[0], "site") != 0))
		return config_fail(b, b->place,
			"[%s]: the catalogue holds sites only, expected [site NAME]", text);
	for (size_t i = 4; n > 1 && i < ELEMENTSOF(plain); i++)
		if (strcmp(words[0], plain[i]) == 0)
			return open_named(b, words, n);
	return config_fail(b, b->place,
		"[%s]: expected [focus], [dns], [hosts], [gate], [site NAME], [group NAME] or "
		"[person NAME]%s",
		text, n > 0 ? config_hint(words[0], plain, ELEMENTSOF(plain), hint) : "");
}

static const struct config_key *find_key(const struct config_builder *b, const char *name)
{
	size_t n;
	const struct config_key *keys = config_keys(&n);

	for (size_t i = 0; i < n; i++)
		if ((keys[i].sections & (1U << b->section)) && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static int unknown_key(struct config_builder *b, const char *name)
{
	size_t n, n_words = 0;
	const struct config_key *keys = config_keys(&n);
	const char *words[64];
	char hint[CONFIG_HINT_MAX];

	for (size_t i = 0; i < n && n_words < ELEMENTSOF(words); i++)
		if (keys[i].sections & (1U << b->section))
			words[n_words++] = keys[i].name;
	return config_fail(b, b->place, "%s: no such key in [%s]%s", name, b->section_text,
		config_hint(name, words, n_words, hint));
}

/* A key that is given twice in one text is a slip; later texts may say it again. */
static int check_once(struct config_builder *b, const struct config_key *key)
{
	_cleanup_free_ char *id = NULL;

	if (key->repeatable)
		return 0;
	if (asprintf(&id, "%s\n%s", b->section_text, key->name) < 0) {
		id = NULL;
		return -ENOMEM;
	}
	if (strings_contain(&b->seen, id))
		return config_fail(b, b->place, "%s: given twice in [%s] of this file", key->name,
			b->section_text);
	return strings_add(&b->seen, id);
}

static int set_key(struct config_builder *b, const char *name, const char *value)
{
	const struct config_key *key;
	int r;

	if (b->section == SECTION_NONE)
		return config_fail(
			b, b->place, "%s: expected a section such as [site NAME] before it", name);
	key = find_key(b, name);
	if (!key)
		return unknown_key(b, name);
	r = check_once(b, key);
	if (r >= 0)
		r = key->set(b, value);
	if (r == -EINVAL || r == -ERANGE)
		return config_fail(b, b->place, "%s = %s: expected %s", name, value, key->expected);
	return r;
}

static int on_key(void *userdata, const char *section, const char *name, const char *value)
{
	struct config_builder *b = userdata;

	if (b->result >= 0)
		b->result = set_key(b, name, value);
	return b->result >= 0;
}

/* A section's line, checked here because inih neither reports an empty section nor a cut name. */
static int note_section(struct config_builder *b, const char *line, size_t n)
{
	const char *end = memchr(line, ']', n);
	char name[CONFIG_SECTION_MAX + 1];
	const char *rest;

	if (!end)
		return config_fail(b, b->place, "%.*s: expected ] at the end", (int)n, line);
	for (rest = end + 1; rest < line + n && isspace((unsigned char)*rest);)
		rest++;
	if (rest < line + n && *rest != ';' && *rest != '#')
		return config_fail(b, b->place, "%.*s: expected nothing behind ]", (int)n, line);
	if (end - line - 1 > CONFIG_SECTION_MAX)
		return config_fail(b, b->place,
			"[%.*s]: expected a section name of at most %d bytes",
			(int)(end - line - 1), line + 1, CONFIG_SECTION_MAX);
	memcpy(name, line + 1, (size_t)(end - line - 1));
	name[end - line - 1] = 0;
	return open_section(b, name);
}

static bool is_text(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

/* inih's reader: one line, without the indentation that inih would take for a continuation. */
static char *next_line(char *buffer, int size, void *userdata)
{
	struct config_builder *b = userdata;
	const char *line = b->text;
	size_t n = strcspn(line, "\n");

	if (b->result < 0 || !*line)
		return NULL;
	b->text += n + (line[n] == '\n');
	b->place.line++;
	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	for (; n > 0 && isspace((unsigned char)*line); n--)
		line++;
	if (!is_text(line, n))
		b->result = config_fail(b, b->place, "a control character; expected text in UTF-8");
	else if (n > CONFIG_LINE_MAX || (int)n + 2 > size)
		b->result = config_fail(b, b->place,
			"a line of %zu bytes; expected at most %d: repeat the key instead", n,
			CONFIG_LINE_MAX);
	else if (n > 0 && *line == '[')
		b->result = note_section(b, line, n);
	if (b->result < 0)
		return NULL;
	memcpy(buffer, line, n);
	memcpy(buffer + n, "\n", 2);
	return buffer;
}

static int read_text(struct config_builder *b, const char *path, const char *text, bool catalogue,
	char **ret_error)
{
	int r;

	r = strings_add(&b->paths, path);
	if (r < 0)
		return r;
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3; /* a byte order mark, as some editors leave it */
	strings_done(&b->seen);
	b->text = text;
	b->place = (struct config_place){ b->paths.items[b->paths.n - 1], 0 };
	b->catalogue = catalogue;
	b->section = SECTION_NONE;
	b->result = 0;
	r = ini_parse_stream(next_line, b, on_key, b);
	/* inih goes on after a line it can't split and tells the first one's number at the end. */
	if (r > 0 && (b->result >= 0 || (unsigned)r < b->place.line)) {
		free(TAKE_PTR(b->error));
		b->result = config_fail(b, (struct config_place){ b->place.path, (unsigned)r },
			"expected KEY = VALUE, [SECTION] or a comment that begins with ; or #");
	} else if (r < 0 && b->result >= 0) {
		b->result = -ENOMEM;
	}
	if (b->result < 0)
		*ret_error = TAKE_PTR(b->error);
	return b->result;
}

int config_builder_catalogue(
	struct config_builder *b, const char *path, const char *text, char **ret_error)
{
	return read_text(b, path, text, true, ret_error);
}

int config_builder_text(
	struct config_builder *b, const char *path, const char *text, char **ret_error)
{
	return read_text(b, path, text, false, ret_error);
}

int config_builder_finish(struct config_builder *b, struct config **ret, char **ret_error)
{
	int r;

	r = config_finish(b);
	if (r < 0) {
		*ret_error = TAKE_PTR(b->error);
		return r;
	}
	*ret = TAKE_PTR(b->config);
	return 0;
}

static int default_config(struct config *c)
{
	static const char *const listens[] = { "127.0.0.1", "::1" };
	struct endpoint e;

	c->day_start_min = 4 * 60;
	c->people_auto = true;
	c->upstream_auto = true;
	c->seal = SEAL_LIMITED;
	c->mark_mask = MARK_MASK;
	c->log_group = LOG_GROUP;
	prefix_parse("198.19.128.0/17", &c->lease4);
	prefix_parse("2001:2:0:f000::/52", &c->lease6);
	c->listens.items = calloc(CONFIG_SERVERS_MAX, sizeof(*c->listens.items));
	c->upstreams.items = calloc(CONFIG_SERVERS_MAX, sizeof(*c->upstreams.items));
	if (!c->listens.items || !c->upstreams.items)
		return -ENOMEM;
	for (size_t i = 0; i < ELEMENTSOF(listens); i++) {
		endpoint_parse(listens[i], LISTEN_PORT, &e);
		c->listens.items[c->listens.n++] = e;
	}
	return 0;
}

DEFINE_CLEANUP(struct config_builder *, config_builder_free);

int config_builder_new(struct config_builder **ret)
{
	_cleanup_(config_builder_freep) struct config_builder *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->config = calloc(1, sizeof(*b->config));
	if (!b->config)
		return -ENOMEM;
	r = default_config(b->config);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(b);
	return 0;
}

static void pending_done(struct config_list *list)
{
	struct config_pending *items = list->items;

	for (size_t i = 0; i < list->n; i++)
		free(items[i].name);
	free(items);
}

struct config_builder *config_builder_free(struct config_builder *b)
{
	struct config_host *hosts;

	if (!b)
		return NULL;
	hosts = b->hosts.items;
	for (size_t i = 0; i < b->hosts.n; i++)
		free(hosts[i].name);
	free(hosts);
	pending_done(&b->members);
	pending_done(&b->targets);
	free(b->site_notes.items);
	free(b->group_notes.items);
	free(b->person_notes.items);
	strings_done(&b->paths);
	strings_done(&b->seen);
	free(b->section_text);
	free(b->error);
	config_free(b->config);
	free(b);
	return NULL;
}
