/* Any bytes as a question: refused, or read so that an answer to it can be built that is one. */
#include <errno.h>

#include "core/dns-message.h"
#include "fuzz.h"

static void check_name(const char *name)
{
	char normal[DOMAIN_TEXT_MAX + 1];

	must(!*name || (domain_normalize(name, normal) == 0 && strcmp(name, normal) == 0));
}

static void check_answer(const uint8_t *query, size_t n, const struct dns_answer *answer)
{
	uint8_t packet[DNS_SMALL_ANSWER];
	struct address found[8];
	struct dns_query none;
	size_t n_found = 0;
	uint32_t ttl;
	int r;

	r = dns_answer_build(query, n, answer, packet);
	must(r >= DNS_HEADER_BYTES && r <= DNS_SMALL_ANSWER);
	must(dns_answer_matches(packet, (size_t)r, query, n));
	must(dns_answer_rcode(packet) == answer->rcode && !dns_answer_truncated(packet));
	must(dns_query_parse(packet, (size_t)r, &none) == -EBADMSG);
	must(dns_answer_addresses(packet, (size_t)r, found, 8, &n_found, &ttl) == 0);
}

static void check_answers(const uint8_t *query, size_t n, const struct dns_query *q)
{
	struct address addresses[4] = { 0 };

	for (size_t i = 0; i < 4; i++)
		addresses[i].family = q->type == DNS_AAAA ? AF_INET6 : AF_INET;
	check_answer(query, n, &(struct dns_answer){ .ede = -1 });
	check_answer(query, n, &(struct dns_answer){ .rcode = DNS_NXDOMAIN, .ede = -1 });
	check_answer(query, n,
		&(struct dns_answer){ .rcode = DNS_SERVFAIL, .ede = 23, .ede_text = "no" });
	check_answer(query, n,
		&(struct dns_answer){ .addresses = addresses, .n_addresses = 4, .ede = -1 });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *bytes = fuzz_bytes(data, n), error[DNS_SMALL_ANSWER];
	char suffix[DOMAIN_TEXT_MAX + 1];
	struct dns_query q;
	int r;

	r = n > DNS_PACKET_MAX ? -EBADMSG : dns_query_parse(bytes, n, &q);
	if (r == 0) {
		check_name(q.name);
		dns_query_suffix(bytes, n, suffix);
		check_name(suffix);
		check_answers(bytes, n, &q);
	} else if (r != -EBADMSG) {
		must(r == -EPROTO || r == -EOPNOTSUPP);
		must(dns_error_build(bytes, n, DNS_FORMERR, error) == DNS_HEADER_BYTES);
	}
	free(bytes);
	return 0;
}
