/* What messages say, and what is none: from the household or from whoever writes to the broker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/calendar.h"
#include "random-config.h"
#include "share/payload.h"

static const struct topic topic = { TOPIC_USAGE, "desk", "anna", "2026-11-23" };

static void assert_wrong(const char *text, const char *sentence)
{
	struct payload p;
	const char *wrong = payload_read(&topic, text, strlen(text), &p);

	if (!wrong || !strstr(wrong, sentence))
		fail_msg("%.80s: \"%s\", not \"%s\"", text, wrong ? wrong : "taken", sentence);
}

static void test_as_it_is_written_down(void **state)
{
	struct payload p = { 0 };
	struct payload_site *site = payload_add(&p, "instagram");
	_cleanup_free_ char *text = NULL;

	intervals_add(&site->set,
		(struct interval){ UINT64_C(1764023035000000), UINT64_C(1764023040123457) });
	intervals_add(&site->set,
		(struct interval){ UINT64_C(1764023100000001), UINT64_C(1764023101000000) });
	assert_int_equal(payload_write(&topic, &p, &text), 0);
	assert_string_equal(text,
		"{\"device\":\"desk\",\"day\":\"2026-11-23\",\"sites\":{\"instagram\":"
		"[[1764023035,1764023040.123457],[1764023100.000001,1764023101]]}}");
	payload_done(&p);
}

/* Nothing is lost or doubled on the way, not a microsecond. */
static void test_there_and_back(void **state)
{
	uint64_t seed = 20261125;

	for (int i = 0; i < 300; i++) {
		struct payload p = { 0 }, back;
		struct payload_site *site = payload_add(&p, "a");
		_cleanup_free_ char *text = NULL;
		usec_t at = UINT64_C(1764000000000000) + random_below(&seed, 1000000);

		for (unsigned k = random_below(&seed, 40); k > 0; k--) {
			const usec_t to = at + 1 + random_below(&seed, 300000000);

			intervals_add(&site->set, (struct interval){ at, to });
			at = to + 1 + random_below(&seed, 300000000);
		}
		assert_int_equal(payload_write(&topic, &p, &text), 0);
		assert_null(payload_read(&topic, text, strlen(text), &back));
		assert_int_equal(back.n, 1);
		assert_int_equal(back.sites[0].set.n, site->set.n);
		if (site->set.n > 0)
			assert_memory_equal(back.sites[0].set.items, site->set.items,
				site->set.n * sizeof(struct interval));
		payload_done(&p);
		payload_done(&back);
	}
}

static void test_lies_and_noise(void **state)
{
	_cleanup_free_ char *large = malloc(PAYLOAD_MAX + 2);

	memset(large, ' ', PAYLOAD_MAX + 1);
	large[PAYLOAD_MAX + 1] = 0;
	assert_wrong(large, "its size");
	assert_wrong("", "no JSON");
	assert_wrong("[]", "no JSON object");
	assert_wrong("{\"device\":\"tv\",\"day\":\"2026-11-23\",\"sites\":{}}", "device");
	assert_wrong("{\"device\":\"desk\",\"day\":\"2026-11-24\",\"sites\":{}}", "day");
	assert_wrong("{\"device\":\"desk\",\"day\":20261123,\"sites\":{}}", "day");
	assert_wrong("{\"device\":\"desk\",\"day\":\"2026-11-23\"}", "sites");
	assert_wrong("{\"device\":\"desk\",\"day\":\"2026-11-23\",\"day\":\"2026-11-23\","
		     "\"sites\":{}}",
		"no JSON");
#define SITES(text) "{\"device\":\"desk\",\"day\":\"2026-11-23\",\"sites\":{" text "}}"
	assert_wrong(SITES("\"a\":{}"), "a list");
	assert_wrong(SITES("\"a\":[1,2]"), "[START, END]");
	assert_wrong(SITES("\"a\":[[1]]"), "[START, END]");
	assert_wrong(SITES("\"a\":[[1,2,3]]"), "[START, END]");
	assert_wrong(SITES("\"a\":[[\"1\",2]]"), "[START, END]");
	assert_wrong(SITES("\"a\":[[2,1]]"), "[START, END]");
	assert_wrong(SITES("\"a\":[[-1,1]]"), "[START, END]");
	assert_wrong(SITES("\"a\":[[1,1e300]]"), "[START, END]");
	assert_wrong(SITES("\"a23456789012345678901234567890123456789012345\":[]"), "a site");
}

