/* A short list that is searched from its start: it is asked when a lease is given, not per packet.
 */
#include "core/alone.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

struct alone_book {
	struct alone *items;
	size_t n;
};

bool alone_is_known(const struct alone_evidence *e)
{
	return e->own && e->watched_usec >= ALONE_WATCH_USEC && e->n_passed >= ALONE_PASSED_MIN;
}

int alone_book_new(struct alone_book **ret)
{
	struct alone_book *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	*ret = b;
	return 0;
}

struct alone_book *alone_book_free(struct alone_book *b)
{
	if (!b)
		return NULL;
	free(b->items);
	free(b);
	return NULL;
}

static struct alone *find(const struct alone_book *b, const struct address *a)
{
	for (size_t i = 0; i < b->n; i++)
		if (address_equal(&b->items[i].address, a))
			return &b->items[i];
	return NULL;
}

static int add(struct alone_book *b, const struct alone *alone)
{
	struct alone *items;

	if (b->n >= ALONE_MAX)
		return -E2BIG;
	items = reallocarray(b->items, b->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	b->items = items;
	b->items[b->n++] = *alone;
	return 0;
}

int alone_book_load(struct alone_book *b, const struct alone *alone, usec_t now_wall_usec)
{
	if (alone->known_usec > now_wall_usec ||
		now_wall_usec - alone->known_usec > ALONE_KEEP_USEC || find(b, &alone->address))
		return 0;
	return add(b, alone);
}

static enum alone_news deny(struct alone_book *b, struct alone *known)
{
	if (!known)
		return ALONE_NOTHING;
	*known = b->items[--b->n];
	return ALONE_NO_MORE;
}

enum alone_news alone_book_note(struct alone_book *b, const struct address *a,
	const struct alone_evidence *e, usec_t now_wall_usec)
{
	struct alone *known = find(b, a);

	if (!e->own)
		return deny(b, known);
	/* a hook that began anew knows less than what was known before, not otherwise */
	if (!alone_is_known(e))
		return ALONE_NOTHING;
	if (!known)
		return add(b, &(struct alone){ *a, now_wall_usec }) < 0 ? ALONE_NOTHING
									: ALONE_KNOWN;
	if (now_wall_usec < known->known_usec + ALONE_NOTE_USEC)
		return ALONE_NOTHING;
	known->known_usec = now_wall_usec;
	return ALONE_CONFIRMED;
}

size_t alone_book_n(const struct alone_book *b)
{
	return b->n;
}

const struct alone *alone_book_at(const struct alone_book *b, size_t i)
{
	return &b->items[i];
}

bool alone_book_has(const struct alone_book *b, const struct address *a)
{
	return find(b, a) != NULL;
}
