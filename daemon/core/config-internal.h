#pragma once
/* What config.c (lines), config-sections.c, config-keys.c (the table) and config-finish.c (what
 * spans sections) share; but for them only the tests that compare the table with the documents
 * include it. */
#include "core/config.h"

#define CONFIG_SITES_MAX     512
#define CONFIG_GROUPS_MAX    64
#define CONFIG_PERSONS_MAX   256
#define CONFIG_HOSTS_MAX     65536
#define CONFIG_MAINS_MAX     1024 /* each asks the resolver, and has lines in /etc/hosts */
#define CONFIG_MEMBERS_MAX   4096
#define CONFIG_SERVERS_MAX   8  /* upstreams, and listeners */
#define CONFIG_TRIES_MAX     32 /* what a notice chooses from */
#define CONFIG_TRY_BYTES_MAX 80
#define CONFIG_DEVICES_MAX   64  /* of one person */
#define CONFIG_SITE_NAME_MAX 40  /* groups' too; inih cuts section names at 49 bytes */
#define CONFIG_LINE_MAX      198 /* inih cuts at 200 with the newline and the NUL */
#define CONFIG_SECTION_MAX   49  /* inih's MAX_SECTION less the NUL */

/* A day's passes: above that they are no exception. */
#define CONFIG_PASSES_MAX 50

/* Seven days, for a day too: above that a limit is none. */
#define CONFIG_LIMIT_SEC_MAX (7 * SEC_PER_DAY)
/* A longer delay is a slip that nobody could take back. */
#define CONFIG_LOOSEN_SEC_MAX (30 * SEC_PER_DAY)

enum config_section {
	SECTION_NONE,
	SECTION_FOCUS,
	SECTION_DNS,
	SECTION_HOSTS,
	SECTION_GATE,
	SECTION_PASSES,
	SECTION_INSTEAD,
	SECTION_COMMITMENT,
	SECTION_HISTORY,
	SECTION_SHARE,
	SECTION_NETWORK,
	SECTION_SITE,
	SECTION_GROUP,
	SECTION_PERSON,
	SECTION_EXCEPTION, /* [person P site|group T] */
	SECTIONS
};

/* Where something was said, for the sentence about it. path lives in the builder. */
struct config_place {
	const char *path;
	unsigned line;
};

struct config_host {
	size_t site;
	enum host_kind kind;
	char *name;
	struct config_place place;
	bool catalogue;  /* ours: it goes to whoever claims it in a file of their own */
	bool superseded; /* said again later, or gone to another site */
};

/* A name that is looked up when all is read: a group's site, or what an exception is about. */
struct config_pending {
	size_t owner, exception;
	bool is_group;
	char *name;
	struct config_place place;
};

/* A site's main = line. */
struct config_main {
	size_t site;
	char *name;
	struct config_place place;
	bool catalogue; /* ours: void where somebody's own file leaves that host alone */
};

struct config_list {
	void *items;
	size_t n, room;
};

struct config_site_note {
	struct config_place place;
	bool catalogue;
	bool any; /* sitting = any: one kind of host suffices */
};

struct config_builder {
	struct config *config;
	struct strings paths;
	struct config_list hosts;   /* struct config_host */
	struct config_list mains;   /* struct config_main */
	struct config_list members; /* struct config_pending */
	struct config_list targets; /* struct config_pending */
	struct config_list site_notes;
	struct config_list group_notes, person_notes; /* struct config_place */

	/* The text that is being read. */
	const char *text;
	struct config_place place;
	bool catalogue;
	bool held; /* made of two configurations */
	enum config_section section;
	size_t site, group, person, exception; /* indices; what the section is about */
	struct config_place upstream_place;    /* of the last one */
	struct config_place share_places[SHARE_KEYS];
	struct config_place unknown_place; /* of unknown-devices */
	bool listens_given;                /* the defaults are gone */
	struct strings seen;               /* "section key" given in this text and not repeatable */
	char *section_text;
	char *error;
	int result;
};

/* One row of the language. */
struct config_key {
	unsigned sections; /* bit mask of 1 << enum config_section */
	const char *name;
	const char *fallback; /* the default as it would be written; NULL: none */
	const char *expected; /* for the sentence about a bad value */
	bool repeatable;      /* an empty value clears it */
	/* 0, -EINVAL (the sentence is made from `expected`), or another errno with b->error set. */
	int (*set)(struct config_builder *b, const char *value);
};

const struct config_key *config_keys(size_t *ret_n);
/* Gives every key of the section in force its default; none of them counts as given then. */
int config_set_defaults(struct config_builder *b);
/* config-sections.c: makes the section in force the one of that text (between [ and ]). */
int config_open_section(struct config_builder *b, const char *text);
/* The rules that the section in force writes to; NULL where it has none. */
struct rule_keys *config_section_rules(struct config_builder *b);

/* Sets b->error to "PATH:LINE: …" unless there is one, and returns -EINVAL. */
int config_fail(struct config_builder *b, struct config_place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Appends a zeroed item; NULL: out of memory. */
void *config_list_add(struct config_list *list, size_t size);

/* ", did you mean X?" or "", in a static-sized buffer of the caller. */
#define CONFIG_HINT_MAX 96
const char *config_hint(
	const char *word, const char *const *words, size_t n_words, char buffer[CONFIG_HINT_MAX]);
const char *config_site_hint(
	const struct config *c, const char *word, char buffer[CONFIG_HINT_MAX]);
/* config-finish.c */
int config_finish(struct config_builder *b);
/* config-share.c: is what [share] says of one piece? */
int config_finish_share(struct config_builder *b);
/* config-network.c */
int config_finish_network(struct config_builder *b);
