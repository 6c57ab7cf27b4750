/* The language's words: one row a key, with its sections, its default, what is expected, and the
 * function that reads it. Nothing here knows lines or files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-setters.h"
#include "core/config-values.h"
#include "core/domain.h"

#define TITLE_MAX     80
#define MARK_BITS_MIN 6 /* 63 people */
#define DNS_PORT      53
#define LISTEN_PORT   5399
/* A site takes whole /26 and /64 blocks; above these a range is somebody else's network too. */
#define LEASE4_BITS_MIN 8
#define LEASE4_BITS_MAX 24
#define LEASE6_BITS_MIN 16
#define LEASE6_BITS_MAX 60

static int set_day_start(struct config_builder *b, const char *value)
{
	uint16_t min;
	const int r = value_parse_clock(value, false, &min);

	if (r >= 0)
		b->config->day_start_min = min;
	return r;
}

int config_each_word(struct config_builder *b, const char *value,
	int (*add)(struct config_builder *b, const char *word))
{
	_cleanup_free_ char *copy = strdup(value);
	char *save = NULL;
	int r = copy ? 0 : -ENOMEM;

	for (char *w = copy ? strtok_r(copy, " \t", &save) : NULL; w && r >= 0;
		w = strtok_r(NULL, " \t", &save))
		r = add(b, w);
	return r;
}

static int add_people(struct config_builder *b, const char *word)
{
	return strings_add(&b->config->people, word);
}

static int set_people(struct config_builder *b, const char *value)
{
	struct config *c = b->config;

	if (!*value)
		return -EINVAL;
	strings_done(&c->people);
	c->people_auto = strcmp(value, "auto") == 0;
	return c->people_auto ? 0 : config_each_word(b, value, add_people);
}

static int add_server(
	struct config_builder *b, struct endpoints *list, const char *value, uint16_t port)
{
	struct endpoint e;
	int r;

	r = endpoint_parse(value, port, &e);
	if (r < 0 || e.port == 0)
		return -EINVAL;
	if (list->n == CONFIG_SERVERS_MAX)
		return config_fail(b, b->place, "more than %d servers", CONFIG_SERVERS_MAX);
	list->items[list->n++] = e;
	return 0;
}

static int set_upstream(struct config_builder *b, const char *value)
{
	struct config *c = b->config;

	if (!*value || strcmp(value, "auto") == 0) {
		c->upstreams.n = 0;
		c->upstream_auto = true;
		return 0;
	}
	c->upstream_auto = false;
	b->upstream_place = b->place;
	return add_server(b, &c->upstreams, value, DNS_PORT);
}

/* The first one that is written takes the place of the defaults. A wildcard is refused: answers
 * to redirected look-ups would come from the wrong address. */
static int set_listen(struct config_builder *b, const char *value)
{
	struct endpoints *listens = &b->config->listens;
	struct endpoint e;

	if (*value && (endpoint_parse(value, LISTEN_PORT, &e) < 0 ||
			      (address_is_local(&e.address) && !address_is_loopback(&e.address))))
		return -EINVAL;
	if (!*value || !b->listens_given)
		listens->n = 0;
	b->listens_given = true;
	return *value ? add_server(b, listens, value, LISTEN_PORT) : 0;
}

static int set_intercept(struct config_builder *b, const char *value)
{
	static const char *const words[] = {
		[INTERCEPT_AUTO] = "auto", [INTERCEPT_ANY] = "any", [INTERCEPT_NONE] = "none"
	};
	const int i = value_choose(value, words, ELEMENTSOF(words));

	if (i >= 0)
		b->config->intercept = (enum intercept)i;
	return i < 0 ? i : 0;
}

static int set_seal(struct config_builder *b, const char *value)
{
	static const char *const words[] = {
		[SEAL_LIMITED] = "limited", [SEAL_YES] = "yes", [SEAL_NO] = "no"
	};
	const int i = value_choose(value, words, ELEMENTSOF(words));

	if (i >= 0)
		b->config->seal = (enum seal)i;
	return i < 0 ? i : 0;
}

static int set_manage(struct config_builder *b, const char *value)
{
	static const char *const words[] = {
		[HOSTS_AUTO] = "auto", [HOSTS_YES] = "yes", [HOSTS_NO] = "no"
	};
	const int i = value_choose(value, words, ELEMENTSOF(words));

	if (i >= 0)
		b->config->hosts_manage = (enum hosts_manage)i;
	return i < 0 ? i : 0;
}