static void test_too_many(void **state)
{
	_cleanup_free_ char *text = malloc(PAYLOAD_MAX);
	size_t n = (size_t)sprintf(text, "{\"device\":\"desk\",\"day\":\"2026-11-23\",\"sites\":{");

	for (int i = 0; i <= HOUSEHOLD_SITES_MAX; i++)
		n += (size_t)sprintf(text + n, "%s\"s%d\":[]", i > 0 ? "," : "", i);
	strcpy(text + n, "}}");
	assert_wrong(text, "at most 64");
	n = (size_t)sprintf(
		text, "{\"device\":\"desk\",\"day\":\"2026-11-23\",\"sites\":{\"a\":[[1,2]");
	for (int i = 0; i < HOUSEHOLD_STRETCHES_MAX; i++)
		n += (size_t)sprintf(text + n, ",[%d,%d]", 10 * i, 10 * i + 1);
	strcpy(text + n, "]}}");
	assert_wrong(text, "at most 1440");
}

static void test_presence(void **state)
{
	struct presence p = { true, "0123456789abcdef0123456789abcdef" }, back;
	char text[PRESENCE_TEXT_MAX];

	presence_write(&p, text);
	assert_int_equal(presence_read(text, strlen(text), &back), 0);
	assert_true(back.online);
	assert_string_equal(back.instance, p.instance);
	assert_true(presence_read("{}", 2, &back) < 0);
	assert_true(presence_read("", 0, &back) < 0);
	assert_true(presence_read(
			    "{\"instance\":\"0123456789abcdef0123456789abcdef0\"}", 50, &back) < 0);
}

static const struct topic declared = { TOPIC_PASSES, "desk", "anna", "2026-11-23" };

static void test_passes_there_and_back(void **state)
{
	struct told_pass pass = { .device = (char *)HOUSEHOLD_OWN,
		.person = (char *)"anna",
		.target = (char *)"instagram",
		.kind = PASS_PASS,
		.start_usec = UINT64_C(1764023035250000),
		.end_usec = UINT64_C(1764023335250000) };
	struct told_passes passes = { 0 }, back;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(calendar_parse_day(declared.day, &pass.day), 0);
	assert_int_equal(told_passes_add(&passes, &pass, 0), 1);
	pass.kind = PASS_OPEN;
	pass.start_usec = pass.end_usec = UINT64_C(1764023035000001);
	assert_int_equal(told_passes_add(&passes, &pass, 0), 1);
	pass.day++; /* another message's, and so is the next */
	pass.start_usec--;
	assert_int_equal(told_passes_add(&passes, &pass, 0), 1);
	pass.day--;
	pass.person = (char *)"ben";
	assert_int_equal(told_passes_add(&passes, &pass, 0), 1);
	assert_int_equal(payload_write_passes(&declared, &passes, &text), 0);
	assert_string_equal(text,
		"{\"device\":\"desk\",\"day\":\"2026-11-23\",\"passes\":["
		"{\"kind\":\"pass\",\"target\":\"instagram\",\"start\":1764023035.25,"
		"\"end\":1764023335.25},{\"kind\":\"open\",\"target\":\"instagram\","
		"\"start\":1764023035.000001,\"end\":1764023035.000001}]}");
	assert_null(payload_read_passes(&declared, text, strlen(text), &back));
	assert_int_equal(back.n, 2);
	assert_string_equal(back.items[0].device, "desk");
	assert_int_equal(back.items[1].start_usec, UINT64_C(1764023035000001));
	assert_int_equal(back.items[1].kind, PASS_OPEN);
	told_passes_done(&passes);
	told_passes_done(&back);
}

