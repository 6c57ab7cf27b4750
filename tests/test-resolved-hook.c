/* What systemd-resolved hears of us: the names to ask for, answers, and silence where it goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <systemd/sd-json.h>
#include <systemd/sd-varlink.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dns/resolved-hook.h"

#define INTERFACE "io.systemd.Resolve.Hook"
#define ASKED_MAX 32

struct scene {
	sd_event *event;
	int listen_fd;
	struct resolved_hook *hook;
	sd_varlink *client;
	struct request *asked[ASKED_MAX];
	size_t n_asked;
	sd_json_variant *reply; /* the last */
	char error[128];
	int n_replies;
};

static void on_asked(struct request *request, void *userdata)
{
	struct scene *s = userdata;

	assert_true(s->n_asked < ASKED_MAX);
	assert_non_null(request->answered);
	s->asked[s->n_asked++] = request;
}

static int on_reply(sd_varlink *link, sd_json_variant *parameters, const char *error_id,
	sd_varlink_reply_flags_t flags, void *userdata)
{
	struct scene *s = userdata;

	sd_json_variant_unref(s->reply);
	s->reply = sd_json_variant_ref(parameters);
	snprintf(s->error, sizeof(s->error), "%s", error_id ? error_id : "");
	s->n_replies++;
	return 0;
}

/* Ten seconds without the wanted are an error. */
static void run_until(struct scene *s, const int *replies, int wanted, size_t asked)
{
	for (int i = 0; (*replies < wanted || s->n_asked < asked) && i < 1000; i++)
		assert_true(sd_event_run(s->event, 10000) >= 0);
	assert_int_equal(*replies, wanted);
	assert_int_equal(s->n_asked, asked);
}

static sd_varlink *connect_client(struct scene *s, const char *path)
{
	sd_varlink *client;

	assert_true(sd_varlink_connect_address(&client, path) >= 0);
	sd_varlink_set_userdata(client, s);
	assert_true(sd_varlink_bind_reply(client, on_reply) >= 0);
	assert_true(sd_varlink_attach_event(client, s->event, SD_EVENT_PRIORITY_NORMAL) >= 0);
	return client;
}

static void open_scene(struct scene *s)
{
	char dir[] = "/tmp/focusd-test-XXXXXX";
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*s = (struct scene){ 0 };
	assert_non_null(mkdtemp(dir));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/hook", dir);
	s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(s->listen_fd >= 0);
	assert_int_equal(bind(s->listen_fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->listen_fd, 8), 0);
	assert_int_equal(sd_event_new(&s->event), 0);
	assert_int_equal(resolved_hook_new(s->event, s->listen_fd, on_asked, s, &s->hook), 0);
	s->client = connect_client(s, a.sun_path);
	unlink(a.sun_path);
	rmdir(dir);
}

static void close_scene(struct scene *s)
{
	sd_varlink_flush_close_unref(s->client);
	assert_null(resolved_hook_free(s->hook));
	close(s->listen_fd);
	sd_json_variant_unref(s->reply);
	sd_event_unref(s->event);
}

/* keys: JSON, as resolved writes it */
static void ask(struct scene *s, const char *keys)
{
	sd_json_variant *question;
	char text[2048];

	assert_true(snprintf(text, sizeof(text), "{\"question\":%s}", keys) < (int)sizeof(text));
	assert_true(sd_json_parse(text, 0, &question, NULL, NULL) >= 0);
	assert_true(sd_varlink_invoke(s->client, INTERFACE ".ResolveRecord", question) >= 0);
	sd_json_variant_unref(question);
}

static void assert_reply(struct scene *s, const char *expected)
{
	char *text;

	assert_string_equal(s->error, "");
	assert_true(sd_json_variant_format(s->reply, 0, &text) >= 0);
	assert_string_equal(text, expected);
	free(text);
}

static void answer(struct scene *s, size_t i, enum dns_rcode rcode, const char *address)
{
	struct address a;
	struct dns_answer answer = { .rcode = rcode, .addresses = &a, .ede = -1 };

	if (address) {
		assert_int_equal(address_parse(address, &a), 0);
		answer.n_addresses = 1;
	}
	s->asked[i]->answered(s->asked[i], &answer);
}

