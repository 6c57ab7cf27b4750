#pragma once
/* What the files of the commitment share: commitment.c (what waits, and what is written),
 * commitment-hosts.c (whose name is whose), commitment-people.c (accounts and exceptions). */
#include <stdio.h>

#include "core/commitment.h"
#include "core/config-write.h"

struct named_host;

struct merging {
	const struct config *wanted, *held;
	const struct commitment_items *pending;
	usec_t now_usec;
	struct commitment_items items;
	FILE *f;                      /* the effective configuration, as text */
	struct strings sites, groups; /* what it has */
	struct named_host *names;     /* sorted by name */
	size_t n_names;
	bool *site_kept; /* per held site: its names stay */
	int r;           /* the first failure */
};

/* Where a difference is. */
struct subject {
	const char *section;         /* [section], for the item's id */
	const char *person, *target; /* as in struct commitment_item */
};

/* Is the step from `now` to `then` to wait? key: unique in the section. asked: NULL: `then`. */
struct difference {
	const struct subject *subject;
	const char *key, *asked, *now, *then;
};
bool merging_waits(struct merging *m, const struct difference *d);

/* e: what is wanted, and then what is effective. keys: those that are compared. */
void merging_rules(struct merging *m, const struct subject *s, struct rule_keys *e,
	const struct rule_keys *held, unsigned keys);
void merging_passes(struct merging *m, const struct subject *s, struct pass_rules *e,
	const struct pass_rules *held, unsigned keys);

/* commitment-hosts.c: decides all names; then the hosts (and main hosts) of one site, sorted into
 * the empty lists of `ret`. */
int merging_names(struct merging *m);
int merging_hosts(struct merging *m, const char *site, struct config_site *ret);
void merging_names_done(struct merging *m);

/* commitment-people.c */
int merging_people(struct merging *m);
