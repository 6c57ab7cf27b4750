#include "complete.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "status.h"

/* What help's words in capitals stand for. */
static const struct {
	const char *word;
	unsigned kinds;
} words_in_capitals[] = {
	{ "SITE", COMPLETE_SITES },
	{ "GROUP", COMPLETE_GROUPS },
	{ "GROUP…", COMPLETE_GROUPS },
	{ "NAME", COMPLETE_PEOPLE },
	{ "VERB", COMPLETE_VERBS },
	{ "SPAN", COMPLETE_SPANS },
	{ "RANGE", COMPLETE_RANGES },
	{ "ADDRESS", 0 },
	{ "DEVICE", 0 },
	{ "DATE", 0 },
	{ "WORD", 0 },
	{ "HOST", 0 },
	{ "TIME", 0 },
	{ "TEXT", 0 },
	{ "ID", 0 },
	{ "FORMAT", 0 },
	{ "FILE", 0 },
};

static const char *const spans[] = { "15min", "30min", "1h", "2h" };
static const char *const ranges[] = { "today", "week", "month", "year", "all" };

/* The next word of a form: SITE and GROUP of [SITE|GROUP]. Its length, 0 at the end. */
static size_t next_word(const char **at, const char *end)
{
	while (*at < end && !isalpha((unsigned char)**at))
		(*at)++;
	for (size_t n = 0;; n++)
		if (*at + n == end || strchr("[]| ", (*at)[n]))
			return n;
}

/* -1 for a word that is not known. */
static int kinds_of(const char *word, size_t n)
{
	for (size_t i = 0; i < ELEMENTSOF(words_in_capitals); i++)
		if (strlen(words_in_capitals[i].word) == n &&
			strncmp(words_in_capitals[i].word, word, n) == 0)
			return (int)words_in_capitals[i].kinds;
	return -1;
}

/* 0 where anything may stand. */
static unsigned form_kinds(const char *form, size_t length)
{
	const char *at = form, *const end = form + length;
	unsigned kinds = 0;

	for (size_t n; (n = next_word(&at, end)) > 0; at += n) {
		const int found = kinds_of(at, n);

		kinds |= found > 0 ? (unsigned)found : 0;
	}
	return kinds;
}

bool complete_knows(const char *form)
{
	const char *at = form, *const end = form + strlen(form);

	for (size_t n; (n = next_word(&at, end)) > 0; at += n)
		if (isupper((unsigned char)*at) && kinds_of(at, n) < 0)
			return false;
	return true;
}

/* The option that a word names, with its value behind a = or not. */
static const struct option_row *find_option(const char *word)
{
	size_t n;
	const struct option_row *options = invocation_options(&n);
	const size_t length = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;

	for (size_t i = 0; i < n; i++)
		if (length > 0 && strlen(options[i].name) == length &&
			strncmp(options[i].name, word + 2, length) == 0)
			return &options[i];
	return NULL;
}

/* What stands before the word that is being typed. */
struct before {
	const char *verb; /* NULL: not yet */
	size_t n_arguments;
	const struct option_row *value_of; /* the next word is this option's value; NULL: no */
};

static struct before read_before(const char *const *words, size_t n)
{
	struct before b = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct option_row *option = find_option(words[i]);

		if (b.value_of)
			b.value_of = NULL;
		else if (option && option->argument && !strchr(words[i], '='))
			b.value_of = option;
		else if (*words[i] == '-')
			continue;
		else if (!b.verb)
			b.verb = words[i];
		else
			b.n_arguments++;
	}
	return b;
}

static void take_form(struct completion *c, const char *form, size_t length)
{
	c->form = form;
	c->form_length = length;
	c->kinds = form_kinds(form, length);
}

/* The k-th word of a verb's arguments as help shows them; one with … may come again. */
static void take_argument(struct completion *c, const struct verb *verb, size_t k)
{
	const char *form = verb ? verb->arguments : "";
	size_t length = strcspn(form, " ");

	for (; k > 0 && *form && !memmem(form, length, "…", strlen("…")); k--) {
		form += length + (form[length] == ' ');
		length = strcspn(form, " ");
	}
	take_form(c, form, length);
}

