/* The settings as the makers document them: chromeenterprise.google/policies (DnsOverHttpsMode),
 * mozilla.github.io/policy-templates (DNSOverHTTPS) and network.trr.mode of Firefox. */
#include "browser-settings.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

/* Firefox's network.trr.mode */
enum { TRR_FIRST = 2, TRR_ONLY = 3, TRR_OFF = 5 };

/* Servers come from files that anybody may have written. */
static void set_server(struct doh *d, const char *server)
{
	if (!server)
		return;
	snprintf(d->server, sizeof(d->server), "%.*s", (int)strcspn(server, " \t\r\n"), server);
	if (!parse_is_text(d->server, strlen(d->server)))
		*d->server = 0;
}

static enum doh_mode chromium_mode(const char *word, const char *server)
{
	if (!word)
		return DOH_UNSET;
	if (strcmp(word, "off") == 0)
		return DOH_OFF;
	if (strcmp(word, "secure") == 0)
		return DOH_FORCED;
	/* automatic: with servers of its own it asks them first */
	return server && *server ? DOH_PREFERRED : DOH_UNSET;
}

static struct doh of_chromium(const json_t *mode, const json_t *templates)
{
	const char *server = json_string_value(templates);
	struct doh d = { .mode = chromium_mode(json_string_value(mode), server) };

	set_server(&d, server);
	return d;
}

struct doh doh_of_chromium_policy(const json_t *policy)
{
	struct doh d = of_chromium(json_object_get(policy, "DnsOverHttpsMode"),
		json_object_get(policy, "DnsOverHttpsTemplates"));

	d.locked = json_is_string(json_object_get(policy, "DnsOverHttpsMode"));
	return d;
}

struct doh doh_of_chromium_state(const json_t *state)
{
	const json_t *doh = json_object_get(state, "dns_over_https");

	return of_chromium(json_object_get(doh, "mode"), json_object_get(doh, "templates"));
}

struct doh doh_of_firefox_policy(const json_t *policies)
{
	const json_t *doh = json_object_get(json_object_get(policies, "policies"), "DNSOverHTTPS");
	const json_t *enabled = json_object_get(doh, "Enabled");
	struct doh d = { .locked = json_is_true(json_object_get(doh, "Locked")) };

	if (json_is_false(enabled))
		d.mode = DOH_OFF;
	else if (json_is_true(enabled))
		d.mode = json_is_false(json_object_get(doh, "Fallback")) ? DOH_FORCED
									 : DOH_PREFERRED;
	set_server(&d, json_string_value(json_object_get(doh, "ProviderURL")));
	return d;
}

static enum doh_mode trr_mode(int mode)
{
	switch (mode) {
	case TRR_FIRST:
		return DOH_PREFERRED;
	case TRR_ONLY:
		return DOH_FORCED;
	case TRR_OFF:
		return DOH_OFF;
	default: /* Firefox's numbers are open; the others leave it to Firefox */
		return DOH_UNSET;
	}
}

/* user_pref("network.trr.mode", 3); */
static void read_pref(const char *line, struct doh *d)
{
	char name[64], server[DOH_SERVER_MAX];
	int mode, at = 0;

	if (sscanf(line, " user_pref ( \"%63[^\"]\" , %n", name, &at) != 1 || at == 0)
		return;
	if (strcmp(name, "network.trr.mode") == 0 && sscanf(line + at, "%d", &mode) == 1)
		d->mode = trr_mode(mode);
	else if ((strcmp(name, "network.trr.custom_uri") == 0 ||
			 strcmp(name, "network.trr.uri") == 0) &&
		 sscanf(line + at, "\"%159[^\"]\"", server) == 1)
		set_server(d, server);
}

struct doh doh_of_firefox_prefs(const char *text)
{
	struct doh d = { 0 };

	while (*text) {
		const size_t n = strcspn(text, "\n");
		char line[512];

		/* longer lines hold other things */
		if (n < sizeof(line)) {
			memcpy(line, text, n);
			line[n] = 0;
			read_pref(line, &d);
		}
		text += n + (text[n] == '\n');
	}
	return d;
}

json_t *doh_cure_chromium(void)
{
	return json_pack("{s:s}", "DnsOverHttpsMode", "off");
}

static json_t *firefox_entry(void)
{
	return json_pack("{s:b, s:b}", "Enabled", 0, "Locked", 1);
}

json_t *doh_cure_firefox(const json_t *policies)
{
	json_t *cured = json_is_object(policies) ? json_deep_copy(policies) : json_object();
	json_t *inner = json_object_get(cured, "policies");

	if (!json_is_object(inner)) {
		inner = json_object();
		json_object_set_new(cured, "policies", inner);
	}
	json_object_set_new(inner, "DNSOverHTTPS", firefox_entry());
	return cured;
}

bool doh_uncure_firefox(json_t *policies, const json_t *before)
{
	json_t *inner = json_object_get(policies, "policies");
	json_t *ours = firefox_entry();
	json_t *then = json_object_get(json_object_get(before, "policies"), "DNSOverHTTPS");
	const bool is_ours = json_equal(json_object_get(inner, "DNSOverHTTPS"), ours);

	json_decref(ours);
	if (!is_ours)
		return false;
	if (then)
		json_object_set(inner, "DNSOverHTTPS", then);
	else
		json_object_del(inner, "DNSOverHTTPS");
	return true;
}
