/* resolv.conf as libc reads it. */
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/upstream.h"

static const char *at(const struct endpoint *e, char buffer[ENDPOINT_TEXT_MAX])
{
	return endpoint_format(e, buffer);
}

static void test_lines(void **state)
{
	struct endpoint list[HOOK_UPSTREAMS_MAX];
	char text[ENDPOINT_TEXT_MAX];

	assert_int_equal(upstream_parse("", list), 0);
	assert_int_equal(upstream_parse("# nameserver 192.0.2.9\nsearch example.com\n"
					"nameserver 192.0.2.1\nnameserver\t2001:db8::1 # two\n"
					"nameserver fe80::1%eth0\nnameserver nonsense\nnameserver\n"
					"options edns0\nnameserver 192.0.2.2",
				 list),
		4);
	assert_string_equal(at(&list[0], text), "192.0.2.1:53");
	assert_string_equal(at(&list[1], text), "[2001:db8::1]:53");
	assert_string_equal(at(&list[2], text), "[fe80::1]:53");
	assert_string_equal(at(&list[3], text), "192.0.2.2:53");
	assert_int_equal(upstream_parse("nameserver fe80::1%lo\nnameserver fe80::1%7\n"
					"nameserver fe80::1%nosuchlink\nnameserver 2001:db8::1",
				 list),
		4);
	assert_int_equal(list[0].link, if_nametoindex("lo"));
	assert_int_equal(list[1].link, 7);
	assert_int_equal(list[2].link, 0);
	assert_int_equal(list[3].link, 0);
	assert_false(endpoint_equal(&list[0], &list[1]));
}

static void test_never_more_than_there_is_room_for(void **state)
{
	struct endpoint list[HOOK_UPSTREAMS_MAX];
	char text[2048] = "";

	for (int i = 0; i < 50; i++)
		strcat(text, "nameserver 192.0.2.1\n");
	assert_int_equal(upstream_parse(text, list), HOOK_UPSTREAMS_MAX);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_ourselves_are_left_out(void **state)
{
	struct endpoint listen;
	const struct endpoints own = { &listen, 1 };
	char dir[] = "/tmp/focusd-test-XXXXXX", path[64], text[ENDPOINT_TEXT_MAX];
	struct upstream u;

	assert_int_equal(endpoint_parse("127.0.0.1:53", 53, &listen), 0);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/resolv.conf", dir);
	/* none: 127.0.0.1, as libc would */
	assert_int_equal(upstream_read(path, &(struct endpoints){ 0 }, &u), 0);
	assert_string_equal(at(&u.upstreams[0], text), "127.0.0.1:53");
	assert_true(u.guessed);
	write_text(path, "nameserver 127.0.0.1\nnameserver 192.0.2.7\n");
	assert_int_equal(upstream_read(path, &own, &u), 0);
	assert_int_equal(u.n_upstreams, 1);
	assert_string_equal(at(&u.upstreams[0], text), "192.0.2.7:53");
	assert_int_equal(u.n_uplinks, 1);
	unlink(path);
	rmdir(dir);
}

/* What may be asked for names that resolved would bring to us again. */
static void test_uplinks_never_lead_back_to_us(void **state)
{
	static const struct {
		const char *conf, *resolved; /* NULL: no such file */
		const char *upstream, *uplink;
	} rows[] = {
		{ "nameserver 127.0.0.53\n", "nameserver 192.0.2.1\n", "127.0.0.53:53",
			"192.0.2.1:53" },
		{ "nameserver 127.0.0.54\n", "nameserver 192.0.2.1\n", "127.0.0.54:53",
			"192.0.2.1:53" },
		/* what resolved may write of our own link */
		{ "nameserver 127.0.0.53\n",
			"nameserver 127.0.0.1:5399\nnameserver 127.0.0.53\n"
			"nameserver 192.0.2.1\n",
			"127.0.0.53:53", "192.0.2.1:53" },
		{ "nameserver 127.0.0.53\n", "search example.com\n", "127.0.0.53:53", NULL },
		/* somebody's stub without a resolved */
		{ "nameserver 127.0.0.53\n", NULL, "127.0.0.53:53", "127.0.0.53:53" },
		/* a resolver of one's own stays what it is; the stub behind it is none for us */
		{ "nameserver 127.0.0.1\nnameserver 127.0.0.53\n", "nameserver 192.0.2.1\n",
			"127.0.0.1:53", "127.0.0.1:53" },
		{ "nameserver 192.0.2.7\n", "nameserver 192.0.2.1\n", "192.0.2.7:53",
			"192.0.2.7:53" },
		/* resolved by its socket alone */
		{ "search example.com\n", "nameserver 192.0.2.1\n", "192.0.2.1:53",
			"192.0.2.1:53" },
		{ NULL, "nameserver 192.0.2.1\n", "192.0.2.1:53", "192.0.2.1:53" },
		{ NULL, NULL, "127.0.0.1:53", "127.0.0.1:53" },
		{ NULL, "", "127.0.0.1:53", "127.0.0.1:53" },
	};
	char dir[] = "/tmp/focusd-test-XXXXXX", conf[64], list[64], text[ENDPOINT_TEXT_MAX];

	assert_non_null(mkdtemp(dir));
	snprintf(conf, sizeof(conf), "%s/resolv.conf", dir);
	snprintf(list, sizeof(list), "%s/resolved", dir);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct upstream u;

		if (rows[i].conf)
			write_text(conf, rows[i].conf);
		if (rows[i].resolved)
			write_text(list, rows[i].resolved);
		assert_int_equal(upstream_read_files(conf, list, &(struct endpoints){ 0 }, &u), 0);
		assert_string_equal(at(&u.upstreams[0], text), rows[i].upstream);
		assert_int_equal(u.n_uplinks, rows[i].uplink != NULL);
		if (rows[i].uplink)
			assert_string_equal(at(&u.uplinks[0], text), rows[i].uplink);
		unlink(conf);
		unlink(list);
	}
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_never_more_than_there_is_room_for),
		cmocka_unit_test(test_ourselves_are_left_out),
		cmocka_unit_test(test_uplinks_never_lead_back_to_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