#define A    "{\"key\":{\"class\":1,\"type\":1,\"name\":\"www.Example.com\"}}"
#define AAAA "{\"key\":{\"class\":1,\"type\":28,\"name\":\"www.example.com\"}}"
#define UTF8 "{\"key\":{\"class\":1,\"type\":1,\"name\":\"w\xc3\xbc.example.com\"}}"

static void test_both_families_at_once(void **state)
{
	struct scene s;

	open_scene(&s);
	ask(&s, "[" A "," AAAA "," UTF8 "]");
	run_until(&s, &s.n_replies, 0, 2);
	assert_string_equal(s.asked[0]->query.name, "www.example.com");
	assert_int_equal(s.asked[0]->query.type, DNS_A);
	assert_int_equal(s.asked[1]->query.type, DNS_AAAA);
	assert_int_equal(s.asked[1]->query.klass, 1);
	answer(&s, 1, DNS_NOERROR, NULL);
	answer(&s, 0, DNS_NOERROR, "192.0.2.7");
	run_until(&s, &s.n_replies, 1, 2);
	assert_reply(&s, "{\"rcode\":0,\"answer\":[{\"raw\":"
			 "\"A3d3dwdleGFtcGxlA2NvbQAAAQABAAAAPAAEwAACBw==\"}]}");
	close_scene(&s);
}

static void test_no_address_and_failures(void **state)
{
	struct scene s;

	open_scene(&s);
	ask(&s, "[" A "]");
	run_until(&s, &s.n_replies, 0, 1);
	answer(&s, 0, DNS_NOERROR, NULL);
	run_until(&s, &s.n_replies, 1, 1);
	assert_reply(&s, "{\"rcode\":0}");
	ask(&s, "[" A "]");
	run_until(&s, &s.n_replies, 1, 2);
	answer(&s, 1, DNS_NXDOMAIN, NULL);
	run_until(&s, &s.n_replies, 2, 2);
	assert_reply(&s, "{\"rcode\":3}");
	/* an address is better than nothing */
	ask(&s, "[" A "," AAAA "]");
	run_until(&s, &s.n_replies, 2, 4);
	answer(&s, 2, DNS_SERVFAIL, NULL);
	answer(&s, 3, DNS_NOERROR, "2001:db8::7");
	run_until(&s, &s.n_replies, 3, 4);
	assert_int_equal(
		sd_json_variant_integer(sd_json_variant_by_key(s.reply, "rcode")), DNS_NOERROR);
	assert_int_equal(sd_json_variant_elements(sd_json_variant_by_key(s.reply, "answer")), 1);
	close_scene(&s);
}

static void test_silence_lets_it_go_on(void **state)
{
	struct scene s;

	open_scene(&s);
	ask(&s, "[" A "," AAAA "]");
	run_until(&s, &s.n_replies, 0, 2);
	answer(&s, 0, DNS_NOERROR, "192.0.2.7");
	s.asked[1]->answered(s.asked[1], NULL);
	run_until(&s, &s.n_replies, 1, 2);
	assert_reply(&s, "{}");
	/* a name that we can't know, and none at all */
	ask(&s, "[" UTF8 "]");
	run_until(&s, &s.n_replies, 2, 2);
	assert_reply(&s, "{}");
	ask(&s, "[]");
	run_until(&s, &s.n_replies, 3, 2);
	assert_reply(&s, "{}");
	close_scene(&s);
}

static void test_bad_questions(void **state)
{
	static const char *const bad[] = {
		"[5]",
		"[{}]",
		"[{\"key\":5}]",
		"[{\"key\":{\"class\":1,\"type\":1}}]",
		"[{\"key\":{\"class\":1,\"type\":1,\"name\":5}}]",
		"[{\"key\":{\"class\":1,\"type\":65537,\"name\":\"a.example\"}}]",
		"[{\"key\":{\"class\":-1,\"type\":1,\"name\":\"a.example\"}}]",
		"[{\"key\":{\"class\":\"IN\",\"type\":1,\"name\":\"a.example\"}}]",
	};
	char many[2048] = "[" A;
	struct scene s;

	open_scene(&s);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		ask(&s, bad[i]);
		run_until(&s, &s.n_replies, (int)i + 1, 0);
		assert_reply(&s, "{}");
	}
	s.n_replies = 0;
	for (int i = 0; i < RESOLVED_KEYS_MAX; i++)
		strcat(many, "," A);
	ask(&s, strcat(many, "]"));
	run_until(&s, &s.n_replies, 1, 0);
	assert_reply(&s, "{}");
	ask(&s, "\"text\"");
	run_until(&s, &s.n_replies, 2, 0);
	assert_string_equal(s.error, SD_VARLINK_ERROR_INVALID_PARAMETER);
	close_scene(&s);
}

