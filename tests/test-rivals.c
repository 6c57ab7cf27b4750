/* Whose rules stand in the way, out of listings as libnftables writes them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/rivals.h"

static int setup(void **state)
{
	static struct prefix ranges[2];

	assert_int_equal(prefix_parse("198.19.128.0/17", &ranges[0]), 0);
	assert_int_equal(prefix_parse("2001:2:0:f000::/52", &ranges[1]), 0);
	*state = ranges;
	return 0;
}

/* The kernel lists a chain at a time; here all of it stands in one. */
static int list_all(
	const char *family, const char *table, const char *chain, char **ret, void *userdata)
{
	*ret = strdup(userdata);
	return *ret ? 0 : -ENOMEM;
}

static int look(void **state, const char *objects, struct rivals *ret)
{
	char json[4096];

	snprintf(json, sizeof(json),
		"{\"nftables\": [{\"metainfo\": {\"version\": \"1.0.6\", \"release_name\": \"x\", "
		"\"json_schema_version\": 1}}%s%s]}",
		*objects ? ", " : "", objects);
	return rivals_find(json, *state, list_all, json, ret);
}

#define CHAIN(table, name, type, hook, prio)                                                 \
	"{\"chain\": {\"family\": \"ip\", \"table\": \"" table "\", \"name\": \"" name       \
	"\", \"handle\": 1, \"type\": \"" type "\", \"hook\": \"" hook "\", \"prio\": " prio \
	", \"policy\": \"accept\"}}"
#define PLAIN_CHAIN(table, name)                                                       \
	"{\"chain\": {\"family\": \"ip\", \"table\": \"" table "\", \"name\": \"" name \
	"\", \"handle\": 2}}"
#define RULE(table, chain, expr)                                                        \
	"{\"rule\": {\"family\": \"ip\", \"table\": \"" table "\", \"chain\": \"" chain \
	"\", \"handle\": 3, \"expr\": [" expr "]}}"
#define MATCH(protocol, field, op, right)                                                     \
	"{\"match\": {\"op\": \"" op "\", \"left\": {\"payload\": {\"protocol\": \"" protocol \
	"\", \"field\": \"" field "\"}}, \"right\": " right "}}"
#define PORT(right) MATCH("udp", "dport", "==", right)
#define TO_5353     "{\"redirect\": {\"port\": 5353}}"
#define DNAT        "{\"dnat\": {\"addr\": \"192.0.2.9\"}}"
#define NAT         CHAIN("other", "output", "nat", "output", "-150")

