#pragma once
/* What is kept beside a file while it is written in place, so that a write that was cut short can
 * be undone. Pure: bytes in, bytes out. */
#include <stdbool.h>
#include <stddef.h>

struct hosts_journal {
	const char *before, *after; /* borrowed */
	size_t n_before, n_after;
};

/* *ret is the caller's to free. -ENOMEM. */
int hosts_journal_pack(const struct hosts_journal *j, char **ret, size_t *ret_n);
/* *ret borrows from bytes. -EBADMSG for anything but exactly one whole journal. */
int hosts_journal_open(const char *bytes, size_t n, struct hosts_journal *ret);
/* Can the file read like this because writing `after` over `before` was cut short, anywhere and in
 * whatever order the disk took it? If not, somebody else has written it since. */
bool hosts_journal_explains(const struct hosts_journal *j, const char *now, size_t n);
