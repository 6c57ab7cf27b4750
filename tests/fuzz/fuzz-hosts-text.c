/* Any bytes as a hosts file: our block comes and goes, the rest stays. Any bytes as a block or a
 * journal: taken whole or refused. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/hosts-journal.h"
#include "core/hosts-text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char block[] = "198.19.128.1 a.example\n2001:2:0:f000::1 a.example\n";

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void must_equal(const struct hosts_text *a, const struct hosts_text *b)
{
	must(a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0 && a->gone == b->gone);
}

static void check_file(const char *bytes, size_t n)
{
	struct hosts_text plain, with, again, back;

	must(hosts_text_strip(bytes, n, &plain) == 0);
	must(hosts_text_insert(bytes, n, block, strlen(block), &with) == 0);
	must(hosts_text_insert(with.bytes, with.n, block, strlen(block), &again) == 0);
	must(hosts_text_strip(with.bytes, with.n, &back) == 0);
	must(plain.n <= n && !with.gone);
	must_equal(&with, &again);
	must_equal(&plain, &back);
	free(back.bytes);
	must(hosts_text_strip(plain.bytes, plain.n, &back) == 0);
	must(back.n == plain.n && memcmp(back.bytes, plain.bytes, back.n) == 0);
	/* every byte of theirs in its order: what is left can be read off the file */
	for (size_t i = 0, k = 0; i < plain.n; i++, k++) {
		while (k < n && bytes[k] != plain.bytes[i])
			k++;
		must(k < n);
	}
	free(plain.bytes);
	free(with.bytes);
	free(again.bytes);
	free(back.bytes);
}

static void check_block(const char *bytes, size_t n)
{
	struct hosts_text with, back;

	if (hosts_text_insert("x", 1, bytes, n, &with) < 0)
		return;
	must(hosts_text_strip(with.bytes, with.n, &back) == 0);
	must(back.n == 1 && back.bytes[0] == 'x');
	free(with.bytes);
	free(back.bytes);
}

static void check_journal(const char *bytes, size_t n)
{
	struct hosts_journal j;
	char *again;
	size_t n_again;

	if (hosts_journal_open(bytes, n, &j) < 0)
		return;
	must(hosts_journal_explains(&j, j.before, j.n_before));
	must(hosts_journal_explains(&j, j.after, j.n_after));
	must(hosts_journal_pack(&j, &again, &n_again) == 0);
	must(n_again == n && memcmp(again, bytes, n) == 0);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *bytes = malloc(n + 1); /* of exactly this size, for the sanitizer */

	memcpy(bytes, data, n);
	bytes = realloc(bytes, n > 0 ? n : 1);
	check_file(bytes, n);
	check_block(bytes, n);
	check_journal(bytes, n);
	free(bytes);
	return 0;
}
