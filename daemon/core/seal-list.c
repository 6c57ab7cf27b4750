/* One line, one server, as in a hosts file read the other way round. */
#include "core/seal-list.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/domain.h"

#define LINE_BYTES_MAX 1024
#define BLANKS         " \t\r"

/* Where in the text we are, for the sentence about a mistake. */
struct place {
	const char *path;
	unsigned line;
	char **ret_error;
};

static int fail(const struct place *at, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct place *at, int r, const char *format, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&what, format, arguments) < 0)
		what = NULL;
	va_end(arguments);
	if (!what || asprintf(at->ret_error, "%s:%u: %s", at->path, at->line, what) < 0)
		*at->ret_error = NULL;
	return r;
}

void seal_list_done(struct seal_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->endpoints[i].name);
	free(l->endpoints);
	strings_done(&l->names);
	*l = (struct seal_list){ 0 };
}

static struct seal_endpoint *find(const struct seal_list *l, const struct endpoint *endpoint)
{
	for (size_t i = 0; i < l->n; i++)
		if (endpoint_equal(&l->endpoints[i].endpoint, endpoint))
			return &l->endpoints[i];
	return NULL;
}

static int make_room(struct seal_list *l)
{
	const size_t room = l->room ? 2 * l->room : 64;
	struct seal_endpoint *endpoints;

	if (l->n < l->room)
		return 0;
	endpoints = reallocarray(l->endpoints, room, sizeof(*endpoints));
	if (!endpoints)
		return -ENOMEM;
	l->endpoints = endpoints;
	l->room = room;
	return 0;
}

/* A later line's name takes the place of an earlier one's. */
static int add_endpoint(struct seal_list *l, const struct endpoint *endpoint, const char *name)
{
	struct seal_endpoint *known = find(l, endpoint);
	char *copy;
	int r;

	if (!known && l->n == SEAL_ENDPOINTS_MAX)
		return -E2BIG;
	r = make_room(l);
	if (r < 0)
		return r;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	if (!known) {
		known = &l->endpoints[l->n++];
		*known = (struct seal_endpoint){ .endpoint = *endpoint };
	}
	free(known->name);
	known->name = copy;
	return 0;
}

static int add_name(struct seal_list *l, const char *name)
{
	if (strings_contain(&l->names, name))
		return 0;
	return l->names.n == SEAL_NAMES_MAX ? -E2BIG : strings_add(&l->names, name);
}

static int add_words(struct seal_list *l, const struct place *at, const char *first, char **save)
{
	char name[DOMAIN_TEXT_MAX + 1];
	struct endpoint endpoint;
	int r;

	if (domain_normalize(first, name) < 0 || address_parse(first, &endpoint.address) >= 0)
		return fail(at, -EINVAL, "%s: expected a host name, then its addresses", first);
	r = add_name(l, name);
	for (char *w; r >= 0 && (w = strtok_r(NULL, BLANKS, save));) {
		if (endpoint_parse(w, SEAL_PORT, &endpoint) < 0)
			return fail(at, -EINVAL,
				"%s: expected an address with an optional port, such as 192.0.2.1, "
				"192.0.2.1:8443 or [2001:db8::1]:8443",
				w);
		if (address_is_local(&endpoint.address))
			return fail(at, -EINVAL, "%s: expected another machine's address", w);
		r = add_endpoint(l, &endpoint, name);
	}
	if (r == -E2BIG)
		return fail(at, r,
			"%s: too long a list, expected at most %d names and %d addresses", first,
			SEAL_NAMES_MAX, SEAL_ENDPOINTS_MAX);
	return r;
}

static void remove_endpoints(struct seal_list *l, const char *name, const struct address *address)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct seal_endpoint *e = &l->endpoints[i];

		if (name ? strcmp(e->name, name) == 0
			 : address_equal(&e->endpoint.address, address))
			free(e->name);
		else
			l->endpoints[kept++] = *e;
	}
	l->n = kept;
}

static void remove_name(struct seal_list *l, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->names.n; i++)
		if (strcmp(l->names.items[i], name) == 0)
			free(l->names.items[i]);
		else
			l->names.items[kept++] = l->names.items[i];
	l->names.n = kept;
}

/* What is not there needs no taking out: the list that is shipped changes with the years. */
static int remove_word(struct seal_list *l, const struct place *at, const char *word, char **save)
{
	char name[DOMAIN_TEXT_MAX + 1];
	struct address address;
	const char *more = strtok_r(NULL, BLANKS, save);

	if (more)
		return fail(at, -EINVAL, "%s: expected nothing behind -%s", more, word);
	if (address_parse(word, &address) >= 0) {
		remove_endpoints(l, NULL, &address);
		return 0;
	}
	if (domain_normalize(word, name) < 0)
		return fail(at, -EINVAL, "-%s: expected - and a host name or an address", word);
	remove_name(l, name);
	remove_endpoints(l, name, NULL);
	return 0;
}

static int add_line(struct seal_list *l, const struct place *at, char *line)
{
	char *save = NULL, *word;

	line[strcspn(line, "#;")] = 0;
	word = strtok_r(line, BLANKS, &save);
	if (!word)
		return 0;
	return *word == '-' ? remove_word(l, at, word + 1, &save) : add_words(l, at, word, &save);
}

int seal_list_add(struct seal_list *l, const char *path, const char *text, char **ret_error)
{
	struct place at = { .path = path, .ret_error = ret_error };
	int r = 0;

	while (r >= 0 && *text) {
		const size_t n = strcspn(text, "\n");
		char line[LINE_BYTES_MAX + 1];

		at.line++;
		if (n > LINE_BYTES_MAX)
			return fail(&at, -EINVAL, "%zu bytes: expected a line of at most %d", n,
				LINE_BYTES_MAX);
		if (!parse_is_text(text, n))
			return fail(&at, -EINVAL, "expected UTF-8 text without control characters");
		memcpy(line, text, n);
		line[n] = 0;
		r = add_line(l, &at, line);
		text += n + (text[n] == '\n');
	}
	return r;
}

const char *seal_list_name(const struct seal_list *l, const struct endpoint *endpoint)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct endpoint *e = &l->endpoints[i].endpoint;

		if (address_equal(&e->address, &endpoint->address) &&
			(e->port == endpoint->port || endpoint->port == SEAL_PORT_TLS))
			return l->endpoints[i].name;
	}
	return NULL;
}

bool seal_list_contains(const struct seal_list *l, const char *host)
{
	return strings_contain(&l->names, host);
}
