/* Values to lines, section by section, from tables with a row a key. */
#include "core/config-write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "core/config-values.h"

static void write_span(FILE *f, const char *key, usec_t usec)
{
	char span[SPAN_TEXT_MAX];

	fprintf(f, "%s = %s\n", key, format_span((int64_t)(usec / USEC_PER_SEC), span));
}

static void write_day_start(FILE *f, const struct config *c)
{
	fprintf(f, "day-start = %02u:%02u\n", c->day_start_min / 60, c->day_start_min % 60);
}

/* Moved to either side it begins a new day sooner for somebody: it stays. */
static int tighten_day_start(struct config *c, const struct config *by)
{
	c->day_start_min = by->day_start_min;
	return 0;
}

static void write_people(FILE *f, const struct config *c)
{
	fputs("people =", f);
	if (c->people_auto)
		fputs(" auto", f);
	for (size_t i = 0; i < c->people.n; i++)
		fprintf(f, " %s", c->people.items[i]);
	fputc('\n', f);
}

/* Everybody of both. */
static int tighten_people(struct config *c, const struct config *by)
{
	int r = 0;

	if (c->people_auto || by->people_auto) {
		strings_done(&c->people);
		c->people_auto = true;
		return 0;
	}
	for (size_t i = 0; i < by->people.n && r >= 0; i++)
		if (!strings_contain(&c->people, by->people.items[i]))
			r = strings_add(&c->people, by->people.items[i]);
	return r;
}

static void write_servers(FILE *f, const char *key, const struct endpoints *list)
{
	char text[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < list->n; i++)
		fprintf(f, "%s = %s\n", key, endpoint_format(&list->items[i], text));
	if (list->n == 0)
		fprintf(f, "%s =\n", key);
}

static void write_upstream(FILE *f, const struct config *c)
{
	if (c->upstream_auto)
		fputs("upstream = auto\n", f);
	else
		write_servers(f, "upstream", &c->upstreams);
}

static void write_listen(FILE *f, const struct config *c)
{
	write_servers(f, "listen", &c->listens);
}

static void write_intercept(FILE *f, const struct config *c)
{
	static const char *const words[] = {
		[INTERCEPT_AUTO] = "auto", [INTERCEPT_ANY] = "any", [INTERCEPT_NONE] = "none"
	};

	fprintf(f, "intercept = %s\n", words[c->intercept]);
}

static int tighten_intercept(struct config *c, const struct config *by)
{
	static const int strictness[] = {
		[INTERCEPT_NONE] = 0, [INTERCEPT_AUTO] = 1, [INTERCEPT_ANY] = 2
	};

	if (strictness[by->intercept] > strictness[c->intercept])
		c->intercept = by->intercept;
	return 0;
}

static void write_seal(FILE *f, const struct config *c)
{
	static const char *const words[] = {
		[SEAL_LIMITED] = "limited", [SEAL_YES] = "yes", [SEAL_NO] = "no"
	};

	fprintf(f, "seal = %s\n", words[c->seal]);
}

static int tighten_seal(struct config *c, const struct config *by)
{
	static const int strictness[] = { [SEAL_NO] = 0, [SEAL_LIMITED] = 1, [SEAL_YES] = 2 };

	if (strictness[by->seal] > strictness[c->seal])
		c->seal = by->seal;
	return 0;
}

static void write_prefix(FILE *f, const char *key, const struct prefix *p)
{
	char text[ADDRESS_TEXT_MAX];

	fprintf(f, "%s = %s/%u\n", key, address_format(&p->address, text), p->bits);
}

static void write_lease4(FILE *f, const struct config *c)
{
	write_prefix(f, "lease4", &c->lease4);
}

static void write_lease6(FILE *f, const struct config *c)
{
	write_prefix(f, "lease6", &c->lease6);
}

static void write_manage(FILE *f, const struct config *c)
{
	static const char *const words[] = {
		[HOSTS_AUTO] = "auto", [HOSTS_YES] = "yes", [HOSTS_NO] = "no"
	};

	fprintf(f, "manage = %s\n", words[c->hosts_manage]);
}

static int tighten_manage(struct config *c, const struct config *by)
{
	static const int strictness[] = { [HOSTS_NO] = 0, [HOSTS_AUTO] = 1, [HOSTS_YES] = 2 };

	if (strictness[by->hosts_manage] > strictness[c->hosts_manage])
		c->hosts_manage = by->hosts_manage;
	return 0;
}

static void write_mark_mask(FILE *f, const struct config *c)
{
	fprintf(f, "mark-mask = 0x%08x\n", c->mark_mask);
}

static void write_log_group(FILE *f, const struct config *c)
{
	fprintf(f, "log-group = %u\n", c->log_group);
}

