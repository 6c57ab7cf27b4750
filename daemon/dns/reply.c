/* From an answer as a value to whoever takes it: a packet for the listener, the value itself for
 * others. */
#include "dns/reply.h"

#include "base/cleanup.h"

static void reply(struct request *q, const struct dns_answer *answer)
{
	uint8_t packet[DNS_SMALL_ANSWER];
	int n;

	if (q->answered) {
		q->answered(q, answer);
		return;
	}
	n = dns_answer_build(q->packet, q->size, answer, packet);
	if (n > 0)
		request_answer(q, packet, (size_t)n);
	else
		request_drop(q);
}

void request_reply_nothing(struct request *q, enum dns_rcode rcode)
{
	reply(q, &(struct dns_answer){ .rcode = rcode, .ede = -1 });
}

void request_reply_failure(struct request *q, int ede, const char *why)
{
	reply(q, &(struct dns_answer){ .rcode = DNS_SERVFAIL, .ede = ede, .ede_text = why });
}

void request_reply_addresses(struct request *q, const struct address *addresses, size_t n)
{
	reply(q, &(struct dns_answer){ .addresses = addresses, .n_addresses = n, .ede = -1 });
}

void known_release(struct known_name *n, const struct dns_answer *answer)
{
	struct request *q = TAKE_PTR(n->waiting);

	n->n_waiting = 0;
	while (q) {
		struct request *next = q->next;

		reply(q, answer);
		q = next;
	}
}

void known_release_failure(struct known_name *n, int ede, const char *why)
{
	known_release(
		n, &(struct dns_answer){ .rcode = DNS_SERVFAIL, .ede = ede, .ede_text = why });
}