static void test_who_takes_look_ups_first(void **state)
{
	static const struct {
		const char *objects;
		size_t n;
	} rows[] = {
		{ "", 0 },
		{ NAT ", " RULE("other", "output", PORT("53") ", " TO_5353), 1 },
		{ NAT ", " RULE("other", "output", PORT("53") ", " DNAT), 1 },
		{ NAT ", " RULE("other", "output", PORT("53") ", {\"xt\": null}"), 1 },
		{ NAT ", " RULE("other", "output", PORT("{\"set\": [53, 853]}") ", " DNAT), 1 },
		{ NAT ", " RULE("other", "output", PORT("{\"range\": [1, 1023]}") ", " DNAT), 1 },
		{ NAT ", " RULE("other", "output", PORT("{\"range\": [54, 99]}") ", " DNAT), 0 },
		{ NAT ", " RULE("other", "output", PORT("853") ", " DNAT), 0 },
		{ NAT ", " RULE("other", "output", PORT("53") ", {\"accept\": null}"), 0 },
		/* after ours, of another kind, for those who come from outside, our own */
		{ CHAIN("other", "output", "nat", "output", "-100") ", " RULE(
			  "other", "output", PORT("53") ", " TO_5353),
			0 },
		{ CHAIN("other", "output", "filter", "output", "-150") ", " RULE(
			  "other", "output", PORT("53") ", " TO_5353),
			0 },
		{ CHAIN("other", "output", "nat", "prerouting", "-150") ", " RULE(
			  "other", "output", PORT("53") ", " TO_5353),
			0 },
		{ CHAIN("focusd-redirect-7", "names", "nat", "output", "-150") ", " RULE(
			  "focusd-redirect-7", "names", PORT("53") ", " TO_5353),
			0 },
		/* in a chain that is called, and in one that is not */
		{ NAT ", " PLAIN_CHAIN("other", "dns") ", " RULE(
			  "other", "output", "{\"jump\": {\"target\": \"dns\"}}") ", " RULE("other",
			  "dns", PORT("53") ", " TO_5353),
			1 },
		{ NAT ", " PLAIN_CHAIN("other", "dns") ", " RULE(
			  "other", "dns", PORT("53") ", " TO_5353),
			0 },
		/* in one that calls itself: the kernel has none, but lists them one by one */
		{ NAT ", " RULE("other", "output",
			  "{\"jump\": {\"target\": \"output\"}}") ", " RULE("other", "output",
			  PORT("53") ", " TO_5353),
			1 },
		/* a name that is none */
		{ CHAIN("oth;er", "output", "nat", "output", "-150") ", " RULE(
			  "oth;er", "output", PORT("53") ", " TO_5353),
			0 },
		/* told once, though there are two rules */
		{ NAT ", " RULE("other", "output", PORT("53") ", " TO_5353) ", " RULE(
			  "other", "output", PORT("53") ", " DNAT),
			1 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(rivals_done) struct rivals found = { 0 };

		assert_int_equal(look(state, rows[i].objects, &found), 0);
		if (found.redirects.n != rows[i].n)
			fail_msg("row %zu: %zu found", i, found.redirects.n);
		assert_int_equal(found.drops.n, 0);
		assert_string_equal(found.version, "1.0.6");
	}
}

#define RAW       CHAIN("wall", "out", "filter", "output", "-300")
#define TO(right) MATCH("ip", "daddr", "==", right)
#define DROP      "{\"drop\": null}"

static void test_who_drops_leases(void **state)
{
	static const struct {
		const char *objects;
		size_t n;
	} rows[] = {
		{ RAW ", " RULE("wall", "out",
			  TO("{\"prefix\": {\"addr\": \"198.18.0.0\", \"len\": 15}}") ", " DROP),
			1 },
		{ RAW ", " RULE("wall", "out", TO("\"198.19.200.1\"") ", " DROP), 1 },
		{ RAW ", " RULE("wall", "out",
			  TO("\"198.19.200.1\"") ", {\"reject\": {\"type\": \"icmp\"}}"),
			1 },
		{ RAW ", " RULE("wall", "out",
			  TO("{\"set\": [\"192.0.2.1\", {\"prefix\": {\"addr\": \"198.19.0.0\", "
			     "\"len\": 16}}]}") ", " DROP),
			1 },
		{ RAW ", " RULE("wall", "out",
			  MATCH("ip6", "daddr", "==",
				  "{\"prefix\": {\"addr\": \"2001:2::\", \"len\": 48}}") ", " DROP),
			1 },
		{ RAW ", " RULE("wall", "out", TO("\"192.0.2.1\"") ", " DROP), 0 },
		{ RAW ", " RULE("wall", "out", TO("\"198.19.200.1\"") ", {\"accept\": null}"), 0 },
		{ RAW ", " RULE("wall", "out", TO("\"@bogons\"") ", " DROP), 0 },
		/* behind the translation nobody sees a lease */
		{ CHAIN("wall", "out", "filter", "output", "0") ", " RULE(
			  "wall", "out", TO("\"198.19.200.1\"") ", " DROP),
			0 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(rivals_done) struct rivals found = { 0 };

		assert_int_equal(look(state, rows[i].objects, &found), 0);
		if (found.drops.n != rows[i].n)
			fail_msg("row %zu: %zu found", i, found.drops.n);
		assert_int_equal(found.redirects.n, 0);
	}
}

static void test_what_is_no_listing(void **state)
{
	static const char *const texts[] = { "", "[]", "{}", "{\"nftables\": 1}",
		"{\"nftables\": [" };
	struct rivals found;

	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		assert_int_equal(rivals_find(texts[i], *state, list_all, NULL, &found), -EBADMSG);
}

#define CT(key, dir, address, len)                                                               \
	"{\"match\": {\"op\": \"==\", \"left\": {\"ct\": {\"key\": \"" key "\", \"dir\": \"" dir \
	"\"}}, \"right\": {\"prefix\": {\"addr\": \"" address "\", \"len\": " len "}}}}"
#define LEASES4 \
	RULE("r", "f", CT("ip daddr", "original", "198.19.128.0", "17") ", {\"accept\": null}")
#define LEASES6 RULE("r", "f", CT("ip6 daddr", "original", "2001:2::", "48") ", {\"return\": null}")
#define FLOW    "{\"flow\": {\"op\": \"add\", \"flowtable\": \"@ft\"}}"
#define FORWARD CHAIN("r", "f", "filter", "forward", "0")

static void test_who_offloads_flows(void **state)
{
	static const struct {
		const char *objects;
		size_t n;
	} rows[] = {
		{ FORWARD, 0 },
		{ FORWARD ", " RULE("r", "f", FLOW), 1 },
		{ FORWARD ", " LEASES4 ", " RULE("r", "f", FLOW), 1 },
		{ FORWARD ", " LEASES4 ", " LEASES6 ", " RULE("r", "f", FLOW), 0 },
		{ FORWARD ", " RULE("r", "f", FLOW) ", " LEASES4 ", " LEASES6, 1 },
		{ FORWARD ", " RULE("r", "f",
			  CT("ip daddr", "reply", "198.19.128.0",
				  "17") ", {\"accept\": null}") ", " LEASES6
								", " RULE("r", "f", FLOW),
			1 },
		{ FORWARD ", " RULE("r", "f", "{\"jump\": {\"target\": \"g\"}}") ", " PLAIN_CHAIN(
			  "r", "g") ", " RULE("r", "g", FLOW),
			1 },
		{ CHAIN("r", "f", "filter", "output", "0") ", " RULE("r", "f", FLOW), 0 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct rivals found;

		assert_int_equal(look(state, rows[i].objects, &found), 0);
		if (found.offloads.n != rows[i].n)
			fail_msg("row %zu: %zu found", i, found.offloads.n);
		rivals_done(&found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_takes_look_ups_first),
		cmocka_unit_test(test_who_drops_leases),
		cmocka_unit_test(test_what_is_no_listing),
		cmocka_unit_test(test_who_offloads_flows),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