static void write_keep(FILE *f, const struct config *c)
{
	if (c->keep_days == 0)
		fputs("keep = forever\n", f);
	else
		fprintf(f, "keep = %" PRId32 "d\n", c->keep_days);
}

static void write_gateway(FILE *f, const struct config *c)
{
	fprintf(f, "gateway = %s\n", c->network.gateway ? "yes" : "no");
}

static int tighten_gateway(struct config *c, const struct config *by)
{
	c->network.gateway |= by->network.gateway;
	return 0;
}

static void write_unknown_devices(FILE *f, const struct config *c)
{
	static const char *const words[] = { [UNKNOWN_FREE] = "free",
		[UNKNOWN_BLOCK] = "block-metered",
		[UNKNOWN_PERSON] = "person " };

	fprintf(f, "unknown-devices = %s%s\n", words[c->network.unknown_devices],
		c->network.unknown_person);
}

/* Which person's they are is not stricter one way or the other: it stays. */
static int tighten_unknown_devices(struct config *c, const struct config *by)
{
	static const int strictness[] = {
		[UNKNOWN_FREE] = 0, [UNKNOWN_PERSON] = 1, [UNKNOWN_BLOCK] = 2
	};

	if (strictness[by->network.unknown_devices] < strictness[c->network.unknown_devices] ||
		by->network.unknown_devices == UNKNOWN_FREE)
		return 0;
	c->network.unknown_devices = by->network.unknown_devices;
	strcpy(c->network.unknown_person, by->network.unknown_person);
	return 0;
}

static void write_inside(FILE *f, const struct config *c)
{
	for (size_t i = 0; i < c->network.n_insides; i++)
		fprintf(f, "inside = %s\n", c->network.insides[i]);
}

/* Those of both, as far as there is room. */
static int tighten_inside(struct config *c, const struct config *by)
{
	for (size_t i = 0; i < by->network.n_insides; i++) {
		bool known = false;

		for (size_t k = 0; k < c->network.n_insides; k++)
			known |= strcmp(c->network.insides[k], by->network.insides[i]) == 0;
		if (!known && c->network.n_insides < CONFIG_INSIDES_MAX)
			strcpy(c->network.insides[c->network.n_insides++], by->network.insides[i]);
	}
	return 0;
}

static void write_gateway_port(FILE *f, const struct config *c)
{
	fprintf(f, "port = %u\n", c->network.port);
}

static void write_loosen_after(FILE *f, const struct config *c)
{
	char span[SPAN_TEXT_MAX];

	fprintf(f, "loosen-after = %s\n",
		c->loosen_after_sec > 0 ? format_span(c->loosen_after_sec, span) : "none");
}

static int tighten_loosen_after(struct config *c, const struct config *by)
{
	if (by->loosen_after_sec > c->loosen_after_sec)
		c->loosen_after_sec = by->loosen_after_sec;
	return 0;
}

static void write_list(FILE *f, const char *key, const struct strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		fprintf(f, "%s = %s\n", key, list->items[i]);
}

static void write_try(FILE *f, const struct config *c)
{
	write_list(f, "try", &c->instead);
}

static void write_share(FILE *f, const struct config *c, enum share_key key)
{
	fprintf(f, "%s =%s%s\n", share_key_name(key), *c->share[key] ? " " : "", c->share[key]);
}

/* Another broker or household, or none, is a budget that nothing was spent of: who shared one goes
 * on doing so, with all that it takes. */
static int tighten_share(struct config *c, const struct config *by, enum share_key key)
{
	if (*by->share[SHARE_BROKER])
		strcpy(c->share[key], by->share[key]);
	return 0;
}

#define SHARE_ROW(key, name)                                                       \
	static void write_share_##name(FILE *f, const struct config *c)            \
	{                                                                          \
		write_share(f, c, key);                                            \
	}                                                                          \
	static int tighten_share_##name(struct config *c, const struct config *by) \
	{                                                                          \
		return tighten_share(c, by, key);                                  \
	}

SHARE_ROW(SHARE_BROKER, broker)
SHARE_ROW(SHARE_HOUSEHOLD, household)
SHARE_ROW(SHARE_DEVICE, device)
SHARE_ROW(SHARE_USER, user)
SHARE_ROW(SHARE_PASSWORD_FILE, password_file)
SHARE_ROW(SHARE_CA, ca)
SHARE_ROW(SHARE_CERTIFICATE, certificate)
SHARE_ROW(SHARE_KEY, key)
SHARE_ROW(SHARE_HOME_ASSISTANT, home_assistant)

