/* What nft lists, as it really looks, and as it never should. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/gate-listing.h"

#define META "{\"metainfo\": {\"version\": \"1.0.6\", \"json_schema_version\": 1}}"
#define LISTING(kind, elements)                                                         \
	"{\"nftables\": [" META ", {\"" kind "\": {\"family\": \"inet\", "              \
	"\"name\": \"x\", \"table\": \"focusd\", \"type\": [\"ipv4_addr\", \"mark\"], " \
	"\"handle\": 7" elements "}}]}"
#define COUNTER(block, mark, bytes)                                      \
	"{\"elem\": {\"val\": {\"concat\": [\"" block "\", " mark "]}, " \
	"\"counter\": {\"packets\": 3, \"bytes\": " bytes "}}}"

static void check_counter(const struct gate_counters *c, size_t i, const char *block, uint32_t mark,
	uint64_t down, uint64_t up)
{
	char text[ADDRESS_TEXT_MAX];

	assert_true(i < c->n);
	assert_string_equal(address_format(&c->items[i].block, text), block);
	assert_int_equal(c->items[i].mark, mark);
	assert_true(c->items[i].down_bytes == down && c->items[i].up_bytes == up);
}

static void test_both_directions_meet(void **state)
{
	static const char down[] = LISTING(
		"set", ", \"elem\": [" COUNTER("198.19.128.0", "16777216", "5000") ", " COUNTER(
			       "198.19.128.64", "33554432", "18446744073709") "]");
	static const char up[] =
		LISTING("set", ", \"elem\": [" COUNTER("198.19.128.64", "33554432",
				       "70") ", " COUNTER("198.19.128.64", "16777216", "9") "]");
	static const char up6[] =
		LISTING("set", ", \"elem\": [" COUNTER("2001:2:0:f001::", "16777216", "11") "]");
	struct gate_counters c = { 0 };

	assert_int_equal(gate_listing_counters(down, false, 24, &c), 0);
	assert_int_equal(gate_listing_counters(up, true, 24, &c), 0);
	assert_int_equal(gate_listing_counters(up6, true, 24, &c), 0);
	assert_int_equal(c.n, 4);
	check_counter(&c, 0, "198.19.128.0", 1, 5000, 0);
	check_counter(&c, 1, "198.19.128.64", 2, 18446744073709, 70);
	check_counter(&c, 2, "198.19.128.64", 1, 0, 9);
	check_counter(&c, 3, "2001:2:0:f001::", 1, 0, 11);
	free(c.items);
}

static void test_an_empty_set_is_no_mistake(void **state)
{
	struct gate_counters c = { 0 };

	assert_int_equal(gate_listing_counters(LISTING("set", ""), true, 24, &c), 0);
	assert_int_equal(gate_listing_counters(LISTING("set", ", \"elem\": []"), true, 24, &c), 0);
	assert_int_equal(c.n, 0);
}

static void test_many_counters(void **state)
{
	char *text = malloc(200 * 1000), *end = text;
	struct gate_counters c = { 0 };

	assert_non_null(text);
	end += sprintf(end, "{\"nftables\": [{\"set\": {\"elem\": [");
	for (int i = 0; i < 1000; i++)
		end += sprintf(end, "%s" COUNTER("198.19.%d.%d", "%d", "%d"), i ? ", " : "",
			128 + i / 8, i % 4 * 64, (1 + i / 4 % 2) << 24, i);
	sprintf(end, "]}}]}");
	assert_int_equal(gate_listing_counters(text, false, 24, &c), 0);
	assert_int_equal(c.n, 1000);
	check_counter(&c, 999, "198.19.252.192", 2, 999, 0);
	free(c.items);
	free(text);
}

static void test_what_is_no_counter(void **state)
{
	static const char *const rows[] = {
		"",
		"nft: command not found",
		"{}",
		"[]",
		"{\"nftables\": {}}",
		"{\"nftables\": [" META "]}",
		LISTING("map", ""),
		LISTING("set", ", \"elem\": [\"198.19.128.0\"]"),
		LISTING("set", ", \"elem\": [" COUNTER("198.19.128", "1", "1") "]"),
		LISTING("set", ", \"elem\": [" COUNTER("198.19.128.0", "\"one\"", "1") "]"),
		LISTING("set", ", \"elem\": [" COUNTER("198.19.128.0", "1", "1.5") "]"),
		LISTING("set", ", \"elem\": [{\"elem\": {\"val\": {\"concat\": [\"198.19.128.0\", "
			       "1]}}}]"),
		LISTING("set", ", \"elem\": [" COUNTER("198.19.128.0", "1", "1")),
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct gate_counters c = { 0 };

		if (gate_listing_counters(rows[i], true, 24, &c) != -EBADMSG)
			fail_msg("taken: %s", rows[i]);
		free(c.items);
	}
}

#define TRY(key, packets)                \
	"{\"elem\": {\"val\": " key ", " \
	"\"counter\": {\"packets\": " packets ", \"bytes\": 60}}}"

static void test_tries(void **state)
{
	static const char known[] = LISTING("set",
		", \"elem\": [" TRY("{\"concat\": [1001, \"192.0.2.1\", 443]}", "12") ", " TRY(
			"{\"concat\": [0, \"2001:db8::1\", 853]}", "1") "]");
	static const char others[] = LISTING("set", ", \"elem\": [" TRY("1002", "7") "]");
	struct gate_tries t = { 0 };
	char text[ENDPOINT_TEXT_MAX];

	assert_int_equal(gate_listing_tries(known, &t), 0);
	assert_int_equal(gate_listing_tries(LISTING("set", ""), &t), 0);
	assert_int_equal(gate_listing_tries(others, &t), 0);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.items[0].uid, 1001);
	assert_int_equal(t.items[0].packets, 12);
	assert_string_equal(endpoint_format(&t.items[0].server, text), "192.0.2.1:443");
	assert_string_equal(endpoint_format(&t.items[1].server, text), "[2001:db8::1]:853");
	assert_int_equal(t.items[2].uid, 1002);
	assert_int_equal(t.items[2].server.address.family, AF_UNSPEC);
	assert_int_equal(t.items[2].packets, 7);
	free(t.items);
}

static void test_what_is_no_try(void **state)
{
	static const char *const rows[] = {
		"",
		LISTING("map", ""),
		LISTING("set", ", \"elem\": [1001]"),
		LISTING("set", ", \"elem\": [" TRY("\"anna\"", "1") "]"),
		LISTING("set", ", \"elem\": [" TRY("1001", "\"many\"") "]"),
		LISTING("set",
			", \"elem\": [" TRY("{\"concat\": [1001, \"192.0.2\", 443]}", "1") "]"),
		LISTING("set", ", \"elem\": [" TRY("{\"concat\": [1001, \"192.0.2.1\"]}", "1") "]"),
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct gate_tries t = { 0 };

		if (gate_listing_tries(rows[i], &t) != -EBADMSG)
			fail_msg("taken: %s", rows[i]);
		free(t.items);
	}
}

static int count_mapping(const struct gate_mapping *mapping, void *userdata)
{
	char lease[ADDRESS_TEXT_MAX], real[ADDRESS_TEXT_MAX];
	int *n = userdata;

	if (*n == 0)
		assert_string_equal(address_format(&mapping->lease, lease), "198.19.128.1");
	if (*n == 0)
		assert_string_equal(address_format(&mapping->real, real), "192.0.2.80");
	return ++*n == 3 ? -ECANCELED : 0;
}

static void test_mappings(void **state)
{
#define PAIR "[\"198.19.128.1\", \"192.0.2.80\"]"
	static const char two[] = LISTING("map", ", \"elem\": [" PAIR ", " PAIR "]");
	static const char four[] =
		LISTING("map", ", \"elem\": [" PAIR ", " PAIR ", " PAIR ", " PAIR "]");
	int n = 0;

	assert_int_equal(gate_listing_map(two, count_mapping, &n), 0);
	assert_int_equal(n, 2);
	n = 0;
	assert_int_equal(gate_listing_map(four, count_mapping, &n), -ECANCELED);
	assert_int_equal(n, 3);
	assert_int_equal(gate_listing_map(LISTING("map", ""), count_mapping, &n), 0);
	assert_int_equal(gate_listing_map(LISTING("map", ", \"elem\": [\"198.19.128.1\"]"),
				 count_mapping, &n),
		-EBADMSG);
	assert_int_equal(gate_listing_map(LISTING("set", ""), count_mapping, &n), -EBADMSG);
}

static void test_the_size_of_a_table(void **state)
{
	size_t n = 99;

	assert_int_equal(gate_listing_size("{\"nftables\": [" META ", {}, {}]}", &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(gate_listing_size("{\"nftables\": 3}", &n), -EBADMSG);
	assert_int_equal(n, 3);
}

static int note_name(const char *name, void *userdata)
{
	strcat(userdata, name);
	return strcmp(name, "last") == 0 ? -ECANCELED : 0;
}

/* As nft 1.0.6 lists them; they come and go, and no table is less whole for it. */
static void test_limits(void **state)
{
	static const char listing[] =
		"{\"nftables\": [" META ", {\"limit\": {\"family\": \"inet\", \"name\": "
		"\"slow-1-2-64000\", \"table\": \"focusd\", \"handle\": 8, \"rate\": 64000, "
		"\"per\": \"second\", \"inv\": true, \"rate_unit\": \"bytes\"}}, {\"set\": {}}, "
		"{\"limit\": {\"name\": \"last\"}}, {\"limit\": {\"name\": \"unheard\"}}]}";
	char names[64] = "";
	size_t n;

	assert_int_equal(gate_listing_limits(listing, note_name, names), -ECANCELED);
	assert_string_equal(names, "slow-1-2-64000last");
	assert_int_equal(gate_listing_size(listing, &n), 0);
	assert_int_equal(n, 2); /* the set, and nft's line about itself */
	assert_int_equal(gate_listing_limits("{\"nftables\": [" META "]}", note_name, names), 0);
	assert_int_equal(gate_listing_limits("{}", note_name, names), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_directions_meet),
		cmocka_unit_test(test_an_empty_set_is_no_mistake),
		cmocka_unit_test(test_many_counters),
		cmocka_unit_test(test_what_is_no_counter),
		cmocka_unit_test(test_tries),
		cmocka_unit_test(test_what_is_no_try),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_the_size_of_a_table),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
