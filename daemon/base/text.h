#pragma once
/* Text that grows in memory while stdio writes it. open_memstream() does the same, but where memory
 * ends it neither sets the stream's error nor fails to close: a rule, or half of one, is missing,
 * and nobody knows. */
#include <stddef.h>
#include <stdio.h>

#define TEXT_MAX_BYTES (64U << 20) /* many times what a million leases take */

/* *text is the caller's to free, and good as far as was flushed; *size, without its end, may be
 * NULL. Both must outlive the stream. NULL: no memory. */
FILE *text_open(char **text, size_t *size);
/* -ENOMEM where any of it is missing: then *text is freed, and NULL. */
int text_close(FILE *f, char **text);
