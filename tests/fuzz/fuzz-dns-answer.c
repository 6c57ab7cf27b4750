/* Any bytes as what an upstream says: its addresses are those that are asked for, as many as there
 * is room for, and the quick reader sees no others than the thorough one could. */
#include "core/dns-case.h"
#include "core/dns-message.h"
#include "fuzz.h"

#define MAX 4

static void check_owner(const uint8_t *bytes, size_t n)
{
	char owner[DOMAIN_TEXT_MAX + 1], normal[DOMAIN_TEXT_MAX + 1];

	if (dns_answer_owner(bytes, n, owner) == 0)
		must(domain_normalize(owner, normal) == 0 && strcmp(owner, normal) == 0);
}

static void check_addresses(const uint8_t *bytes, size_t n)
{
	struct address found[MAX], all[512];
	size_t n_found = 0, n_all = dns_answer_skim(bytes, n, all, 512);
	uint32_t ttl = 0;

	must(n_all <= 512 && dns_answer_skim(bytes, n, found, MAX) == (n_all < MAX ? n_all : MAX));
	for (size_t i = 0; i < n_all; i++)
		must(address_size(all[i].family) > 0);
	if (dns_answer_addresses(bytes, n, found, MAX, &n_found, &ttl) < 0)
		return;
	must(n_found <= MAX);
	for (size_t i = 0; i < n_found; i++)
		must(found[i].family == found[0].family && address_size(found[i].family) > 0);
}

/* The same bytes as an answer and as the question that was sent. */
static void check_matches(const uint8_t *bytes, size_t n)
{
	for (size_t cut = 0; cut <= n; cut += 1 + n / 8) {
		uint8_t *query = fuzz_bytes(bytes, cut);

		if (dns_answer_matches(bytes, n, query, cut))
			must(n >= DNS_HEADER_BYTES && memcmp(bytes, query, 2) == 0);
		free(query);
	}
}

/* The asker's letters come back into any answer that matches, and nothing but letters changes. */
static void check_letters(const uint8_t *bytes, size_t n)
{
	const struct dns_case all = { { 0xa5, 0x5a, 0xff, 0xf0, 0x0f, 0xcc } };
	uint8_t *answer = fuzz_bytes(bytes, n), *query = fuzz_bytes(bytes, n);

	dns_case_flip(query, n, &all);
	if (dns_answer_matches(answer, n, query, n)) {
		dns_case_restore(answer, n, query, n, &all);
		dns_case_flip(query, n, &all);
		must(dns_case_kept(answer, query, n));
		for (size_t i = 0; i < n; i++)
			must(answer[i] == bytes[i] || (answer[i] ^ bytes[i]) == 0x20);
	}
	free(answer);
	free(query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *bytes = fuzz_bytes(data, n);

	if (n <= DNS_PACKET_MAX) {
		check_owner(bytes, n);
		check_addresses(bytes, n);
		check_matches(bytes, n);
		check_letters(bytes, n);
	}
	free(bytes);
	return 0;
}
