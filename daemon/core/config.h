#pragma once
/* What the person asked for: the configuration language, parsed into one immutable value.
 *
 * Text goes in, a struct or a sentence about the first mistake comes out; no file is opened here.
 * A site, a group or a person is known by its index in the arrays below for as long as this value
 * lives, and by its name across reloads. */
#include "base/address.h"
#include "base/clock.h"
#include "base/strings.h"
#include "core/list-keys.h"
#include "core/meter-parameters.h"
#include "core/network-keys.h"
#include "core/rule-keys.h"

enum host_kind {
	HOST_FEED, /* the pages where the time goes */
	HOST_CDN,  /* their media */
	HOST_FREE, /* usable, never counted, never shut */
	HOST_KINDS
};

struct config_site {
	char *name, *title, *category; /* title and category: never NULL, "" where unknown */
	struct strings hosts[HOST_KINDS];
	struct config_lists lists;
	struct strings mains; /* metered host names that people begin with, no suffixes */
	struct rule_keys rules;
	struct meter_parameters meter;
};

struct config_group {
	char *name;
	size_t *sites; /* indices */
	size_t n_sites;
	struct rule_keys rules;
};

struct config_exception {
	bool is_group;
	size_t target; /* index of the site or group */
	struct rule_keys rules;
};

struct config_person {
	char *name;
	struct strings users;   /* account names; the person's own name where none was given */
	struct strings devices; /* in their one form (core/device.h) */
	struct config_exception *exceptions;
	size_t n_exceptions;
	struct pass_rules passes;
	struct strings instead; /* of their own, if given */
	bool instead_given;
};

enum intercept { INTERCEPT_AUTO, INTERCEPT_ANY, INTERCEPT_NONE };
enum seal { SEAL_LIMITED, SEAL_YES, SEAL_NO };
enum hosts_manage { HOSTS_AUTO, HOSTS_YES, HOSTS_NO };

struct endpoints {
	struct endpoint *items;
	size_t n;
};

/* What is told to the other devices of a household, and where; "": not given. */
enum share_key {
	SHARE_BROKER, /* "": nothing is shared */
	SHARE_HOUSEHOLD,
	SHARE_DEVICE, /* "": the machine's name */
	SHARE_USER,
	SHARE_PASSWORD_FILE,
	SHARE_CA,
	SHARE_CERTIFICATE,
	SHARE_KEY,
	SHARE_HOME_ASSISTANT, /* "yes" or "no" */
	SHARE_KEYS
};
#define SHARE_VALUE_MAX 198 /* a line */
/* As it is written in [share]. */
const char *share_key_name(enum share_key key);
struct config {
	unsigned day_start_min; /* minutes after local midnight */
	bool people_auto;
	struct strings people; /* account or [person] names, when not auto */

	bool upstream_auto;
	struct endpoints upstreams, listens; /* listens: 127.0.0.1:5399 and [::1]:5399 by default */
	enum intercept intercept;
	enum seal seal;
	struct prefix lease4, lease6;
	enum hosts_manage hosts_manage;

	struct network_keys network;
	struct pass_rules passes;
	struct strings instead;   /* what to do when a limit ends */
	int64_t loosen_after_sec; /* what loosens waits so long; 0: not at all */

	int32_t keep_days; /* how much of the past is kept; 0: all of it */

	char share[SHARE_KEYS][SHARE_VALUE_MAX + 1];

	uint32_t mark_mask; /* the ct mark bits that are ours; contiguous, at least 6 bits */
	uint16_t log_group; /* NFLOG group of the wake-up rule */

	struct config_site *sites;
	size_t n_sites;
	struct config_group *groups;
	size_t n_groups;
	struct config_person *persons;
	size_t n_persons;
};

/* Parsing: new → any number of texts, later ones win → finish. Each returns 0 or a negative errno
 * with *ret_error = "PATH:LINE: what is wrong, what was expected" (owned by the caller; only the
 * first mistake of a text is told). After an error the builder can only be freed. A catalogue text
 * may hold [site …] sections only, its sites keep their hosts when a later file adds some. */
struct config_builder;
int config_builder_new(struct config_builder **ret);
struct config_builder *config_builder_free(struct config_builder *b);
int config_builder_catalogue(
	struct config_builder *b, const char *path, const char *text, char **ret_error);
int config_builder_text(
	struct config_builder *b, const char *path, const char *text, char **ret_error);
/* The text says what is held (core/commitment.h): a group may have a site's name, a site no
 * host. */
void config_builder_allow_held(struct config_builder *b);
/* Checks what spans sections (groups name known sites, no host in two sites) and hands the result
 * over. */
int config_builder_finish(struct config_builder *b, struct config **ret, char **ret_error);

struct config *config_free(struct config *c);

/* Index of the site, group or person of that name, or -ENOENT. */
int config_find_site(const struct config *c, const char *name);
int config_find_group(const struct config *c, const char *name);
int config_find_person(const struct config *c, const char *name);
bool config_group_has(const struct config_group *group, size_t site);
/* Is this word one of the site's category? And all there are, each once, in the order of the sites
 * (-ENOMEM). */
bool config_in_category(const struct config_site *site, const char *word);
int config_categories(const struct config *c, struct strings *ret);

/* The keys in force for one person (a [person] name or an account without one; may be NULL) and one
 * site or group: the target's own, each replaced by the person's exception where one is given. */
struct rule_keys config_rules(
	const struct config *c, const char *person, bool is_group, size_t target);
/* Is anybody's device one of theirs, on a gateway? */
bool config_has_devices(const struct config *c, size_t person);
/* The index of the person one of whose devices overlaps this one, or -ENOENT. */
struct device;
int config_find_device(const struct config *c, const struct device *device);
/* What this person wants to do instead of scrolling, in their own words. */
const struct strings *config_instead(const struct config *c, const char *person);
/* What this person (may be NULL) may declare, and their hours of focus. */
struct pass_rules config_passes(const struct config *c, const char *person);
/* Is anything limited by them: time, openings or hours? */
bool config_rules_limit(const struct rule_keys *r);
/* Is there a limit, a window or a weekly focus for anybody, or for this person (not NULL)? None
 * anywhere: focusd observes. */
bool config_enforces(const struct config *c);
bool config_limits_person(const struct config *c, const char *person);