static int set_lease4(struct config_builder *b, const char *value)
{
	struct prefix p;

	if (value_parse_lease_range(value, AF_INET, &p) < 0 || p.bits < LEASE4_BITS_MIN ||
		p.bits > LEASE4_BITS_MAX)
		return -EINVAL;
	b->config->lease4 = p;
	return 0;
}

static int set_lease6(struct config_builder *b, const char *value)
{
	struct prefix p;

	if (value_parse_lease_range(value, AF_INET6, &p) < 0 || p.bits < LEASE6_BITS_MIN ||
		p.bits > LEASE6_BITS_MAX)
		return -EINVAL;
	b->config->lease6 = p;
	return 0;
}

static int set_mark_mask(struct config_builder *b, const char *value)
{
	return value_parse_mask(value, MARK_BITS_MIN, &b->config->mark_mask);
}

static int set_keep(struct config_builder *b, const char *value)
{
	return value_parse_keep(value, &b->config->keep_days);
}

static int set_log_group(struct config_builder *b, const char *value)
{
	uint64_t group;

	if (parse_uint64(value, UINT16_MAX, &group) < 0)
		return -EINVAL;
	b->config->log_group = (uint16_t)group;
	return 0;
}

static int set_loosen_after(struct config_builder *b, const char *value)
{
	int64_t sec = 0;
	int r = 0;

	if (strcmp(value, "none") != 0)
		r = parse_span(value, &sec);
	if (r < 0)
		return r;
	if (sec > CONFIG_LOOSEN_SEC_MAX)
		return -ERANGE;
	b->config->loosen_after_sec = sec;
	return 0;
}