static const struct global_row globals[] = {
	{ "focus", "day-start", write_day_start, tighten_day_start },
	{ "focus", "people", write_people, tighten_people },
	{ "dns", "upstream", write_upstream, NULL },
	{ "dns", "listen", write_listen, NULL },
	{ "dns", "intercept", write_intercept, tighten_intercept },
	{ "dns", "seal", write_seal, tighten_seal },
	{ "dns", "lease4", write_lease4, NULL },
	{ "dns", "lease6", write_lease6, NULL },
	{ "hosts", "manage", write_manage, tighten_manage },
	{ "gate", "mark-mask", write_mark_mask, NULL },
	{ "gate", "log-group", write_log_group, NULL },
	{ "network", "gateway", write_gateway, tighten_gateway },
	{ "network", "unknown-devices", write_unknown_devices, tighten_unknown_devices },
	{ "network", "inside", write_inside, tighten_inside },
	{ "network", "port", write_gateway_port, NULL },
	{ "instead", "try", write_try, NULL },
	{ "history", "keep", write_keep, NULL },
	{ "share", "broker", write_share_broker, tighten_share_broker },
	{ "share", "household", write_share_household, tighten_share_household },
	{ "share", "device", write_share_device, tighten_share_device },
	{ "share", "user", write_share_user, tighten_share_user },
	{ "share", "password-file", write_share_password_file, tighten_share_password_file },
	{ "share", "ca", write_share_ca, tighten_share_ca },
	{ "share", "certificate", write_share_certificate, tighten_share_certificate },
	{ "share", "key", write_share_key, tighten_share_key },
	{ "share", "home-assistant", write_share_home_assistant, tighten_share_home_assistant },
	{ "commitment", "loosen-after", write_loosen_after, tighten_loosen_after },
};

const struct global_row *global_rows(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(globals);
	return globals;
}

void config_write_globals(FILE *f, const struct config *c)
{
	const char *section = "";

	for (size_t i = 0; i < ELEMENTSOF(globals); i++) {
		if (strcmp(section, globals[i].section) != 0)
			fprintf(f, "[%s]\n", globals[i].section);
		section = globals[i].section;
		globals[i].write(f, c);
	}
	config_write_global_passes(f, &c->passes);
}

static void write_title(FILE *f, const struct config_site *s)
{
	fprintf(f, "title = %s\n", s->title);
}

static void write_category(FILE *f, const struct config_site *s)
{
	fprintf(f, "category = %s\n", s->category);
}

static void write_domain(FILE *f, const struct config_site *s)
{
	write_list(f, "domain", &s->hosts[HOST_FEED]);
}

static void write_cdn(FILE *f, const struct config_site *s)
{
	write_list(f, "cdn", &s->hosts[HOST_CDN]);
}

static void write_free(FILE *f, const struct config_site *s)
{
	write_list(f, "free", &s->hosts[HOST_FREE]);
}

static void write_lists(FILE *f, const struct config_site *s)
{
	for (size_t i = 0; i < s->lists.n; i++)
		fprintf(f, "domains-file = %s\n", s->lists.paths[i]);
}

/* A list that is not taken any more is no smaller one. The paths are borrowed. */
static void tighten_lists(struct config_site *s, const struct config_site *by)
{
	for (size_t i = 0; i < by->lists.n && s->lists.n < CONFIG_LISTS_MAX; i++)
		if (!config_lists_contain(&s->lists, by->lists.paths[i]))
			s->lists.paths[s->lists.n++] = by->lists.paths[i];
}

static void write_main(FILE *f, const struct config_site *s)
{
	write_list(f, "main", &s->mains);
}

static void write_sitting(FILE *f, const struct config_site *s)
{
	fprintf(f, "sitting = %s\n", s->meter.needs_media ? "both" : "any");
}

/* One kind of host begins a sitting sooner than both. */
static void tighten_sitting(struct config_site *s, const struct config_site *by)
{
	s->meter.needs_media &= by->meter.needs_media;
}

static void write_amount(FILE *f, const char *key, uint64_t bytes, usec_t usec)
{
	char size[SIZE_TEXT_MAX], span[SPAN_TEXT_MAX];

	fprintf(f, "%s = %s within %s\n", key, value_format_size(bytes, size),
		format_span((int64_t)(usec / USEC_PER_SEC), span));
}

static void write_burst(FILE *f, const struct config_site *s)
{
	write_amount(f, "burst", s->meter.burst_bytes, s->meter.burst_usec);
}

/* Fewer bytes, in more time, are a burst sooner. */
static void tighten_burst(struct config_site *s, const struct config_site *by)
{
	if (by->meter.burst_bytes < s->meter.burst_bytes)
		s->meter.burst_bytes = by->meter.burst_bytes;
	if (by->meter.burst_usec > s->meter.burst_usec)
		s->meter.burst_usec = by->meter.burst_usec;
}

