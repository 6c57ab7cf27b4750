/* Any bytes as what libnftables lists, tables of other programs among them: refused, or values of
 * an address family there is. The first line is a listing, each further one that of the next chain
 * that is asked for. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "system/gate-listing.h"
#include "system/rivals.h"

#define MARK_SHIFT 24

static bool is_address(const struct address *a)
{
	return address_size(a->family) > 0;
}

static int on_mapping(const struct gate_mapping *m, void *userdata)
{
	must(is_address(&m->lease) && is_address(&m->real));
	return 0;
}

static int on_limit(const char *name, void *userdata)
{
	must(strlen(name) < SIZE_MAX);
	return 0;
}

/* Both directions of the same pairs: one counter each. */
static void check_counters(const char *listing)
{
	struct gate_counters counters = { 0 };
	const int r = gate_listing_counters(listing, true, MARK_SHIFT, &counters);
	const size_t n = counters.n;

	must(gate_listing_counters(listing, false, MARK_SHIFT, &counters) == r && counters.n == n);
	for (size_t i = 0; i < n; i++)
		must(is_address(&counters.items[i].block) &&
			counters.items[i].up_bytes == counters.items[i].down_bytes);
	free(counters.items);
}

static void check_tries(const char *listing)
{
	struct gate_tries tries = { 0 };

	gate_listing_tries(listing, &tries);
	for (size_t i = 0; i < tries.n; i++)
		must(is_address(&tries.items[i].server.address) || !tries.items[i].server.port);
	free(tries.items);
}

static int next_chain(
	const char *family, const char *table, const char *chain, char **ret, void *userdata)
{
	char **rest = userdata, *line = strsep(rest, "\n");

	must(*family && *table && *chain && strncmp(table, "focusd", 6) != 0);
	*ret = line ? strdup(line) : NULL;
	return *ret ? 0 : -1;
}

static void check_rivals(char *text)
{
	const char *listing = strsep(&text, "\n");
	struct prefix ranges[2];
	struct rivals r;

	must(prefix_parse("198.19.128.0/17", &ranges[0]) >= 0 &&
		prefix_parse("2001:2:0:f000::/52", &ranges[1]) >= 0);
	if (rivals_find(listing, ranges, next_chain, &text, &r) < 0)
		return;
	must(strlen(r.version) < sizeof(r.version));
	rivals_done(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_free_ char *text = fuzz_text(data, n);
	const char *listing = *text ? text + 1 : text;
	uint64_t print;
	size_t number = 0;

	switch (*text) {
	case 'c':
		check_counters(listing);
		break;
	case 't':
		check_tries(listing);
		break;
	case 'm':
		gate_listing_map(listing, on_mapping, NULL);
		break;
	case 'l':
		gate_listing_limits(listing, on_limit, NULL);
		break;
	case 's':
		gate_listing_size(listing, &number);
		break;
	case 'n':
		gate_listing_count(listing, "set", &number);
		break;
	case 'p':
		gate_listing_print(listing, &print);
		break;
	default:
		check_rivals(text);
	}
	return 0;
}
