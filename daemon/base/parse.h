#pragma once
/* Text to values, whole strings only: a leftover character is an error. All return 0 or -EINVAL
 * (-ERANGE where the form is right and the number is not) and touch *ret on success only. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/* Decimal digits only, at most max. */
int parse_uint64(const char *text, uint64_t max, uint64_t *ret);
/* yes, true, on, 1, no, false, off, 0. */
int parse_boolean(const char *text, bool *ret);
/* A span such as 45s, 30min, 1h30min, 2d: units s, min, h, d, each at most once, largest first;
 * seconds. */
int parse_span(const char *text, int64_t *ret_sec);
/* A size such as 16kB, 2MB, 512B, 128: decimal units; bytes. */
int parse_size(const char *text, uint64_t *ret_bytes);
/* A rate such as 128kB/s; bytes per second. */
int parse_rate(const char *text, uint64_t *ret_bytes);

#define SPAN_TEXT_MAX 32
/* The shortest form parse_span() takes back: 5400 → "1h30min", 0 → "0s". */
const char *format_span(int64_t sec, char buffer[SPAN_TEXT_MAX]);

/* Returns the entry of words that is closest to word (edit distance of at most 2 and less than the
 * word's length), or NULL: for "did you mean". */
const char *parse_closest(const char *word, const char *const *words, size_t n_words);

/* UTF-8 as in RFC 3629 (no surrogates, no overlong forms) without control characters but tab and
 * carriage return: messages about it go to terminals and the bus. */
bool parse_is_text(const char *text, size_t n);
