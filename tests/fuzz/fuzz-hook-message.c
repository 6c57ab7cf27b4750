/* Any bytes on the socket between keeper and hook: refused, or a message that is written as these
 * very bytes again. */
#include "core/hook-message.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *bytes = fuzz_bytes(data, n), again[HOOK_MESSAGE_MAX];
	struct hook_message m;

	if (hook_message_decode(bytes, n, &m) == 0) {
		must(n <= HOOK_MESSAGE_MAX && m.n_addresses <= LEASE_SLOTS_MAX);
		must(hook_message_encode(&m, again) == (int)n && memcmp(again, bytes, n) == 0);
	}
	free(bytes);
	return 0;
}