static int set_text(char **field, const char *value)
{
	char *copy;

	if (strlen(value) > TITLE_MAX)
		return -EINVAL;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int set_title(struct config_builder *b, const char *value)
{
	return set_text(&b->config->sites[b->site].title, value);
}

static int set_category(struct config_builder *b, const char *value)
{
	return set_text(&b->config->sites[b->site].category, value);
}

static void clear_hosts(struct config_builder *b, enum host_kind kind)
{
	struct config_host *hosts = b->hosts.items;
	size_t kept = 0;

	for (size_t i = 0; i < b->hosts.n; i++) {
		if (hosts[i].site == b->site && hosts[i].kind == kind)
			free(hosts[i].name);
		else
			hosts[kept++] = hosts[i];
	}
	b->hosts.n = kept;
}

/* What is said again for the same site, with another kind perhaps, is settled at the end. */
static int add_host(struct config_builder *b, enum host_kind kind, const char *value)
{
	char name[DOMAIN_TEXT_MAX + 1];
	struct config_host *host;

	if (!*value) {
		clear_hosts(b, kind);
		return 0;
	}
	if (domain_normalize(value, name) < 0 || !strchr(name, '.'))
		return -EINVAL;
	if (b->hosts.n == CONFIG_HOSTS_MAX)
		return config_fail(b, b->place, "more than %d hosts", CONFIG_HOSTS_MAX);
	host = config_list_add(&b->hosts, sizeof(*host));
	if (!host)
		return -ENOMEM;
	*host = (struct config_host){
		.site = b->site,
		.kind = kind,
		.name = strdup(name),
		.place = b->place,
		.catalogue = b->catalogue,
	};
	return host->name ? 0 : -ENOMEM;
}

static int set_domain(struct config_builder *b, const char *value)
{
	return add_host(b, HOST_FEED, value);
}

static int set_cdn(struct config_builder *b, const char *value)
{
	return add_host(b, HOST_CDN, value);
}

static int set_free(struct config_builder *b, const char *value)
{
	return add_host(b, HOST_FREE, value);
}

static void clear_mains(struct config_builder *b)
{
	struct config_main *mains = b->mains.items;
	size_t kept = 0;

	for (size_t i = 0; i < b->mains.n; i++) {
		if (mains[i].site == b->site)
			free(mains[i].name);
		else
			mains[kept++] = mains[i];
	}
	b->mains.n = kept;
}

/* Whether it is a metered host of this site is known at the end only. */
static int set_main(struct config_builder *b, const char *value)
{
	char name[DOMAIN_TEXT_MAX + 1];
	struct config_main *entry;

	if (!*value) {
		clear_mains(b);
		return 0;
	}
	if (domain_normalize(value, name) < 0 || !strchr(name, '.'))
		return -EINVAL;
	if (b->mains.n == CONFIG_MAINS_MAX)
		return config_fail(b, b->place, "more than %d main hosts", CONFIG_MAINS_MAX);
	entry = config_list_add(&b->mains, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	*entry = (struct config_main){ b->site, strdup(name), b->place, b->catalogue };
	return entry->name ? 0 : -ENOMEM;
}

static int set_member(struct config_builder *b, const char *value)
{
	struct config_pending *members = b->members.items;
	size_t kept = 0;

	if (!*value) {
		for (size_t i = 0; i < b->members.n; i++) {
			if (members[i].owner == b->group)
				free(members[i].name);
			else
				members[kept++] = members[i];
		}
		b->members.n = kept;
		return 0;
	}
	if (b->members.n == CONFIG_MEMBERS_MAX)
		return config_fail(b, b->place, "more than %d sites in groups", CONFIG_MEMBERS_MAX);
	members = config_list_add(&b->members, sizeof(*members));
	if (!members)
		return -ENOMEM;
	*members = (struct config_pending){
		.owner = b->group, .name = strdup(value), .place = b->place
	};
	return members->name ? 0 : -ENOMEM;
}

static int set_user(struct config_builder *b, const char *value)
{
	struct strings *users = &b->config->persons[b->person].users;

	if (!*value) {
		strings_done(users);
		return 0;
	}
	if (strpbrk(value, " \t:"))
		return -EINVAL;
	return strings_contain(users, value) ? 0 : strings_add(users, value);
}

#define IN(section) (1U << SECTION_##section)
#define PASSES      (IN(PASSES) | IN(PERSON))
#define RULES       (IN(SITE) | IN(GROUP) | IN(EXCEPTION))

static const struct config_key keys[] = {
	{ IN(FOCUS), "day-start", "04:00", "a time of day such as 04:00", false, set_day_start },
	{ IN(FOCUS), "people", "auto", "auto or names separated by spaces", false, set_people },
	{ IN(DNS), "upstream", "auto", "auto or ADDRESS[:PORT]", true, set_upstream },
	{ IN(DNS), "listen", "127.0.0.1:5399",
		"ADDRESS[:PORT] of one interface, such as 127.0.0.1:5399", true, set_listen },
	{ IN(DNS), "intercept", "auto", "auto, any or none", false, set_intercept },
	{ IN(DNS), "seal", "limited", "limited, yes or no", false, set_seal },
	{ IN(DNS), "lease4", "198.19.128.0/17",
		"an IPv4 network of /8 to /24 such as 198.19.128.0/17", false, set_lease4 },
	{ IN(DNS), "lease6", "2001:2:0:f000::/52",
		"an IPv6 network of /16 to /60 such as 2001:2:0:f000::/52", false, set_lease6 },
	{ IN(HOSTS), "manage", "auto", "auto, yes or no", false, set_manage },
	{ IN(HISTORY), "keep", "5y", "31d at least, such as 90d, 26w or 5y; or forever", false,
		set_keep },
	{ IN(SHARE), "broker", NULL, "mqtts://HOST[:PORT] or mqtt://HOST[:PORT]", false,
		config_set_broker },
	{ IN(SHARE), "household", "home", "a word of letters, digits, -, _ and ., at most 32 long",
		false, config_set_household },
	{ IN(SHARE), "device", NULL, "a word of letters, digits, -, _ and ., at most 32 long",
		false, config_set_device },
	{ IN(SHARE), "user", NULL, "a name", false, config_set_share_user },
	{ IN(SHARE), "password-file", NULL, "a file's path from / on", false,
		config_set_password_file },
	{ IN(SHARE), "ca", NULL, "a file's path from / on", false, config_set_ca },
	{ IN(SHARE), "certificate", NULL, "a file's path from / on", false,
		config_set_certificate },
	{ IN(SHARE), "key", NULL, "a file's path from / on", false, config_set_key },
	{ IN(SHARE), "home-assistant", "no", "yes or no", false, config_set_home_assistant },
	{ IN(GATE), "mark-mask", "0x3f000000",
		"neighbouring bits in hexadecimal, six at least, such as 0x3f000000", false,
		set_mark_mask },
	{ IN(GATE), "log-group", "5399", "a number from 0 to 65535", false, set_log_group },
	{ IN(NETWORK), "gateway", "no", "yes or no", false, config_set_gateway },
	{ IN(NETWORK), "unknown-devices", "free", "free, block-metered or person NAME", false,
		config_set_unknown_devices },
	{ IN(NETWORK), "inside", NULL, "the name of an interface such as br-lan", true,
		config_set_inside },
	{ IN(NETWORK), "port", "5398", "a number from 1024 to 65535", false,
		config_set_gateway_port },
	{ IN(COMMITMENT), "loosen-after", "none", "none or a span of at most 30d such as 24h",
		false, set_loosen_after },
	{ IN(SITE), "title", NULL, "a name of at most 80 bytes", false, set_title },
	{ IN(SITE), "category", NULL, "words of at most 80 bytes", false, set_category },
	{ IN(SITE), "domain", NULL, "a host name such as example.com, which means all below it too",
		true, set_domain },
	{ IN(SITE), "cdn", NULL,
		"a host name such as cdn.example.com, which means all below it too", true,
		set_cdn },
	{ IN(SITE), "free", NULL,
		"a host name such as help.example.com, which means all below it too", true,
		set_free },
	{ IN(SITE), "domains-file", NULL, "the path of a file such as /etc/focusd/lists/names.txt",
		true, config_set_domains_file },
	{ IN(SITE), "main", NULL, "a host name of this site such as www.example.com", true,
		set_main },
	{ IN(SITE), "sitting", "both", "both or any", false, config_set_sitting },
	{ IN(SITE), "burst", "16kB within 5s", "SIZE within SPAN such as 16kB within 5s", false,
		config_set_burst },
	{ IN(SITE), "bridge", "60s", "a span of at most 10min such as 60s", false,
		config_set_bridge },
	{ IN(SITE), "beacon", "1kB within 25s", "SIZE within SPAN such as 1kB within 25s, or none",
		false, config_set_beacon },
	{ IN(SITE), "settle", "10s", "a span of at most 1min such as 10s", false,
		config_set_settle },
	{ IN(SITE), "tail", "2s", "a span of at most 1min such as 2s", false, config_set_tail },
	{ IN(GROUP), "site", NULL, "a site's name, or @ and a category's", true, set_member },
	{ IN(INSTEAD) | IN(PERSON), "try", NULL, "a few words of at most 80 bytes", true,
		config_set_try },
	{ IN(PERSON), "user", NULL, "an account's name", true, set_user },
	{ IN(PERSON), "device", NULL,
		"a hardware address such as aa:bb:cc:dd:ee:ff, an address or a network", true,
		config_set_person_device },
	{ PASSES, "passes", "3 per day", "a number of at most 50 such as 3 per day", false,
		config_set_pass_number },
	{ PASSES, "pass-time", "30min per day", "a span of at most 24h such as 30min per day",
		false, config_set_pass_time },
	{ PASSES, "pass-wait", "20s", "a span of at most 1h such as 20s", false,
		config_set_pass_wait },
	{ PASSES, "pass-max", "15min", "a span of 1min to 24h such as 15min", false,
		config_set_pass_max },
	{ PASSES, "open-time", "30min per day", "a span of at most 24h such as 30min per day",
		false, config_set_open_time },
	{ IN(FOCUS) | IN(PERSON), "focus-time", NULL,
		"DAYS HH:MM-HH:MM such as mon-fri 09:00-12:00", true, config_set_focus_time },
	{ RULES, "limit", NULL,
		"SPAN per day, per week or per sitting, at most 7d, such as 30min per day or none "
		"per week",
		true, config_set_limit },
	{ RULES, "break", "10min", "a span from 1min to 1d such as 10min", false,
		config_set_break },
	{ RULES, "opens", NULL, "N per day, at most 1000, such as 5 per day, or none per day", true,
		config_set_opens },
	{ RULES, "rollover", "none", "a span of at most 1d such as 30min, or none", false,
		config_set_rollover },
	{ RULES, "open", NULL, "DAYS HH:MM-HH:MM such as mon-fri 12:00-13:00, or never", true,
		config_set_open },
	{ RULES, "uncounted", NULL, "DAYS HH:MM-HH:MM such as mon-fri 09:00-12:00", true,
		config_set_uncounted },
	{ RULES, "warn", "5min 1min", "spans separated by spaces such as 5min 1min", false,
		config_set_warn },
	{ RULES, "when-spent", "block", "block, slow or notify", false, config_set_when_spent },
	{ RULES, "slow-rate", "128kB/s", "a rate of at least 1kB/s such as 128kB/s", false,
		config_set_slow_rate },
};

const struct config_key *config_keys(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(keys);
	return keys;
}

int config_set_defaults(struct config_builder *b)
{
	struct rule_keys *rules = config_section_rules(b);

	for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
		int r;

		if (!(keys[i].sections & (1U << b->section)) || !keys[i].fallback)
			continue;
		r = keys[i].set(b, keys[i].fallback);
		if (r < 0)
			return r;
	}
	if (rules) {
		for (int period = 0; period < LIMIT_PERIODS; period++)
			rules->limit_sec[period] = LIMIT_NONE;
		rules->opens = LIMIT_NONE;
		rules->given = 0;
	}
	return 0;
}
