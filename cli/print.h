#pragma once
/* Values as a person likes to read them, for a terminal or for a file. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What the output can show. */
struct style {
	bool bars; /* a terminal wide enough */
	bool colour;
	bool utf8;
	unsigned columns; /* the terminal's, or 80 */
};
/* From the descriptor and its width, the locale, $TERM and $NO_COLOR (no-color.org). */
struct style style_of(int fd);

/* The width of a field of printf() in which the text takes so many columns: it counts bytes. */
int print_field(const char *text, int columns);
/* How many columns a text takes. */
int print_columns(const char *text);

#define PRINT_TEXT_MAX 64
#define PRINT_BAR_MAX  64

/* 45 s, 12 min, 1 h 05 min; "0 min" for nothing. */
const char *print_span(int64_t sec, char buffer[PRINT_TEXT_MAX]);
/* A bar of `width` cells, full at part == whole. */
const char *print_bar(struct style style, int64_t part, int64_t whole, unsigned width,
	char buffer[PRINT_BAR_MAX]);
/* 512 B, 13 kB, 4.2 MB: decimal, as networks are measured. */
const char *print_bytes(uint64_t bytes, char buffer[PRINT_TEXT_MAX]);
/* RFC 3339 with the local offset, to the second. */
const char *print_instant(int64_t wall_usec, char buffer[PRINT_TEXT_MAX]);
/* A translated form with one %s, and what stands there. */
void print_form(const char *form, const char *what, char *buffer, size_t size);
/* 04:00 when it is within a day, Mon 04:00 within a week, else 2026-11-30 04:00. */
const char *print_until(int64_t until_usec, int64_t now_usec, char buffer[PRINT_TEXT_MAX]);
/* Lines as they are, but for those that are wider: these go on in the next one, set in. */
void print_wrapped(FILE *f, const char *text, unsigned columns);
