/* The language's frame: lines, sections, whose turn it is. inih splits key from value; what it
 * would let pass in silence (long lines, long section names, indented continuation, sections
 * without keys) is caught on the way in. Sections are in config-sections.c, keys in config-keys.c,
 * what spans sections in config-finish.c. */
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
	/* a value for inih, a comment for whoever reads or writes it with a blank before */
	if (*value == ';')
		return config_fail(b, b->place,
			"%s =%s: expected a blank before the ; of a comment", name, value);
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

	/* Some builds of inih report a section's start without a name, a bare key without a value.
	 */
	if (!name)
		return 1;
	if (!value)
		return 0;
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
	return config_open_section(b, name);
}

/* A long list of names is several lines, where its key may be given more than once. */
static bool may_be_repeated(const struct config_builder *b, const char *line, size_t n)
{
	char name[CONFIG_SECTION_MAX + 1];
	const struct config_key *key;
	size_t length = 0;

	while (length < n && length < sizeof(name) - 1 && !strchr("= \t", line[length]))
		length++;
	memcpy(name, line, length);
	name[length] = 0;
	key = find_key(b, name);
	return key && key->repeatable;
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
	if (!parse_is_text(line, n))
		b->result = config_fail(
			b, b->place, "not text; expected UTF-8 without control characters");
	else if (n > CONFIG_LINE_MAX || (int)n + 2 > size)
		b->result = config_fail(b, b->place, "a line of %zu bytes; expected at most %d%s",
			n, CONFIG_LINE_MAX,
			may_be_repeated(b, line, n) ? ": repeat the key instead" : "");
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

void config_builder_allow_held(struct config_builder *b)
{
	b->held = true;
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

/* Defaults stand in the table of keys alone; that look-ups are answered on ::1 too is said there in
 * words. */
static int default_config(struct config_builder *b)
{
	struct config *c = b->config;
	struct endpoint *second;

	c->listens.items = calloc(CONFIG_SERVERS_MAX, sizeof(*c->listens.items));
	c->upstreams.items = calloc(CONFIG_SERVERS_MAX, sizeof(*c->upstreams.items));
	if (!c->listens.items || !c->upstreams.items)
		return -ENOMEM;
	for (b->section = SECTION_FOCUS; b->section < SECTION_SITE; b->section++) {
		const int r = config_set_defaults(b);

		if (r < 0)
			return r;
	}
	second = &c->listens.items[c->listens.n++];
	*second = c->listens.items[0];
	b->listens_given = false;
	return address_parse("::1", &second->address);
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
	r = default_config(b);
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
	struct config_main *mains;

	if (!b)
		return NULL;
	hosts = b->hosts.items;
	mains = b->mains.items;
	for (size_t i = 0; i < b->hosts.n; i++)
		free(hosts[i].name);
	free(hosts);
	for (size_t i = 0; i < b->mains.n; i++)
		free(mains[i].name);
	free(mains);
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
