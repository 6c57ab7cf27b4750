#pragma once
/* Blocks that come and go with every question: one that was given back is taken again, and the heap
 * is asked only when more are out than before. No threads. */
#include <stddef.h>

struct spares {
	size_t size;  /* of each; larger ones are the heap's */
	size_t n_max; /* how many are kept */
	size_t n;
	void *first; /* each begins with where the next one is */
};

/* A block of at least that size, not cleared; NULL: no memory. */
void *spares_take(struct spares *s, size_t size);
/* size: as it was taken. */
void spares_give(struct spares *s, void *block, size_t size);
void spares_done(struct spares *s);
