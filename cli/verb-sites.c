/* sites: what is metered, by which hosts, and whose a host is. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "language.h"
#include "names.h"
#include "sites.h"
#include "verbs.h"

#define COLUMNS     80 /* of a file */
#define COLUMNS_MIN 40

static unsigned columns(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS;
	return size.ws_col < COLUMNS_MIN ? COLUMNS_MIN : size.ws_col;
}

static bool same_heading(const struct site *a, const struct site *b)
{
	const size_t n = site_heading(a);

	return n == site_heading(b) && strncmp(a->category, b->category, n) == 0;
}

/* By heading, those without one at the end, then by name. */
static int compare_sites(const void *a, const void *b)
{
	const struct site *x = a, *y = b;
	int order = !site_heading(x) - !site_heading(y);

	if (order == 0 && !same_heading(x, y))
		order = strcmp(x->category, y->category);
	return order != 0 ? order : strcmp(x->name, y->name);
}

/* The names of one category, as many in a line as fit, below one another behind the heading. */
static void print_heading(const struct sites *s, size_t first, unsigned margin)
{
	const struct site *head = &s->items[first];
	const unsigned width = columns();
	const char *other = _("other");
	unsigned at = margin;

	if (site_heading(head) > 0)
		printf("%-*.*s", (int)margin, (int)site_heading(head), head->category);
	else
		printf("%-*s", print_field(other, (int)margin), other);
	for (size_t i = first; i < s->n && same_heading(&s->items[i], head); i++) {
		const unsigned length = (unsigned)strlen(s->items[i].name);

		if (at > margin && at + 2 + length > width)
			at = (unsigned)printf("\n%-*s", (int)margin, "") - 1;
		at += (unsigned)printf("%s%s", at > margin ? "  " : "", s->items[i].name);
	}
	putchar('\n');
}

static void print_overview(const struct sites *s)
{
	unsigned margin = (unsigned)print_columns(_("other"));

	if (s->n > 0)
		qsort(s->items, s->n, sizeof(*s->items), compare_sites);
	for (size_t i = 0; i < s->n; i++)
		if (site_heading(&s->items[i]) > margin)
			margin = (unsigned)site_heading(&s->items[i]);
	for (size_t i = 0; i < s->n; i++)
		if (i == 0 || !same_heading(&s->items[i - 1], &s->items[i]))
			print_heading(s, i, margin + 2);
	printf(_("\n%zu sites. More about one: focusctl sites SITE\n"), s->n);
}

static void print_hosts(const char *what, char *const *hosts)
{
	for (char *const *h = hosts; h && *h; h++)
		printf("  %-*s %s\n", h == hosts ? print_field(what, 8) : 8, h == hosts ? what : "",
			*h);
}

static void print_site(const struct site *s)
{
	printf("%s: %s%s%s\n", s->name, *s->title ? s->title : s->name, *s->category ? ", " : "",
		s->category);
	print_hosts(_("pages"), s->feed);
	print_hosts(_("media"), s->cdn);
	print_hosts(_("free"), s->free_hosts);
	printf("  %-*s %s\n", print_field(_("begins"), 8), _("begins"),
		s->needs_media ? _("when pages and media move together")
			       : _("when any of them moves for a while"));
}

static void print_found(const struct sites *s)
{
	unsigned margin = 0;

	for (size_t i = 0; i < s->n; i++)
		if (strlen(s->items[i].name) > margin)
			margin = (unsigned)strlen(s->items[i].name);
	for (size_t i = 0; i < s->n; i++)
		printf("%-*s  %s (%s)\n", (int)margin, s->items[i].name, s->items[i].title,
			s->items[i].category);
}

static void print_json(const struct sites *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(list, site_json(&s->items[i]));
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
}

static void print_host_json(const char *host, const char *site, const char *kind, const char *by)
{
	json_t *o = json_pack("{s:s, s:s?, s:s?, s:s?}", "host", host, "site", *site ? site : NULL,
		"kind", *kind ? kind : NULL, "by", *by ? by : NULL);

	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void print_host(const char *host, const char *site, const char *kind, const char *by)
{
	const char *what = strcmp(kind, "cdn") == 0    ? _("its media")
			   : strcmp(kind, "free") == 0 ? _("free, never counted and never shut")
						       : _("its pages");

	if (*site)
		printf("%s: %s, %s (%s = %s)\n", host, site, what, kind, by);
	else
		printf(_("%s: nobody meters it\n"), host);
}

/* What a browser shows is taken too: https://www.example.com/page. */
static enum exit_code explain_host(const struct invocation *i, const char *text)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *scheme = strstr(text, "://"), *start = scheme ? scheme + 3 : text;
	_cleanup_free_ char *name = strndup(start, strcspn(start, "/:?#"));
	const char *host, *site, *kind, *by;
	struct client_error error;

	if (!name)
		abort(); /* no memory for a line of text */
	if (client_call(i->client, "FindHost", &reply, &error, "s", name) < 0)
		return verbs_fail(&error);
	if (sd_bus_message_read(reply, FOCUSD_HOST_SIGNATURE, &host, &site, &kind, &by) < 0)
		return EXIT_FAILED;
	(i->json ? print_host_json : print_host)(host, site, kind, by);
	return EXIT_DONE;
}

/* Keeps what is meant by the word; a site's own name goes before all that mention it. */
static void choose(struct sites *all, const char *word, struct sites *ret)
{
	const bool category = *word == '@';

	for (size_t i = 0; i < all->n; i++)
		if (!category && strcmp(all->items[i].name, word) == 0) {
			*ret = (struct sites){ &all->items[i], 1 };
			return;
		}
	for (size_t i = 0; i < all->n; i++) {
		struct site *s = &all->items[i];

		if (category ? !site_in_category(s, word + 1) : !site_mentions(s, word))
			continue;
		if (i != ret->n) {
			const struct site kept = all->items[ret->n];

			all->items[ret->n] = *s;
			*s = kept;
		}
		ret->n++;
	}
	ret->items = all->items;
}

static enum exit_code nothing_found(const struct sites *all, const char *word)
{
	_cleanup_free_ const char **names = calloc(all->n + 1, sizeof(*names));
	const char *closest;

	if (!names)
		abort(); /* no memory for a line of text */
	for (size_t i = 0; i < all->n; i++)
		names[i] = all->items[i].name;
	closest = parse_closest(word, names, all->n);
	if (closest)
		fprintf(stderr,
			_("focusctl: %s: no site is called so or has such a host; did you mean "
			  "%s?\n"),
			word, closest);
	else
		fprintf(stderr, _("focusctl: %s: no site is called so or has such a host\n"), word);
	return EXIT_FAILED;
}

enum exit_code verb_sites(const struct invocation *i)
{
	_cleanup_(sites_done) struct sites all = { 0 };
	const char *word = i->n_arguments > 0 ? i->arguments[0] : NULL;
	struct sites found = { 0 };
	struct client_error error;

	if (word && strchr(word, '.'))
		return explain_host(i, word);
	if (sites_get(i->client, &all, &error) < 0)
		return verbs_fail(&error);
	if (word)
		choose(&all, word, &found);
	else
		found = all;
	if (word && found.n == 0)
		return nothing_found(&all, word);
	if (i->json)
		print_json(&found);
	else if (!word)
		print_overview(&found);
	else if (found.n == 1)
		print_site(&found.items[0]);
	else
		print_found(&found);
	return EXIT_DONE;
}
