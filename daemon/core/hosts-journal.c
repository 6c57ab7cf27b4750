/* A head line with two lengths, then both texts. */
#include "core/hosts-journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOURNAL_HEAD       "focusd hosts journal %zu %zu\n"
#define JOURNAL_HEAD_BYTES 80

int hosts_journal_pack(const struct hosts_journal *j, char **ret, size_t *ret_n)
{
	char head[JOURNAL_HEAD_BYTES];
	const size_t n_head =
		(size_t)snprintf(head, sizeof(head), JOURNAL_HEAD, j->n_before, j->n_after);
	char *bytes = malloc(n_head + j->n_before + j->n_after);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, head, n_head);
	memcpy(bytes + n_head, j->before, j->n_before);
	memcpy(bytes + n_head + j->n_before, j->after, j->n_after);
	*ret_n = n_head + j->n_before + j->n_after;
	*ret = bytes;
	return 0;
}

int hosts_journal_open(const char *bytes, size_t n, struct hosts_journal *ret)
{
	const char *newline = memchr(bytes, '\n', n < JOURNAL_HEAD_BYTES ? n : JOURNAL_HEAD_BYTES);
	char head[JOURNAL_HEAD_BYTES + 1], again[JOURNAL_HEAD_BYTES];
	const size_t n_head = newline ? (size_t)(newline - bytes) + 1 : 0;
	size_t n_before, n_after;

	memcpy(head, bytes, n_head);
	head[n_head] = 0;
	if (n_head == 0 || sscanf(head, JOURNAL_HEAD, &n_before, &n_after) != 2)
		return -EBADMSG;
	/* sscanf takes more than was ever written: blanks, signs */
	snprintf(again, sizeof(again), JOURNAL_HEAD, n_before, n_after);
	if (strcmp(head, again) != 0 || n_before > n - n_head || n_after != n - n_head - n_before)
		return -EBADMSG;
	*ret = (struct hosts_journal){
		.before = bytes + n_head,
		.n_before = n_before,
		.after = bytes + n_head + n_before,
		.n_after = n_after,
	};
	return 0;
}

bool hosts_journal_explains(const struct hosts_journal *j, const char *now, size_t n)
{
	const size_t least = j->n_before < j->n_after ? j->n_before : j->n_after;
	const size_t most = j->n_before < j->n_after ? j->n_after : j->n_before;

	if (n < least || n > most)
		return false;
	for (size_t i = 0; i < n; i++) {
		const bool old = i < j->n_before && now[i] == j->before[i];
		const bool new = i < j->n_after &&now[i] == j->after[i];
		/* a file that grew may have lost the bytes and kept the length in a power cut */
		const bool hole = i >= j->n_before && now[i] == 0;

		if (!old && !new && !hole)
			return false;
	}
	return true;
}
