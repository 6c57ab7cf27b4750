/* Any bytes as resolv.conf(5) or nsswitch.conf(5): as many servers as there is room for, each with
 * an address and a port. */
#include "core/nsswitch.h"
#include "fuzz.h"
#include "system/upstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct endpoint servers[HOOK_UPSTREAMS_MAX];
	char *text = fuzz_text(data, n);
	const size_t n_servers = upstream_parse(text, servers);

	must(n_servers <= HOOK_UPSTREAMS_MAX);
	for (size_t i = 0; i < n_servers; i++)
		must(address_size(servers[i].address.family) > 0 && servers[i].port == 53);
	if (nsswitch_before_dns(text, "hosts", "resolve"))
		must(strstr(text, "resolve") != NULL);
	free(text);
	return 0;
}
