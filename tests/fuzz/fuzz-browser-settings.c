/* Any bytes as the files of a browser, which whoever owns the home has written: a value that can be
 * shown. What is cured asks the system, and is as it was when the cure is taken back. */
#include "base/cleanup.h"
#include "base/parse.h"
#include "browser-settings.h"
#include "fuzz.h"

#define _cleanup_json_ _cleanup_(json_decrefp)

static void check(struct doh d)
{
	must(d.mode == DOH_UNSET || d.mode == DOH_OFF || d.mode == DOH_PREFERRED ||
		d.mode == DOH_FORCED);
	must(memchr(d.server, 0, sizeof(d.server)) != NULL);
	must(parse_is_text(d.server, strlen(d.server)) && !strpbrk(d.server, " \t\r\n"));
}

static json_t *entry(const json_t *policies)
{
	return json_object_get(json_object_get(policies, "policies"), "DNSOverHTTPS");
}

static void check_cure(const json_t *policies)
{
	_cleanup_json_ json_t *cured = doh_cure_firefox(policies);
	const struct doh d = doh_of_firefox_policy(cured);

	must(d.mode == DOH_OFF && d.locked);
	must(doh_uncure_firefox(cured, policies));
	must(entry(policies) ? json_equal(entry(cured), entry(policies)) : !entry(cured));
	must(!doh_uncure_firefox(cured, policies) || json_equal(entry(cured), entry(policies)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_free_ char *text = fuzz_text(data, n);
	_cleanup_json_ json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);

	check(doh_of_firefox_prefs(text));
	check(doh_of_chromium_policy(json));
	check(doh_of_chromium_state(json));
	check(doh_of_firefox_policy(json));
	check_cure(json);
	return 0;
}
