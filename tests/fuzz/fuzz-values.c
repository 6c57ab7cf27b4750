/* Any text as each of the values that people, files and callers write: refused, or a value that is
 * written and read as the same again. */
#include "base/address.h"
#include "base/parse.h"
#include "core/config-values.h"
#include "core/domain.h"
#include "core/passes.h"
#include "fuzz.h"

static void check_numbers(const char *text)
{
	char span[SPAN_TEXT_MAX], size[SIZE_TEXT_MAX];
	uint64_t number, bytes, again_bytes;
	int64_t sec, again_sec;
	bool truth;

	must(parse_uint64(text, 4242, &number) < 0 || number <= 4242);
	parse_boolean(text, &truth);
	if (parse_span(text, &sec) == 0)
		must(sec >= 0 && parse_span(format_span(sec, span), &again_sec) == 0 &&
			again_sec == sec);
	if (parse_size(text, &bytes) == 0)
		must(parse_size(value_format_size(bytes, size), &again_bytes) == 0 &&
			again_bytes == bytes);
	parse_rate(text, &bytes);
}

static void check_addresses(const char *text)
{
	char buffer[ENDPOINT_TEXT_MAX];
	struct endpoint e, e_again;
	struct address a, a_again;
	struct prefix p;

	if (address_parse(text, &a) == 0)
		must(address_parse(address_format(&a, buffer), &a_again) == 0 &&
			address_equal(&a, &a_again));
	if (endpoint_parse(text, 53, &e) == 0)
		must(endpoint_parse(endpoint_format(&e, buffer), 1, &e_again) == 0 &&
			endpoint_equal(&e, &e_again));
	if (prefix_parse(text, &p) == 0)
		must(p.bits <= 8 * address_size(p.address.family) &&
			prefix_contains(&p, &p.address));
	value_parse_lease_range(text, AF_INET, &p);
	value_parse_lease_range(text, AF_INET6, &p);
}

static void check_name(const char *text)
{
	char name[DOMAIN_TEXT_MAX + 1], again[DOMAIN_TEXT_MAX + 1];

	if (domain_normalize(text, name) == 0)
		must(domain_normalize(name, again) == 0 && strcmp(name, again) == 0);
}

static void check_rules(const char *text)
{
	char buffer[WINDOW_TEXT_MAX];
	struct window w, again;
	enum limit_period period;
	uint64_t bytes;
	int64_t sec;
	uint32_t mask;
	uint16_t min;

	value_parse_clock(text, true, &min);
	if (value_parse_window(text, &w) == 0)
		must(value_parse_window(value_format_window(&w, buffer), &again) == 0 &&
			w.days == again.days && w.from_min == again.from_min &&
			w.to_min == again.to_min);
	value_parse_burst(text, &bytes, &sec);
	if (value_parse_limit(text, 1000000, &period, &sec) == 0)
		must((sec == LIMIT_NONE || (sec >= 0 && sec <= 1000000)) &&
			(period == LIMIT_DAY || period == LIMIT_WEEK));
	value_parse_mask(text, 6, &mask);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const words[] = { "status", "report", "limit" };
	char *text = fuzz_text(data, n);

	check_numbers(text);
	check_addresses(text);
	check_name(text);
	check_rules(text);
	if (pass_reason_is_good(text))
		must(*text && strlen(text) <= PASS_REASON_MAX && parse_is_text(text, strlen(text)));
	if (strlen(text) < 64)
		parse_closest(text, words, 3);
	free(text);
	return 0;
}
