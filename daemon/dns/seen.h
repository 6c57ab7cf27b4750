#pragma once
/* Which addresses were given for names that nobody meters: the newest pairs of name and address, in
 * memory alone, forgotten when the hook ends. It serves one question, whether a site's address is
 * somebody else's too. */
#include "base/address.h"
#include "base/clock.h"
#include "core/hook-table.h"

#define SEEN_MAX       8192 /* pairs; some hours of browsing, 0.7 MB when full */
#define SEEN_NAMES_MAX 16   /* of one address: then it is everybody's, whatever the names */

struct seen;
int seen_new(usec_t now_usec, struct seen **ret);
struct seen *seen_free(struct seen *s);
/* The oldest pair makes room. No memory, no entry: then it watches from now on. */
void seen_note(struct seen *s, const char *name, const struct address *a, usec_t now_usec);
/* Did a name that is not metered now have this address? */
bool seen_with_others(
	const struct seen *s, const struct address *a, const struct hook_table *table);
/* Everything that was noted since then is remembered. */
usec_t seen_since_usec(const struct seen *s);
size_t seen_n(const struct seen *s);
/* Calls visit for each pair whose name is metered now. */
void seen_visit_metered(const struct seen *s, const struct hook_table *table,
	void (*visit)(const char *name, int family, void *userdata), void *userdata);