static void assert_no_passes(const char *text, const char *sentence)
{
	struct told_passes p;
	const char *wrong = payload_read_passes(&declared, text, strlen(text), &p);

	if (!wrong || !strstr(wrong, sentence))
		fail_msg("%.80s: \"%s\", not \"%s\"", text, wrong ? wrong : "taken", sentence);
}

static void test_passes_that_are_none(void **state)
{
	_cleanup_free_ char *text = malloc(PAYLOAD_MAX);
	size_t n;

#define PASSES(text)              "{\"device\":\"desk\",\"day\":\"2026-11-23\",\"passes\":[" text "]}"
#define PASS(kind, target, times) PASSES("{\"kind\":" kind ",\"target\":" target "," times "}")
	assert_no_passes("[]", "no JSON object");
	assert_no_passes("{\"device\":\"tv\",\"day\":\"2026-11-23\",\"passes\":[]}", "device");
	assert_no_passes("{\"device\":\"desk\",\"day\":\"2026-11-23\"}", "a list");
	assert_no_passes(PASSES("7"), "kind");
	assert_no_passes(PASS("\"grant\"", "\"a\"", "\"start\":1,\"end\":2"), "kind");
	assert_no_passes(PASS("\"pass\"", "7", "\"start\":1,\"end\":2"), "target");
	assert_no_passes(PASS("\"pass\"", "\"a23456789012345678901234567890123456789012345\"",
				 "\"start\":1,\"end\":2"),
		"target");
	assert_no_passes(PASS("\"pass\"", "\"a\"", "\"start\":1"), "start and end");
	assert_no_passes(PASS("\"pass\"", "\"a\"", "\"start\":2,\"end\":1"), "not before");
	assert_no_passes(PASS("\"pass\"", "\"a\"", "\"start\":-1,\"end\":1"), "start and end");
	n = (size_t)sprintf(text, "{\"device\":\"desk\",\"day\":\"2026-11-23\",\"passes\":[");
	for (int i = 0; i <= TOLD_PASS_DAY_MAX; i++)
		n += (size_t)sprintf(text + n, "%s7", i > 0 ? "," : "");
	strcpy(text + n, "]}");
	assert_no_passes(text, "at most 100");
}

static unsigned until; /* the failure (--wrap); 0: none is to come */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	if (until > 0 && --until == 0)
		return NULL;
	return __real_malloc(size);
}

#define ALL_TAKEN 7

/* Reads and writes while the n-th allocation fails; what that becomes is how it exits. */
static void __attribute__((noreturn)) read_and_write(unsigned n)
{
	const char *text = "{\"device\":\"desk\",\"day\":\"2026-11-23\",\"sites\":{\"a\":"
			   "[[1,2],[1795694295.156093,1795694299.901911]],\"b\":[[5,6]]}}";
	char *written = NULL;
	struct payload p;

	payload_set_up();
	until = n;
	if (payload_read(&topic, text, strlen(text), &p) || payload_write(&topic, &p, &written) < 0)
		_exit(2);
	_exit(strcmp(written, text) != 0 ? 3 : until > 0 ? ALL_TAKEN : 4);
}

/* Without memory a message is neither somebody's fault, nor a part of what it says: that would be
 * believed. */
static void test_without_memory(void **state)
{
	int status = 0;
	unsigned n;

	for (n = 1; WEXITSTATUS(status) != ALL_TAKEN; n++) {
		const pid_t pid = fork();

		if (pid == 0)
			read_and_write(n);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) != ALL_TAKEN)
			assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
	}
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_it_is_written_down),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_lies_and_noise),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_passes_there_and_back),
		cmocka_unit_test(test_passes_that_are_none),
		cmocka_unit_test(test_presence),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