struct completion complete_find(const char *const *words, size_t n)
{
	const char *typed = n > 0 ? words[n - 1] : "", *value = strchr(typed, '=');
	struct completion c = { .form = "", .typed = typed, .kept = typed };
	const struct before b = read_before(words, n > 0 ? n - 1 : 0);
	const struct verb *verb = b.verb ? verbs_find(b.verb) : NULL;
	const struct option_row *option = value ? find_option(typed) : NULL;

	if (b.value_of) {
		take_form(&c, b.value_of->argument, strlen(b.value_of->argument));
	} else if (option && option->argument) {
		c.typed = value + 1;
		c.kept_length = (int)(c.typed - typed);
		take_form(&c, option->argument, strlen(option->argument));
	} else if (*typed == '-') {
		c.kinds = COMPLETE_OPTIONS;
		c.options = !b.verb ? ~0u : OPTIONS_ANYWHERE | (verb ? verb->options : 0);
	} else if (!b.verb) {
		c.kinds = COMPLETE_VERBS;
	} else if (verb) {
		take_argument(&c, verb, b.n_arguments);
	}
	return c;
}

static void offer(const struct completion *c, const char *word, const char *what)
{
	if (strncmp(word, c->typed, strlen(c->typed)) == 0)
		printf("%.*s%s\t%s\n", c->kept_length, c->kept, word, what);
}

static void offer_options(const struct completion *c)
{
	size_t n;
	const struct option_row *options = invocation_options(&n);

	for (size_t i = 0; i < n; i++) {
		char word[32];

		snprintf(word, sizeof(word), "--%s", options[i].name);
		if ((options[i].bit & c->options) && *options[i].summary)
			offer(c, word, options[i].summary);
	}
}

static void offer_verbs(const struct completion *c)
{
	size_t n;
	const struct verb *verbs = verbs_list(&n);

	for (size_t i = 0; i < n; i++)
		offer(c, verbs[i].name, verbs[i].summary);
}

/* The words of the form that are meant as they stand, such as none. */
static void offer_literals(const struct completion *c)
{
	const char *at = c->form, *const end = c->form + c->form_length;
	char word[32];

	for (size_t n; (n = next_word(&at, end)) > 0; at += n) {
		snprintf(word, sizeof(word), "%.*s", (int)n, at);
		if (islower((unsigned char)*word))
			offer(c, word, "");
	}
}

/* Everybody has the same sites; once is enough. */
static bool was_offered(const struct status *s, size_t person, const char *name)
{
	for (size_t p = 0; p < person; p++)
		for (size_t k = 0; k < s->people[p].n; k++)
			if (strcmp(s->people[p].entries[k].name, name) == 0)
				return true;
	return false;
}

static void offer_entries(const struct completion *c, const struct status *s, size_t person)
{
	const struct status_person *p = &s->people[person];

	for (size_t k = 0; k < p->n; k++) {
		const struct status_entry *e = &p->entries[k];
		const enum complete_kind kind = e->is_group ? COMPLETE_GROUPS : COMPLETE_SITES;

		if ((c->kinds & kind) && !was_offered(s, person, e->name))
			offer(c, e->name, e->is_group ? "group" : "site");
	}
}

static void offer_names(const struct completion *c, struct client *client)
{
	_cleanup_(status_done) struct status s = { 0 };
	struct client_error error;

	client_hurry(client);
	if (status_get(client, "", &s, &error) < 0)
		return; /* somebody is typing: no word about it */
	for (size_t p = 0; p < s.n; p++) {
		offer_entries(c, &s, p);
		if (c->kinds & COMPLETE_PEOPLE)
			offer(c, s.people[p].name, "person");
	}
}

enum exit_code complete_run(const struct invocation *i)
{
	const struct completion c = complete_find(i->arguments, i->n_arguments);

	if (c.kinds & COMPLETE_OPTIONS)
		offer_options(&c);
	if (c.kinds & COMPLETE_VERBS)
		offer_verbs(&c);
	if (c.kinds & (COMPLETE_SITES | COMPLETE_GROUPS | COMPLETE_PEOPLE))
		offer_names(&c, i->client);
	for (size_t k = 0; (c.kinds & COMPLETE_SPANS) && k < ELEMENTSOF(spans); k++)
		offer(&c, spans[k], "");
	for (size_t k = 0; (c.kinds & COMPLETE_RANGES) && k < ELEMENTSOF(ranges); k++)
		offer(&c, ranges[k], "");
	offer_literals(&c);
	return EXIT_DONE;
}
