#pragma once
/* What the targets share: what must hold, and inputs of exactly their size, so that the sanitizer
 * sees a read of one byte too many. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

/* The caller's to free; of no bytes too. */
static inline uint8_t *fuzz_bytes(const uint8_t *data, size_t n)
{
	uint8_t *bytes = malloc(n > 0 ? n : 1);

	must(bytes != NULL);
	if (n > 0)
		memcpy(bytes, data, n);
	return bytes;
}

/* The same as a string. */
static inline char *fuzz_text(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1);

	must(text != NULL);
	if (n > 0)
		memcpy(text, data, n);
	text[n] = 0;
	return text;
}

/* The next so many bytes of the input; fewer at its end. */
struct fuzz_input {
	const uint8_t *data;
	size_t n;
};

static inline unsigned fuzz_number(struct fuzz_input *in, size_t n_bytes)
{
	unsigned value = 0;

	for (; n_bytes > 0 && in->n > 0; n_bytes--, in->n--)
		value = value << 8 | *in->data++;
	return value;
}
