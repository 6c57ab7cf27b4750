/* The block of names: any bytes, and a good one with some bytes changed. What opens can be asked
 * anything. The first byte says which; a change is three bytes of place and one of value. */
#include "core/hook-table.h"
#include "fuzz.h"

static const struct hook_name names[] = {
	{ .name = "alpha.example", .metered = true },
	{ .name = "free.alpha.example" },
	{ .name = "host.beta.example", .metered = true, .exact = true },
};

static void visit(const char *name, size_t n, bool metered, void *userdata)
{
	unsigned *sum = userdata;

	for (size_t i = 0; i < n; i++)
		*sum += (uint8_t)name[i];
	*sum += metered;
}

static void use(const void *bytes, size_t n)
{
	static const char *const asked[] = { "alpha.example", "a.b.free.alpha.example",
		"x.host.beta.example", "com", "..", "" };
	const struct hook_setup *setup;
	struct hook_table *t;
	unsigned sum = 0;

	if (hook_table_open(bytes, n, &t) < 0)
		return;
	setup = hook_table_setup(t);
	must(setup->n_upstreams <= HOOK_UPSTREAMS_MAX && setup->n_uplinks <= HOOK_UPSTREAMS_MAX);
	sum += setup->canary + setup->resolved;
	hook_table_visit(t, visit, &sum);
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		hook_table_metered(t, asked[i], strlen(asked[i]));
		hook_table_routed(t, asked[i], strlen(asked[i]));
	}
	hook_table_close(t);
}

static uint8_t *good(size_t *ret_n)
{
	struct hook_setup setup = { .n_upstreams = 1, .n_uplinks = 1, .canary = true };
	uint8_t *bytes = NULL;

	must(endpoint_parse("192.0.2.53", 53, &setup.upstreams[0]) == 0);
	must(endpoint_parse("2001:db8::53", 53, &setup.uplinks[0]) == 0);
	must(prefix_parse("198.19.128.0/17", &setup.lease4) == 0);
	must(prefix_parse("2001:2:0:f000::/52", &setup.lease6) == 0);
	must(hook_table_build(&setup, names, sizeof(names) / sizeof(*names), &bytes, ret_n) == 0);
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct fuzz_input in = { data, n };
	uint8_t *bytes;
	size_t size;

	if (fuzz_number(&in, 1) % 2 == 0) {
		bytes = fuzz_bytes(in.data, in.n);
		size = in.n;
	} else {
		bytes = good(&size);
		while (in.n >= 4) {
			const unsigned place = fuzz_number(&in, 3);

			bytes[place % size] = (uint8_t)fuzz_number(&in, 1);
		}
	}
	use(bytes, size);
	free(bytes);
	return 0;
}
