/* Any bytes as what a household's broker hands on: a topic, what another device says under it,
 * whether it is there, and what Home Assistant kept. Refused, or within every limit and the same
 * again when it is written and read. The first line of the input is the topic. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "share/discovery.h"
#include "share/payload.h"

static void must_equal(const struct payload *a, const struct payload *b)
{
	must(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		must(strcmp(a->sites[i].name, b->sites[i].name) == 0 &&
			a->sites[i].set.n == b->sites[i].set.n);
}

static void check_payload(const struct topic *t, const uint8_t *bytes, size_t n)
{
	struct payload p = { 0 }, again = { 0 };
	_cleanup_free_ char *text = NULL;

	if (payload_read(t, bytes, n, &p))
		return;
	must(p.n <= HOUSEHOLD_SITES_MAX);
	for (size_t i = 0; i < p.n; i++) {
		must(strlen(p.sites[i].name) <= HOUSEHOLD_SITE_NAME_MAX);
		must(p.sites[i].set.n <= HOUSEHOLD_STRETCHES_MAX);
	}
	must(payload_write(t, &p, &text) == 0);
	must(!payload_read(t, text, strlen(text), &again));
	must_equal(&p, &again);
	payload_done(&p);
	payload_done(&again);
}

/* The same pass twice is one. */
static void check_passes(const struct topic *t, const uint8_t *bytes, size_t n)
{
	struct told_passes p = { 0 }, again = { 0 };
	_cleanup_free_ char *text = NULL;

	if (payload_read_passes(t, bytes, n, &p))
		return;
	must(p.n <= TOLD_PASS_DAY_MAX);
	must(payload_write_passes(t, &p, &text) == 0);
	must(!payload_read_passes(t, text, strlen(text), &again));
	must(again.n == p.n);
	for (size_t i = 0; i < p.n; i++)
		must(p.items[i].kind == again.items[i].kind &&
			p.items[i].start_usec == again.items[i].start_usec &&
			p.items[i].end_usec == again.items[i].end_usec &&
			strcmp(p.items[i].target, again.items[i].target) == 0);
	told_passes_done(&p);
	told_passes_done(&again);
}

static void check_presence(const uint8_t *bytes, size_t n)
{
	struct presence p = { 0 };

	if (presence_read(bytes, n, &p) == 0)
		must(strlen(p.instance) <= PAYLOAD_INSTANCE_MAX);
}

static void check_topic(const char *text, const uint8_t *bytes, size_t n)
{
	char again[TOPIC_MAX];
	struct discovery_figure figure;
	struct topic t = { 0 };

	if (discovery_parse("home", "desk", text, &figure) == 0)
		must(strlen(figure.name) > 0 && strlen(figure.person) > 0);
	if (topic_parse("home", text, &t) < 0)
		return;
	must(topic_format("home", &t, again) == 0 && strcmp(again, text) == 0);
	check_payload(&t, bytes, n);
	check_passes(&t, bytes, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *end = n > 0 ? memchr(data, '\n', n) : NULL;
	const size_t head = end ? (size_t)(end - data) : 0, rest = n - head - (end ? 1 : 0);
	_cleanup_free_ char *topic = fuzz_text(data, head);
	_cleanup_free_ uint8_t *bytes = fuzz_bytes(data + n - rest, rest);
	const struct topic desk = {
		.kind = TOPIC_USAGE, .device = "desk", .person = "anna", .day = "2026-11-23"
	};

	check_topic(topic, bytes, rest);
	check_payload(&desk, bytes, rest);
	check_passes(&desk, bytes, rest);
	check_presence(bytes, rest);
	return 0;
}