static void write_bridge(FILE *f, const struct config_site *s)
{
	write_span(f, "bridge", s->meter.bridge_usec);
}

static void tighten_bridge(struct config_site *s, const struct config_site *by)
{
	if (by->meter.bridge_usec > s->meter.bridge_usec)
		s->meter.bridge_usec = by->meter.bridge_usec;
}

static void write_beacon(FILE *f, const struct config_site *s)
{
	if (s->meter.beacon_bytes == 0)
		fputs("beacon = none\n", f);
	else
		write_amount(f, "beacon", s->meter.beacon_bytes, s->meter.beacon_usec);
}

/* Which of two ways to tell a page in front credits more depends on the page: it stays. */
static void tighten_beacon(struct config_site *s, const struct config_site *by)
{
	s->meter.beacon_bytes = by->meter.beacon_bytes;
	s->meter.beacon_usec = by->meter.beacon_usec;
}

static void write_settle(FILE *f, const struct config_site *s)
{
	write_span(f, "settle", s->meter.settle_usec);
}

static void tighten_settle(struct config_site *s, const struct config_site *by)
{
	if (by->meter.settle_usec < s->meter.settle_usec)
		s->meter.settle_usec = by->meter.settle_usec;
}

static void write_tail(FILE *f, const struct config_site *s)
{
	write_span(f, "tail", s->meter.tail_usec);
}

static void tighten_tail(struct config_site *s, const struct config_site *by)
{
	if (by->meter.tail_usec > s->meter.tail_usec)
		s->meter.tail_usec = by->meter.tail_usec;
}

static const struct site_row sites[] = {
	{ "title", write_title, NULL },
	{ "category", write_category, NULL },
	{ "domain", write_domain, NULL },
	{ "cdn", write_cdn, NULL },
	{ "free", write_free, NULL },
	{ "domains-file", write_lists, tighten_lists },
	{ "main", write_main, NULL },
	{ "sitting", write_sitting, tighten_sitting },
	{ "burst", write_burst, tighten_burst },
	{ "bridge", write_bridge, tighten_bridge },
	{ "beacon", write_beacon, tighten_beacon },
	{ "settle", write_settle, tighten_settle },
	{ "tail", write_tail, tighten_tail },
};

const struct site_row *site_rows(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(sites);
	return sites;
}

void config_write_rules(FILE *f, const struct rule_keys *rules, unsigned keys)
{
	size_t n;
	const struct rule_row *rows = rule_rows(&n);

	for (size_t i = 0; i < n; i++)
		if ((rules->given | keys) & rows[i].key)
			rows[i].write(f, rules);
}

void config_write_site(FILE *f, const struct config_site *s)
{
	fprintf(f, "[site %s]\n", s->name);
	for (size_t i = 0; i < ELEMENTSOF(sites); i++)
		sites[i].write(f, s);
	config_write_rules(f, &s->rules, 0);
}

static void write_group(FILE *f, const struct config *c, const struct config_group *g)
{
	fprintf(f, "[group %s]\n", g->name);
	for (size_t i = 0; i < g->n_sites; i++)
		fprintf(f, "site = %s\n", c->sites[g->sites[i]].name);
	config_write_rules(f, &g->rules, 0);
}

void config_write_person(FILE *f, const struct config *c, const struct config_person *p)
{
	fprintf(f, "[person %s]\n", p->name);
	write_list(f, "user", &p->users);
	write_list(f, "device", &p->devices);
	config_write_passes(f, &p->passes);
	if (p->instead_given && p->instead.n == 0)
		fputs("try =\n", f);
	write_list(f, "try", &p->instead);
	for (size_t i = 0; i < p->n_exceptions; i++) {
		const struct config_exception *e = &p->exceptions[i];

		fprintf(f, "[person %s %s %s]\n", p->name, e->is_group ? "group" : "site",
			e->is_group ? c->groups[e->target].name : c->sites[e->target].name);
		config_write_rules(f, &e->rules, 0);
	}
}

int config_write(const struct config *c, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *f = text_open(&text, &size);

	if (!f)
		return -ENOMEM;
	config_write_globals(f, c);
	for (size_t i = 0; i < c->n_sites; i++)
		config_write_site(f, &c->sites[i]);
	for (size_t i = 0; i < c->n_groups; i++)
		write_group(f, c, &c->groups[i]);
	for (size_t i = 0; i < c->n_persons; i++)
		config_write_person(f, c, &c->persons[i]);
	if (text_close(f, &text) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(text);
	return 0;
}
