/* What browsers' files say, as they really look and as they never should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "browser-settings.h"

static json_t *json(const char *text)
{
	json_t *j = json_loads(text, 0, NULL);

	if (!j)
		fail_msg("no JSON: %s", text);
	return j;
}

static void test_chromium(void **state)
{
	static const struct {
		const char *policy, *state;
		enum doh_mode mode;
		bool locked;
		const char *server;
	} rows[] = {
		{ "{\"DnsOverHttpsMode\": \"off\"}", "{\"dns_over_https\": {\"mode\": \"off\"}}",
			DOH_OFF, true, "" },
		{ "{\"DnsOverHttpsMode\": \"secure\", \"DnsOverHttpsTemplates\": "
		  "\"https://a.example/q{?dns}\"}",
			"{\"dns_over_https\": {\"mode\": \"secure\", \"templates\": "
			"\"https://a.example/q{?dns}\"}}",
			DOH_FORCED, true, "https://a.example/q{?dns}" },
		{ "{\"DnsOverHttpsMode\": \"automatic\"}",
			"{\"dns_over_https\": {\"mode\": \"automatic\", \"templates\": \"\"}}",
			DOH_UNSET, true, "" },
		{ "{\"DnsOverHttpsMode\": \"automatic\", \"DnsOverHttpsTemplates\": "
		  "\"https://a.example/ https://b.example/\"}",
			"{\"dns_over_https\": {\"mode\": \"automatic\", \"templates\": "
			"\"https://a.example/ https://b.example/\"}}",
			DOH_PREFERRED, true, "https://a.example/" },
		{ "{\"HomepageLocation\": \"https://a.example\"}", "{\"browser\": {}}", DOH_UNSET,
			false, "" },
		{ "[]", "[1, 2]", DOH_UNSET, false, "" },
		{ "{\"DnsOverHttpsMode\": 3}", "{\"dns_over_https\": \"secure\"}", DOH_UNSET, false,
			"" },
		{ "{\"DnsOverHttpsMode\": \"secure\", \"DnsOverHttpsTemplates\": "
		  "\"https://\\u001b[31m\"}",
			"{\"dns_over_https\": {\"mode\": \"secure\", \"templates\": "
			"\"\\u0007\"}}",
			DOH_FORCED, true, "" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		json_t *policy = json(rows[i].policy), *local = json(rows[i].state);
		const struct doh a = doh_of_chromium_policy(policy),
				 b = doh_of_chromium_state(local);

		assert_int_equal(a.mode, rows[i].mode);
		assert_int_equal(b.mode, rows[i].mode);
		assert_int_equal(a.locked, rows[i].locked);
		assert_false(b.locked);
		assert_string_equal(a.server, rows[i].server);
		assert_string_equal(b.server, rows[i].server);
		json_decref(policy);
		json_decref(local);
	}
	assert_int_equal(doh_of_chromium_policy(NULL).mode, DOH_UNSET);
	assert_int_equal(doh_of_chromium_state(NULL).mode, DOH_UNSET);
}

static void test_firefox_policy(void **state)
{
#define POLICY(text) "{\"policies\": {\"DNSOverHTTPS\": {" text "}}}"
	static const struct {
		const char *text;
		enum doh_mode mode;
		bool locked;
	} rows[] = {
		{ POLICY("\"Enabled\": false, \"Locked\": true"), DOH_OFF, true },
		{ POLICY("\"Enabled\": false"), DOH_OFF, false },
		{ POLICY("\"Enabled\": true, \"ProviderURL\": \"https://a.example\""),
			DOH_PREFERRED, false },
		{ POLICY("\"Enabled\": true, \"Fallback\": false, \"Locked\": true"), DOH_FORCED,
			true },
		{ POLICY("\"ExcludedDomains\": []"), DOH_UNSET, false },
		{ "{\"policies\": {}}", DOH_UNSET, false },
		{ "[]", DOH_UNSET, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		json_t *policies = json(rows[i].text);
		const struct doh d = doh_of_firefox_policy(policies);

		assert_int_equal(d.mode, rows[i].mode);
		assert_int_equal(d.locked, rows[i].locked);
		json_decref(policies);
	}
}

static void test_firefox_prefs(void **state)
{
	static const struct {
		const char *text;
		enum doh_mode mode;
		const char *server;
	} rows[] = {
		{ "// Mozilla User Preferences\n\nuser_pref(\"a.b\", true);\n"
		  "user_pref(\"network.trr.mode\", 3);\n"
		  "user_pref(\"network.trr.uri\", \"https://a.example/dns-query\");\n",
			DOH_FORCED, "https://a.example/dns-query" },
		{ "user_pref(\"network.trr.custom_uri\", \"https://b.example/\");\r\n"
		  "user_pref(\"network.trr.mode\", 2);",
			DOH_PREFERRED, "https://b.example/" },
		{ "  user_pref( \"network.trr.mode\" , 5 ) ;", DOH_OFF, "" },
		{ "user_pref(\"network.trr.mode\", 0);", DOH_UNSET, "" },
		{ "user_pref(\"network.trr.mode\", 77);", DOH_UNSET, "" },
		{ "user_pref(\"network.trr.mode\", \"3\");", DOH_UNSET, "" },
		{ "user_pref(\"network.trr.model\", 3);", DOH_UNSET, "" },
		{ "// user_pref(\"network.trr.mode\", 3);", DOH_UNSET, "" },
		{ "user_pref(\"network.trr.mode\"", DOH_UNSET, "" },
		{ "", DOH_UNSET, "" },
		{ "user_pref(\"network.trr.mode\", 3);\nuser_pref(\"network.trr.mode\", 5);",
			DOH_OFF, "" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct doh d = doh_of_firefox_prefs(rows[i].text);

		if (d.mode != rows[i].mode)
			fail_msg("%s: %d", rows[i].text, d.mode);
		assert_string_equal(d.server, rows[i].server);
	}
}

static void test_the_cures_are_read_as_cures(void **state)
{
	json_t *chromium = doh_cure_chromium(), *firefox = doh_cure_firefox(NULL);

	assert_int_equal(doh_of_chromium_policy(chromium).mode, DOH_OFF);
	assert_true(doh_of_chromium_policy(chromium).locked);
	assert_int_equal(doh_of_firefox_policy(firefox).mode, DOH_OFF);
	assert_true(doh_of_firefox_policy(firefox).locked);
	json_decref(chromium);
	json_decref(firefox);
}

static void test_everything_else_in_the_policies_stays(void **state)
{
	json_t *before = json("{\"policies\": {\"Homepage\": {\"URL\": \"https://a.example\"}, "
			      "\"DNSOverHTTPS\": {\"Enabled\": true}}, \"x\": 1.5}");
	json_t *bare = json("{\"policies\": {\"Homepage\": {\"URL\": \"https://a.example\"}}, "
			    "\"x\": 1.5}");
	json_t *cured = doh_cure_firefox(before), *cured_bare = doh_cure_firefox(bare);

	assert_int_equal(doh_of_firefox_policy(cured).mode, DOH_OFF);
	assert_true(json_equal(cured, cured_bare));
	assert_true(doh_uncure_firefox(cured, before));
	assert_true(json_equal(cured, before));
	assert_true(doh_uncure_firefox(cured_bare, NULL));
	assert_true(json_equal(cured_bare, bare));
	assert_false(doh_uncure_firefox(cured, NULL)); /* not ours */
	assert_true(json_equal(cured, before));
	assert_false(doh_uncure_firefox(cured_bare, NULL));
	json_decref(before);
	json_decref(bare);
	json_decref(cured);
	json_decref(cured_bare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chromium),
		cmocka_unit_test(test_firefox_policy),
		cmocka_unit_test(test_firefox_prefs),
		cmocka_unit_test(test_the_cures_are_read_as_cures),
		cmocka_unit_test(test_everything_else_in_the_policies_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
