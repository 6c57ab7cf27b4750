#pragma once
/* A configuration as text in its own language: all that is in force, no comments, nothing left to a
 * default. What the parser reads from it is the same configuration again.
 *
 * The tables below have a row for every key of the language, or a test fails: the row says how the
 * key is written and, for keys that restrict somebody, how to make a value as strict as another.
 */
#include <stdio.h>

#include "core/config.h"
#include "core/rule-table.h"

/* The whole of it; owned by the caller. -ENOMEM. */
int config_write(const struct config *c, char **ret);

/* A key of a section that stands alone. */
struct global_row {
	const char *section, *name;
	void (*write)(FILE *f, const struct config *c);
	/* NULL: nobody is restricted by it. 0 or -ENOMEM. */
	int (*tighten)(struct config *c, const struct config *by);
};
const struct global_row *global_rows(size_t *ret_n);

/* A key of [site NAME] beside the rules. Hosts are no row's to tighten: who owns a name is decided
 * among all sites. */
struct site_row {
	const char *name;
	void (*write)(FILE *f, const struct config_site *s);
	void (*tighten)(struct config_site *s, const struct config_site *by);
};
const struct site_row *site_rows(size_t *ret_n);

/* A key about what may be declared: everybody's stands in a section of its own, or in [person]. */
struct pass_row {
	unsigned key; /* enum pass_key */
	const char *section, *name;
	void (*write)(FILE *f, const struct pass_rules *p);
	void (*tighten)(struct pass_rules *p, const struct pass_rules *by);
};
const struct pass_row *pass_rows(size_t *ret_n);

/* The lines of the keys that were given. */
void config_write_passes(FILE *f, const struct pass_rules *p);
/* All of them, with their sections. */
void config_write_global_passes(FILE *f, const struct pass_rules *p);
/* The lines of the keys that were given, or are in the mask. */
void config_write_rules(FILE *f, const struct rule_keys *rules, unsigned keys);
/* All global keys with their sections; a site's section with its rules. */
void config_write_globals(FILE *f, const struct config *c);
void config_write_site(FILE *f, const struct config_site *s);
/* With the sections of their exceptions. */
void config_write_person(FILE *f, const struct config *c, const struct config_person *p);
