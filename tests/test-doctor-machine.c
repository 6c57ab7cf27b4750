/* The readers of other people's files: what leads past focusd, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "doctor-checks.h"

static FILE *open_text(const char *text)
{
	FILE *f = *text ? fmemopen((void *)text, strlen(text), "r") : fopen("/dev/null", "r");

	assert_non_null(f);
	return f;
}

static void test_nsswitch(void **state)
{
	static const struct {
		const char *text, *services;
	} rows[] = {
		{ "hosts: files dns\n", "files dns" },
		{ "hosts:files dns", "files dns" },
		{ "passwd: files\nhosts:\t\tfiles  mdns4_minimal [NOTFOUND=return] dns # x\n",
			"files mdns4_minimal dns" },
		{ "hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\n",
			"mymachines resolve files myhostname dns" },
		{ "hosts: files\n", "files" },
		{ "hosts:\n", "" },
		{ "# hosts: files\npasswd: files\n", "files dns" }, /* libc's own order */
		{ "", "files dns" },
	};
	char services[256];

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_fclose_ FILE *f = open_text(rows[i].text);

		doctor_read_nsswitch(f, services, sizeof(services));
		assert_string_equal(services, rows[i].services);
	}
	doctor_read_nsswitch(NULL, services, sizeof(services));
	assert_string_equal(services, "files dns");
}

static const char *names[] = { "alpha.example", "help.alpha.example", "cdn.example" };
static bool free_names[] = { false, true, false };

static void test_metered_names(void **state)
{
	const struct metered m = { .names = names, .free = free_names, .n = 3 };
	static const struct {
		const char *host;
		bool metered;
	} rows[] = {
		{ "alpha.example", true },
		{ "WWW.Alpha.Example", true },
		{ "help.alpha.example", false },
		{ "x.help.alpha.example", false },
		{ "notalpha.example", false },
		{ "example", false },
		{ "cdn.example", true },
		{ "", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(metered_has(&m, rows[i].host), rows[i].metered);
}

static void test_hosts(void **state)
{
	const struct metered m = { .names = names, .free = free_names, .n = 3 };
	static const struct {
		const char *text;
		unsigned line;
		bool blocked;
	} rows[] = {
		{ "127.0.0.1 localhost\n", 0, false },
		{ "127.0.0.1 localhost\n192.0.2.80 www.alpha.example\n", 2, false },
		{ "192.0.2.80\tother.example cdn.example # x\n", 1, false },
		{ "2001:db8::80 cdn.example", 1, false },
		{ "# 192.0.2.80 cdn.example\n", 0, false },
		{ "192.0.2.80 help.alpha.example\n", 0, false },
		{ "198.19.128.1 cdn.example\n2001:2:0:f000::1 cdn.example\n", 0, false },
		{ "0.0.0.0 cdn.example\n", 1, true },
		{ "127.0.0.1 cdn.example\n", 1, true },
		{ "nonsense cdn.example\n\n \n", 0, false },
		{ "", 0, false },
	};
	struct probe p = { 0 };

	assert_int_equal(prefix_parse("198.19.128.0/17", &p.ranges[0]), 0);
	assert_int_equal(prefix_parse("2001:2:0:f000::/52", &p.ranges[1]), 0);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_fclose_ FILE *f = open_text(rows[i].text);
		const char *name = NULL;
		bool blocked = false;

		assert_int_equal(doctor_read_hosts(f, &m, &p, &name, &blocked), rows[i].line);
		assert_int_equal(blocked, rows[i].blocked);
		assert_int_equal(name != NULL, rows[i].line > 0);
	}
}

#define HEAD4 "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define ZEROS "00000000000000000000000000000000"

static void test_default_route(void **state)
{
	static const struct {
		const char *text;
		bool v6;
		const char *name;
	} rows[] = {
		{ HEAD4 "eth0\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", false,
			"eth0" },
		{ HEAD4 "eth0\t0002000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n", false,
			NULL },
		/* half of the internet each, as some VPNs do it, is no default route */
		{ HEAD4 "tun0\t00000000\t0102000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n", false,
			NULL },
		{ HEAD4 "eth0\t00000000\t0102000A\t0002\t0\t0\t0\t00000000\t0\t0\t0\n", false,
			NULL },
		{ HEAD4 "eth0\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
			"tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0\n"
			"wlan0\t00000000\t0102000A\t0003\t0\t0\t600\t00000000\t0\t0\t0\n",
			false, "tun0" },
		{ HEAD4, false, NULL },
		{ ZEROS " 00 " ZEROS " 00 fe800000000000000000000000000001 00000400 00000001 "
			"00000000 00000003     wg0\n",
			true, "wg0" },
		{ ZEROS " 00 " ZEROS " 00 " ZEROS " ffffffff 00000001 00000000 00200200       lo\n",
			true, NULL },
		{ "20010db8000000000000000000000000 40 " ZEROS " 00 " ZEROS
		  " 00000100 00000001 00000000 00000001     eth0\n",
			true, NULL },
		{ "", true, NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_fclose_ FILE *f = open_text(rows[i].text);
		char name[32] = "";

		assert_int_equal(
			doctor_read_default_route(f, rows[i].v6, name), rows[i].name != NULL);
		if (rows[i].name)
			assert_string_equal(name, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nsswitch),
		cmocka_unit_test(test_metered_names),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_default_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
