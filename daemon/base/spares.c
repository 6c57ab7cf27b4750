#include "base/spares.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* AddressSanitizer is to see who uses what was given back. */
static bool keeps_none(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true;
#else
	return false;
#endif
}

void *spares_take(struct spares *s, size_t size)
{
	void *block = s->first;

	if (size > s->size || !block)
		return malloc(size > s->size ? size : s->size);
	memcpy(&s->first, block, sizeof(s->first));
	s->n--;
	return block;
}

void spares_give(struct spares *s, void *block, size_t size)
{
	if (size > s->size || s->n >= s->n_max || keeps_none()) {
		free(block);
		return;
	}
	memcpy(block, &s->first, sizeof(s->first));
	s->first = block;
	s->n++;
}

void spares_done(struct spares *s)
{
	for (void *block; (block = s->first);) {
		memcpy(&s->first, block, sizeof(s->first));
		free(block);
	}
	s->n = 0;
}