/* The asker may be gone before the answer is there. */
static void test_nobody_waits_any_more(void **state)
{
	struct scene s;

	open_scene(&s);
	ask(&s, "[" A "]");
	run_until(&s, &s.n_replies, 0, 1);
	sd_varlink_close(s.client);
	for (int i = 0; i < 5; i++)
		assert_true(sd_event_run(s.event, 1000) >= 0);
	answer(&s, 0, DNS_NOERROR, "192.0.2.7");
	close_scene(&s);
}

static struct hook_table *build_table(bool resolved, bool canary, size_t n, uint8_t **ret_bytes)
{
	struct hook_setup setup = {
		.n_upstreams = 1, .n_uplinks = 1, .canary = canary, .resolved = resolved
	};
	_cleanup_free_ struct hook_name *names = calloc(n + 1, sizeof(*names));
	_cleanup_free_ char *text = calloc(n + 1, 32);
	struct hook_table *table;
	size_t size;

	assert_int_equal(endpoint_parse("192.0.2.53", 53, &setup.upstreams[0]), 0);
	setup.uplinks[0] = setup.upstreams[0];
	assert_int_equal(prefix_parse("198.19.128.0/17", &setup.lease4), 0);
	assert_int_equal(prefix_parse("2001:2:0:f000::/52", &setup.lease6), 0);
	for (size_t i = 0; i < n; i++) {
		snprintf(text + i * 32, 32, "n%zu.example", i);
		names[i] = (struct hook_name){ text + i * 32, true, false };
	}
	names[n] = (struct hook_name){ "free.n0.example", false, false };
	assert_int_equal(hook_table_build(&setup, names, n + 1, ret_bytes, &size), 0);
	assert_int_equal(hook_table_open(*ret_bytes, size, &table), 0);
	return table;
}

static void tell(struct scene *s, bool resolved, bool canary, size_t n)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	struct hook_table *table = build_table(resolved, canary, n, &bytes);

	assert_int_equal(resolved_hook_filter(s->hook, table), 0);
	hook_table_close(table);
}

static size_t n_domains(const struct scene *s)
{
	return sd_json_variant_elements(sd_json_variant_by_key(s->reply, "filterDomains"));
}

static void test_the_filter_follows_the_table(void **state)
{
	struct scene s;

	open_scene(&s);
	assert_true(sd_varlink_observe(s.client, INTERFACE ".QueryFilter", NULL) >= 0);
	run_until(&s, &s.n_replies, 1, 0);
	assert_reply(&s, "{\"filterDomains\":[]}"); /* no table, no question */
	tell(&s, true, false, 1);
	run_until(&s, &s.n_replies, 2, 0);
	assert_reply(&s, "{\"filterDomains\":[\"n0.example\"]}");
	tell(&s, true, true, 2);
	run_until(&s, &s.n_replies, 3, 0);
	assert_int_equal(n_domains(&s), 2 + 4);
	tell(&s, false, true, 2);
	run_until(&s, &s.n_replies, 4, 0);
	assert_reply(&s, "{\"filterDomains\":[]}");
	tell(&s, true, false, RESOLVED_FILTER_MAX);
	run_until(&s, &s.n_replies, 5, 0);
	assert_int_equal(n_domains(&s), RESOLVED_FILTER_MAX);
	/* too many to tell: then it asks for every name */
	tell(&s, true, false, RESOLVED_FILTER_MAX + 1);
	run_until(&s, &s.n_replies, 6, 0);
	assert_reply(&s, "{}");
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_families_at_once),
		cmocka_unit_test(test_no_address_and_failures),
		cmocka_unit_test(test_silence_lets_it_go_on),
		cmocka_unit_test(test_bad_questions),
		cmocka_unit_test(test_nobody_waits_any_more),
		cmocka_unit_test(test_the_filter_follows_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
