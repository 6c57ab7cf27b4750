#include "dns/batch.h"

#include <stdlib.h>

void batch_add(struct batch *b, void (*flush)(void *userdata), void *userdata)
{
	if (b->n == BATCH_FLUSHES_MAX)
		abort();
	b->flushes[b->n].flush = flush;
	b->flushes[b->n++].userdata = userdata;
}

void batch_begin(struct batch *b)
{
	b->depth++;
}

void batch_end(struct batch *b)
{
	if (--b->depth > 0)
		return;
	for (size_t i = 0; i < b->n; i++)
		b->flushes[i].flush(b->flushes[i].userdata);
}

bool batch_open(const struct batch *b)
{
	return b->depth > 0;
}
