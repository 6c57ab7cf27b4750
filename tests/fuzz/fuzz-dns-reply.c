/* Any bytes as the reply to a question of focusctl's own: refused, or a code and perhaps a reason;
 * never one to another question. */
#include <errno.h>

#include "base/cleanup.h"
#include "dns-ask.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_free_ uint8_t *packet = fuzz_bytes(data, n);
	struct fuzz_input in = { data, n };
	const uint16_t id = (uint16_t)fuzz_number(&in, 2);
	struct dns_reply reply;

	if (dns_reply_parse(packet, n, id, &reply) == 0) {
		must(n >= 12 && packet[2] & 0x80);
		must(reply.rcode <= 15 && reply.reason >= -1 && reply.reason <= UINT16_MAX);
	}
	must(dns_reply_parse(packet, n, id ^ 1, &reply) == -EBADMSG);
	return 0;
}
