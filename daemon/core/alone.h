#pragma once
/* Which real addresses are known to serve metered names alone. A connection that was opened before
 * focusd came tells nobody for which name; it may be cut only where every name is a metered one.
 * Not having seen another name is no knowledge by itself, so the rule is strict. An address counts
 * as alone when
 *   - the answer that gave it had it under a metered name: no CNAME leads to a network of others,
 *   - the hook has passed on no answer in which another name had it,
 *   - for ALONE_WATCH_USEC, and for at least ALONE_PASSED_MIN answers of other names: where these
 *     go past the hook (resolved's socket, encrypted DNS) it has seen nothing and knows nothing.
 * A name in use is asked for again within 15 minutes nine times of ten, so that an hour shows what
 * people here use. What was known is kept for ALONE_KEEP_USEC, the first sight of another name ends
 * it. */
#include "base/address.h"
#include "base/clock.h"

#define ALONE_WATCH_USEC (3600 * USEC_PER_SEC)
#define ALONE_PASSED_MIN 100
#define ALONE_KEEP_USEC  (7 * UINT64_C(86400) * USEC_PER_SEC)
#define ALONE_NOTE_USEC  (3600 * USEC_PER_SEC) /* a confirmation is news once an hour */
#define ALONE_MAX        4096                  /* addresses; what is beyond is never known */

/* What the hook says of one address at one moment. */
struct alone_evidence {
	bool own;            /* under a metered name, and never seen under another */
	usec_t watched_usec; /* for how long the hook has been watching */
	uint32_t n_passed;   /* answers of other names that it remembers */
};
bool alone_is_known(const struct alone_evidence *e);

struct alone {
	struct address address;
	usec_t known_usec; /* wall time of the last confirmation */
};

struct alone_book;
int alone_book_new(struct alone_book **ret);
struct alone_book *alone_book_free(struct alone_book *b);
/* What the ledger kept; what is too old, or from the future, is left out. */
int alone_book_load(struct alone_book *b, const struct alone *alone, usec_t now_wall_usec);

enum alone_news {
	ALONE_NOTHING,
	ALONE_KNOWN,     /* since now */
	ALONE_CONFIRMED, /* as before; worth noting */
	ALONE_NO_MORE,   /* another name has it: forgotten */
};
enum alone_news alone_book_note(struct alone_book *b, const struct address *a,
	const struct alone_evidence *e, usec_t now_wall_usec);

size_t alone_book_n(const struct alone_book *b);
const struct alone *alone_book_at(const struct alone_book *b, size_t i);
bool alone_book_has(const struct alone_book *b, const struct address *a);
