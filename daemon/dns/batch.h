#pragma once
/* While several packets are taken in one go, what goes out for them waits, and leaves in one go as
 * well: a system call for each is most of what a look-up costs. */
#include <stdbool.h>
#include <stddef.h>

#define BATCH_FLUSHES_MAX 2

struct batch {
	unsigned depth;
	size_t n;
	struct {
		void (*flush)(void *userdata);
		void *userdata;
	} flushes[BATCH_FLUSHES_MAX];
};

/* Who puts things off says how they are sent; called in the order of their coming. */
void batch_add(struct batch *b, void (*flush)(void *userdata), void *userdata);
/* May stand inside one another: the outermost end flushes. */
void batch_begin(struct batch *b);
void batch_end(struct batch *b);
/* May it wait? Else it is sent at once. */
bool batch_open(const struct batch *b);
